//! An evaluation is one thing: what is stored, reopened, exported and shown of a run belongs together.
//! And what a plan must keep to: nothing runs without what it reads.

use std::collections::BTreeMap;

use engine::formats::{html, ipynb};
use engine::outputs::Picture;
use engine::packages::{Catalog, Package};
use engine::session::{KernelId, Plan, Settled, Stored};
use engine::{
    Culprit, Document, Edit, Effect, Evaluation, Event, Item, Kind, Mode, Notebook, Session, Shown,
    Status,
};
use protocol::{BufferIndex, CellId, Data, FromWorker, Output, RunId, Stream, ToWorker, Wheel};
use tests::kernel::Pretended;

const A: CellId = CellId(1);
const B: CellId = CellId(2);

/// A page: a session, its kernel, and its store.
struct Desk {
    session: Session,
    kernel: Option<(KernelId, Pretended)>,
    stored: BTreeMap<CellId, String>,
    plan: Option<Plan>,
    settled: Vec<Settled>,
    fetched: Vec<Vec<String>>,
    ran: Vec<u32>,
}

impl Desk {
    fn open(sources: &[&str]) -> Self {
        let cells = sources.iter().map(|source| (Kind::Python, *source));
        Self::of(
            Notebook::from_sources("test", cells),
            Stored::default(),
            Catalog::default(),
        )
    }

    fn of(notebook: Notebook, stored: Stored, catalog: Catalog) -> Self {
        Self {
            session: Session::open(notebook, stored, catalog),
            kernel: None,
            stored: BTreeMap::new(),
            plan: None,
            settled: Vec::new(),
            fetched: Vec::new(),
            ran: Vec::new(),
        }
    }

    fn dispatch(&mut self, event: Event) {
        let effects = self.session.handle(event);
        assert_eq!(self.session.check(), Ok(()));
        for effect in effects {
            match effect {
                Effect::StartKernel(id) => self.kernel = Some((id, Pretended::default())),
                Effect::Post(message) => {
                    let answer = self
                        .kernel
                        .as_mut()
                        .and_then(|(id, kernel)| Some((*id, kernel.receive(message)?)));
                    if let Some((id, answer)) = answer {
                        self.dispatch(Event::Kernel(id, answer, Vec::new()));
                    }
                }
                Effect::Evaluation(cell) => match self.session.evaluation(cell) {
                    Some(last) => {
                        let json = serde_json::to_string(last).expect("it is plain data");
                        self.stored.insert(cell, json);
                    }
                    None => {
                        self.stored.remove(&cell);
                    }
                },
                Effect::Plan(plan) => self.plan = Some(plan),
                Effect::Settled(settled) => {
                    self.plan = None;
                    self.settled.push(settled);
                }
                Effect::Fetch(packages) => {
                    let names = packages.into_iter().map(|package| package.name);
                    self.fetched.push(names.collect());
                }
                Effect::Ended(cell, ..) => self.ran.push(cell.0),
                _ => {}
            }
        }
    }

    fn ready(&mut self) {
        let id = self.session.kernel_id();
        let python = "3".to_owned();
        self.dispatch(Event::Kernel(id, FromWorker::Ready { python }, Vec::new()));
    }

    fn step(&mut self) {
        let said = self
            .kernel
            .as_mut()
            .map(|(id, kernel)| (*id, kernel.step()));
        for (id, message) in said
            .into_iter()
            .flat_map(|(id, said)| said.into_iter().map(move |message| (id, message)))
        {
            self.dispatch(Event::Kernel(id, message, Vec::new()));
        }
    }

    fn settle(&mut self) {
        for _ in 0..200 {
            self.step();
        }
        assert!(!self.session.is_active(), "it does not come to rest");
    }

    fn run_all(&mut self) {
        self.dispatch(Event::RunAll);
        if !self.session.is_kernel_up() {
            self.ready();
        }
        self.settle();
    }

    fn write(&mut self, cell: CellId, source: &str) {
        let source = source.into();
        self.dispatch(Event::Edit(Edit::Source { cell, source }));
    }

    /// The page is closed and opened again.
    fn reload(&mut self) {
        let read = |(cell, json): (&CellId, &String)| Some((*cell, Evaluation::read(json)?));
        let stored = Stored {
            evaluations: self.stored.iter().filter_map(read).collect(),
            plan: self.plan.clone(),
            ..Stored::default()
        };
        let notebook = self.session.notebook().clone();
        *self = Self {
            stored: std::mem::take(&mut self.stored),
            ..Self::of(notebook, stored, Catalog::default())
        };
    }

