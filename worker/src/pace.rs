//! How fast outputs may leave the kernel, so that the page is never far behind. Pure: time is an
//! argument.
//!
//! Between two runs the kernel waits until the page has painted enough ([`Pace::is_ahead`]): that is
//! true credit. A run of plain code cannot hear from the page, so that within it time stands for the
//! page: what is put out beyond a burst waits for a share of each second.

use std::collections::VecDeque;

/// How many outputs may be on their way when a run begins.
const AHEAD: usize = 64;
/// How many bytes of them.
const AHEAD_BYTES: usize = 1 << 20;
/// How many outputs may leave at once, and in each second after that.
const BURST: f64 = 64.0;
const A_SECOND: f64 = 200.0;
/// How many bytes.
const BURST_BYTES: f64 = 4e6;
const BYTES_A_SECOND: f64 = 8e6;

/// What has left the kernel and what the page has painted of it.
#[derive(Debug, Default)]
pub struct Pace {
    /// The bytes of each output that is not painted yet.
    unpainted: VecDeque<usize>,
    unpainted_bytes: usize,
    /// How many have been painted since the kernel started.
    painted: u32,
    /// What has left beyond the share of the time that has passed: outputs and bytes.
    debt: f64,
    debt_bytes: f64,
    at: f64,
}

impl Pace {
    /// How long an output must wait, in milliseconds; `now` likewise.
    #[must_use]
    pub fn wait(&mut self, now: f64) -> f64 {
        let seconds = ((now - self.at) / 1000.0).max(0.0);
        self.at = now;
        self.debt = (self.debt - A_SECOND * seconds).max(0.0);
        self.debt_bytes = (self.debt_bytes - BYTES_A_SECOND * seconds).max(0.0);
        let over = (self.debt - BURST).max(0.0) / A_SECOND;
        let over_bytes = (self.debt_bytes - BURST_BYTES).max(0.0) / BYTES_A_SECOND;
        over.max(over_bytes) * 1000.0
    }

    /// An output of so many bytes has left.
    pub fn left(&mut self, bytes: usize) {
        self.unpainted.push_back(bytes);
        self.unpainted_bytes += bytes;
        self.debt += 1.0;
        self.debt_bytes += bytes as f64;
    }

    /// The page has painted so many outputs since the kernel started.
    pub fn painted(&mut self, outputs: u32) {
        while self.painted < outputs {
            let Some(bytes) = self.unpainted.pop_front() else {
                return;
            };
            self.unpainted_bytes -= bytes;
            self.painted += 1;
        }
    }

    /// Whether so much is on its way that no run may begin.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.unpainted.len() > AHEAD || self.unpainted_bytes > AHEAD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds that so many outputs of so many bytes take, one as soon as the other may leave.
    fn seconds(outputs: usize, bytes: usize) -> f64 {
        let (mut pace, mut now) = (Pace::default(), 1e12);
        for _ in 0..outputs {
            now += pace.wait(now);
            pace.left(bytes);
        }
        (now - 1e12) / 1000.0
    }

    #[test]
    fn ordinary_output_does_not_wait() {
        assert!(seconds(60, 1_000) < 0.001);
        assert!(seconds(1, 20 << 20) < 0.001);
        assert!(seconds(4, 1 << 20) < 0.1);
    }

    #[test]
    fn a_flood_of_outputs_or_of_bytes_is_slowed_down() {
        let two_hundred = seconds(200, 100);
        assert!((0.6..0.8).contains(&two_hundred), "{two_hundred}");
        let many = seconds(100_064, 10) / 100_000.0;
        assert!((many - 1.0 / A_SECOND).abs() < 1e-4, "{many}");
        let large = seconds(24, 10 << 20);
        assert!((25.0..35.0).contains(&large), "{large}");
    }

    #[test]
    fn no_run_begins_while_much_is_not_painted() {
        let mut pace = Pace::default();
        for _ in 0..=AHEAD {
            assert!(!pace.is_ahead());
            pace.left(10);
        }
        assert!(pace.is_ahead());
        pace.painted(1);
        assert!(!pace.is_ahead());
        pace.left(AHEAD_BYTES);
        assert!(pace.is_ahead());
        pace.painted(66);
        assert!(!pace.is_ahead());
    }

    #[test]
    fn a_page_that_counts_more_than_has_left_gives_no_credit_for_later() {
        let mut pace = Pace::default();
        pace.left(10);
        pace.painted(1_000);
        for _ in 0..=AHEAD {
            pace.left(10);
        }
        // The page is believed, as far as there is something to paint.
        pace.painted(1_000);
        assert!(!pace.is_ahead());
        pace.painted(0);
        assert!(!pace.is_ahead());
    }
}
