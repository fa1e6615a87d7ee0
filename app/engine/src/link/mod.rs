//! A whole notebook in a link: `#v1.` and its source, compressed, in the address's fragment.
//!
//! The payload is a varint with the number of compressed bytes, a varint with the number of bytes
//! of the text, the [`Fingerprint`] of the text and the compressed bytes (8 bytes, little endian:
//! raw deflate alone misses changes, even of bits that it does not use), and the text as raw deflate
//! (RFC 1951) with [`dictionary::WORDS`] standing before it. The text is a percent script. In a
//! link the payload is written as base64url without padding (RFC 4648 §5). In a QR code it may
//! be written as `#V1.` and base 41 instead: three characters of the code's alphanumeric set for
//! two bytes, which there takes less room than base64 (after RFC 9285, without the characters
//! that an address cannot hold).
//!
//! A decoder believes nothing: lengths are bounded before anything is allocated, and the text
//! counts only if its fingerprint fits.

mod base41;
mod deflate;
mod dictionary;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::formats::percent;
use crate::notebook::{Fingerprint, MOST_CELLS, Notebook};

/// What a fragment with a notebook begins with.
pub const PREFIX: &str = "#v1.";
/// The same in a QR code.
const QR_PREFIX: &str = "#V1.";
/// The longest fragment, in characters.
const MAX_CHARS: usize = 2_000_000;
/// The longest text, in bytes.
const MAX_TEXT: usize = 4_000_000;
/// Two varints of at most four bytes each, and the fingerprint.
const MAX_HEADER: usize = 16;

/// Why a link does not open. Displayed as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// It is none of ours.
    Foreign,
    /// It was made by a Rivulet that this one does not understand.
    Version(String),
    /// Its end is missing.
    Cut {
        /// How many characters are there.
        here: usize,
        /// How many there should be; `None` if not even that is there.
        whole: Option<usize>,
    },
    /// Something in it was changed.
    Damaged,
    /// It is larger than a notebook may be.
    TooLarge,
}

impl std::fmt::Display for LinkError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign => to.write_str(
                "What follows the # in this address is not a notebook. Copy the whole link again.",
            ),
            Self::Version(version) => write!(
                to,
                "This link is of version {version}, which this page does not know. Ask for a new link, or open it where it was made."
            ),
            Self::Cut {
                here,
                whole: Some(whole),
            } => write!(
                to,
                "This link was cut off: {here} of its {whole} characters are here, {} are missing. Ask for it in another way, for example as a file.",
                whole.saturating_sub(*here)
            ),
            Self::Cut { .. } => to.write_str(
                "This link was cut off: nearly all of it is missing. Ask for it in another way, for example as a file.",
            ),
            Self::Damaged => to.write_str(
                "This link is damaged: something in it was changed on the way. Copy the whole link again.",
            ),
            Self::TooLarge => write!(
                to,
                "This link is too large: a link may hold {MOST_CELLS} cells and {} MB of text.",
                MAX_TEXT / 1_000_000
            ),
        }
    }
}

/// The fragment for a notebook's source; outputs are not in it.
#[must_use]
pub fn encode(notebook: &Notebook) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(payload(notebook)))
}

/// The fragment for a QR code, of characters of its alphanumeric set only.
#[must_use]
pub fn encode_for_qr(notebook: &Notebook) -> String {
    format!("{QR_PREFIX}{}", base41::encode(&payload(notebook)))
}

