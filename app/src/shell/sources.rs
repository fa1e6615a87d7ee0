//! Packages that the site does not serve: the person is asked in the cell, once for each notebook; then
//! they come from Pyodide's CDN and the index, through the broker, and stay on this device.
//!
//! The kernel says which files it wants. It is given none but those of the site and of these two, and only
//! by `GET`; where their sha256 is known, nothing else is given it.

use std::collections::{BTreeMap, BTreeSet};

use engine::packages::Package;
use engine::packages::elsewhere::{self, Place, Wanted};
use engine::packages::requirements::Requirement;
use engine::{Event, Need};
use js_sys::{ArrayBuffer, Uint8Array};
use protocol::{BufferIndex, CellId, Outside, Refusal, Response};
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;

use super::Shell;
use super::network::refusal;
use super::permissions::Verdict;
use super::requests::RequestId;
use crate::broker::{self, Failure};
use crate::manifest::{Sources, manifest};
use crate::page::{Asked, Question, Sizes};
use crate::{embed, fetch, kept};

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
    pub(super) fn want_packages(&self, cell: CellId, id: RequestId, names: &[String]) {
        let Some(sources) = sources() else {
            let sentence = "This site was built so that packages come from it alone.".to_owned();
            return self.refuse(id, Refusal::Forbidden, sentence);
        };
        if let Err(sentence) = embed::allows_question() {
            return self.refuse(id, Refusal::Forbidden, sentence);
        }
        let names = match elsewhere::names(names) {
            Ok(names) => names,
            Err(sentence) => return self.refuse(id, Refusal::Forbidden, sentence),
        };
        let itself = self.itself.clone();
        spawn_local(async move {
            let described = describe(sources, names).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            // The run may have come to its end in the meantime.
            if !shell.session.borrow().is_open(id.0, id.1) {
                return;
            }
            let described = match described {
                Ok(described) => described,
                Err(sentence) => return shell.refuse(id, Refusal::Unreachable, sentence),
            };
            let verdict = shell.permissions.borrow().verdict(id.0, LEAVE);
            match verdict {
                Verdict::Allowed => shell.give_sources(id, &described.body),
                Verdict::Refused => shell.deny_packages(id),
                Verdict::Unknown => {
                    let question = described.question();
                    let mut all = shell.described.borrow_mut();
                    // One run goes on at a time.
                    all.retain(|(run, _), _| *run == id.0);
                    all.insert(id, described);
                    drop(all);
                    shell.ask_person(cell, Asked { id, question }, None);
                    shell.dispatch(Event::Needs(id.0, id.1, Some(Need::Permission)));
                }
            }
        });
    }

    /// The person wants to know how large the packages are before they allow them.
    pub(super) fn fetch_sizes(&self, id: RequestId) {
        let Some(sources) = sources() else {
            return;
        };
        let itself = self.itself.clone();
        let ask = move |described: Described| async move {
            let mut wanted = described.wanted;
            for one in wanted.iter_mut().filter(|one| one.size.is_none()) {
                one.size = size(sources, one, described.files.get(&one.name)).await;
            }
            if let Some(shell) = itself.upgrade() {
                shell.show_sizes(id, Sizes::Known, wanted);
            }
        };
        let described = self.described.borrow().get(&id).cloned();
        if let Some(described) = described {
            self.show_sizes(id, Sizes::Asked, described.wanted.clone());
            spawn_local(ask(described));
        }
    }

    fn show_sizes(&self, id: RequestId, sizes: Sizes, wanted: Vec<Wanted>) {
        let question = {
            let mut described = self.described.borrow_mut();
            let Some(described) = described.get_mut(&id) else {
                return;
            };
            described.sizes = sizes;
            described.wanted = wanted;
            described.question()
        };
        let cells = self.cells.borrow();
        self.requests.borrow_mut().change(id, question, &cells);
    }

    /// The person allows that packages come from elsewhere, or does not now.
    pub(super) fn permit_packages(&self, id: RequestId, allows: bool) {
        let described = self.described.borrow_mut().remove(&id);
        self.requests.borrow_mut().close(id, &self.cells.borrow());
        if allows {
            self.permissions.borrow_mut().allow([LEAVE.to_owned()]);
            self.store_permissions();
            self.dispatch(Event::Needs(id.0, id.1, None));
            let body = described.map(|described| described.body);
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

    /// Whether the person has allowed that packages come from elsewhere.
    pub(super) fn may_bring_packages(&self) -> bool {
        self.permissions.borrow().all().contains(LEAVE)
    }

    fn deny_packages(&self, id: RequestId) {
        let sentence = "You did not allow this notebook to bring packages from elsewhere. Run the cell again to be asked again.";
        self.refuse(id, Refusal::Denied, sentence.to_owned());
    }

    /// A run wants a file of a package.
    pub(super) fn want_wheel(
        &self,
        cell: CellId,
        id: RequestId,
        url: String,
        sha256: Option<String>,
    ) {
        let may = self.permissions.borrow().verdict(id.0, LEAVE) == Verdict::Allowed;
        let Some(sources) = sources().filter(|_| may) else {
            return self.deny_packages(id);
        };
        let itself = self.itself.clone();
        self.fetch_began(cell, id, elsewhere::file_of(&url));
        let progress = self.fetch_progress(cell, id);
        spawn_local(async move {
            let answer = wheel(sources, &url, sha256.as_deref(), progress).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            shell.fetch_ended(cell, id);
            match answer {
                Ok((response, bytes)) => shell.respond(id, response, &[bytes]),
                Err((why, sentence)) => shell.refuse(id, why, sentence),
            }
        });
    }
}

/// Has what the cells need from elsewhere kept on this device, as far as that can be told without Python:
/// Pyodide's own with what they need, of which the site's own are added to `packages`. What is of the
/// index is there once a cell has imported it. Gives the names of those that are not there.
pub async fn keep(outside: &[Outside], may: bool, packages: &mut Vec<Package>) -> Vec<String> {
    let names = outside
        .iter()
        .filter_map(|one| Some(Requirement::parse(&one.requirement)?.name));
    let names: Vec<String> = names.collect();
    let Some(sources) = sources().filter(|_| !names.is_empty()) else {
        return names;
    };
    let Ok((locked, site)) = lists(sources).await else {
        return names;
    };
    let kept_files = kept::addresses().await;
    let mut lacking = Vec::new();
    for name in names {
        let is_kept = if locked.contains_key(&name) {
            may && keep_locked(sources, &name, &locked, &site, packages).await
        } else {
            kept_files
                .iter()
                .any(|url| elsewhere::is_wheel_of(url, &name))
        };
        if !is_kept {
            lacking.push(name);
        }
    }
    lacking
}

/// Pyodide's lock file and the site's own packages, by their names.
type Lists = (BTreeMap<String, Locked>, BTreeMap<String, Package>);

async fn lists(sources: &Sources) -> Result<Lists, String> {
    let manifest = manifest()?;
    let lock = fetch::text(&manifest.pyodides(sources)?).await?;
    let site = fetch::text(&manifest.packages()?).await?;
    read_lists(&lock, &site)
}

fn read_lists(lock: &str, site: &str) -> Result<Lists, String> {
    let damaged = |error: serde_json::Error| format!("A list of packages is damaged ({error}).");
    let site: Vec<Package> = serde_json::from_str(site).map_err(damaged)?;
    let site = site.into_iter().map(|one| (one.name.clone(), one));
    let lock = serde_json::from_str(lock).map_err(damaged)?;
    Ok((lock, site.collect()))
}

/// Whether a package of Pyodide's, with what it needs, is on this device now.
async fn keep_locked(
    sources: &Sources,
    name: &str,
    locked: &BTreeMap<String, Locked>,
    site: &BTreeMap<String, Package>,
    packages: &mut Vec<Package>,
) -> bool {
    let (mut waiting, mut seen) = (vec![name.to_owned()], BTreeSet::new());
    while let Some(name) = waiting.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(package) = site.get(&name) {
            waiting.extend(package.depends.iter().cloned());
            packages.push(package.clone());
        } else if let Some(one) = locked.get(&name) {
            waiting.extend(one.depends.iter().cloned());
            let url = format!("{}{}", sources.cdn, one.file_name);
            let file = wheel(sources, &url, Some(&one.sha256), |_, _| {}).await;
            let is_there = matches!(&file, Ok((Response::Fetched { status: 200, .. }, _)));
            if !is_there {
                return false;
            }
        }
    }
    true
}

