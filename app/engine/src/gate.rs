//! The page's one door for what the kernel says. Pure: time is an argument, and so are the secrets.
//!
//! User code runs beside the kernel's host, so that whatever comes may be forged. Every message
//! carries a seal, which the page made and only the host was told: one for the kernel itself, and one
//! for each run. A message is weighed before anything of it is read (its seal, its size, how many came
//! before), and is then read only if it is flat and short enough; it may speak of its seal's subject
//! alone. What does not fit is dropped and counted; too much of it, or a flood, is the kernel's end.

use std::collections::BTreeMap;

use protocol::{
    CellId, DeathReason, FromWorker, MOST_BUFFERS, MOST_BYTES, MOST_HOLDS, MOST_SET, MOST_TEXT,
    Outcome, Output, RunId,
};

/// How deep the values of a message may lie in each other.
const MOST_DEPTH: usize = 16;
/// How many values and names a message may hold.
const MOST_ELEMENTS: usize = 40_000;
/// How many messages may be refused before the kernel is ended.
const MOST_REFUSED: u32 = 100;

/// What is let in of one subject in a burst, and in each second after it.
#[derive(Debug, Clone, Copy)]
struct Rate {
    messages: f64,
    messages_a_second: f64,
    bytes: f64,
    bytes_a_second: f64,
}

/// A run: the host itself lets less through (`worker/src/pace.rs`).
const RUN: Rate = Rate {
    messages: 3_000.0,
    messages_a_second: 250.0,
    bytes: 96e6,
    bytes_a_second: 12e6,
};

/// The kernel: signs of life, answers to questions, and parts of files, one at a time.
const KERNEL: Rate = Rate {
    messages: 1_000.0,
    messages_a_second: 50.0,
    bytes: 64e6,
    bytes_a_second: 8e6,
};

/// What a message may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The kernel itself: anything that is not about a run.
    Kernel,
    /// This run.
    Run(RunId),
    /// This run, which has ended: what it may still put out.
    Late(RunId),
}

/// How large a message is, as is known before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// The length of its JSON text, in UTF-16 units.
    pub text: usize,
    /// How many buffers come with it.
    pub buffers: usize,
    /// The bytes of all of them.
    pub bytes: usize,
}

/// Why a message is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is dropped: it carries no seal that is known, or is none of the protocol's.
    Dropped,
    /// The kernel must be ended.
    End(Offence),
}

/// What a kernel is ended for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offence {
    /// It says more than a page can take.
    Flood,
    /// It says what no kernel says, again and again.
    Nonsense,
}

/// The door to one kernel.
#[derive(Debug)]
pub struct Gate {
    kernel: String,
    budget: Budget,
    /// The runs that were posted and have not ended, by their seals.
    runs: BTreeMap<String, (RunId, CellId, Budget)>,
    /// The run of each cell that has ended last, and its seal.
    ended: BTreeMap<CellId, (RunId, String)>,
    /// What may still come of all of these together.
    late: Budget,
    refused: u32,
}

/// What may still come of one subject.
#[derive(Debug)]
struct Budget {
    rate: Rate,
    messages: f64,
    bytes: f64,
    at: f64,
}

impl Gate {
    /// The door to a kernel that was told this seal; `now` in milliseconds on any clock.
    #[must_use]
    pub fn new(seal: String, now: f64) -> Self {
        Self {
            kernel: seal,
            budget: Budget::new(KERNEL, now),
            runs: BTreeMap::new(),
            ended: BTreeMap::new(),
            late: Budget::new(RUN, now),
            refused: 0,
        }
    }

    /// This run of this cell was posted with this seal.
    pub fn posted(&mut self, run: RunId, cell: CellId, seal: String, now: f64) {
        self.runs.insert(seal, (run, cell, Budget::new(RUN, now)));
    }

    /// How many messages were refused.
    #[must_use]
    pub fn refused(&self) -> u32 {
        self.refused
    }

