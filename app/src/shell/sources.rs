//! Packages that the site does not serve: the person is asked in the cell, once for each notebook; then
//! they come from Pyodide's CDN and the index, through the broker, and stay on this device.
//!
//! The kernel says which files it wants. It is given none but those of the site and of these two, and only
//! by `GET`; where their sha256 is known, nothing else is given it.

use std::collections::BTreeMap;

use engine::packages::requirements::Requirement;
use engine::{Event, Need};
use js_sys::{ArrayBuffer, Uint8Array};
use protocol::{BufferIndex, CellId, Refusal, Response};
use wasm_bindgen_futures::spawn_local;

use super::Shell;
use super::network::refusal;
use super::permissions::Verdict;
use super::requests::RequestId;
use crate::broker::{self, Failure};
use crate::manifest::{Sources, manifest};
use crate::page::{Asked, Question};
use crate::{fetch, kept};

/// What leave is given for, among what is remembered.
const LEAVE: &str = "packages";
/// The largest file of a package, in bytes.
const MOST: f64 = 100e6;
/// The index answers with pages for people where it is not asked for this.
const INDEX_TYPE: &str = "application/vnd.pypi.simple.v1+json, */*;q=0.01";

/// Whether the site was built such that packages may come from elsewhere.
pub fn are_built() -> bool {
    sources().is_some()
}

fn sources() -> Option<&'static Sources> {
    let manifest = manifest().ok()?;
    manifest.broker.as_ref()?;
    manifest.sources.as_ref()
}

impl Shell {
    /// A run wants packages that the site does not serve.
    pub(super) fn want_packages(&self, cell: CellId, id: RequestId, names: Vec<String>) {
        let Some(sources) = sources() else {
            let sentence = "This site was built so that packages come from it alone.".to_owned();
            return self.refuse(id, Refusal::Forbidden, sentence);
        };
        let itself = self.itself.clone();
        spawn_local(async move {
            let described = describe(sources, &names).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            let (text, body) = match described {
                Ok(described) => described,
                Err(sentence) => return shell.refuse(id, Refusal::Unreachable, sentence),
            };
            let verdict = shell.permissions.borrow().verdict(id.0, LEAVE);
            match verdict {
                Verdict::Allowed => shell.give_sources(id, &body),
                Verdict::Refused => shell.deny_packages(id),
                Verdict::Unknown => {
                    shell.described.borrow_mut().insert(id, body);
                    let question = Question::Packages { text };
                    shell.ask_person(cell, Asked { id, question }, None);
                    shell.dispatch(Event::Needs(id.0, id.1, Some(Need::Permission)));
                }
            }
        });
    }

    /// The person allows that packages come from elsewhere, or does not now.
    pub(super) fn permit_packages(&self, id: RequestId, allows: bool) {
        let body = self.described.borrow_mut().remove(&id);
        self.requests.borrow_mut().close(id, &self.cells.borrow());
        if allows {
            self.permissions.borrow_mut().allow([LEAVE.to_owned()]);
            self.store_permissions();
            self.dispatch(Event::Needs(id.0, id.1, None));
            self.give_sources(id, &body.unwrap_or_default());
        } else {
            self.permissions.borrow_mut().refuse(id.0, LEAVE);
            self.deny_packages(id);
        }
    }

    fn give_sources(&self, id: RequestId, body: &str) {
        let bytes = Uint8Array::from(body.as_bytes()).buffer();
        let body = BufferIndex(0);
        self.respond(id, Response::Sources { body }, &[bytes]);
    }

    fn deny_packages(&self, id: RequestId) {
        let sentence = "You did not allow this notebook to bring packages from elsewhere. Run the cell again to be asked again.";
        self.refuse(id, Refusal::Denied, sentence.to_owned());
    }

    /// A run wants a file of a package.
    pub(super) fn want_wheel(&self, id: RequestId, url: String, sha256: Option<String>) {
        let may = self.permissions.borrow().verdict(id.0, LEAVE) == Verdict::Allowed;
        let Some(sources) = sources().filter(|_| may) else {
            return self.deny_packages(id);
        };
        let itself = self.itself.clone();
        spawn_local(async move {
            let answer = wheel(sources, &url, sha256.as_deref()).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            match answer {
                Ok((response, bytes)) => shell.respond(id, response, &[bytes]),
                Err((why, sentence)) => shell.refuse(id, why, sentence),
            }
        });
    }
}