    fn text(&self, cell: CellId) -> String {
        let items = self.session.output_view(cell).items.into_iter();
        let texts = items.map(|item| match item {
            Item::Text { text, .. } | Item::Tail { text, .. } => text.to_string(),
            Item::Value { .. } => String::new(),
        });
        texts.collect()
    }

    fn status(&self, cell: CellId) -> Status {
        self.session.view(cell).status()
    }
}

#[test]
fn a_reload_while_a_cell_runs_again_shows_its_last_result_and_the_next_run_begins_anew() {
    let mut desk = Desk::open(&["a = (1)"]);
    desk.run_all();
    let first = desk.text(A);
    assert_eq!(first, "r1\n");
    desk.dispatch(Event::Run(A));
    desk.step();
    assert_eq!(desk.status(A), Status::Running);
    desk.reload();
    let view = desk.session.view(A);
    assert_eq!(view.status(), Status::Success);
    assert!(view.stale && view.restored && view.interrupted);
    assert_eq!(desk.text(A), first);
    desk.run_all();
    let view = desk.session.view(A);
    assert!(!view.stale && !view.interrupted);
    assert_eq!(desk.text(A).lines().count(), 1, "{}", desk.text(A));
    assert_ne!(desk.text(A), first);
}

#[test]
fn half_an_output_is_never_stored() {
    let mut desk = Desk::open(&["a = (1)"]);
    desk.dispatch(Event::Run(A));
    desk.ready();
    desk.step();
    assert_eq!(desk.status(A), Status::Running);
    assert!(desk.stored.is_empty());
    desk.reload();
    let view = desk.session.view(A);
    assert_eq!((view.status(), view.interrupted), (Status::Idle, true));
}

#[test]
fn files_of_cells_that_ran_more_than_once_open_with_their_outputs() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.run_all();
    desk.run_all();
    let document = Document {
        notebook: desk.session.notebook().clone(),
        evaluations: desk.session.evaluations().clone(),
    };
    let help = html::Help {
        latex: &str::to_owned,
        markdown: &|text, _| text.to_owned(),
        sanitise: &str::to_owned,
        live: None,
    };
    let files = [
        html::read(&html::write(&document, &help)),
        ipynb::read(&ipynb::write(&document), "test"),
    ];
    for file in files {
        let file = file.expect("it opens");
        let stored = Stored {
            evaluations: file.evaluations,
            ..Stored::default()
        };
        let opened = Desk::of(file.notebook, stored, Catalog::default());
        for (cell, text) in [(A, "r3\n"), (B, "r4\n")] {
            let view = opened.session.view(cell);
            assert_eq!(view.status(), Status::Success);
            assert!(!view.stale);
            assert_eq!(opened.text(cell), text);
            let shown = opened.session.output_view(cell);
            assert_eq!(
                view.shown.run(),
                Some(shown.run),
                "the page shows outputs of the run it shows"
            );
        }
    }
}

#[test]
fn a_page_that_was_saved_before_evaluations_opens_with_its_outputs() {
    let json = r#"{"notebook":{"title":"t","cells":[{"id":1,"kind":"python","source":"a = (1)"},
        {"id":2,"kind":"python","source":"b = (a)"}],"next":3},
        "outputs":{"1":{"run":7,"items":[{"item":"text","stream":"stdout","text":"one\n"}],"error":null},
        "2":{"run":7,"items":[{"item":"text","stream":"stdout","text":"two\n"}],"error":null}}}"#;
    let file: Document = serde_json::from_str(json).expect("it is whole");
    let stored = Stored {
        evaluations: file.evaluations,
        ..Stored::default()
    };
    let desk = Desk::of(file.notebook, stored, Catalog::default());
    assert_eq!(
        (desk.text(A), desk.text(B)),
        ("one\n".to_owned(), "two\n".to_owned())
    );
    for cell in [A, B] {
        let view = desk.session.view(cell);
        assert!(view.status() == Status::Success && !view.stale, "{view:?}");
    }
}