    /// Whether a message may be read, and what it may then speak of.
    ///
    /// # Errors
    /// It is not let in.
    pub fn weigh(&mut self, seal: &str, size: Size, now: f64) -> Result<Subject, Refusal> {
        let is_too_large =
            size.text > MOST_TEXT || size.bytes > MOST_BYTES || size.buffers > MOST_BUFFERS;
        if is_too_large {
            return Err(self.end(Offence::Flood));
        }
        let (subject, budget) = if seal == self.kernel {
            (Subject::Kernel, &mut self.budget)
        } else if let Some((run, _, budget)) = self.runs.get_mut(seal) {
            (Subject::Run(*run), budget)
        } else if let Some((run, _)) = self.ended.values().find(|(_, own)| own == seal) {
            (Subject::Late(*run), &mut self.late)
        } else {
            return Err(self.refuse());
        };
        if budget.take(size, now) {
            Ok(subject)
        } else {
            Err(self.end(Offence::Flood))
        }
    }

    /// Reads a message that was weighed.
    ///
    /// # Errors
    /// It is not let in.
    pub fn read(&mut self, subject: Subject, text: &str) -> Result<FromWorker, Refusal> {
        let message = is_flat(text)
            .then(|| serde_json::from_str(text).ok())
            .flatten()
            .filter(|message| speaks_of(message, subject) && is_sound(message));
        let Some(message) = message else {
            return Err(self.refuse());
        };
        if let FromWorker::Finished { run, .. } = &message {
            // Runs end in the order of their ids; those before this one were skipped.
            let ended = self.runs.extract_if(.., |_, (open, _, _)| *open <= *run);
            for (seal, (open, cell, _)) in ended.filter(|(_, (open, _, _))| open == run) {
                self.ended.insert(cell, (open, seal));
            }
        }
        Ok(message)
    }

    /// Counts what is no message at all.
    pub fn refuse(&mut self) -> Refusal {
        self.refused = self.refused.saturating_add(1);
        if self.refused > MOST_REFUSED {
            Refusal::End(Offence::Nonsense)
        } else {
            Refusal::Dropped
        }
    }

    fn end(&mut self, offence: Offence) -> Refusal {
        self.refused = self.refused.saturating_add(1);
        Refusal::End(offence)
    }
}

/// For how long a page may stand still before a kernel that went on is taken for a flood, in seconds.
const LONGEST_PAUSE: f64 = 120.0;

impl Budget {
    fn new(rate: Rate, at: f64) -> Self {
        Self {
            rate,
            messages: rate.messages,
            bytes: rate.bytes,
            at,
        }
    }

    /// Takes a message's share; says whether there was enough.
    fn take(&mut self, size: Size, now: f64) -> bool {
        let seconds = ((now - self.at) / 1000.0).clamp(0.0, 3600.0);
        self.at = now;
        let more = |left: f64, rate: f64, most: f64| (left + rate * seconds).min(most.max(left));
        let rate = self.rate;
        // While a page stands still (a print preview, a breakpoint) an honest kernel goes on at its pace,
        // and all of that arrives at once afterwards.
        let paused = rate.messages_a_second * seconds.min(LONGEST_PAUSE);
        let most = rate.messages.max(paused);
        self.messages = more(self.messages, rate.messages_a_second, most) - 1.0;
        let bytes = (size.text + size.bytes) as f64;
        self.bytes = more(self.bytes, rate.bytes_a_second, rate.bytes) - bytes;
        self.messages >= 0.0 && self.bytes >= 0.0
    }
}

/// The words for the end of a kernel that was ended for this.
#[must_use]
pub fn offence(offence: Offence) -> &'static str {
    match offence {
        Offence::Flood => {
            "Python was ended: a cell put out more at once than this page can take. Have it show less."
        }
        Offence::Nonsense => {
            "Python was ended: a cell disturbed what Python says to this page. Do not run that cell again unless you trust it."
        }
    }
}

