//! What must hold of a session at every moment, for the tests: what is cached equals what would be
//! derived anew, and what was posted fits.

use std::collections::BTreeSet;

use super::Session;

impl Session {
    /// Says what does not hold of what must always hold.
    pub fn check(&self) -> Result<(), String> {
        if self.blocked != self.derive_blocked() {
            return Err("what is blocked is not what would be derived anew".to_owned());
        }
        for id in self.code.keys() {
            let view = self.view(*id);
            if self.shown.get(id) != Some(&view) {
                let shown = self.shown.get(id);
                return Err(format!("{id} was shown as {shown:?} and is {view:?}"));
            }
        }
        if self.shown.keys().any(|id| !self.code.contains_key(id)) {
            return Err("a cell that is no code has a status".to_owned());
        }
        let failed: BTreeSet<_> = self
            .evaluations
            .iter()
            .filter(|(_, last)| !last.succeeded())
            .map(|(id, _)| *id)
            .collect();
        if failed != self.failed {
            return Err("the failed cells are not those whose last run failed".to_owned());
        }
        self.check_posted()
    }

    /// Every run that is posted has each parent's value in the kernel or ahead of it in the queue, and is
    /// behind no run of code that was changed, unless it is being taken back.
    fn check_posted(&self) -> Result<(), String> {
        if self.cancel.is_some() {
            return Ok(());
        }
        if self.runs_old_code() && self.flights.len() > 1 {
            return Err("a run is posted behind one of code that was changed".to_owned());
        }
        for (at, flight) in self.flights.iter().enumerate() {
            if let (false, Some((parent, names))) = (flight.has_started(), self.lacking_at(at)) {
                let (run, cell) = (flight.run, flight.cell);
                return Err(format!(
                    "{run} of {cell} is posted without {names:?} of {parent}"
                ));
            }
        }
        Ok(())
    }
}