/// What is said of packages that could not be kept.
pub fn missing_packages(names: &[String]) -> String {
    format!(
        "The files of this site are kept on this device, and {} not yet: run the cells that import such packages once while there is a network. They stay on this device from then on.",
        elsewhere::listed(names)
    )
}

/// Packages that are wanted from elsewhere.
#[derive(Clone)]
pub struct Described {
    wanted: Vec<Wanted>,
    sizes: Sizes,
    /// The files of those that are Pyodide's.
    files: BTreeMap<String, String>,
    /// For the kernel, as JSON, where packages are.
    body: String,
}

impl Described {
    fn question(&self) -> Question {
        Question::Packages {
            text: elsewhere::question(&self.wanted),
            sizes: self.sizes,
        }
    }
}

/// A package of Pyodide's lock file, as far as the question needs it.
#[derive(Deserialize)]
struct Locked {
    file_name: String,
    sha256: String,
    #[serde(default)]
    depends: Vec<String>,
    /// Where the build knew it.
    #[serde(default)]
    size: Option<u64>,
}

/// What is wanted, from where, and how large it is, as far as that is known here: nobody is asked before
/// the person allows it.
async fn describe(sources: &Sources, names: Vec<String>) -> Result<Described, String> {
    let manifest = manifest()?;
    let lock = fetch::text(&manifest.pyodides(sources)?).await?;
    let site = fetch::text(&manifest.packages()?).await?;
    let (known, served) = read_lists(&lock, &site)?;
    let (mut wanted, mut files) = (Vec::new(), BTreeMap::new());
    for name in names.into_iter().filter(|name| !served.contains_key(name)) {
        let (place, bytes) = if let Some(locked) = known.get(&name) {
            files.insert(name.clone(), locked.file_name.clone());
            (Place::Cdn, locked.size)
        } else {
            let listing = kept::get(&listing_of(sources, &name)).await;
            let bytes = listing.and_then(|listing| in_listing(&listing));
            (Place::Index, bytes)
        };
        wanted.push(Wanted {
            name,
            place,
            size: bytes,
        });
    }
    let is_known = wanted.iter().all(|one| one.size.is_some());
    let sizes = if is_known {
        Sizes::Known
    } else {
        Sizes::Unasked
    };
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let body = format!(
        r#"{{"lock":{lock},"site":{site},"cdn":{},"index":{}}}"#,
        quoted(&sources.cdn),
        quoted(&sources.index),
    );
    Ok(Described {
        wanted,
        sizes,
        files,
        body,
    })
}

