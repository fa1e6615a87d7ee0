//! How long an edit takes until the graph is right again, natively: `make bench` prints it.

use std::time::Instant;

use engine::{Edit, Event};
use protocol::CellId;

/// Times that each edit is made.
const TIMES: usize = 21;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Milliseconds of work.
fn time(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1000.0
}

fn main() {
    println!("\nAn edit until the graph is right again, native (median of {TIMES}, ms)");
    println!("  cells        opened   a letter   a new name");
    for count in [100_u32, 1_000, 10_000] {
        let sources: Vec<String> = (0..count)
            .map(|at| match at {
                0 => "n0 = 1".to_owned(),
                at => format!("n{at} = n{} + n{}", at - 1, at / 2),
            })
            .collect();
        let mut session = None;
        let opened = time(|| session = Some(tests::open(sources.iter().map(String::as_str))));
        let Some(mut session) = session else {
            return;
        };
        let cell = CellId(count / 2);
        let mut edit = |source: String| {
            time(|| {
                let source = source.into();
                let _ = session.handle(Event::Edit(Edit::Source { cell, source }));
            })
        };
        let letter = (0..TIMES).map(|at| edit(format!("n{} = 1  # {at}", count / 2 - 1)));
        let letter = median(letter.collect());
        let name = (0..TIMES).map(|at| edit(format!("n{} = 1\nextra_{at} = 2", count / 2 - 1)));
        let name = median(name.collect());
        println!("  {count:<8} {opened:>10.1} {letter:>10.3} {name:>12.3}");
    }
}