/// The words for the end of a kernel by itself.
#[must_use]
pub fn death(reason: DeathReason) -> String {
    match reason {
        DeathReason::NotStarted => "Python could not start.".to_owned(),
        DeathReason::Exited { code } => format!("Python exited with code {code}."),
        DeathReason::Aborted => "Python aborted, as after os.abort().".to_owned(),
        DeathReason::StackOverflow => {
            "Python crashed: it ran out of stack. Something is nested or calls itself too deeply."
                .to_owned()
        }
        DeathReason::OutOfMemory => "Python crashed: it ran out of memory.".to_owned(),
        DeathReason::Closed => "Python's worker was closed by a cell.".to_owned(),
        DeathReason::Crashed => "Python crashed.".to_owned(),
    }
}

/// Whether a message has this subject, and is one that a kernel may say at all.
fn speaks_of(message: &FromWorker, subject: Subject) -> bool {
    match message {
        FromWorker::Started { run, .. } | FromWorker::Request { run, .. } => {
            subject == Subject::Run(*run)
        }
        FromWorker::Output { run, .. } => {
            subject == Subject::Run(*run) || subject == Subject::Late(*run)
        }
        FromWorker::Finished { run, outcome, .. } => {
            let is_pythons = matches!(outcome, Outcome::Success | Outcome::Error(_));
            is_pythons && subject == Subject::Run(*run)
        }
        FromWorker::Booting { .. }
        | FromWorker::Ready { .. }
        | FromWorker::Installed { .. }
        | FromWorker::InstallFailed { .. }
        | FromWorker::Cancelled { .. }
        | FromWorker::Answer { .. }
        | FromWorker::Content { .. }
        | FromWorker::Pong { .. }
        | FromWorker::Died { .. } => subject == Subject::Kernel,
    }
}

/// Whether what a run asks for, and what it says of widgets, is within the protocol's bounds.
fn is_sound(message: &FromWorker) -> bool {
    match message {
        FromWorker::Request { asked, .. } => asked.is_sound(),
        FromWorker::Finished { names, .. } => {
            let held = names.widgets.iter().map(|(_, held)| held.len());
            held.sum::<usize>() <= MOST_HOLDS
        }
        FromWorker::Output {
            output: Output::Set { widgets, .. },
            ..
        } => widgets.len() <= MOST_SET,
        _ => true,
    }
}