/// What is wanted and from where, in words; and for the kernel, as JSON, where packages are.
async fn describe(sources: &Sources, names: &[String]) -> Result<(String, String), String> {
    let manifest = manifest()?;
    let lock = fetch::text(&manifest.pyodides(sources)?).await?;
    let site = fetch::text(&manifest.packages()?).await?;
    let known: BTreeMap<String, serde_json::Value> = serde_json::from_str(&lock)
        .map_err(|error| format!("Pyodide's list of packages is damaged ({error})."))?;
    let names = names.iter().map(|text| {
        let name = Requirement::parse(text).map_or_else(|| text.clone(), |one| one.name);
        let place = if known.contains_key(&name) {
            "Pyodide"
        } else {
            "PyPI"
        };
        format!("{name} ({place})")
    });
    let names: Vec<String> = names.collect();
    let names = match names.as_slice() {
        [first @ .., one, last] => [first, &[format!("{one} and {last}")]].concat().join(", "),
        _ => names.join(""),
    };
    let text =
        format!("This notebook needs {names} and what they need. This site does not serve them.");
    let text = if names.contains(" and ") {
        text
    } else {
        text.replace("they need", "it needs")
            .replace("serve them", "serve it")
    };
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let body = format!(
        r#"{{"lock":{lock},"site":{site},"cdn":{},"index":{}}}"#,
        quoted(&sources.cdn),
        quoted(&sources.index),
    );
    Ok((text, body))
}

/// A file of a package: of the site, or from elsewhere.
async fn wheel(
    sources: &Sources,
    url: &str,
    sha256: Option<&str>,
) -> Result<(Response, ArrayBuffer), (Refusal, String)> {
    if url.starts_with("packages/") {
        let failed = |sentence: String| (Refusal::Unreachable, sentence);
        let listed = manifest()
            .and_then(|manifest| manifest.file(url))
            .map_err(failed)?;
        let bytes = fetch::file(&listed, |_| {}).await.map_err(failed)?;
        return Ok((fetched(url, 200, Vec::new()), bytes));
    }
    let bases = [&sources.cdn, &sources.index, &sources.files];
    if !bases.iter().any(|base| url.starts_with(base.as_str())) {
        let sentence = format!("{url} is no address of Pyodide's packages or of the index.");
        return Err((Refusal::Forbidden, sentence));
    }
    // What has a sha256 is the same for ever; of the index the newest is wanted.
    if let Some(sha256) = sha256
        && let Some(bytes) = kept::get(url).await
        && kept::sha256(&bytes).await.as_deref() == Some(sha256)
    {
        return Ok((fetched(url, 200, Vec::new()), bytes));
    }
    let headers = if url.starts_with(&sources.index) {
        vec![("accept".to_owned(), INDEX_TYPE.to_owned())]
    } else {
        Vec::new()
    };
    let request = broker::Request {
        url: url.to_owned(),
        method: "GET".to_owned(),
        headers,
        body: None,
        most: MOST,
    };
    match broker::fetch(&request, |_, _| {}).await {
        Ok(answer) if answer.status == 200 => {
            let is_right = match sha256 {
                Some(sha256) => kept::sha256(&answer.bytes).await.as_deref() == Some(sha256),
                None => true,
            };
            if !is_right {
                let name = url.rsplit('/').next().unwrap_or(url);
                let sentence = format!(
                    "{name} is refused: what came is another file than the one that is named by its sha256. Perhaps a filter in between answered."
                );
                return Err((Refusal::Forbidden, sentence));
            }
            kept::put(url, &answer.bytes).await;
            Ok((fetched(url, 200, answer.headers), answer.bytes))
        }
        Ok(answer) => Ok((fetched(url, answer.status, answer.headers), answer.bytes)),
        Err(failure) => {
            let is_away = matches!(failure, Failure::Unreachable(_) | Failure::TooLate(_));
            match kept::get(url).await.filter(|_| is_away && sha256.is_none()) {
                Some(bytes) => Ok((fetched(url, 200, Vec::new()), bytes)),
                None => Err((refusal(&failure), failure.sentence())),
            }
        }
    }
}

fn fetched(url: &str, status: u16, headers: Vec<(String, String)>) -> Response {
    Response::Fetched {
        url: url.to_owned(),
        status,
        reason: String::new(),
        headers,
        body: BufferIndex(0),
    }
}
