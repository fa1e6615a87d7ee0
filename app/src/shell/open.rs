//! Opens a notebook: one that is stored in this browser, or one that is not, which came from a file, a
//! link, or is new.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use engine::packages::{Catalog, Package};
use engine::session::Stored;
use engine::{Document, Evaluation, Session, formats};
use leptos::prelude::Set;
use protocol::CellId;

use super::{Shell, Start};
use crate::page::{Role, Saved};
use crate::store::{Opened, Origin, PATIENCE, Store, Unsaved};
use crate::tabs::{self, Lock};
use crate::{browser, fetch};

/// Opens a notebook that is not stored yet. What came from elsewhere stays the original of what the
/// person makes of it.
pub async fn unstored(
    document: Document,
    store: Result<Store, String>,
    is_original: bool,
) -> Rc<Shell> {
    let (mut copy, mut writer, mut saved) = (None, None, Saved::Untouched);
    let origin = is_original.then(|| Origin {
        notebook: document.notebook.clone(),
    });
    match store {
        Ok(store) => {
            let notebook = &document.notebook;
            if is_original {
                let mut copies = Box::pin(store.copies_of(notebook));
                // Without it the page only does not offer it.
                let copies = browser::within(PATIENCE, &mut copies).await;
                copy = copies.and_then(|copies| copies.into_iter().next());
            }
            writer = Some(store.new_writer(origin.clone()));
        }
        Err(message) => saved = Saved::Failed(message),
    }
    let unanalysed = crate::panic::opening(&browser::address());
    let stored = Stored {
        evaluations: document.evaluations,
        unanalysed,
        ..Stored::default()
    };
    let shell = Shell::start(Start {
        session: Session::open(document.notebook, stored, Catalog::default()),
        writer,
        saved,
        role: Role::Writes,
        copy,
        origin,
    });
    shell.page.unanalysed.set(unanalysed);
    shell
}

/// Opens a file of this site.
pub async fn file(file: &str, store: Result<Store, String>) -> Result<Rc<Shell>, String> {
    let path = browser::own_path(file)
        .ok_or_else(|| format!("\u{201c}{file}\u{201d} is not a file of this site. Only files of this site open by ?open=."))?;
    let name = path.split(['?', '#']).next().unwrap_or(&path);
    if !formats::is_readable(name) {
        let ends = formats::READABLE[..5].join(", ");
        return Err(format!(
            "\u{201c}{file}\u{201d} is not a notebook file. Files that end with {ends} open by ?open=."
        ));
    }
    let bytes = fetch::lesson(&path).await?;
    let document = formats::read_bytes(name, &bytes)?;
    Ok(unstored(document, store, true).await)
}

/// Opens a notebook of this browser, as its writer or to follow the tab that is.
pub async fn stored(key: &str, store: Result<Store, String>) -> Result<Rc<Shell>, String> {
    let store = store?;
    let slot: Rc<RefCell<Weak<Shell>>> = Rc::default();
    let holder = slot.clone();
    let lost = move || {
        if let Some(shell) = holder.borrow().upgrade() {
            shell.lock_lost(1);
        }
    };
    let lock = tabs::acquire(key, tabs::takes_over(key), lost).await;
    let mut opened = store.read(key).await?;
    if lock == Lock::Stolen {
        // The tab that wrote before may still have an edit under way: one of the two is first.
        while let Some(known) = &opened
            && known.writer.fence().await == Err(Unsaved::Overtaken)
        {
            opened = store.read(key).await?;
        }
    }
    let Some(Opened {
        notebook,
        mut stored,
        writer,
        trouble,
    }) = opened
    else {
        return Err("This browser has no such notebook. It may have been made in another browser, or this browser's data was cleared.".to_owned());
    };
    let role = match lock {
        Lock::Free | Lock::Stolen => Role::Writes,
        Lock::Refused => Role::Follows,
    };
    let unanalysed = crate::panic::opening(&browser::address());
    stored.unanalysed = unanalysed;
    let before = stored.evaluations.clone();
    let session = Session::open(notebook, stored, Catalog::default());
    let is_other = |(id, before): &(&CellId, &Evaluation)| {
        let now = session.evaluation(**id);
        now.is_some_and(|now| now != *before)
    };
    let completed: Vec<CellId> = before.iter().filter(is_other).map(|(id, _)| *id).collect();
    let shell = Shell::start(Start {
        session,
        writer: Some(writer),
        saved: Saved::Done,
        role,
        copy: None,
        origin: None,
    });
    *slot.borrow_mut() = Rc::downgrade(&shell);
    shell.recall_permissions();
    shell.page.unanalysed.set(unanalysed);
    if role == Role::Writes {
        shell.take_version("when it was opened");
        // What was not analysed says nothing of what a run has read.
        if !unanalysed {
            shell.evaluations_changed(completed);
        }
    }
    if !trouble.is_empty() {
        shell.warn(trouble);
    }
    Ok(shell)
}

/// The packages of the site. The error is a sentence.
pub(super) async fn packages() -> Result<Vec<Package>, String> {
    let text = fetch::text(&crate::manifest::manifest()?.packages()?).await?;
    serde_json::from_str(&text)
        .map_err(|error| format!("The site's list of packages is damaged ({error})."))
}
