//! What the person has allowed the open notebook, which is remembered with it where it is stored, and
//! goes with no link and no file; and what they did not want during a run.

use std::collections::BTreeSet;

use protocol::RunId;

/// What is allowed, by words that name it: `https://example.org` for what is read there.
#[derive(Default)]
pub struct Permissions {
    allowed: BTreeSet<String>,
    /// What was refused in this run: nobody is asked twice.
    refused: Option<(RunId, BTreeSet<String>)>,
}

/// What may be done with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The person has allowed it.
    Allowed,
    /// They did not, just now.
    Refused,
    /// They have not been asked.
    Unknown,
}

impl Permissions {
    pub fn verdict(&self, run: RunId, what: &str) -> Verdict {
        if self.allowed.contains(what) {
            return Verdict::Allowed;
        }
        let refused = self.refused.as_ref().filter(|(at, _)| *at == run);
        match refused {
            Some((_, refused)) if refused.contains(what) => Verdict::Refused,
            _ => Verdict::Unknown,
        }
    }

    pub fn allow(&mut self, what: impl IntoIterator<Item = String>) {
        self.allowed.extend(what);
    }

    pub fn refuse(&mut self, run: RunId, what: &str) {
        if self.refused.as_ref().is_none_or(|(at, _)| *at != run) {
            self.refused = Some((run, BTreeSet::new()));
        }
        if let Some((_, refused)) = &mut self.refused {
            refused.insert(what.to_owned());
        }
    }

    /// Everything that is allowed.
    pub fn all(&self) -> &BTreeSet<String> {
        &self.allowed
    }
}
