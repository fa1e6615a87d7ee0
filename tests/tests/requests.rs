//! What a run asks of the page: it waits for the answer, and for nothing once it has ended.

use engine::session::KernelId;
use engine::status::Waiting;
use engine::{Effect, Event, Need, Session, Shown, words};
use protocol::{CellId, FromWorker, MOST_REQUESTS, Outcome, Request, RunId, ToWorker};

/// A session whose first cell runs, and its run.
fn running() -> (Session, KernelId, RunId) {
    let mut session = tests::open(["a = input()", "b = a"]);
    let effects = session.handle(Event::Run(CellId(1)));
    let id = session.kernel_id();
    assert!(effects.contains(&Effect::StartKernel(id)));
    let python = "3".to_owned();
    let effects = session.handle(Event::Kernel(id, FromWorker::Ready { python }, Vec::new()));
    let posted = effects.iter().find_map(|effect| match effect {
        Effect::Post(ToWorker::Run(request)) => Some(request.run),
        _ => None,
    });
    let run = posted.expect("the first cell is posted");
    let started = FromWorker::Started { run, at: 1.0 };
    let _ = session.handle(Event::Kernel(id, started, Vec::new()));
    (session, id, run)
}

fn ask(session: &mut Session, id: KernelId, run: RunId, request: u32, asked: Request) -> bool {
    let message = FromWorker::Request {
        run,
        request,
        asked,
    };
    let effects = session.handle(Event::Kernel(id, message, Vec::new()));
    let mut effects = effects.iter();
    effects.any(|effect| matches!(effect, Effect::Request(cell, of, number, ..) if (*cell, *of, *number) == (CellId(1), run, request)))
}

fn input() -> Request {
    Request::Input {
        prompt: "Name?".to_owned(),
        secret: false,
    }
}

fn fetch() -> Request {
    Request::Fetch {
        url: "https://example.org/".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
    }
}

#[track_caller]
fn check(session: &Session, expect: &str) {
    let view = session.view(CellId(1));
    assert_eq!(words::status(&view.shown, |_| 1), expect);
    assert_eq!(session.check(), Ok(()));
}

#[test]
fn a_cell_that_asks_stays_running_and_says_what_it_waits_for() {
    let (mut session, id, run) = running();
    check(&session, "running");
    assert!(ask(&mut session, id, run, 1, input()));
    check(&session, "running, waits for input");
    assert!(matches!(
        session.view(CellId(2)).shown,
        Shown::Queued(Waiting::Parent)
    ));
    let _ = session.handle(Event::Responded(run, 1));
    assert!(!session.is_open(run, 1));
    check(&session, "running");
}

#[test]
fn only_what_asks_the_person_is_said_to_wait_for_them() {
    let (mut session, id, run) = running();
    assert!(ask(&mut session, id, run, 1, fetch()));
    check(&session, "running");
    let _ = session.handle(Event::Needs(run, 1, Some(Need::Permission)));
    check(&session, "running, asks you");
    let _ = session.handle(Event::Needs(run, 1, None));
    check(&session, "running");
}

#[test]
fn what_does_not_fit_the_run_that_goes_on_asks_nothing() {
    let (mut session, id, run) = running();
    assert!(!ask(&mut session, id, RunId(run.0 + 1), 1, input()));
    assert!(!ask(&mut session, KernelId(id.0 + 1), run, 1, input()));
    assert!(ask(&mut session, id, run, 1, input()));
    assert!(
        !ask(&mut session, id, run, 1, input()),
        "the number is taken"
    );
    for number in 2..=u32::try_from(MOST_REQUESTS).unwrap_or(0) {
        assert!(ask(&mut session, id, run, number, fetch()));
    }
    assert!(
        !ask(&mut session, id, run, 1_000, fetch()),
        "too many at once"
    );
}

#[test]
fn an_answer_after_the_end_of_its_run_changes_nothing() {
    let (mut session, id, run) = running();
    assert!(ask(&mut session, id, run, 1, input()));
    let finished = FromWorker::Finished {
        run,
        outcome: Outcome::Success,
        took_ms: 1.0,
        names: protocol::Names::default(),
    };
    let _ = session.handle(Event::Kernel(id, finished, Vec::new()));
    assert!(!session.is_open(run, 1), "whoever asks late sees it");
    let before = session.view(CellId(1));
    assert_eq!(session.handle(Event::Responded(run, 1)), []);
    assert_eq!(session.handle(Event::Needs(run, 1, Some(Need::Input))), []);
    assert_eq!(session.view(CellId(1)), before);
    assert!(!ask(&mut session, id, run, 2, input()));
}

#[test]
fn stop_ends_a_cell_that_waits() {
    let (mut session, id, run) = running();
    assert!(ask(&mut session, id, run, 1, input()));
    assert!(session.is_open(run, 1) && !session.is_open(run, 2));
    let _ = session.handle(Event::Stop);
    assert!(!session.is_open(run, 1));
    check(&session, "stopped");
    assert_ne!(session.kernel_id(), id, "Python starts anew");
}