#[test]
fn hostile_run_ids_do_no_harm() {
    for id in ["0", "9007199254740993", "18446744073709551615"] {
        let last = format!(
            r#"{{"run":{id},"value":{id},"inputs":{{"code":5,"parents":{{"1":{id}}}}},"outcome":{{"result":"success"}},"took_ms":1e308}}"#
        );
        let last = Evaluation::read(&last).expect("it is one");
        let cells = [(Kind::Python, "a = (1)"), (Kind::Python, "b = (a)")];
        let stored = Stored {
            evaluations: [(A, last.clone()), (B, last)].into(),
            ..Stored::default()
        };
        let notebook = Notebook::from_sources("test", cells);
        let mut desk = Desk::of(notebook, stored, Catalog::default());
        desk.run_all();
        assert_eq!(desk.status(B), Status::Success);
    }
}

#[test]
fn in_lazy_mode_a_queued_cell_that_now_reads_another_does_not_run_without_it() {
    let mut desk = Desk::open(&["x = (1)", "b = (1)", "c = (2)"]);
    desk.dispatch(Event::Edit(Edit::Mode { mode: Mode::Lazy }));
    desk.dispatch(Event::Run(B));
    desk.write(B, "b = (c)");
    desk.ready();
    desk.settle();
    assert_eq!(desk.ran, [3, 2]);
    assert_eq!(desk.status(B), Status::Success);
}

#[test]
fn a_queued_cell_whose_parent_is_turned_off_does_not_run_without_it() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)", "c = (2)"]);
    desk.dispatch(Event::RunAll);
    let (cell, disabled) = (A, true);
    desk.dispatch(Event::Edit(Edit::Disabled { cell, disabled }));
    desk.ready();
    desk.settle();
    assert_eq!(desk.ran, [3]);
    assert_eq!(
        desk.session.view(B).shown,
        Shown::Blocked(Culprit::Disabled(A))
    );
}

#[test]
fn a_failure_drops_only_what_depends_on_it() {
    let mut desk = Desk::open(&["a = (boom)", "b = (a)", "c = (2)", "d = (c)", "e = (b, d)"]);
    desk.run_all();
    // Nothing was taken back: each run that could run did so once.
    assert_eq!(desk.ran, [1, 3, 4]);
    assert_eq!(desk.settled[0].blocked, [B, CellId(5)]);
    assert_eq!(desk.settled[0].failed, [A]);
}

#[test]
fn a_package_that_could_not_be_fetched_is_tried_again_by_the_next_run() {
    let package = Package {
        name: "numpy".to_owned(),
        version: "1".to_owned(),
        file: "numpy".to_owned(),
        wheel: "numpy".to_owned(),
        sha256: String::new(),
        size: 1,
        imports: vec!["numpy".to_owned()],
        depends: Vec::new(),
    };
    let notebook = Notebook::from_sources("test", [(Kind::Python, "import numpy")]);
    let mut desk = Desk::of(notebook, Stored::default(), Catalog::new(vec![package]));
    desk.dispatch(Event::Run(A));
    desk.ready();
    let id = desk.session.kernel_id();
    let why = "The network is down.".to_owned();
    desk.dispatch(Event::PackagesFailed(id, vec!["numpy".to_owned()], why));
    desk.settle();
    desk.dispatch(Event::Run(A));
    assert_eq!(desk.fetched.len(), 2);
    let wheel = Wheel {
        package: "numpy".to_owned(),
        file: "numpy".to_owned(),
        buffer: BufferIndex(0),
    };
    if let Some((_, kernel)) = &mut desk.kernel {
        let _ = kernel.receive(ToWorker::Install {
            wheels: vec![wheel],
        });
    }
    desk.settle();
    desk.dispatch(Event::Run(A));
    desk.settle();
    assert_eq!(desk.fetched.len(), 2, "what is there is not fetched again");
}

#[test]
fn a_cell_that_comes_back_is_stale_if_what_it_read_has_changed() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.run_all();
    let old = desk.text(B);
    desk.dispatch(Event::Edit(Edit::Delete { cell: B }));
    assert!(
        !desk.stored.contains_key(&B),
        "the outputs of a deleted cell go"
    );
    desk.dispatch(Event::Undo);
    let view = desk.session.view(B);
    assert!(
        view.status() == Status::Success && !view.stale,
        "nothing has changed: {view:?}"
    );
    assert!(desk.stored.contains_key(&B));
    desk.dispatch(Event::Edit(Edit::Delete { cell: B }));
    desk.write(A, "a = (2)");
    desk.dispatch(Event::Run(A));
    desk.settle();
    desk.dispatch(Event::Undo);
    assert!(desk.session.view(B).stale, "it read another value");
    assert_eq!(desk.text(B), old);
    desk.dispatch(Event::RunStale);
    desk.settle();
    assert!(!desk.session.view(B).stale);
    assert_ne!(desk.text(B), old);
}