/// Whether a JSON text holds few values, and none of them deep in others; looks at each byte once.
fn is_flat(text: &str) -> bool {
    let (mut depth, mut elements) = (0_usize, 0_usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => loop {
                match bytes.next() {
                    None => return false,
                    Some(b'"') => break,
                    Some(b'\\') => {
                        bytes.next();
                    }
                    Some(_) => {}
                }
            },
            b'[' | b'{' => {
                depth += 1;
                elements += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => elements += 1,
            _ => {}
        }
        if depth > MOST_DEPTH || elements > MOST_ELEMENTS {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL_SEAL: &str = "k";

    fn gate() -> Gate {
        let mut gate = Gate::new(KERNEL_SEAL.to_owned(), 0.0);
        gate.posted(RunId(1), CellId(1), "one".to_owned(), 0.0);
        gate.posted(RunId(2), CellId(2), "two".to_owned(), 0.0);
        gate
    }

    fn sent(gate: &mut Gate, seal: &str, text: &str) -> Result<FromWorker, Refusal> {
        let size = Size {
            text: text.len(),
            ..Size::default()
        };
        let subject = gate.weigh(seal, size, 0.0)?;
        gate.read(subject, text)
    }

    #[test]
    fn what_was_sent_while_the_page_stood_still_is_no_flood() {
        let size = Size {
            text: 100,
            ..Size::default()
        };
        let passed = |gate: &mut Gate, count: usize, now: f64| {
            (0..count).all(|_| gate.weigh("one", size, now).is_ok())
        };
        // A progress bar of a hundred steps a second, for a minute.
        assert!(passed(&mut gate(), 6_000, 60_000.0));
        assert!(!passed(&mut gate(), 6_000, 0.0));
    }

    fn started(run: u64) -> String {
        format!(r#"{{"type":"started","run":{run},"at":1}}"#)
    }

    fn finished(run: u64, outcome: &str) -> String {
        format!(
            r#"{{"type":"finished","run":{run},"outcome":{{"result":{outcome}}},"took_ms":1,"names":{{}}}}"#
        )
    }

    #[track_caller]
    fn check(seal: &str, text: &str, is_let_in: bool) {
        let verdict = sent(&mut gate(), seal, text);
        assert_eq!(verdict.is_ok(), is_let_in, "{verdict:?}");
        if !is_let_in {
            assert_eq!(verdict, Err(Refusal::Dropped));
        }
    }

    #[test]
    fn a_message_counts_only_under_the_seal_of_its_run() {
        check("one", &started(1), true);
        check("two", &started(1), false);
        check(KERNEL_SEAL, &started(1), false);
        check("", &started(1), false);
        check("ONE", &started(1), false);
    }

    #[test]
    fn a_runs_seal_is_good_for_nothing_else() {
        let died = r#"{"type":"died","reason":"crashed"}"#;
        check("one", died, false);
        check(KERNEL_SEAL, died, true);
        check("one", r#"{"type":"installed","packages":["numpy"]}"#, false);
        check("one", r#"{"type":"cancelled","cancel":1,"from":1}"#, false);
    }

    #[test]
    fn a_run_asks_under_its_own_seal_and_within_bounds() {
        let asks = |prompt: &str| {
            format!(
                r#"{{"type":"request","run":1,"request":1,"asked":{{"kind":"input","prompt":"{prompt}","secret":false}}}}"#
            )
        };
        check("one", &asks("Name?"), true);
        check("two", &asks("Name?"), false);
        check(KERNEL_SEAL, &asks("Name?"), false);
        check("one", &asks(&"x".repeat(protocol::MOST_PROMPT + 1)), false);
        check("one", r#"{"type":"content","read":1,"size":1}"#, false);
    }

    #[test]
    fn no_sentence_comes_with_a_death_or_a_step_of_the_start() {
        check(KERNEL_SEAL, r#"{"type":"died","message":"Enter"}"#, false);
        check(KERNEL_SEAL, r#"{"type":"died","reason":"Enter"}"#, false);
        check(KERNEL_SEAL, r#"{"type":"booting","step":"Enter"}"#, false);
        check(KERNEL_SEAL, r#"{"type":"booting","step":"python"}"#, true);
    }

    #[test]
    fn only_the_page_says_that_a_run_was_stopped_or_lost() {
        check("one", &finished(1, r#""success""#), true);
        check("one", &finished(1, r#""stopped""#), false);
        check(
            "one",
            &finished(1, r#""kernel_lost","message":"Enter""#),
            false,
        );
    }

    #[test]
    fn a_run_tells_of_no_more_widgets_than_it_may_hold() {
        let told = |count: usize| {
            let held = vec!["1"; count].join(",");
            let names = format!(r#"{{"widgets":[["a",[{held}]]]}}"#);
            finished(1, r#""success""#).replace(r#""names":{}"#, &format!(r#""names":{names}"#))
        };
        check("one", &told(MOST_HOLDS), true);
        check("one", &told(MOST_HOLDS + 1), false);
        let nameless = finished(1, r#""success""#).replace("{}", r#"{"widgets":[[1,["x"]]]}"#);
        check("one", &nameless, false);
    }

    #[test]
    fn a_seal_ends_with_its_run() {
        let mut gate = gate();
        assert!(sent(&mut gate, "two", &finished(2, r#""success""#)).is_ok());
        for (seal, run) in [("one", 1), ("two", 2)] {
            let late = sent(&mut gate, seal, &started(run));
            assert_eq!(late, Err(Refusal::Dropped));
        }
        assert_eq!(gate.refused(), 2);
    }

    fn printed(run: u64) -> String {
        format!(
            r#"{{"type":"output","run":{run},"output":{{"kind":"text","stream":"stdout","text":"tick"}}}}"#
        )
    }

    #[test]
    fn the_last_run_of_a_cell_may_still_put_out_and_nothing_else() {
        let mut gate = gate();
        gate.posted(RunId(3), CellId(1), "three".to_owned(), 0.0);
        assert!(sent(&mut gate, "one", &finished(1, r#""success""#)).is_ok());
        assert!(sent(&mut gate, "one", &printed(1)).is_ok());
        for text in [
            started(1),
            finished(1, r#""success""#),
            printed(2),
            printed(3),
        ] {
            assert_eq!(
                sent(&mut gate, "one", &text),
                Err(Refusal::Dropped),
                "{text}"
            );
        }
        // The cell has run anew.
        assert!(sent(&mut gate, "three", &finished(3, r#""success""#)).is_ok());
        assert_eq!(sent(&mut gate, "one", &printed(1)), Err(Refusal::Dropped));
        assert!(sent(&mut gate, "three", &printed(3)).is_ok());
        // It was skipped.
        assert_eq!(sent(&mut gate, "two", &printed(2)), Err(Refusal::Dropped));
    }

    #[test]
    fn all_runs_that_have_ended_share_one_measure() {
        let mut gate = Gate::new(KERNEL_SEAL.to_owned(), 0.0);
        let small = Size {
            text: 100,
            ..Size::default()
        };
        for cell in 1..=5 {
            let run = u64::from(cell);
            gate.posted(RunId(run), CellId(cell), format!("s{run}"), 0.0);
            assert!(
                sent(
                    &mut gate,
                    &format!("s{run}"),
                    &finished(run, r#""success""#)
                )
                .is_ok()
            );
        }
        let let_in = (0..10_000)
            .take_while(|at| gate.weigh(&format!("s{}", at % 5 + 1), small, 0.0).is_ok());
        assert_eq!(let_in.count(), 3_000);
    }

    #[test]
    fn a_text_that_is_deep_or_holds_much_is_not_parsed() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        check(KERNEL_SEAL, &deep, false);
        let wide = format!("[{}1]", "1,".repeat(100_000));
        check(KERNEL_SEAL, &wide, false);
        // Brackets in a text are text.
        let text = "[{,".repeat(100_000);
        let output = format!(
            r#"{{"type":"output","run":1,"output":{{"kind":"text","stream":"stdout","text":"\"{text}"}}}}"#
        );
        check("one", &output, true);
    }

    #[test]
    fn a_flood_ends_the_kernel_and_what_comes_slowly_does_not() {
        let size = Size {
            text: MOST_TEXT,
            ..Size::default()
        };
        let mut flooded = gate();
        let verdicts: Vec<_> = (0..24).map(|_| flooded.weigh("one", size, 0.0)).collect();
        assert_eq!(verdicts[0], Ok(Subject::Run(RunId(1))));
        assert_eq!(verdicts[23], Err(Refusal::End(Offence::Flood)));
        let small = Size {
            text: 100,
            ..Size::default()
        };
        let mut flooded = gate();
        let let_in = (0..300_000).take_while(|_| flooded.weigh("one", small, 0.0).is_ok());
        assert_eq!(let_in.count(), 3_000);
        let mut slow = gate();
        for at in 0..300_000 {
            let verdict = slow.weigh("one", small, f64::from(at) * 5.0);
            assert_eq!(verdict, Ok(Subject::Run(RunId(1))));
        }
        // Another run is not charged for it.
        assert!(flooded.weigh("two", small, 0.0).is_ok());
    }

    #[test]
    fn what_is_too_large_ends_the_kernel_whoever_sends_it() {
        for size in [
            Size {
                text: MOST_TEXT + 1,
                ..Size::default()
            },
            Size {
                bytes: MOST_BYTES + 1,
                ..Size::default()
            },
            Size {
                buffers: MOST_BUFFERS + 1,
                ..Size::default()
            },
        ] {
            let verdict = gate().weigh("", size, 0.0);
            assert_eq!(verdict, Err(Refusal::End(Offence::Flood)));
        }
    }

    #[test]
    fn nonsense_is_counted_and_in_the_end_ends_the_kernel() {
        let mut gate = gate();
        for _ in 0..MOST_REFUSED {
            assert_eq!(sent(&mut gate, "forged", "{}"), Err(Refusal::Dropped));
        }
        let verdict = sent(&mut gate, "forged", "{}");
        assert_eq!(verdict, Err(Refusal::End(Offence::Nonsense)));
    }
}
