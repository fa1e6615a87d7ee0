//! What a run asks of the page while it goes on, and what the page responds.

use serde::{Deserialize, Serialize};

use crate::BufferIndex;

/// The longest prompt of a field, in bytes. What is longer stands above it, in the output.
pub const MOST_PROMPT: usize = 2 << 10;
/// The longest address, in bytes.
pub const MOST_ADDRESS: usize = 8 << 10;
/// How many headers a request has at most, and how long all of them are together, in bytes.
pub const MOST_HEADERS: usize = 100;
/// See [`MOST_HEADERS`].
pub const MOST_HEADER_BYTES: usize = 32 << 10;
/// How many requests of a run may be open at once.
pub const MOST_REQUESTS: usize = 64;

/// How many packages are asked for at once.
const MOST_PACKAGES: usize = 100;
/// How long what is required of one may be, in bytes.
const MOST_NAME: usize = 200;

/// What a run asks of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Request {
    /// A line of text from the person.
    Input {
        /// What is asked.
        prompt: String,
        /// Whether it is hidden while it is typed.
        secret: bool,
    },
    /// What a site answers.
    Fetch {
        /// Its address.
        url: String,
        /// `GET` or `POST`.
        method: String,
        /// Names and values.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// What is sent.
        #[serde(default)]
        body: Option<BufferIndex>,
    },
    /// A file that lies beside the notebook on its site.
    File {
        /// Its path from there.
        path: String,
    },
    /// Leave to bring packages that the site does not serve, and where from.
    Packages {
        /// What is required, as pip writes it.
        names: Vec<String>,
    },
    /// A file of a package, once there is leave: of the site, of Pyodide or of the index.
    Wheel {
        /// Its address.
        url: String,
        /// Its sha256 in lower-case hexadecimal, where that is known.
        #[serde(default)]
        sha256: Option<String>,
    },
}

/// What the page responds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Response {
    /// The line that the person has typed.
    Input {
        /// The line, without its end.
        text: String,
    },
    /// What the site has answered.
    Fetched {
        /// The address that answered, after redirects.
        url: String,
        /// The status, for instance 200.
        status: u16,
        /// Its words, for instance `Not Found`. May be empty.
        reason: String,
        /// The headers that the site shows to others.
        headers: Vec<(String, String)>,
        /// The bytes.
        body: BufferIndex,
    },
    /// The file.
    File {
        /// Its bytes.
        body: BufferIndex,
    },
    /// There is leave.
    Sources {
        /// Where packages come from, as JSON: see `outside.py`.
        body: BufferIndex,
    },
    /// It is not to be had.
    Refused {
        /// Why.
        why: Refusal,
        /// The same for people, as one or two sentences.
        sentence: String,
    },
}

/// Why a request is not responded to otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The person did not allow it.
    Denied,
    /// It is not allowed here, whatever a person would say, or nobody can be asked.
    Forbidden,
    /// The site does not let pages of other sites read it, as far as a browser says that.
    OtherSite,
    /// The site was not reached, or did not answer in time.
    Unreachable,
    /// More came than is taken.
    TooLarge,
    /// There is no such file.
    Missing,
}

impl Request {
    /// Whether it is no larger than the page takes.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Input { prompt, .. } => prompt.len() <= MOST_PROMPT,
            Self::Fetch {
                url,
                method,
                headers,
                ..
            } => {
                let bytes: usize = headers
                    .iter()
                    .map(|(name, value)| name.len() + value.len())
                    .sum();
                url.len() <= MOST_ADDRESS
                    && method.len() <= 16
                    && headers.len() <= MOST_HEADERS
                    && bytes <= MOST_HEADER_BYTES
            }
            Self::File { path } => path.len() <= MOST_ADDRESS,
            Self::Packages { names } => {
                names.len() <= MOST_PACKAGES && names.iter().all(|name| name.len() <= MOST_NAME)
            }
            Self::Wheel { url, sha256 } => {
                url.len() <= MOST_ADDRESS && sha256.as_ref().is_none_or(|sha256| sha256.len() == 64)
            }
        }
    }
}