/// The address of the index's list of a project's files.
fn listing_of(sources: &Sources, name: &str) -> String {
    format!("{}/{name}/", sources.index.trim_end_matches('/'))
}

fn in_listing(listing: &ArrayBuffer) -> Option<u64> {
    elsewhere::size_in_index(&Uint8Array::new(listing).to_vec())
}

/// How large a package is, as its place says.
async fn size(sources: &Sources, wanted: &Wanted, file: Option<&String>) -> Option<u64> {
    let (method, url) = match file {
        Some(file) => ("HEAD", format!("{}{file}", sources.cdn)),
        None => ("GET", listing_of(sources, &wanted.name)),
    };
    let answer = broker::fetch(&outside(sources, method, &url), |_, _| {}).await;
    let answer = answer.ok().filter(|answer| answer.status == 200)?;
    match wanted.place {
        Place::Cdn => {
            let mut headers = answer.headers.iter();
            let (_, length) = headers.find(|(name, _)| name == "content-length")?;
            length.parse().ok()
        }
        Place::Index => in_listing(&answer.bytes),
    }
}

/// A request for something of these sources. They may lead on to each other.
fn outside(sources: &Sources, method: &str, url: &str) -> broker::Request {
    let headers = if url.starts_with(&sources.index) {
        vec![("accept".to_owned(), INDEX_TYPE.to_owned())]
    } else {
        Vec::new()
    };
    broker::Request {
        url: url.to_owned(),
        method: method.to_owned(),
        headers,
        body: None,
        most: MOST,
        sites: [&sources.cdn, &sources.index, &sources.files]
            .map(Clone::clone)
            .to_vec(),
    }
}

