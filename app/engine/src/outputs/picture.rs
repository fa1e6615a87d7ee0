//! The picture that an output with scripts leaves: what stands for it wherever its scripts do not run.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Item;

/// The MIME types that need scripts to be drawn. HTML needs them if it holds any.
pub const SCRIPTED: [&str; 12] = [
    "application/vnd.vegalite.v6.json",
    "application/vnd.vegalite.v6+json",
    "application/vnd.vegalite.v5+json",
    "application/vnd.vegalite.v5.json",
    "application/vnd.vegalite.v4+json",
    "application/vnd.vega.v6.json",
    "application/vnd.vega.v6+json",
    "application/vnd.vega.v5+json",
    "application/vnd.vega.v5.json",
    "application/vnd.plotly.v1+json",
    "application/vnd.bokehjs_json_item.v1+json",
    "application/javascript",
];

/// What the kernel and the page say beside a picture: its size on the page.
pub const SIZE: &str = "application/vnd.rivulet.size+json";

/// The largest picture, in bytes.
pub const PICTURE_BYTES: usize = 300_000;
/// The longest side of a picture on the page.
const SIDE: u32 = 10_000;
/// How many points and how many elements a picture may have, as `app/js/pictures.js` has it.
const POINTS: u64 = 40_000_000;
const ELEMENTS: usize = 5_000;

/// A picture of what an output has drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/svg+xml` or `image/png`.
    pub mime: &'static str,
    /// The drawing, or the bytes in base64.
    pub text: Arc<str>,
    /// Its width and height on the page.
    pub size: (u32, u32),
}

impl Picture {
    /// A picture as an output frame hands it over, of which nothing is believed: `None` if it is none.
    #[must_use]
    pub fn of_frame(mime: &str, text: &str, width: u32, height: u32) -> Option<Self> {
        let is_side = |length: u32| (1..=SIDE).contains(&length);
        let mime = match mime {
            "image/png" if is_png(text) => "image/png",
            "image/svg+xml" if is_drawing(text) => "image/svg+xml",
            _ => return None,
        };
        (is_side(width) && is_side(height)).then(|| Self {
            mime,
            text: text.into(),
            size: (width, height),
        })
    }
}

impl Picture {
    /// The picture that stands beside the other forms of a value.
    #[must_use]
    pub fn beside(forms: &[(String, Arc<str>)]) -> Option<Self> {
        let form = |mime: &str| forms.iter().find(|(name, _)| name == mime);
        let size = form(SIZE).and_then(|(_, text)| serde_json::from_str::<Size>(text).ok());
        let kinds = ["image/svg+xml", "image/png"];
        let (mime, (_, text)) = kinds
            .into_iter()
            .find_map(|mime| Some((mime, form(mime)?)))?;
        Some(Self {
            mime,
            text: text.clone(),
            // Zero where it is not known.
            size: size.map_or((0, 0), |size| (size.width, size.height)),
        })
    }
}

#[derive(serde::Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

/// Whether a form needs scripts to be drawn as it was meant.
#[must_use]
pub fn needs_scripts(mime: &str, text: &str) -> bool {
    SCRIPTED.contains(&mime) || (mime == "text/html" && has_scripts(text))
}

/// Whether HTML holds a script, also in a frame of its own.
fn has_scripts(html: &str) -> bool {
    let holds = |word: &str| {
        let (word, text) = (word.as_bytes(), html.as_bytes());
        let mut begins = text.windows(word.len());
        begins.any(|part| part.eq_ignore_ascii_case(word))
    };
    holds("<script") || (holds("srcdoc=") && holds("&lt;script"))
}

/// Whether a value has a form that needs scripts.
#[must_use]
pub fn is_scripted(forms: &[(String, Arc<str>)]) -> bool {
    forms.iter().any(|(mime, text)| needs_scripts(mime, text))
}

/// Puts a picture beside the forms of a value that needs scripts, in the place of the one before. Whether
/// there was such a value.
pub(crate) fn illustrate(item: &mut Item, picture: &Picture) -> bool {
    let Item::Value { forms, .. } = item else {
        return false;
    };
    if !is_scripted(forms) {
        return false;
    }
    forms.retain(|(mime, _)| !mime.starts_with("image/") && mime != SIZE);
    let (width, height) = picture.size;
    let size = format!("{{\"width\":{width},\"height\":{height}}}");
    forms.push((picture.mime.to_owned(), picture.text.clone()));
    forms.push((SIZE.to_owned(), size.into()));
    forms.sort_by(|(one, _), (other, _)| one.cmp(other));
    true
}

