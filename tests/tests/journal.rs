//! The records of the store: whatever was written is read again, whatever is damaged costs nothing
//! but itself, and "Saved" is never said of what is not stored.

use std::collections::{BTreeMap, BTreeSet};

use engine::formats::records;
use engine::journal::{
    Change, FENCE, Ledger, Newest, Opened, Place, Raw, Reading, Records, Saved, Summary, Ticket,
    Unsaved, Version, Writes, amended, evict_outputs, evict_versions, outdated, read, seal,
};
use engine::session::remember;
use engine::{Cell, Edit, Evaluation, Hidden, Kind, Layout, Mode, Notebook};
use protocol::CellId;
use serde_json::{Value, json};
use tests::random::Random;

/// A store of one notebook, without a browser.
#[derive(Debug, Clone, Default)]
struct Memory {
    snapshot: Option<String>,
    journal: BTreeMap<u32, String>,
    summary: Option<String>,
}

impl Memory {
    /// One transaction: whole or not at all.
    fn write(&mut self, writes: &Writes) -> Result<(), Unsaved> {
        let mut journal = self.journal.clone();
        let entries = writes.entries.iter();
        let entries = entries.map(|(number, entry)| (*number, entry.to_string()));
        let claims = writes.claims.iter();
        let claims = claims.map(|number| (*number, FENCE.to_owned()));
        for (number, entry) in entries.chain(claims) {
            if journal.insert(number, entry).is_some() {
                return Err(Unsaved::Overtaken);
            }
        }
        if let Some(whole) = &writes.whole {
            self.snapshot = Some(whole.snapshot.to_string());
            for (first, last) in &whole.folded {
                journal.retain(|number, _| number < first || number > last);
            }
        }
        self.journal = journal;
        self.summary = writes.summary.as_deref().map(str::to_owned);
        Ok(())
    }

    /// As the store writes a fence: it must be the journal's last number.
    fn fence(&mut self, writes: &Writes) -> Result<(), Unsaved> {
        if self.journal.keys().last() > writes.entries.keys().last() {
            return Err(Unsaved::Overtaken);
        }
        self.write(writes)
    }

    fn records(&self) -> Records {
        let raw = |text: &String| Raw(Some(text.clone()));
        let journal = self.journal.iter();
        Records {
            snapshot: self.snapshot.as_ref().map(raw),
            journal: journal
                .map(|(number, text)| (Some(*number), raw(text)))
                .collect(),
        }
    }

    fn open(&self) -> Opened {
        whole(self.records())
    }
}

/// Reads records of which the snapshot is whole.
#[track_caller]
fn whole(records: Records) -> Opened {
    match read(records) {
        Reading::Opened(opened) => *opened,
        Reading::Damaged(_) => panic!("the snapshot is whole"),
    }
}

/// A notebook as a person edits it, beside what is stored of it.
struct Author {
    notebook: Notebook,
    undo: Vec<Edit>,
    ledger: Ledger,
    now: f64,
}

impl Author {
    fn new() -> Self {
        Self {
            notebook: Notebook::from_sources("one", [(Kind::Python, "a = 1"), (Kind::Sql, "")]),
            undo: Vec::new(),
            ledger: Ledger::new(None),
            now: 1000.0,
        }
    }

    fn opened(opened: &Opened) -> Self {
        Self {
            notebook: opened.notebook.clone(),
            undo: opened.undo.clone(),
            ledger: Ledger::opened(opened),
            now: 1_000_000.0,
        }
    }

    fn folding_after(mut self, edits: u32) -> Self {
        self.ledger = self.ledger.folding_after(edits);
        self
    }

    /// Makes an edit, or takes the last one back. `None` if there is nothing to do.
    fn edit(&mut self, edit: Option<Edit>) -> Option<(Ticket, Writes)> {
        let undoes = edit.is_none();
        let edit = match edit {
            Some(edit) => {
                let inverse = self.notebook.apply(edit.clone()).ok()?;
                remember(&mut self.undo, inverse);
                edit
            }
            // As the session does: what does not fit any more is passed over.
            None => loop {
                let edit = self.undo.pop()?;
                if self.notebook.apply(edit.clone()).is_ok() {
                    break edit;
                }
            },
        };
        self.now += 1.0;
        Some(self.ledger.edit(&Change {
            edit: &edit,
            undoes,
            notebook: &self.notebook,
            undo: &self.undo,
            now: self.now,
        }))
    }

    fn type_in(&mut self, text: &str) -> (Ticket, Writes) {
        let edit = Edit::Source {
            cell: CellId(1),
            source: text.into(),
        };
        self.edit(Some(edit)).expect("the cell is there")
    }
}

const TEXTS: [&str; 8] = [
    "a = 1",
    "",
    "__proto__",
    "constructor",
    "é😀\u{0}\u{2028}\"\\",
    "{\"edit\":\"delete\"}",
    "fence",
    "0000000000000000{}",
];

