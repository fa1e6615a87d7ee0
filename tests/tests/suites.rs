//! Literate suites: Markdown files in `suites/` whose stories are run and compared.
//!
//! A story is a heading, some prose, a block `cells` (the sources, with `---` between two), and a block
//! `story`: lines that begin with `> ` are acts, and below each stands what came of it. `ran:` lists the
//! runs in order, with `!` for one that failed; then come the cells whose status changed, `*` for stale;
//! then the diagnostics that are new, as people read them; then the names in Python, if they changed.
//! `BLESS=1` writes what comes of the acts into the files, to be read and committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use engine::session::KernelId;
use engine::{Edit, Effect, Event, Kind, Mode, Session, words};
use protocol::{CellId, FromWorker};
use tests::kernel::Pretended;

struct World {
    session: Session,
    kernel: Option<(KernelId, Pretended)>,
    ran: Vec<String>,
    statuses: BTreeMap<CellId, String>,
    told: BTreeSet<String>,
    names: String,
}

impl World {
    fn new(cells: &str) -> Self {
        let sources = cells.split("\n---\n").map(|cell| cell.trim_matches('\n'));
        let mut world = Self {
            session: tests::open(sources),
            kernel: None,
            ran: Vec::new(),
            statuses: BTreeMap::new(),
            told: BTreeSet::new(),
            names: String::new(),
        };
        let _ = world.report();
        world.told.clear();
        world
    }

    fn dispatch(&mut self, event: Event) {
        for effect in self.session.handle(event) {
            match effect {
                Effect::StartKernel(id) => {
                    self.kernel = Some((id, Pretended::default()));
                    let python = "3".to_owned();
                    self.dispatch(Event::Kernel(id, FromWorker::Ready { python }, Vec::new()));
                }
                Effect::Post(message) => {
                    let answer = self
                        .kernel
                        .as_mut()
                        .and_then(|(id, kernel)| Some((*id, kernel.receive(message)?)));
                    if let Some((id, answer)) = answer {
                        self.dispatch(Event::Kernel(id, answer, Vec::new()));
                    }
                }
                Effect::Ended(cell, _, outcome) => {
                    let failed = outcome != protocol::Outcome::Success;
                    self.ran.push(format!(
                        "{}{}",
                        self.number(cell),
                        if failed { "!" } else { "" }
                    ));
                }
                _ => {}
            }
        }
    }

    fn settle(&mut self) {
        while let Some((id, kernel)) = self.kernel.as_mut().filter(|(_, kernel)| !kernel.is_idle())
        {
            let id = *id;
            for said in kernel.step() {
                self.dispatch(Event::Kernel(id, said, Vec::new()));
            }
        }
        assert!(!self.session.is_active(), "the notebook comes to rest");
    }

    fn number(&self, id: CellId) -> usize {
        self.session.notebook().place(id).map_or(0, |at| at + 1)
    }

    fn cell(&self, number: &str) -> CellId {
        let at: usize = number
            .parse()
            .unwrap_or_else(|_| panic!("no number: {number}"));
        self.session.notebook().cells()[at - 1].id
    }

    fn act(&mut self, act: &str) {
        let words: Vec<&str> = act.splitn(3, ' ').collect();
        let code = |text: &str| text.replace("; ", "\n");
        let event = match words.as_slice() {
            ["run", "all"] => Event::RunAll,
            ["run", "stale"] => Event::RunStale,
            ["run", cell] => Event::Run(self.cell(cell)),
            ["restart"] => Event::Restart,
            ["undo"] => Event::Undo,
            ["lazy"] => Event::Edit(Edit::Mode { mode: Mode::Lazy }),
            ["write", cell, text] => Event::Edit(Edit::Source {
                cell: self.cell(cell),
                source: code(text).into(),
            }),
            ["insert", at, text] => {
                let cell = self.session.notebook().new_cell(Kind::Python, &code(text));
                let at = at.parse::<usize>().map_or(0, |at| at - 1);
                Event::Edit(Edit::Insert { at, cell })
            }
            ["delete", cell] => Event::Edit(Edit::Delete {
                cell: self.cell(cell),
            }),
            ["top", cell] => Event::Edit(Edit::Move {
                cell: self.cell(cell),
                to: 0,
            }),
            ["off", cell] => Event::Edit(Edit::Disabled {
                cell: self.cell(cell),
                disabled: true,
            }),
            ["on", cell] => Event::Edit(Edit::Disabled {
                cell: self.cell(cell),
                disabled: false,
            }),
            _ => panic!("no such act: {act}"),
        };
        self.dispatch(event);
        self.settle();
    }

