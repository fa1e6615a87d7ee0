//! How long an edit takes until the graph is right again, natively: `make bench` prints it.

use std::time::Instant;

use tests::edits::{KINDS, Large};

/// Times that each edit is made.
const TIMES: u32 = 200;

/// Milliseconds of work.
fn time(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}

/// Megabytes that the process holds, where the system tells.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0 / 1e6
}

fn main() {
    let words: Vec<String> = KINDS
        .iter()
        .map(|(_, word)| format!("{word:>12}"))
        .collect();
    println!(
        "\nAn edit until the graph is right again, native (mean of {TIMES}, ms; memory in MB)"
    );
    println!("  cells        opened {}       memory", words.join(""));
    for count in [100, 1_000, 10_000] {
        let before = memory();
        let mut large = None;
        let opened = time(|| large = Some(Large::open(count)));
        let Some(mut large) = large else {
            return;
        };
        let held = memory() - before;
        let times = KINDS.map(|(kind, _)| {
            let total = time(|| {
                for _ in 0..TIMES {
                    std::hint::black_box(large.edit(kind));
                }
            });
            format!("{:>12.4}", total / f64::from(TIMES))
        });
        println!(
            "  {count:<8} {opened:>10.1} {} {held:>12.1}",
            times.join("")
        );
    }
}
