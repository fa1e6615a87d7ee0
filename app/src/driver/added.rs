//! Files that the person adds for Python and SQL. They are kept in this page and handed to every Python
//! that starts in it; they are stored nowhere and sent nowhere.

use protocol::{BufferIndex, ToWorker};

#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;
use crate::files::{Chosen, choose};

impl Driver {
    /// Asks the person for a file, and adds it with a cell that opens it.
    pub(super) fn choose_file(&self) {
        let driver = self.weak.clone();
        choose(move |chosen| {
            if let Some(driver) = driver.upgrade() {
                match chosen {
                    Ok(file) => driver.add_file(file),
                    Err(message) => driver.warn(message),
                }
            }
        });
    }

    fn add_file(&self, file: Chosen) {
        let Chosen { name, bytes } = file;
        let session = self.session.borrow();
        let (kind, source) = opening(&session, &name);
        let at = session.notebook().cells().len();
        let is_ready = session.kernel_state() == engine::session::KernelState::Ready;
        drop(session);
        self.added.borrow_mut().insert(name.clone(), bytes);
        if is_ready {
            self.hand_over(&name);
        }
        self.add(kind, &source, at);
        let text = format!(
            "{name} is there for Python and SQL until this page is closed. It stays on this device."
        );
        self.notify(Severity::Note, text, false);
    }

    /// Hands all added files to a Python that has just started.
    pub(super) fn hand_over_files(&self) {
        let names: Vec<String> = self.added.borrow().keys().cloned().collect();
        for name in names {
            self.hand_over(&name);
        }
    }

    fn hand_over(&self, name: &str) {
        // The kernel's copy is its own: buffers are handed over, not shared.
        let copy = self
            .added
            .borrow()
            .get(name)
            .map(|bytes| bytes.slice(0, bytes.length()).buffer());
        let message = ToWorker::Write {
            file: name.to_owned(),
            buffer: BufferIndex(0),
        };
        if let (Some(copy), Some(kernel)) = (copy, &*self.kernel.borrow()) {
            kernel.post(&message, &[copy]);
        }
    }
}

/// A cell that opens a file.
fn opening(session: &Session, name: &str) -> (Kind, String) {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let letters = stem.to_lowercase();
    let letters = letters.chars().map(|letter| {
        if letter.is_alphanumeric() {
            letter
        } else {
            '_'
        }
    });
    let mut variable: String = letters.collect();
    let is_taken = [
        "main", "temp", "order", "group", "table", "index", "select", "values", "where",
    ];
    let is_other = engine::fixes::is_keyword(&variable)
        || engine::analysis::is_builtin(&variable)
        || is_taken.contains(&variable.as_str());
    if is_other || !variable.starts_with(|first: char| first.is_alphabetic()) {
        variable.insert_str(0, "file_");
    }
    let mut free = variable.clone();
    let mut number = 2;
    while session.graph().is_made(&free) {
        free = format!("{variable}_{number}");
        number += 1;
    }
    let quoted = name.replace('\\', "-").replace('\'', "\\'");
    match ending.to_lowercase().as_str() {
        "db" | "sqlite" | "sqlite3" => {
            let quoted = name.replace('\'', "\'\'");
            let tables = "SELECT name, sql FROM";
            let source = format!(
                "ATTACH \'{quoted}\' AS {free};\n{tables} {free}.sqlite_master WHERE type IN (\'table\', \'view\')"
            );
            (Kind::Sql, source)
        }
        "csv" | "tsv" if session.graph().has_owner("pd") => (
            Kind::Python,
            format!("{free} = pd.read_csv(\'{quoted}\')\n{free}"),
        ),
        "csv" | "tsv" => (
            Kind::Python,
            format!("import rivulet\n\n{free} = rivulet.read_csv(\'{quoted}\')\n{free}"),
        ),
        _ => (
            Kind::Python,
            format!("{free} = open(\'{quoted}\', \'rb\').read()\nlen({free})"),
        ),
    }
}