fn random_edit(notebook: &Notebook, random: &mut Random) -> Option<Edit> {
    let text = |random: &mut Random| TEXTS[random.below(TEXTS.len())];
    let cells = notebook.cells();
    let cell = cells.get(random.below(cells.len())).map(|cell| cell.id);
    let cell = cell.unwrap_or(CellId(7));
    Some(match random.below(14) {
        0..4 => Edit::Source {
            cell,
            source: text(random).into(),
        },
        4 => Edit::Sources {
            sources: vec![(cell, text(random).into())],
        },
        5..7 => Edit::Insert {
            at: random.below(5),
            cell: notebook.new_cell(Kind::Markdown, text(random)),
        },
        7 => Edit::Delete { cell },
        8 => Edit::Move {
            cell,
            to: random.below(5),
        },
        9 => Edit::Kind {
            cell,
            kind: [Kind::Python, Kind::Sql, Kind::Markdown, Kind::Raw][random.below(4)],
        },
        10 => match random.below(6) {
            0 => Edit::Title {
                title: text(random).to_owned(),
            },
            1 => Edit::Mode { mode: Mode::Lazy },
            2 => Edit::Eager { eager: true },
            3 => Edit::Layout {
                layout: Layout::ALL[random.below(3)],
            },
            4 => Edit::Hidden {
                cell,
                hidden: Hidden {
                    code: random.chance(50),
                    ..Hidden::default()
                },
            },
            _ => Edit::Disabled {
                cell,
                disabled: random.chance(50),
            },
        },
        11 => Edit::Group {
            edits: vec![
                Edit::Source {
                    cell,
                    source: text(random).into(),
                },
                Edit::Delete { cell },
            ],
        },
        12 => Edit::Replace {
            notebook: Box::new(tests::notebooks::notebook(random)),
        },
        _ => return None,
    })
}

#[test]
fn what_is_read_is_what_was_edited_at_every_prefix_of_random_edits() {
    for seed in 0..300_u32 {
        let mut random = Random::new(u64::from(seed));
        let mut author = Author::new().folding_after(1 + seed % 20);
        let mut memory = Memory::default();
        for _ in 0..60 {
            let edit = random_edit(&author.notebook, &mut random);
            let Some((ticket, writes)) = author.edit(edit) else {
                continue;
            };
            author.ledger.ended(ticket, memory.write(&writes));
            assert_eq!(author.ledger.saved(), Saved::Done);
            let opened = memory.open();
            assert!(opened.damage.is_none(), "seed {seed}");
            assert_eq!(opened.notebook, author.notebook, "seed {seed}");
            assert_eq!(opened.undo, author.undo, "seed {seed}");
            let line: Summary = Raw(memory.summary.clone()).unseal().expect("it is whole");
            assert_eq!(line.title, author.notebook.title);
            assert_eq!(line.cells, author.notebook.cells().len());
            assert!(
                (line.edited - author.now).abs() < 0.5,
                "every edit sets its time"
            );
            if random.chance(10) {
                author = Author::opened(&opened).folding_after(10);
            }
        }
        let entries = memory.journal.values();
        let entries = entries.filter(|text| *text != FENCE).count();
        assert!(entries <= 21, "the journal is folded");
    }
}

#[test]
fn a_letter_is_one_small_record_and_its_line_in_the_index() {
    let mut author = Author::new();
    let mut memory = Memory::default();
    let (ticket, writes) = author.type_in("first");
    assert!(
        writes.whole.is_some() && writes.entries.is_empty(),
        "the first stores the whole"
    );
    author.ledger.ended(ticket, memory.write(&writes));
    let (_, writes) = author.type_in("second");
    assert!(writes.whole.is_none());
    assert_eq!(writes.entries.len(), 1);
    assert!(writes.summary.is_some());
    assert!(writes.bytes() < 300, "{} bytes", writes.bytes());
}

#[test]
fn a_large_cell_folds_the_journal_before_it_is_many_times_its_size() {
    let mut author = Author::new();
    let mut memory = Memory::default();
    let text = "x".repeat(500_000);
    for at in 0..60 {
        let (ticket, writes) = author.type_in(&format!("{text}{at}"));
        author.ledger.ended(ticket, memory.write(&writes));
        let size: usize = memory.journal.values().map(String::len).sum();
        assert!(size < 6_000_000, "{size} bytes after {at} edits");
    }
    assert_eq!(memory.open().notebook, author.notebook);
}

