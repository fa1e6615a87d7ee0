//! What is known of cells' last runs, in a database of its own. Best effort: outputs may vanish.

use engine::journal::{Raw, Unsaved, seal};
use engine::session::{Plan, Stored};
use engine::{Evaluation, Notebook};
use idb::Query;
use protocol::CellId;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::Store;
use super::records::{
    all_of, commit, index_of, index_pair, number_of, pair, raw, reading, settled, warn, writing,
};

/// The number of the record that says which cells are to run; others have the numbers of their cells.
pub(super) const PLAN: u32 = 0;

/// What the index says of a cell's evaluation, so that making room need not read it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Line {
    /// When it was stored: milliseconds since 1970.
    pub at: f64,
    /// Its size.
    pub bytes: usize,
}

/// What is to be stored of runs.
#[derive(Debug)]
pub(super) struct Runs {
    /// The evaluations as records; `None` where there is none any more.
    evaluations: Vec<(CellId, Option<String>)>,
    /// The record that says which cells are to run.
    plan: Option<String>,
}

impl Runs {
    pub fn new<'a>(
        evaluations: impl IntoIterator<Item = (CellId, Option<&'a Evaluation>)>,
        plan: Option<&Plan>,
    ) -> Self {
        let evaluations = evaluations.into_iter();
        Self {
            evaluations: evaluations
                .map(|(cell, evaluation)| (cell, evaluation.map(seal)))
                .collect(),
            plan: plan.map(seal),
        }
    }

    fn bytes(&self) -> usize {
        let records = self
            .evaluations
            .iter()
            .filter_map(|(_, text)| text.as_ref());
        records.map(String::len).sum()
    }
}

fn take(stored: &mut Stored, key: &JsValue, value: &Raw) {
    match number_of(key) {
        Some(PLAN) => stored.plan = value.unseal(),
        Some(id) => {
            let evaluation = value.json().and_then(Evaluation::read);
            let evaluation = evaluation.map(|evaluation| (CellId(id), evaluation));
            stored.evaluations.extend(evaluation);
        }
        None => {}
    }
}

/// So many bytes of evaluations are read at once.
const AT_ONCE: usize = 2 << 20;

impl Store {
    /// What is known of the last runs of a notebook's cells.
    pub(super) async fn runs(&self, key: &str) -> Result<Stored, idb::Error> {
        let store = reading(&self.outputs, "outputs")?;
        let lines = store.get_all(Some(index_of(key)?), None)?;
        let keys = store.get_all_keys(Some(all_of(key)?), None)?;
        let (lines, keys) = (lines.await?, keys.await?);
        let lines = lines.iter().map(raw);
        let sizes = lines.filter_map(|line| line.unseal::<Line>());
        let mut stored = Stored::default();
        if sizes.map(|line| line.bytes).sum::<usize>() <= AT_ONCE {
            let values = store.get_all(Some(all_of(key)?), None)?.await?;
            for (key, value) in keys.iter().zip(values.iter().map(raw)) {
                take(&mut stored, key, &value);
            }
            return Ok(stored);
        }
        // One after the other, each in a turn of its own: the page answers in between.
        for key in &keys {
            let value = store.get(Query::Key(key.clone()))?.await?;
            take(&mut stored, key, &raw(&value.unwrap_or_default()));
        }
        Ok(stored)
    }

    /// Sees to it that runs are stored, as was begun. Where there is no room, older ones go.
    pub(super) async fn keep(
        &self,
        key: &str,
        runs: &Runs,
        begun: Result<impl Future<Output = Result<(), Unsaved>>, idb::Error>,
    ) {
        let mut stored = settled(begun).await;
        if stored == Err(Unsaved::Full)
            && self
                .evict_outputs(key, runs.bytes().saturating_mul(2))
                .await
        {
            stored = settled(self.put_runs(key, runs)).await;
        }
        if let Err(unsaved) = stored {
            warn("Outputs were not stored", &unsaved.sentence());
        }
    }

    /// Begins to store runs, now.
    pub(super) fn put_runs(
        &self,
        key: &str,
        runs: &Runs,
    ) -> Result<impl Future<Output = Result<(), Unsaved>> + use<>, idb::Error> {
        let (transaction, store) = writing(&self.outputs, "outputs")?;
        let put = |text: Option<&String>, at: JsValue| {
            match text {
                Some(text) => drop(store.put(&JsValue::from_str(text), Some(&at))?),
                None => drop(store.delete(Query::Key(at))?),
            }
            Ok::<(), idb::Error>(())
        };
        for (cell, text) in &runs.evaluations {
            let line = text.as_ref().map(|text| {
                seal(&Line {
                    at: js_sys::Date::now(),
                    bytes: text.len(),
                })
            });
            put(text.as_ref(), pair(key, cell.0.into()))?;
            put(line.as_ref(), index_pair(key, cell.0.into()))?;
        }
        put(runs.plan.as_ref(), pair(key, PLAN.into()))?;
        commit(transaction)
    }

    /// Deletes the evaluations of cells that are not in the notebook.
    pub(super) async fn sweep_outputs(&self, key: String, notebook: Notebook) {
        let sweep = async {
            let (transaction, store) = writing(&self.outputs, "outputs")?;
            let keys = store.get_all_keys(Some(all_of(&key)?), None)?.await?;
            let cells = keys.iter().filter_map(number_of);
            let is_gone = |cell: &u32| *cell != PLAN && notebook.cell(CellId(*cell)).is_none();
            for cell in cells.filter(is_gone) {
                store.delete(Query::Key(pair(&key, cell.into())))?;
                store.delete(Query::Key(index_pair(&key, cell.into())))?;
            }
            commit(transaction)
        };
        if let Err(unsaved) = settled(sweep.await).await {
            warn("Old outputs were not deleted", &unsaved.sentence());
        }
    }
}