fn is_png(text: &str) -> bool {
    if text.len() / 4 * 3 > PICTURE_BYTES {
        return false;
    }
    let Ok(bytes) = STANDARD.decode(text) else {
        return false;
    };
    // The size stands at a fixed place (ISO/IEC 15948, IHDR).
    let side = |at: usize| {
        let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_be_bytes(bytes)))
    };
    let points = side(16).zip(side(20)).map(|(width, height)| width * height);
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        && points.is_some_and(|points| (1..=POINTS).contains(&points))
}

/// Whether a text can be a drawing in which nothing runs. The page has read it as XML as well.
fn is_drawing(text: &str) -> bool {
    let begins = text.as_bytes().windows(2);
    let elements = begins.filter(|two| two[0] == b'<' && two[1] != b'/');
    let has = |word: &str| {
        let mut parts = text.as_bytes().windows(word.len());
        parts.any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    text.len() <= PICTURE_BYTES
        && text.trim_start().starts_with("<svg")
        && elements.count() <= ELEMENTS
        && !["<script", "<foreignobject", "javascript:", "<!"]
            .into_iter()
            .any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> String {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        STANDARD.encode(bytes)
    }

    #[track_caller]
    fn check(mime: &str, text: &str, (width, height): (u32, u32), is_picture: bool) {
        let picture = Picture::of_frame(mime, text, width, height);
        assert_eq!(picture.is_some(), is_picture);
    }

    #[test]
    fn a_picture_is_a_png_or_a_drawing_in_which_nothing_runs() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>";
        check("image/png", &png(40, 30), (20, 15), true);
        check("image/svg+xml", svg, (20, 15), true);
        check("image/png", &png(40, 30), (0, 15), false);
        check("image/png", &png(40, 30), (20, 99_999), false);
        check("image/png", &png(40_000, 30_000), (20, 15), false);
        check("image/png", svg, (20, 15), false);
        check("image/png", "not base64 ><", (20, 15), false);
        check("image/png", &"A".repeat(500_000), (20, 15), false);
        check("text/html", svg, (20, 15), false);
        for hostile in [
            "<svg><SCRIPT>alert(1)</SCRIPT></svg>",
            "<svg><foreignObject/></svg>",
            "<svg><a href=\"JavaScript:alert(1)\"/></svg>",
            "<!DOCTYPE svg [<!ENTITY x 'y'>]><svg/>",
            "<svg><![CDATA[<script>]]></svg>",
            "<p>no drawing</p>",
        ] {
            check("image/svg+xml", hostile, (20, 15), false);
        }
        let many = format!("<svg>{}</svg>", "<g/>".repeat(6_000));
        check("image/svg+xml", &many, (20, 15), false);
    }

    #[test]
    fn a_picture_stands_beside_what_needs_scripts_and_the_next_one_takes_its_place() {
        let value = |mime: &str, text: &str| Item::Value {
            forms: vec![(mime.to_owned(), text.into())],
            beside: None,
        };
        let picture = |width| Picture::of_frame("image/png", &png(width, 9), width, 9);
        let mut chart = value("application/vnd.plotly.v1+json", "{}");
        for width in [7, 8] {
            let Some(picture) = picture(width) else {
                panic!("no picture");
            };
            assert!(illustrate(&mut chart, &picture));
        }
        let Item::Value { forms, .. } = &chart else {
            panic!("no value");
        };
        let names: Vec<_> = forms.iter().map(|(mime, _)| mime.as_str()).collect();
        assert_eq!(names, ["application/vnd.plotly.v1+json", SIZE, "image/png"]);
        assert_eq!(&*forms[1].1, "{\"width\":8,\"height\":9}");
        let picture = picture(7).unwrap_or_else(|| panic!("no picture"));
        assert!(!illustrate(&mut value("image/png", "x"), &picture));
        assert!(!illustrate(&mut value("text/html", "<b>x</b>"), &picture));
        assert!(illustrate(
            &mut value("text/html", "<ScRipt>1</script>"),
            &picture
        ));
    }
}