#[test]
fn the_kind_of_a_cell_is_part_of_what_its_run_read() {
    let mut desk = Desk::open(&["a = (1)"]);
    desk.run_all();
    let kind = |kind| Event::Edit(Edit::Kind { cell: A, kind });
    desk.dispatch(kind(Kind::Sql));
    assert!(desk.session.view(A).stale);
    desk.dispatch(kind(Kind::Python));
    assert!(!desk.session.view(A).stale);
}

#[test]
fn an_edit_of_comments_does_not_make_a_cell_stale() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.run_all();
    desk.write(A, "# inputs\n\na  =  (1)   # one\n");
    assert!(!desk.session.view(A).stale);
    desk.write(A, "a = (2)");
    assert!(desk.session.view(A).stale);
}

#[test]
fn after_stop_what_waited_says_that_a_cell_was_stopped() {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.run_all();
    desk.dispatch(Event::Run(A));
    desk.step();
    desk.dispatch(Event::Stop);
    assert_eq!(
        desk.session.view(B).shown,
        Shown::Blocked(Culprit::Stopped(A))
    );
    let words = engine::words::status(&desk.session.view(B).shown, |id| id.0 as usize);
    assert_eq!(words, "blocked: cell 1 was stopped");
}

#[test]
fn a_cell_of_a_thousand_failures_tells_of_those_that_changed_only() {
    let sources: Vec<String> = (0..300).map(|at| format!("v{at} = (boom)")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut desk = Desk::open(&sources);
    desk.dispatch(Event::RunAll);
    desk.ready();
    let mut shown = 0;
    while desk.session.is_active() {
        let said = desk
            .kernel
            .as_mut()
            .map(|(id, kernel)| (*id, kernel.step()));
        for (id, said) in said
            .into_iter()
            .flat_map(|(id, said)| said.into_iter().map(move |one| (id, one)))
        {
            let effects = desk.session.handle(Event::Kernel(id, said, Vec::new()));
            shown += effects
                .iter()
                .filter(|effect| matches!(effect, Effect::Show(..)))
                .count();
            for effect in effects {
                if let (Effect::Post(message), Some((_, kernel))) = (effect, &mut desk.kernel) {
                    let _ = kernel.receive(message);
                }
            }
        }
    }
    // Queued in line, next, running, failed: a few for each cell, whatever the number of cells.
    assert!(shown <= 300 * 8, "{shown} states were told");
}

#[test]
fn a_cell_says_what_of_its_packages_is_not_as_it_asks() {
    let package = Package {
        name: "pandas".to_owned(),
        version: "3.0.2".to_owned(),
        file: String::new(),
        wheel: String::new(),
        sha256: String::new(),
        size: 1,
        imports: vec!["pandas".to_owned()],
        depends: Vec::new(),
    };
    let source = "# /// script\n# dependencies = ['pandas<2', 'nowhere', 'pip']\n# ///\n1";
    let notebook = Notebook::from_sources("test", [(Kind::Python, source)]);
    let mut desk = Desk::of(notebook, Stored::default(), Catalog::default());
    let said = |desk: &Desk| -> Vec<String> {
        let found = desk.session.diagnostics(A).into_iter();
        found
            .map(|found| engine::words::problem(&found.problem, |_| 1))
            .collect()
    };
    assert!(said(&desk).is_empty(), "the list has not come");
    desk.dispatch(Event::Catalog(Catalog::new(vec![package])));
    assert_eq!(
        said(&desk),
        [
            "`pandas<2` is asked for here. This site has pandas 3.0.2, which is used.",
            "This site does not have the package `nowhere`. Whoever builds the site can add it.",
        ]
    );
}

const PLOTLY: &str = "application/vnd.plotly.v1+json";
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h9\"/></svg>";

/// A cell that has shown a chart, and the run that did.
fn with_chart() -> (Desk, RunId) {
    let mut desk = Desk::open(&["a = (1)", "b = (a)"]);
    desk.dispatch(Event::Run(A));
    desk.ready();
    desk.step();
    let run = RunId(1);
    let bundle = [
        (PLOTLY.to_owned(), Data::Text("{\"data\":[]}".to_owned())),
        ("text/plain".to_owned(), Data::Text("Figure".to_owned())),
    ];
    let output = Output::Value {
        bundle: bundle.into(),
        display: None,
    };
    let id = desk.session.kernel_id();
    desk.dispatch(Event::Kernel(
        id,
        FromWorker::Output { run, output },
        Vec::new(),
    ));
    desk.settle();
    (desk, run)
}

/// The place of the chart among what the cell put out.
fn place_of_chart(desk: &Desk) -> usize {
    let items = desk.session.output_view(A).items;
    let at = items
        .iter()
        .position(|item| matches!(item, Item::Value { .. }));
    at.expect("there is a chart")
}

fn forms_of_chart(desk: &Desk) -> Vec<String> {
    let Some(Item::Value { forms, .. }) = desk
        .session
        .output_view(A)
        .items
        .into_iter()
        .find(|item| matches!(item, Item::Value { .. }))
    else {
        return Vec::new();
    };
    forms.into_iter().map(|(mime, _)| mime).collect()
}

#[test]
fn a_chart_s_picture_is_stored_with_its_run_and_stands_in_every_file() {
    let (mut desk, run) = with_chart();
    let at = place_of_chart(&desk);
    let view = desk.session.view(A);
    let picture = Picture::of_frame("image/svg+xml", SVG, 9, 5).expect("it is one");
    desk.dispatch(Event::Picture(A, run, at, picture));
    let forms = [
        PLOTLY,
        "application/vnd.rivulet.size+json",
        "image/svg+xml",
        "text/plain",
    ];
    assert_eq!(forms_of_chart(&desk), forms);
    assert_eq!(desk.session.view(A), view, "its run is still what it was");
    assert!(desk.session.output_view(A).is_own);
    desk.reload();
    assert_eq!(forms_of_chart(&desk), forms);
    assert!(
        !desk.session.output_view(A).is_own,
        "its scripts wait for the reader"
    );
    let document = Document {
        notebook: desk.session.notebook().clone(),
        evaluations: desk.session.evaluations().clone(),
    };
    let help = html::Help {
        latex: &str::to_owned,
        markdown: &|text, _| text.to_owned(),
        sanitise: &str::to_owned,
        live: None,
    };
    let page = html::write(&document, &help);
    assert!(
        page.contains("<img src=\"data:image/svg+xml;charset=utf-8,%3Csvg"),
        "{page}"
    );
    assert!(page.contains("width=\"9\""));
    let written: serde_json::Value =
        serde_json::from_str(&ipynb::write(&document)).expect("it is JSON");
    let outputs = written["cells"][0]["outputs"].as_array().expect("a list");
    let data = outputs
        .iter()
        .find_map(|output| output.get("data"))
        .expect("the chart");
    assert_eq!(data[PLOTLY], serde_json::json!({ "data": [] }));
    assert_eq!(data["image/svg+xml"], serde_json::json!([SVG]));
}

#[test]
fn a_picture_of_another_run_or_of_no_chart_changes_nothing() {
    let (mut desk, run) = with_chart();
    let (at, before) = (place_of_chart(&desk), desk.session.output_view(A));
    let picture = Picture::of_frame("image/svg+xml", SVG, 9, 5).expect("it is one");
    for (cell, run, at) in [
        (A, RunId(run.0 + 1), at),
        (A, run, at + 7),
        (B, run, at),
        (A, run, 1 - at.min(1)),
        (CellId(77), run, at),
    ] {
        desk.dispatch(Event::Picture(cell, run, at, picture.clone()));
    }
    assert_eq!(desk.session.output_view(A), before);
}

#[test]
fn what_a_run_still_puts_out_after_its_end_leaves_the_picture_where_it_is() {
    let (mut desk, run) = with_chart();
    let at = place_of_chart(&desk);
    let picture = Picture::of_frame("image/svg+xml", SVG, 9, 5).expect("it is one");
    desk.dispatch(Event::Picture(A, run, at, picture));
    let before = forms_of_chart(&desk);
    let output = Output::Text {
        stream: Stream::Stdout,
        text: "late\n".to_owned(),
    };
    let id = desk.session.kernel_id();
    desk.dispatch(Event::Kernel(
        id,
        FromWorker::Output { run, output },
        Vec::new(),
    ));
    assert!(desk.text(A).contains("late"));
    assert_eq!(forms_of_chart(&desk), before);
}