/// A file of a package: of the site, or from elsewhere.
async fn wheel(
    sources: &Sources,
    url: &str,
    sha256: Option<&str>,
    progress: impl Fn(f64, Option<f64>) + 'static,
) -> Result<(Response, ArrayBuffer), (Refusal, String)> {
    if url.starts_with("packages/") {
        let failed = |sentence: String| (Refusal::Unreachable, sentence);
        let listed = manifest()
            .and_then(|manifest| manifest.file(url))
            .map_err(failed)?;
        let bytes = fetch::file(&listed, |_| {}).await.map_err(failed)?;
        return Ok((fetched(url, 200, Vec::new()), bytes));
    }
    let bases = bases(sources);
    let is_whole = !url.contains(['?', '#']);
    let place = broker::check(url).ok().filter(|_| is_whole);
    let Some(place) = place.filter(|place| elsewhere::is_below(&place.url, &bases)) else {
        let shown: String = url.chars().take(200).collect();
        let sentence = format!("{shown} is no address of Pyodide's packages or of the index.");
        return Err((Refusal::Forbidden, sentence));
    };
    let url = place.url.as_str();
    // What has a sha256 is the same for ever; of the index the newest is wanted.
    if let Some(sha256) = sha256
        && let Some(bytes) = kept::get(url).await
        && kept::sha256(&bytes).await.as_deref() == Some(sha256)
    {
        return Ok((fetched(url, 200, Vec::new()), bytes));
    }
    let name = url.rsplit('/').next().unwrap_or(url);
    let refused = |why: &str| {
        let sentence = format!("{name} is refused: {why} Perhaps a filter in between answered.");
        Err((Refusal::Forbidden, sentence))
    };
    match broker::fetch(&outside(sources, "GET", url), progress).await {
        Ok(answer) if !elsewhere::is_below(&answer.url, &bases) => refused(
            "its address leads on to another that is none of Pyodide's packages or of the index.",
        ),
        Ok(answer) if answer.status == 200 => {
            if let Some(sha256) = sha256
                && kept::sha256(&answer.bytes).await.as_deref() != Some(sha256)
            {
                return refused(
                    "what came is another file than the one that is named by its sha256.",
                );
            }
            kept::put(url, &answer.bytes).await;
            Ok((fetched(url, 200, answer.headers), answer.bytes))
        }
        // Whatever came with it is not the file that was named.
        Ok(answer) if sha256.is_some() => refused(&format!(
            "{} answered with {} in its place.",
            place.host, answer.status
        )),
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

/// The addresses that packages lie below, as the browser writes them.
fn bases(sources: &Sources) -> Vec<String> {
    [&sources.cdn, &sources.index, &sources.files]
        .into_iter()
        .filter_map(|base| Some(broker::check(base).ok()?.url))
        .collect()
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