/// Reads the notebook out of a fragment, with its `#`.
pub fn decode(fragment: &str) -> Result<Notebook, LinkError> {
    let fragment = fragment.trim();
    let Some((version, text)) = fragment
        .strip_prefix('#')
        .and_then(|rest| rest.split_once('.'))
    else {
        return Err(cut_prefix(fragment));
    };
    if text.len() > MAX_CHARS {
        return Err(LinkError::TooLarge);
    }
    let payload = match version {
        "v1" => bytes(text, 4, 3, |text| URL_SAFE_NO_PAD.decode(text).ok())?,
        "V1" => bytes(text, 3, 2, base41::decode)?,
        _ if is_version(version) => return Err(LinkError::Version(version[1..].to_owned())),
        _ => return Err(LinkError::Foreign),
    };
    let header = Header::read(&payload).ok_or(LinkError::Damaged)?;
    let compressed = &payload[header.size..];
    let text = deflate::inflate(compressed, header.text).ok_or(LinkError::Damaged)?;
    let text = String::from_utf8(text).map_err(|_| LinkError::Damaged)?;
    if Fingerprint::of(&text).and(compressed) != header.fingerprint {
        return Err(LinkError::Damaged);
    }
    let notebook = percent::read(&text, "Untitled");
    if notebook.cells().len() > MOST_CELLS {
        return Err(LinkError::TooLarge);
    }
    Ok(notebook)
}

fn is_version(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'V']).unwrap_or("");
    !digits.is_empty() && digits.len() < 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A link that was cut within its first characters.
fn cut_prefix(fragment: &str) -> LinkError {
    if fragment.len() > 1 && (PREFIX.starts_with(fragment) || QR_PREFIX.starts_with(fragment)) {
        LinkError::Cut {
            here: fragment.len(),
            whole: None,
        }
    } else {
        LinkError::Foreign
    }
}

/// The payload of a text in which `chars` characters stand for `bytes` bytes.
fn bytes(
    text: &str,
    chars: usize,
    bytes: usize,
    decode: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, LinkError> {
    let here = text.len() + PREFIX.len();
    let cut = LinkError::Cut { here, whole: None };
    // The header says how long the whole is.
    let head = text.len().min(MAX_HEADER.div_ceil(bytes) * chars) / chars * chars;
    let head = text.get(..head).ok_or(LinkError::Damaged)?;
    let header = Header::read(&decode(head).ok_or(LinkError::Damaged)?);
    let Some(header) = header else {
        return Err(if text.len() < MAX_HEADER * 2 {
            cut
        } else {
            LinkError::Damaged
        });
    };
    if header.text > MAX_TEXT || header.compressed > MAX_CHARS {
        return Err(LinkError::TooLarge);
    }
    let whole = (header.size + header.compressed) * chars;
    let whole = whole.div_ceil(bytes);
    match text.len().cmp(&whole) {
        std::cmp::Ordering::Less => Err(LinkError::Cut {
            here,
            whole: Some(whole + PREFIX.len()),
        }),
        std::cmp::Ordering::Greater => Err(LinkError::Damaged),
        std::cmp::Ordering::Equal => decode(text).ok_or(LinkError::Damaged),
    }
}

fn payload(notebook: &Notebook) -> Vec<u8> {
    let text = percent::write_short(notebook);
    let compressed = deflate::deflate(text.as_bytes());
    let mut payload = Vec::with_capacity(compressed.len() + MAX_HEADER);
    write_varint(&mut payload, compressed.len());
    write_varint(&mut payload, text.len());
    payload.extend(Fingerprint::of(&text).and(&compressed).0.to_le_bytes());
    payload.extend(compressed);
    payload
}

/// What stands before the compressed text.
struct Header {
    compressed: usize,
    text: usize,
    fingerprint: Fingerprint,
    /// Its own bytes.
    size: usize,
}

impl Header {
    /// `None` if it is not whole.
    fn read(payload: &[u8]) -> Option<Self> {
        let mut rest = payload;
        let compressed = read_varint(&mut rest)?;
        let text = read_varint(&mut rest)?;
        let (fingerprint, rest) = rest.split_first_chunk::<8>()?;
        Some(Self {
            compressed,
            text,
            fingerprint: Fingerprint(u64::from_le_bytes(*fingerprint)),
            size: payload.len() - rest.len(),
        })
    }
}

/// Seven bits a byte, the least first; the high bit says that more follow (LEB128).
fn write_varint(to: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        to.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).unwrap_or(0));
}

/// `None` if it is not whole, or longer than four bytes.
fn read_varint(from: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in [0, 7, 14, 21] {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
