//! The way of a run to other sites: the person is asked in the cell, once for each site and notebook; then
//! the broker asks the site.

use engine::outputs::Buffers;
use engine::packages::elsewhere;
use engine::{Event, Need};
use js_sys::Uint8Array;
use protocol::{BufferIndex, CellId, Refusal, Response};
use wasm_bindgen_futures::spawn_local;

use super::Shell;
use super::permissions::Verdict;
use super::requests::RequestId;
use crate::broker::{self, Failure};
use crate::embed;
use crate::page::{Asked, Question};

/// The most that a run reads from a site at once, in bytes.
const MOST: f64 = 50e6;
/// Headers that are the browser's to set; some would have the site asked first whether it wants them.
const OWN_HEADERS: [&str; 10] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "transfer-encoding",
    "user-agent",
];

/// What a run asks a site.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub url: String,
    pub method: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<BufferIndex>,
}

impl Shell {
    /// A run wants to ask another site.
    pub(super) fn want_site(&self, cell: CellId, id: RequestId, wanted: Wanted, buffers: &Buffers) {
        if !matches!(wanted.method.as_str(), "GET" | "POST") {
            let sentence = format!("A notebook can only GET and POST, not {}.", wanted.method);
            return self.refuse(id, Refusal::Forbidden, sentence);
        }
        if !broker::is_built() {
            return self.refuse(id, Refusal::Forbidden, Failure::Off.sentence());
        }
        if let Err(sentence) = embed::allows_question() {
            return self.refuse(id, Refusal::Forbidden, sentence);
        }
        let place = match broker::check(&wanted.url) {
            Ok(place) => place,
            Err(failure) => return self.refuse(id, Refusal::Forbidden, failure.sentence()),
        };
        let mut headers = wanted.headers;
        headers.retain(|(name, _)| !OWN_HEADERS.contains(&name.to_lowercase().as_str()));
        let body = wanted.body.and_then(|index| buffers.get(index.0 as usize));
        let request = broker::Request {
            url: place.url.clone(),
            method: wanted.method,
            headers,
            body: body.map(|bytes| Uint8Array::from(&**bytes)),
            most: MOST,
            sites: Vec::new(),
        };
        let verdict = self.permissions.borrow().verdict(id.0, &place.origin);
        match verdict {
            Verdict::Allowed => self.request_site_permission(cell, id, request),
            Verdict::Refused => self.deny(id, &place.host),
            Verdict::Unknown => {
                let question = Question::Site {
                    url: place.url,
                    host: place.host,
                    origin: place.origin,
                    sends: request.body.is_some(),
                };
                self.ask_person(cell, Asked { id, question }, Some(request));
                self.dispatch(Event::Needs(id.0, id.1, Some(Need::Permission)));
            }
        }
    }

    /// The person allows what was asked for, or does not now. The same goes for whatever waits for that
    /// site.
    pub(super) fn permit(&self, id: RequestId, allows: bool) {
        if let (true, Err(refusal)) = (allows, embed::allows_run()) {
            return self.warn(refusal);
        }
        let asked = self.requests.borrow().get(id);
        if matches!(&asked, Some(asked) if matches!(asked.question, Question::Packages { .. })) {
            return self.permit_packages(id, allows);
        }
        let Some(Question::Site { origin, host, .. }) = asked.map(|asked| asked.question) else {
            return;
        };
        if allows {
            self.permissions.borrow_mut().allow([origin.clone()]);
            self.store_permissions();
        } else {
            self.permissions.borrow_mut().refuse(id.0, &origin);
        }
        let waiting = self.requests.borrow().waiting_for(&origin);
        for id in waiting {
            let request = self.requests.borrow_mut().close(id, &self.cells.borrow());
            match request {
                Some((cell, request)) if allows => {
                    self.dispatch(Event::Needs(id.0, id.1, None));
                    self.request_site_permission(cell, id, request);
                }
                _ => self.deny(id, &host),
            }
        }
    }

    fn request_site_permission(&self, cell: CellId, id: RequestId, mut request: broker::Request) {
        let itself = self.itself.clone();
        // A site may lead on to another that the person has allowed as well.
        request.sites = self.permissions.borrow().all().iter().cloned().collect();
        let host = broker::check(&request.url).map(|place| place.host);
        let file = elsewhere::file_of(&request.url);
        self.fetch_began(
            cell,
            id,
            match host {
                Ok(host) if !host.starts_with(&file) => format!("{file} from {host}"),
                _ => file,
            },
        );
        let progress = self.fetch_progress(cell, id);
        spawn_local(async move {
            let answer = broker::fetch(&request, progress).await;
            let Some(shell) = itself.upgrade() else {
                return;
            };
            shell.fetch_ended(cell, id);
            match answer {
                Ok(answer) => {
                    let response = Response::Fetched {
                        url: answer.url,
                        status: answer.status,
                        reason: answer.reason,
                        headers: answer.headers,
                        body: BufferIndex(0),
                    };
                    shell.respond(id, response, &[answer.bytes]);
                }
                Err(failure) => shell.refuse(id, refusal(&failure), failure.sentence()),
            }
        });
    }

    fn deny(&self, id: RequestId, host: &str) {
        let sentence = format!(
            "You did not allow this notebook to read from {host}. Run the cell again to be asked again."
        );
        self.refuse(id, Refusal::Denied, sentence);
    }

    pub(super) fn refuse(&self, id: RequestId, why: Refusal, sentence: String) {
        self.respond(id, Response::Refused { why, sentence }, &[]);
    }

    /// Remembers what is allowed with the notebook, where it is stored.
    pub(super) fn store_permissions(&self) {
        let Some((store, key)) = self.saver.borrow().place() else {
            return;
        };
        let allowed = self.permissions.borrow().all().clone();
        if !allowed.is_empty() {
            spawn_local(async move { store.remember_permissions(&key, &allowed).await });
        }
    }
}

pub(super) fn refusal(failure: &Failure) -> Refusal {
    match failure {
        Failure::Forbidden(_) | Failure::Off | Failure::Broken | Failure::LedOn(_) => {
            Refusal::Forbidden
        }
        Failure::OtherSite(_) => Refusal::OtherSite,
        Failure::Unreachable(_) | Failure::TooLate(_) | Failure::Silent => Refusal::Unreachable,
        Failure::TooLarge(..) => Refusal::TooLarge,
    }
}
