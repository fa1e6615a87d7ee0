//! Names across cells: what is pointed at, where it is made, and what it is called from now on.

use engine::analysis::Span;
use engine::fixes;

#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;
use crate::page::Renaming;

impl Driver {
    fn name_at(&self, cell: CellId, at: u32) -> Option<String> {
        let session = self.session.borrow();
        let name = session.analysis(cell)?.name_at(at)?;
        Some(name.to_owned())
    }

    /// Lights up a name in all cells in which it means the same.
    pub(super) fn point(&self, place: Option<(CellId, u32)>) {
        let found = place.and_then(|(cell, at)| Some((cell, self.name_at(cell, at)?)));
        let session = self.session.borrow();
        let mut lit = Vec::new();
        if let Some((cell, name)) = found {
            for id in fixes::sharers(&session, cell, &name) {
                lit.push((id, places(&session, id, &name)));
            }
        }
        let cells = self.cells.borrow();
        let before = self.lit.replace(lit.iter().map(|(id, _)| *id).collect());
        for id in before {
            let stays = lit.iter().any(|(other, _)| *other == id);
            if let (false, Some(cell)) = (stays, cells.get(&id)) {
                effects::update(cell.uses, Vec::new());
            }
        }
        for (id, places) in lit {
            if let Some(cell) = cells.get(&id) {
                effects::update(cell.uses, places);
            }
        }
    }

    /// Goes to where the name is made; from there to the first cell that reads it.
    pub(super) fn go_to_name(&self, cell: CellId, at: u32) {
        let Some(name) = self.name_at(cell, at) else {
            return;
        };
        let session = self.session.borrow();
        let graph = session.graph();
        let is_here = |id: &CellId| *id == cell;
        let makers = graph.makers(&name);
        let shared = makers
            .iter()
            .copied()
            .find(|maker| graph.exports(*maker, &name));
        let target = if makers.iter().any(is_here) {
            let reader = graph.first_reader(cell, &name);
            reader.filter(|_| self.is_definition(cell, at, &name))
        } else {
            shared.or_else(|| makers.first().copied())
        };
        let target = target.unwrap_or(cell);
        let span = session.analysis(target).and_then(|found| {
            let made = found
                .definitions
                .get(&name)
                .or_else(|| found.private.get(&name));
            let made = made.and_then(|spans| spans.first().copied());
            made.or_else(|| found.places(&name).first().copied())
        });
        drop(session);
        if let Some(span) = span {
            self.page.act(Action::Select(Some(target)));
            self.page.target.set(Some((target, span)));
        }
    }

    fn is_definition(&self, cell: CellId, at: u32, name: &str) -> bool {
        let session = self.session.borrow();
        let made = session
            .analysis(cell)
            .and_then(|found| found.definitions.get(name));
        let mut made = made.into_iter().flatten();
        made.any(|span| span.start <= at && at <= span.end)
    }

    /// Asks the person for a new name.
    pub(super) fn ask_name(&self, cell: CellId, at: u32) {
        let note = |text: String| self.notify(Severity::Note, text, false);
        let Some(name) = self.name_at(cell, at) else {
            return note("This is no name that cells share, so it is renamed by hand.".to_owned());
        };
        let is_made = self.session.borrow().graph().is_made(&name);
        if !is_made && engine::analysis::is_builtin(&name) {
            return note(format!("`{name}` is Python's own, so it keeps its name."));
        }
        let cells = fixes::sharers(&self.session.borrow(), cell, &name).len();
        self.page.renaming.set(Some(Renaming {
            cell,
            name,
            cells,
            refusal: String::new(),
        }));
    }

    /// Renames what was asked for in all its cells.
    pub(super) fn give_name(&self, new: Option<String>) {
        let Some(asked) = self.page.renaming.get_untracked() else {
            return;
        };
        let Some(new) = new else {
            return self.page.renaming.set(None);
        };
        let edit = fixes::rename(&self.session.borrow(), asked.cell, &asked.name, &new);
        match edit {
            Ok(edit) => {
                self.page.renaming.set(None);
                self.dispatch(Event::Edit(edit));
                let text = format!("`{}` is now called `{}`.", asked.name, new.trim());
                self.notify(Severity::Note, text, true);
            }
            Err(refusal) => self.page.renaming.set(Some(Renaming { refusal, ..asked })),
        }
    }
}

/// Where a name stands in a cell; `true` where it is made.
fn places(session: &Session, id: CellId, name: &str) -> Vec<(Span, bool)> {
    let Some(found) = session.analysis(id) else {
        return Vec::new();
    };
    let made = found
        .definitions
        .get(name)
        .or_else(|| found.private.get(name));
    let is_made = |span: &Span| made.is_some_and(|made| made.contains(span));
    let places = found.places(name).into_iter();
    places.map(|span| (span, is_made(&span))).collect()
}
