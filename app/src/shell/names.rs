//! Names across cells: where a name stands that is pointed at, where it is defined, and what it is
//! called from now on.

use engine::analysis::{self, Analysis, Span};
use engine::{Session, fixes};
use protocol::CellId;

use super::cells::{Cells, update};
use crate::page::Renaming;

/// The name that is pointed at.
#[derive(Default)]
pub struct Pointer {
    /// The cells in which it is lit up.
    lit: Vec<CellId>,
}

impl Pointer {
    /// Lights up a name in all cells in which it means the same; nothing for `None`.
    pub fn point(&mut self, place: Option<(CellId, u32)>, session: &Session, cells: &Cells) {
        let found = place.and_then(|(cell, at)| Some((cell, name_at(session, cell, at)?)));
        let lit = found.map(|(cell, name)| {
            let sharers = fixes::sharers(session, cell, name).into_iter();
            sharers
                .map(|id| (id, places(session, id, name)))
                .collect::<Vec<_>>()
        });
        let lit = lit.unwrap_or_default();
        for id in std::mem::take(&mut self.lit) {
            let stays = lit.iter().any(|(other, _)| *other == id);
            if let (false, Some(cell)) = (stays, cells.get(id)) {
                update(cell.uses, Vec::new());
            }
        }
        self.lit = lit.iter().map(|(id, _)| *id).collect();
        for (id, places) in lit {
            if let Some(cell) = cells.get(id) {
                update(cell.uses, places);
            }
        }
    }
}

/// Where the name at a place is defined; from there, where the first other cell reads it.
pub fn target(session: &Session, cell: CellId, at: u32) -> Option<(CellId, Span)> {
    let name = name_at(session, cell, at)?;
    let graph = session.graph();
    let definers = graph.makers(name);
    let exported = definers
        .iter()
        .copied()
        .find(|definer| graph.exports(*definer, name));
    let target = if definers.contains(&cell) {
        let reader = graph.first_reader(cell, name);
        reader.filter(|_| is_definition(session, cell, at, name))
    } else {
        exported.or_else(|| definers.first().copied())
    };
    let target = target.unwrap_or(cell);
    let analysis = session.analysis(target)?;
    let defined = definitions(analysis, name).and_then(|spans| spans.first().copied());
    let span = defined.or_else(|| analysis.places(name).first().copied());
    Some((target, span?))
}

/// Begins to rename the name at a place. The error is a sentence.
pub fn renaming(session: &Session, cell: CellId, at: u32) -> Result<Renaming, String> {
    let Some(name) = name_at(session, cell, at) else {
        return Err("This is no name that cells share, so it is renamed by hand.".to_owned());
    };
    if !session.graph().is_made(name) && analysis::is_builtin(name) {
        return Err(format!("`{name}` is Python's own, so it keeps its name."));
    }
    Ok(Renaming {
        cell,
        name: name.to_owned(),
        cells: fixes::sharers(session, cell, name).len(),
        refusal: String::new(),
    })
}

fn name_at(session: &Session, cell: CellId, at: u32) -> Option<&str> {
    session.analysis(cell)?.name_at(at)
}

fn is_definition(session: &Session, cell: CellId, at: u32, name: &str) -> bool {
    let analysis = session.analysis(cell);
    let spans = analysis.and_then(|analysis| analysis.definitions.get(name));
    let mut spans = spans.into_iter().flatten();
    spans.any(|span| span.start <= at && at <= span.end)
}

/// Where a cell defines a name, for everybody or for itself.
fn definitions<'a>(analysis: &'a Analysis, name: &str) -> Option<&'a Vec<Span>> {
    let exported = analysis.definitions.get(name);
    exported.or_else(|| analysis.private.get(name))
}

/// Where a name stands in a cell; `true` where it is defined.
fn places(session: &Session, id: CellId, name: &str) -> Vec<(Span, bool)> {
    let Some(analysis) = session.analysis(id) else {
        return Vec::new();
    };
    let defined = definitions(analysis, name);
    let is_defined = |span: &Span| defined.is_some_and(|spans| spans.contains(span));
    let places = analysis.places(name).into_iter();
    places.map(|span| (span, is_defined(&span))).collect()
}