/// All stores of a fixture: `[key, value]` of each record.
fn fixture(name: &str) -> Value {
    let path = format!("{}/fixtures/store/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn raws(store: &Value) -> Vec<(Option<u32>, Raw)> {
    let records = store.as_array().into_iter().flatten();
    let pair = |record: &Value| {
        let number = record[0][1]
            .as_u64()
            .and_then(|number| u32::try_from(number).ok());
        (number, Raw(record[1].as_str().map(str::to_owned)))
    };
    records.map(pair).collect()
}

fn records_of(stores: &Value) -> Records {
    Records {
        snapshot: raws(&stores["notebooks"])
            .into_iter()
            .next()
            .map(|(_, raw)| raw),
        journal: raws(&stores["journal"]),
    }
}

#[test]
fn every_stored_form_of_earlier_pages_opens() {
    let sources = |opened: &Opened| -> Vec<String> {
        let cells = opened.notebook.cells().iter();
        cells.map(|cell| cell.source.to_string()).collect()
    };
    for (name, undo) in [("copy", 5), ("first", 5)] {
        let stores = fixture(name);
        let opened = whole(records_of(&stores));
        assert!(opened.damage.is_none(), "{name}: {:?}", opened.damage);
        assert_eq!(opened.notebook.title, "Übung \"1\" __proto__ 😀");
        assert_eq!(
            sources(&opened),
            [
                "b = a + 2\nprint('b is', b)\nb",
                "a = 41",
                "# Sums\n\nb is {b}",
                "SELECT 1 AS one",
                "import sys\nprint('oops', file=sys.stderr)\n1 / 0",
            ]
        );
        assert_eq!(opened.origin.is_some(), name == "copy");
        if name == "copy" {
            assert!(opened.undo.len() <= undo && !opened.undo.is_empty());
        }
        let outputs = raws(&stores["outputs"]);
        let evaluation = |(_, raw): &(_, Raw)| Evaluation::read(raw.json()?);
        let evaluations: Vec<Evaluation> = outputs.iter().filter_map(evaluation).collect();
        assert_eq!(evaluations.len(), 3, "{name}");
        assert_eq!(evaluations[1].outputs.items.len(), 2);
        let error = evaluations[2].error().expect("it failed");
        assert_eq!(error.name, "ZeroDivisionError");
        // And what is stored of it from now on is read again.
        let again = Raw(Some(seal(&evaluations[2])));
        let again = again.json().and_then(Evaluation::read);
        assert_eq!(again.as_ref(), Some(&evaluations[2]));
        for (_, version) in raws(&stores["versions"]) {
            assert!(version.unseal::<Version>().is_some());
        }
    }
    for name in ["folded", "bin"] {
        let opened = whole(records_of(&fixture(name)));
        assert!(opened.damage.is_none(), "{name}: {:?}", opened.damage);
        assert_eq!(sources(&opened), ["x".repeat(520)]);
        assert_eq!(opened.deleted.is_some(), name == "bin");
        let title = if name == "bin" {
            "Renamed on home"
        } else {
            "Untitled"
        };
        assert_eq!(opened.notebook.title, title);
    }
}

#[test]
fn a_notebook_of_an_earlier_page_is_edited_on() {
    for name in ["copy", "first", "folded", "bin"] {
        let records = records_of(&fixture(name));
        let mut memory = Memory {
            snapshot: records.snapshot.clone().and_then(|raw| raw.0),
            ..Memory::default()
        };
        for (number, raw) in records.journal {
            memory
                .journal
                .insert(number.expect("it has one"), raw.0.expect("it is a text"));
        }
        let mut author = Author::opened(&memory.open());
        let (ticket, writes) = author.type_in("new = 1");
        author.ledger.ended(ticket, memory.write(&writes));
        let opened = memory.open();
        assert_eq!(opened.notebook, author.notebook, "{name}");
        assert_eq!(opened.deleted, None, "what is edited is not in the bin");
    }
}

/// A notebook of some edits, with versions of it at some of them.
fn edited(random: &mut Random) -> (Memory, Vec<Raw>) {
    let mut author = Author::new().folding_after(15);
    let mut memory = Memory::default();
    let mut versions = Vec::new();
    for at in 0..20 {
        let edit = random_edit(&author.notebook, random);
        let Some((ticket, writes)) = author.edit(edit) else {
            continue;
        };
        author.ledger.ended(ticket, memory.write(&writes));
        if at % 6 == 5 {
            let now = author.now;
            let version = author.ledger.version("edited", &author.notebook, now);
            versions.push(Raw(Some(seal(&version))));
        }
    }
    (memory, versions)
}

/// What may stand in the place of a record.
fn damage(raw: &Raw, random: &mut Random) -> Raw {
    let text = raw.0.clone().unwrap_or_default();
    let hostile = [
        json!({"edit": "insert", "at": 0, "cell": {"id": u32::MAX, "kind": "python", "source": ""}}),
        json!({"edit": "insert", "at": u64::MAX, "cell": {"id": 900, "kind": "python", "source": ""}}),
        json!({"edit": "insert", "at": -1, "cell": {"id": 1, "kind": "python", "source": "\r"}}),
        json!({"edit": "__proto__", "__proto__": {"edit": "delete"}}),
        json!({"edit": "delete", "cell": {"__proto__": 1}}),
        json!({"edit": "replace", "notebook": {"title": "", "cells": [
            {"id": 1, "kind": "python", "source": ""}, {"id": 1, "kind": "python", "source": ""}], "next": 1}}),
        json!({"edit": "group", "edits": [{"edit": "group", "edits": [{"edit": "insert", "at": 0,
            "cell": {"id": u32::MAX, "kind": "sql", "source": ""}}]}]}),
        json!({"notebook": {"title": "x", "cells": [{"id": 5, "kind": "python", "source": ""}], "next": 2},
            "entry": 0, "edited": 0}),
        json!({"notebook": null, "constructor": {"prototype": 1}}),
    ];
    match random.below(8) {
        0 => Raw(None),
        1 => Raw(Some(String::new())),
        2 => Raw(Some(
            text[..floor(&text, random.below(text.len() + 1))].to_owned(),
        )),
        3 => {
            let mut bytes = text.into_bytes();
            let at = random.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
            Raw(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
        4 => Raw(Some(seal(&hostile[random.below(hostile.len())]))),
        5 => Raw(Some(hostile[random.below(hostile.len())].to_string())),
        6 => Raw(Some("[".repeat(100_000))),
        _ => Raw(Some(format!("{{\"edit\":{}", "{\"edit\":".repeat(100_000)))),
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[test]
fn whatever_happens_to_records_the_rest_opens() {
    let mut recovered = 0;
    for seed in 0..tests::many(600) {
        let mut random = Random::new(seed);
        let (memory, mut versions) = edited(&mut random);
        let mut records = memory.records();
        let hits = 1 + random.below(4);
        let mut hit_snapshot = false;
        for _ in 0..hits {
            match random.below(6) {
                0 => {
                    hit_snapshot = true;
                    records.snapshot = None;
                }
                1 => {
                    hit_snapshot = true;
                    records.snapshot = records.snapshot.map(|raw| damage(&raw, &mut random));
                }
                2 if !versions.is_empty() => {
                    let at = random.below(versions.len());
                    versions[at] = damage(&versions[at], &mut random);
                }
                3 if !records.journal.is_empty() => {
                    let at = random.below(records.journal.len());
                    records.journal.remove(at);
                }
                4 if !records.journal.is_empty() => {
                    let at = random.below(records.journal.len());
                    let raw = damage(&records.journal[at].1, &mut random);
                    records.journal[at].1 = raw;
                }
                _ if !records.journal.is_empty() => {
                    // In another order, and with a key that has no number.
                    let at = random.below(records.journal.len());
                    records.journal.swap(0, at);
                    if random.chance(30) {
                        records.journal.push((None, Raw(Some("x".to_owned()))));
                    }
                }
                _ => {}
            }
        }
        let opened = match read(records) {
            Reading::Opened(opened) => *opened,
            Reading::Damaged(damaged) => {
                assert!(hit_snapshot, "seed {seed}");
                let Ok(Some(opened)) = damaged.recover(&versions) else {
                    assert!(
                        !versions.iter().any(|raw| raw
                            .unseal::<Version>()
                            .is_some_and(|version| version.notebook.is_sound())),
                        "seed {seed}"
                    );
                    continue;
                };
                recovered += 1;
                assert!(opened.damage.snapshot);
                assert!(
                    opened
                        .damage
                        .sentence()
                        .contains("newest version in the history")
                );
                *opened
            }
        };
        assert!(opened.notebook.is_sound(), "seed {seed}");
        assert!(opened.damage.is_none() == opened.damage.sentence().is_empty());
        // It can be edited on, and what is stored then is whole.
        let mut memory = Memory::default();
        let mut author = Author::opened(&opened);
        let cell: Cell = author.notebook.new_cell(Kind::Python, "after");
        if let Some((ticket, writes)) = author.edit(Some(Edit::Insert { at: 0, cell }))
            && !opened.damage.is_none()
        {
            assert!(
                writes.whole.is_some(),
                "seed {seed}: what was damaged is stored whole"
            );
            author.ledger.ended(ticket, memory.write(&writes));
            let again = memory.open();
            assert_eq!(again.notebook, author.notebook, "seed {seed}");
            assert!(again.damage.is_none(), "it is said once");
        }
    }
    assert!(recovered > 50, "{recovered}");
}

#[test]
fn one_damaged_entry_costs_that_entry_alone_and_is_named() {
    let mut author = Author::new();
    let mut memory = Memory::default();
    for text in ["one", "two", "three"] {
        let (ticket, writes) = author.type_in(text);
        author.ledger.ended(ticket, memory.write(&writes));
    }
    let undamaged = memory.records();
    for at in 0..undamaged.journal.len() {
        let mut records = undamaged.clone();
        records.journal[at].1 = Raw(None);
        let opened = whole(records);
        assert_eq!(opened.damage.entries, [at]);
        assert!(opened.damage.sentence().starts_with("1 stored change"));
        let source = &opened.notebook.cells()[0].source;
        assert_eq!(&**source, if at == 1 { "two" } else { "three" });
        // A record that is not there at all is noticed by its number, unless it is the last.
        let mut records = undamaged.clone();
        records.journal.remove(at);
        assert_eq!(whole(records).damage.gaps, u32::from(at == 0));
    }
}

#[test]
fn the_newest_version_stands_in_for_a_snapshot_that_is_damaged_or_missing() {
    for is_missing in [true, false] {
        let mut author = Author::new();
        let mut memory = Memory::default();
        let mut versions = Vec::new();
        for (at, text) in ["one", "two", "three", "four"].into_iter().enumerate() {
            let (ticket, writes) = author.type_in(text);
            author.ledger.ended(ticket, memory.write(&writes));
            if at < 3 {
                let version = author.ledger.version("edited", &author.notebook, at as f64);
                versions.push(Raw(Some(seal(&version))));
            }
        }
        // The newest of them is damaged as well.
        versions[2] = Raw(Some("x".to_owned()));
        let mut records = memory.records();
        records.snapshot = (!is_missing).then(|| Raw(Some("{}".to_owned())));
        let Reading::Damaged(damaged) = read(records) else {
            panic!("there is no whole snapshot");
        };
        assert_eq!(damaged.has_snapshot(), !is_missing);
        let opened = damaged
            .recover(&versions)
            .expect("there are versions")
            .expect("it is there");
        assert_eq!(opened.notebook, author.notebook, "and the edits after it");
        assert!(opened.damage.snapshot);
    }
}

#[test]
fn without_versions_a_damaged_notebook_is_left_as_it_is_and_none_is_none() {
    let records = |snapshot: Option<&str>, journal: &[(Option<u32>, Raw)]| Records {
        snapshot: snapshot.map(|text| Raw(Some(text.to_owned()))),
        journal: journal.to_vec(),
    };
    let recover = |records| match read(records) {
        Reading::Opened(_) => panic!("it is not whole"),
        Reading::Damaged(damaged) => damaged.recover(&[]).map(|opened| opened.is_some()),
    };
    assert!(recover(records(Some("x"), &[])).is_err());
    assert!(recover(records(None, &[(Some(2), Raw(None))])).is_err());
    assert_eq!(recover(records(None, &[])), Ok(false));
}

/// Goes through every order in which so many writes can begin and end, each well or not.
fn orders(step: &mut dyn FnMut(&[Step])) {
    fn go(
        begun: usize,
        open: &mut Vec<usize>,
        path: &mut Vec<Step>,
        step: &mut dyn FnMut(&[Step]),
    ) {
        if begun == 4 && open.is_empty() {
            return step(path);
        }
        if begun < 4 {
            for renames in [false, true] {
                open.push(begun);
                path.push(Step::Begin { renames });
                go(begun + 1, open, path, step);
                path.pop();
                open.pop();
            }
        }
        for at in 0..open.len() {
            let ending = open.remove(at);
            for lands in [true, false] {
                path.push(Step::End {
                    write: ending,
                    lands,
                });
                go(begun, open, path, step);
                path.pop();
            }
            open.insert(at, ending);
        }
    }
    go(0, &mut Vec::new(), &mut Vec::new(), step);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// An edit; a new title stores the whole notebook.
    Begin { renames: bool },
    /// A write ends.
    End { write: usize, lands: bool },
}

/// The store applies writes in the order in which they began, however late their ends are heard of.
fn stored(writes: &[(Ticket, Writes, Option<bool>)]) -> Memory {
    let mut memory = Memory::default();
    for (_, writes, lands) in writes {
        if *lands == Some(true) {
            memory.write(writes).expect("nobody else writes");
        }
    }
    memory
}

#[test]
fn saved_is_shown_only_when_everything_is_stored_whatever_ends_when_and_how() {
    let mut checked = 0;
    orders(&mut |steps| {
        let mut author = Author::new();
        let mut writes: Vec<(Ticket, Writes, Option<bool>)> = Vec::new();
        let first = author.type_in("first");
        let is_new = steps.len() % 2 == 0;
        if !is_new {
            author.ledger.ended(first.0, Ok(()));
        }
        writes.push((first.0, first.1, Some(true)));
        for (at, step) in steps.iter().enumerate() {
            match *step {
                Step::Begin { renames } => {
                    let (ticket, begun) = if renames {
                        let title = format!("title {at}");
                        author.edit(Some(Edit::Title { title })).expect("it fits")
                    } else {
                        author.type_in(&format!("text {at}"))
                    };
                    writes.push((ticket, begun, None));
                }
                Step::End { write, lands } => {
                    let (ticket, _, end) = &mut writes[write + 1];
                    *end = Some(lands);
                    let result = if lands {
                        Ok(())
                    } else {
                        Err(Unsaved::Refused("x".to_owned()))
                    };
                    author.ledger.ended(*ticket, result);
                }
            }
            let opened = stored(&writes).open();
            let is_all_there = opened.notebook == author.notebook && opened.damage.is_none();
            match author.ledger.saved() {
                Saved::Done => assert!(is_all_there, "{steps:?} at {at}"),
                Saved::Failed(_) => assert!(!is_all_there, "{steps:?} at {at}"),
                Saved::Saving => {
                    let is_under_way = writes.iter().any(|(.., end)| end.is_none());
                    assert!(is_under_way || is_new, "{steps:?} at {at}");
                }
                Saved::Untouched => panic!("it was edited"),
            }
        }
        if is_new {
            author.ledger.ended(writes[0].0, Ok(()));
        }
        // The next edit mends everything.
        let (ticket, begun) = author.type_in("last");
        assert_eq!(author.ledger.saved(), Saved::Saving, "{steps:?}");
        writes.push((ticket, begun, Some(true)));
        author.ledger.ended(ticket, Ok(()));
        let opened = stored(&writes).open();
        assert_eq!(opened.notebook, author.notebook, "{steps:?}");
        assert!(opened.damage.is_none(), "{steps:?}: {:?}", opened.damage);
        assert_eq!(author.ledger.saved(), Saved::Done);
        checked += 1;
    });
    assert!(checked > 10_000, "{checked}");
}

#[test]
fn on_a_full_disk_what_failed_is_tried_again_by_one_before_anything_is_said() {
    let mut author = Author::new();
    let mut memory = Memory::default();
    let (ticket, writes) = author.type_in("first");
    author.ledger.ended(ticket, memory.write(&writes));
    let (one, _) = author.type_in("second");
    let (two, _) = author.type_in("third");
    author.ledger.ended(one, Err(Unsaved::Full));
    assert!(author.ledger.makes_room());
    author.ledger.ended(two, Err(Unsaved::Full));
    assert!(!author.ledger.makes_room(), "it is being made already");
    assert_eq!(author.ledger.saved(), Saved::Saving);
    let (again, writes) = author.ledger.again().expect("both are owed");
    assert_eq!(writes.entries.len(), 2);
    assert!(author.ledger.again().is_none(), "not twice at a time");
    // Typed meanwhile.
    let (three, _) = author.type_in("fourth");
    author.ledger.ended(again, Err(Unsaved::Full));
    author.ledger.ended(three, Err(Unsaved::Full));
    let (again, writes) = author.ledger.again().expect("all three are owed");
    assert_eq!(memory.write(&writes), Ok(()));
    author.ledger.ended(again, Ok(()));
    assert!(author.ledger.again().is_none());
    author.ledger.made_room();
    assert_eq!(author.ledger.saved(), Saved::Done);
    assert_eq!(memory.open().notebook, author.notebook);
    // Where no room can be made, that is said.
    let (ticket, _) = author.type_in("fifth");
    author.ledger.ended(ticket, Err(Unsaved::Full));
    assert!(author.ledger.makes_room());
    author.ledger.made_room();
    assert_eq!(author.ledger.saved(), Saved::Failed(Unsaved::Full));
}

#[test]
fn edits_that_stay_unsaved_do_not_pile_up() {
    let mut author = Author::new();
    let mut memory = Memory::default();
    let (ticket, writes) = author.type_in("first");
    author.ledger.ended(ticket, memory.write(&writes));
    let text = "x".repeat(20_000);
    for at in 0..400 {
        let (ticket, writes) = author.type_in(&format!("{text}{at}"));
        assert!(
            writes.bytes() < 1_200_000,
            "{} bytes after {at} edits",
            writes.bytes()
        );
        author.ledger.ended(ticket, Err(Unsaved::Full));
    }
    let (ticket, writes) = author.ledger.again().expect("they are owed");
    author.ledger.ended(ticket, memory.write(&writes));
    assert_eq!(memory.open().notebook, author.notebook);
    assert_eq!(author.ledger.saved(), Saved::Done);
}

fn type_cell(tab: &mut Author, memory: &mut Memory, text: &str) {
    let cell = tab.notebook.new_cell(Kind::Python, text);
    let edit = tab.edit(Some(Edit::Insert { at: 0, cell }));
    let (ticket, writes) = edit.expect("it is new");
    tab.ledger.ended(ticket, memory.write(&writes));
}

#[test]
fn of_several_tabs_one_writes_and_no_acknowledged_edit_is_lost() {
    for seed in 0..tests::many(10_000) {
        let mut random = Random::new(seed);
        let mut memory = Memory::default();
        let mut first = Author::new().folding_after(3);
        let (ticket, writes) = first.type_in("first");
        first.ledger.ended(ticket, memory.write(&writes));
        let mut tabs = vec![first];
        let mut current = 0;
        let mut acknowledged = BTreeSet::new();
        for at in 0..20 {
            if random.chance(15) {
                // Another tab takes over; the one before does not know, and may write meanwhile.
                let mut seen = memory.open();
                loop {
                    if random.chance(30) {
                        type_cell(&mut tabs[current], &mut memory, &format!("late {at}"));
                    }
                    let mut next = Author::opened(&seen).folding_after(3);
                    let (ticket, writes) = next.ledger.fence();
                    let result = memory.fence(&writes);
                    next.ledger.ended(ticket, result.clone());
                    if result.is_ok() {
                        current = tabs.len();
                        tabs.push(next);
                        break;
                    }
                    seen = memory.open();
                }
            }
            // Any tab may try to write.
            let who = random.below(tabs.len());
            let tab = &mut tabs[who];
            let text = format!("text {at}");
            let edit = if random.chance(20) {
                Edit::Title { title: text }
            } else {
                let cell = tab.notebook.new_cell(Kind::Python, &text);
                Edit::Insert { at: 0, cell }
            };
            let Some((ticket, writes)) = tab.edit(Some(edit)) else {
                continue;
            };
            let result = if random.chance(15) {
                Err(Unsaved::Full)
            } else {
                memory.write(&writes)
            };
            tab.ledger.ended(ticket, result);
            if tab.ledger.saved() == Saved::Done {
                assert_eq!(who, current, "seed {seed}: an old tab wrote");
                assert_eq!(memory.open().notebook, tab.notebook, "seed {seed}");
                let cells = tab.notebook.cells().iter();
                acknowledged.extend(cells.map(|cell| cell.source.clone()));
            }
        }
        let opened = memory.open();
        assert!(opened.damage.is_none(), "seed {seed}");
        let cells = opened.notebook.cells().iter();
        let there: BTreeSet<_> = cells.map(|cell| cell.source.clone()).collect();
        assert!(acknowledged.is_subset(&there), "seed {seed}");
    }
}

#[test]
fn a_fence_outlives_the_folding_of_the_journal() {
    let mut memory = Memory::default();
    let mut old = Author::new();
    let (ticket, writes) = old.type_in("old");
    old.ledger.ended(ticket, memory.write(&writes));
    let mut new = Author::opened(&memory.open()).folding_after(2);
    let (ticket, writes) = new.ledger.fence();
    new.ledger.ended(ticket, memory.write(&writes));
    for at in 0..10 {
        let (ticket, writes) = new.type_in(&format!("new {at}"));
        new.ledger.ended(ticket, memory.write(&writes));
    }
    assert!(memory.journal.values().any(|text| text == FENCE));
    let (ticket, writes) = old.type_in("too late");
    let result = memory.write(&writes);
    assert_eq!(result, Err(Unsaved::Overtaken));
    old.ledger.ended(ticket, result);
    assert_eq!(old.ledger.saved(), Saved::Failed(Unsaved::Overtaken));
    assert!(old.ledger.again().is_none(), "it does not try again");
    assert_eq!(memory.open().notebook, new.notebook);
}

#[test]
fn a_renamed_notebook_keeps_its_name_whatever_is_in_the_journal() {
    let mut author = Author::new();
    let mut memory = Memory::default();
    let mut replacement = author.notebook.clone();
    replacement.title = "replaced".to_owned();
    let edits = [
        Edit::Title {
            title: "by hand".to_owned(),
        },
        Edit::Source {
            cell: CellId(1),
            source: "x".into(),
        },
        Edit::Replace {
            notebook: Box::new(replacement),
        },
    ];
    for edit in edits {
        let (ticket, writes) = author.edit(Some(edit)).expect("it fits");
        author.ledger.ended(ticket, memory.write(&writes));
    }
    let (snapshot, summary) = amended(
        Some(&Raw(memory.snapshot.clone())),
        Some(&Raw(memory.summary.clone())),
        Some("on home".to_owned()),
        Some(5.0),
    );
    memory.snapshot = snapshot;
    let opened = memory.open();
    assert_eq!(opened.notebook.title, "on home");
    assert_eq!(opened.deleted, Some(5.0));
    let line: Summary = Raw(Some(summary)).unseal().expect("it is whole");
    assert_eq!(
        line,
        Summary {
            edited: line.edited,
            ..Summary::of(&opened)
        }
    );
    // One whose record is damaged goes into the bin as well.
    let (snapshot, summary) = amended(Some(&Raw(None)), None, None, Some(5.0));
    assert_eq!(snapshot, None);
    let line: Summary = Raw(Some(summary)).unseal().expect("it is whole");
    assert_eq!(line.deleted, Some(5.0));
}

#[test]
fn copies_are_found_by_what_they_are_copies_of() {
    let original = Notebook::from_sources("lesson", [(Kind::Python, "a = 1")]);
    let mut other = original.clone();
    other.title = "Lesson".to_owned();
    let mut author = Author::new();
    author.notebook = original.clone();
    author.ledger = Ledger::new(Some(engine::journal::Origin {
        notebook: original.clone(),
    }));
    let mut memory = Memory::default();
    let (_, writes) = author.type_in("a = 2");
    assert_eq!(memory.write(&writes), Ok(()));
    let line: Summary = Raw(memory.summary.clone()).unseal().expect("it is whole");
    assert!(line.is_copy_of(Summary::fingerprint(&original)));
    assert!(!line.is_copy_of(Summary::fingerprint(&other)));
    // The index is a cache: made anew it is the same.
    assert_eq!(Summary::of(&memory.open()), line);
}

#[test]
fn fifty_versions_and_thirty_days_stay() {
    let day = 24.0 * 3600.0 * 1000.0;
    let now = 1000.0 * day;
    let old: Vec<f64> = (0..80).map(|at| f64::from(at) * day).collect();
    let gone = outdated(&old, now);
    assert_eq!(gone.len(), 31, "with the new one, fifty stay");
    assert!(gone.iter().all(|at| *at < 31.0 * day), "the oldest go");
    let new: Vec<f64> = (0..80).map(|at| now - f64::from(at) * 1000.0).collect();
    assert_eq!(outdated(&new, now), Vec::<f64>::new());
}

#[test]
fn a_version_is_compared_with_what_is_remembered_of_the_newest_one() {
    let version = Version {
        at: 7.0,
        reason: "edited".to_owned(),
        entry: 1,
        notebook: Notebook::new("x"),
    };
    let record = Raw(Some(seal(&Newest::of(&version))));
    assert_eq!(
        Newest::known(Some(&record), &[3.0, 7.0]),
        Some(Newest::of(&version))
    );
    assert_eq!(
        Newest::known(Some(&record), &[3.0, 8.0]),
        None,
        "another tab took a newer one"
    );
    assert_eq!(Newest::known(Some(&Raw(None)), &[7.0]), None);
    assert_eq!(Newest::known(None, &[7.0]), None);
}

#[test]
fn outputs_go_oldest_first_and_those_of_other_notebooks_before_ones_own() {
    let place = |key: &str, cell, at| Place {
        key: key.to_owned(),
        cell,
        at,
        bytes: 100,
    };
    let stored = vec![
        place("mine", 1, 1.0),
        place("other", 1, 5.0),
        place("other", 2, 0.0),
        place("third", 1, 3.0),
        place("mine", 2, 0.0),
    ];
    let gone = |bytes| -> Vec<(String, u32)> {
        let gone = evict_outputs(stored.clone(), "mine", bytes);
        gone.into_iter()
            .map(|place| (place.key, place.cell))
            .collect()
    };
    let all = [
        ("other", 2),
        ("third", 1),
        ("other", 1),
        ("mine", 2),
        ("mine", 1),
    ];
    let all = all.map(|(key, cell)| (key.to_owned(), cell));
    assert_eq!(gone(150), all[..2]);
    assert_eq!(gone(301), all[..4]);
    assert_eq!(gone(usize::MAX), all);
}

#[test]
fn the_newest_version_of_a_notebook_is_never_evicted() {
    let version = |key: &str, at| (key.to_owned(), at);
    let mut left = vec![
        version("a", 1.0),
        version("a", 5.0),
        version("b", 3.0),
        version("a", 2.0),
        version("b", 2.0),
    ];
    let mut gone = Vec::new();
    loop {
        let goes = evict_versions(left.clone());
        if goes.is_empty() {
            break;
        }
        left.retain(|version| !goes.contains(version));
        gone.extend(goes);
    }
    assert_eq!(left, [version("a", 5.0), version("b", 3.0)]);
    assert_eq!(gone[0], version("a", 1.0));
    assert_eq!(gone.len(), 3);
}

/// What the page saves where the app did not start: all records of some notebooks, as they are.
fn salvaged(notebooks: &[(&str, &Memory)], versions: &Value) -> String {
    let pairs = |list: Vec<(Value, Value)>| {
        let pairs = list.into_iter().map(|(key, value)| json!([key, value]));
        pairs.collect::<Value>()
    };
    let snapshots = notebooks.iter().flat_map(|(key, memory)| {
        let line = memory.summary.iter();
        let line = line.map(move |line| (json!(["index", key]), json!(line)));
        let snapshot = memory.snapshot.iter();
        line.chain(snapshot.map(move |text| (json!(key), json!(text))))
    });
    let entries = notebooks.iter().flat_map(|(key, memory)| {
        let entries = memory.journal.iter();
        entries.map(move |(number, text)| (json!([key, number]), json!(text)))
    });
    json!({
        "rivulet": "records",
        "notebooks": pairs(snapshots.collect()),
        "journal": pairs(entries.collect()),
        "versions": versions,
    })
    .to_string()
}

#[test]
fn saved_records_read_as_the_notebooks_that_were_last_stored() {
    let (mut first, mut second) = (Author::new(), Author::new().folding_after(3));
    let (mut one, mut other) = (Memory::default(), Memory::default());
    for text in TEXTS {
        one.write(&first.type_in(text).1).expect("it fits");
        other.write(&second.type_in(text).1).expect("it fits");
    }
    let text = salvaged(&[("one", &one), ("other", &other)], &json!([]));
    let read = records::read(&text).expect("it is such a file");
    let read: Vec<Notebook> = read
        .into_iter()
        .map(|document| document.expect("it is whole").notebook)
        .collect();
    assert_eq!(read, [first.notebook.clone(), second.notebook]);

    // In the bin, or nothing but a line of the index: nothing to bring back.
    let raw = |text: &Option<String>| text.clone().map(|text| Raw(Some(text)));
    let (snapshot, _) = amended(raw(&one.snapshot).as_ref(), None, None, Some(5.0));
    let binned = Memory {
        snapshot,
        ..one.clone()
    };
    let text = salvaged(&[("binned", &binned)], &json!([]));
    assert_eq!(records::read(&text), Some(Vec::new()));

    // Damaged: its version stands in, or a sentence.
    let damaged = Memory {
        snapshot: Some("0123456789abcdef{}".to_owned()),
        ..one
    };
    let version = Author::new().ledger.version("edited", &first.notebook, 9.0);
    let versions = json!([
        [["damaged", 9.0], seal(&version)],
        [["index", "damaged"], "x"]
    ]);
    let with = |versions: &Value| {
        let text = salvaged(&[("damaged", &damaged)], versions);
        records::read(&text).expect("it is such a file").remove(0)
    };
    assert_eq!(
        with(&versions).expect("a version").notebook.title,
        first.notebook.title
    );
    assert!(
        with(&json!([]))
            .expect_err("nothing is left")
            .contains("damaged")
    );
}

#[test]
fn a_file_that_holds_no_records_is_another_file_and_hostile_records_cost_themselves() {
    for text in [
        "",
        "[]",
        "{}",
        "{\"rivulet\": 1}",
        "{\"rivulet\": \"other\"}",
        "{\"cells\": []}",
    ] {
        assert_eq!(records::read(text), None, "{text}");
    }
    let hostile = json!({
        "rivulet": "records",
        "notebooks": [[1, 2], ["__proto__", {}], [["a"], null]],
        "journal": [[[1, 2], "x"], [["a", -1], 7], [["a", 1e300], "fence"], [{}, []]],
        "versions": [[["b", "c"], "d"]],
    });
    let read = records::read(&hostile.to_string()).expect("it says that it is one");
    assert!(read.iter().all(Result::is_err), "{read:?}");
}
