//! Saves: edits in the very task in which they happen, versions, and the evaluations of cells.

use std::collections::BTreeSet;
use std::rc::Rc;

use engine::session::Plan;
use engine::{Edit, Notebook, Session};
use protocol::CellId;

use crate::page::Saved;
use crate::store::{Origin, Store, Unsaved, Writer};

/// What stores the notebook, and what of it is not yet stored.
pub struct Saver {
    /// `None` where the browser stores nothing, or does not answer yet.
    writer: Option<Rc<Writer>>,
    /// What the notebook is a copy of.
    origin: Option<Origin>,
    /// Whether there were edits that nothing stores.
    has_unwritten: bool,
    /// Cells whose evaluations are not stored.
    unstored: BTreeSet<CellId>,
    /// The cells that are to run now.
    plan: Option<Plan>,
    /// How many edits are on their way to the disk.
    under_way: usize,
    /// Since when an edit is on its way, by the page's clock; `None` if none is.
    waiting: Option<f64>,
    /// Why the notebook as it is now is not stored.
    failure: Option<String>,
}

/// An edit that is not on the disk after so many milliseconds is called not saved.
const LONG: f64 = 5000.0;

impl Saver {
    pub fn new(writer: Option<Writer>, origin: Option<Origin>) -> Self {
        let written = writer.as_ref().and_then(|writer| writer.origin().cloned());
        Self {
            origin: written.or(origin),
            writer: writer.map(Rc::new),
            has_unwritten: false,
            waiting: None,
            unstored: BTreeSet::new(),
            plan: None,
            under_way: 0,
            failure: None,
        }
    }

    pub fn writer(&self) -> Option<&Rc<Writer>> {
        self.writer.as_ref()
    }

    /// The notebook's key, once it is stored.
    pub fn key(&self) -> Option<String> {
        self.writer.as_ref()?.key()
    }

    /// Where the notebook is stored.
    pub fn place(&self) -> Option<(Store, String)> {
        let writer = self.writer.as_ref()?;
        Some((writer.store().clone(), writer.key()?))
    }

    /// What the notebook is a copy of.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// From now on there is a store for a notebook that had none. Whether it has edits that must be
    /// stored now.
    pub fn join(&mut self, store: &Store) -> bool {
        if self.writer.is_none() {
            self.writer = Some(Rc::new(store.new_writer(self.origin.clone())));
        }
        std::mem::take(&mut self.has_unwritten)
    }

    /// Whether an edit has been on its way for longer than it should.
    pub fn is_slow(&self, now: f64) -> bool {
        self.waiting.is_some_and(|since| now - since > LONG)
    }

    /// Begins to store an edit, now. The future ends when it is safe or refused, which
    /// [`Self::ended`] takes in.
    pub fn edit(
        &mut self,
        edit: &Edit,
        undoes: bool,
        session: &Session,
    ) -> Option<impl Future<Output = Result<(), Unsaved>> + 'static> {
        let Some(writer) = self.writer.as_ref() else {
            self.has_unwritten = true;
            return None;
        };
        let saving = writer.edit(edit, undoes, session.notebook(), session.undoable());
        self.under_way += 1;
        self.waiting.get_or_insert_with(crate::browser::now);
        Some(saving)
    }

    /// An edit is safe, or something of the notebook is not stored.
    pub fn ended(&mut self, result: Result<(), Unsaved>) {
        self.under_way = self.under_way.saturating_sub(1);
        self.waiting = (self.under_way > 0).then(crate::browser::now);
        self.failure = result.err().map(|unsaved| unsaved.sentence());
    }

    /// Whether the notebook is stored.
    pub fn state(&self) -> Saved {
        match &self.failure {
            _ if self.under_way > 0 => Saved::Saving,
            Some(failure) => Saved::Failed(failure.clone()),
            None => Saved::Done,
        }
    }

    /// The evaluation of a cell is another, or is gone.
    pub fn push_evaluation(&mut self, cell: CellId) {
        self.unstored.insert(cell);
    }

    /// These cells are to run now.
    pub fn store_plan(&mut self, plan: Plan, session: &Session) {
        self.plan = Some(plan);
        self.store(session);
    }

    /// All that was to run has run, or was dropped.
    pub fn settle(&mut self, session: &Session) {
        self.plan = None;
        self.store(session);
    }

    /// Stores the evaluations that are new, if there are any.
    pub fn store_evaluations(&mut self, session: &Session) {
        if !self.unstored.is_empty() {
            self.store(session);
        }
    }

    fn store(&mut self, session: &Session) {
        let Some(writer) = self.writer.as_ref().filter(|writer| writer.key().is_some()) else {
            return;
        };
        let cells = std::mem::take(&mut self.unstored).into_iter();
        let evaluations = cells.map(|cell| (cell, session.evaluation(cell)));
        writer.keep(evaluations, self.plan.as_ref());
    }

    /// Takes a version for the history.
    pub fn take_version(&self, reason: &str, notebook: &Notebook) {
        if let Some(writer) = &self.writer {
            writer.take_version(reason, notebook);
        }
    }
}
