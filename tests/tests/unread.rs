//! Code that is long is read when the typing in it pauses, or before anything needs what it says.

use engine::packages::Catalog;
use engine::session::{LONG, Stored};
use engine::{Edit, Effect, Event, Notebook, Session, Status};
use protocol::{CellId, ToWorker};

/// A session with a long cell that makes `a` and a lot more, and one that reads `a`.
fn opened() -> (Session, [CellId; 2]) {
    let notebook = Notebook::from_sources(
        "test",
        [
            (engine::Kind::Python, long("a").as_str()),
            (engine::Kind::Python, "a"),
        ],
    );
    let ids = [notebook.cells()[0].id, notebook.cells()[1].id];
    let session = Session::open(notebook, Stored::default(), Catalog::default());
    (session, ids)
}

fn long(name: &str) -> String {
    let lines = (0..LONG / 8).map(|at| format!("x{at} = {at}\n"));
    format!("{name} = 1\n{}", lines.collect::<String>())
}

fn types(cell: CellId, name: &str) -> Event {
    Event::Edit(Edit::Source {
        cell,
        source: long(name).into(),
    })
}

fn defines(session: &Session, cell: CellId, name: &str) -> bool {
    let found = session.analysis(cell);
    found.is_some_and(|found| found.definitions.contains_key(name))
}

#[test]
fn typing_in_long_code_reads_nothing_until_it_pauses() {
    let (mut session, [first, second]) = opened();
    for name in ["ab", "abc"] {
        let effects = session.handle(types(first, name));
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Journal { .. })),
            "every letter is stored at once"
        );
        assert!(session.has_unread());
        assert!(defines(&session, first, "a"));
    }
    let effects = session.handle(Event::Read);
    assert!(!session.has_unread());
    assert!(defines(&session, first, "abc") && !defines(&session, first, "a"));
    let names = effects.iter().find_map(|effect| match effect {
        Effect::Names(cells) => Some(cells.clone()),
        _ => None,
    });
    assert!(names.is_some_and(|cells| cells.contains(&first) && cells.contains(&second)));
    assert_eq!(session.check(), Ok(()));
}

#[test]
fn what_runs_is_the_newest_code_and_who_reads_it_is_known() {
    let (mut session, [first, second]) = opened();
    let _ = session.handle(types(first, "b"));
    let other = Edit::Source {
        cell: second,
        source: "b + 1".into(),
    };
    // Another cell is typed in: what waited is read first.
    let _ = session.handle(Event::Edit(other));
    assert!(!session.has_unread());
    let _ = session.handle(types(first, "c"));
    let kernel = started(&session.handle(Event::Run(first)));
    assert!(!session.has_unread());
    let ready = protocol::FromWorker::Ready {
        python: "3.14".to_owned(),
    };
    let effects = session.handle(Event::Kernel(kernel, ready, Vec::new()));
    let posted = effects.iter().find_map(|effect| match effect {
        Effect::Post(ToWorker::Run(run)) => Some(run.source.clone()),
        _ => None,
    });
    assert!(posted.is_some_and(|source| source.starts_with("c = 1\n")));
    assert_eq!(session.check(), Ok(()));
}

#[test]
fn a_posted_run_of_code_that_was_typed_on_is_made_anew() {
    let (mut session, [first, _]) = opened();
    let kernel = started(&session.handle(Event::Run(first)));
    let ready = protocol::FromWorker::Ready {
        python: "3.14".to_owned(),
    };
    let _ = session.handle(Event::Kernel(kernel, ready, Vec::new()));
    let _ = session.handle(types(first, "d"));
    let effects = session.handle(Event::Read);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Post(ToWorker::Cancel { .. })))
    );
    assert_eq!(session.view(first).status(), Status::Queued);
    assert_eq!(session.check(), Ok(()));
}

fn started(effects: &[Effect]) -> engine::session::KernelId {
    let started = effects.iter().find_map(|effect| match effect {
        Effect::StartKernel(id) => Some(*id),
        _ => None,
    });
    started.expect("a kernel is started")
}
