//! A notebook that stopped the page when it was opened is opened without a look into its code.

use engine::packages::Catalog;
use engine::session::Stored;
use engine::{Edit, Effect, Event, Kind, Notebook, Session};

#[test]
fn cells_that_are_not_analysed_are_edited_deleted_and_run() {
    let sources = [
        (Kind::Python, "x = 1"),
        (Kind::Python, "y = (x"),
        (Kind::Markdown, "{x}"),
    ];
    let notebook = Notebook::from_sources("test", sources);
    let ids: Vec<_> = notebook.cells().iter().map(|cell| cell.id).collect();
    let stored = Stored {
        unanalysed: true,
        ..Stored::default()
    };
    let mut session = Session::open(notebook, stored, Catalog::default());
    let source = "y = x +".into();
    let edit = Edit::Source {
        cell: ids[1],
        source,
    };
    let _ = session.handle(Event::Edit(edit));
    for id in &ids {
        assert!(session.diagnostics(*id).is_empty());
        let found = session.analysis(*id);
        assert!(
            found.is_none_or(|found| found.references.is_empty() && found.definitions.is_empty())
        );
    }
    let _ = session.handle(Event::Edit(Edit::Delete { cell: ids[0] }));
    let effects = session.handle(Event::Run(ids[1]));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::StartKernel(_)))
    );
}