    /// What has changed since the last report.
    fn report(&mut self) -> String {
        let mut text = String::new();
        if !self.ran.is_empty() {
            let _ = writeln!(text, "ran: {}", self.ran.join(" "));
            self.ran.clear();
        }
        let mut changed = Vec::new();
        let mut problems = BTreeSet::new();
        for (at, cell) in self.session.notebook().cells().iter().enumerate() {
            let view = self.session.view(cell.id);
            let stale = if view.stale { "*" } else { "" };
            let status = format!("{}{stale}", view.status().word());
            if self.statuses.get(&cell.id) != Some(&status) {
                changed.push(format!("{} {status}", at + 1));
                self.statuses.insert(cell.id, status);
            }
            for found in self.session.diagnostics(cell.id) {
                let said = words::problem(&found.problem, |id| self.number(id));
                problems.insert(format!("{}: {said}", at + 1));
            }
        }
        if !changed.is_empty() {
            let _ = writeln!(text, "{}", changed.join(", "));
        }
        for said in problems.difference(&self.told) {
            let _ = writeln!(text, "{said}");
        }
        self.told = problems;
        let names = self
            .kernel
            .iter()
            .flat_map(|(_, kernel)| kernel.names.keys());
        let names = names.cloned().collect::<Vec<_>>().join(" ");
        if names != self.names {
            let _ = writeln!(text, "Python has: {names}");
            self.names = names;
        }
        text
    }
}

/// Runs the acts of a story, and writes it as it came.
fn play(cells: &str, story: &str) -> String {
    let mut world = World::new(cells);
    let mut text = String::new();
    for act in story.lines().filter_map(|line| line.strip_prefix("> ")) {
        let _ = writeln!(text, "> {act}");
        world.act(act);
        text.push_str(&world.report());
    }
    text
}

/// The story blocks of a file replaced by what comes of their acts, and how many there are.
fn replay(text: &str) -> (String, usize) {
    let mut written = String::new();
    let (mut block, mut inner, mut cells) = (None, String::new(), String::new());
    let mut count = 0;
    for line in text.split_inclusive('\n') {
        match (block, line.trim_end()) {
            (None, "```cells") => block = Some("cells"),
            (None, "```story") => block = Some("story"),
            (Some(which), "```") => {
                if which == "cells" {
                    cells = std::mem::take(&mut inner);
                    written.push_str(&cells);
                } else {
                    written.push_str(&play(&cells, &inner));
                    inner.clear();
                    count += 1;
                }
                block = None;
            }
            (Some(_), _) => {
                inner.push_str(line);
                continue;
            }
            (None, _) => {}
        }
        written.push_str(line);
    }
    (written, count)
}

#[test]
fn names_across_cells_are_as_the_stories_tell() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/names.md");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (played, count) = replay(&text);
    assert!(count >= 30, "{count} stories");
    if std::env::var("BLESS").is_ok() {
        std::fs::write(&path, played).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    for (at, (played, told)) in played.lines().zip(text.lines()).enumerate() {
        assert_eq!(played, told, "line {} of {}", at + 1, path.display());
    }
    assert_eq!(played.lines().count(), text.lines().count());
}
