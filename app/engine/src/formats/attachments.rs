//! The files of a notebook inside of the page that it was saved as: an element of its own, so that
//! what reads the notebook alone need not know of it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::files::{MOST_ALL, MOST_FILE, MOST_FILES, path};

const OPENS: &str = "<script type=\"application/json\" id=\"rivulet-attachments\">";
const CLOSES: &str = "</script>";
const END: &str = "</body>";

/// Files by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A page with these files in it.
#[must_use]
pub fn attach(page: String, files: &Files) -> String {
    let Some(at) = page.rfind(END).filter(|_| !files.is_empty()) else {
        return page;
    };
    let texts = files
        .iter()
        .map(|(name, bytes)| (name, STANDARD.encode(bytes)));
    let json = serde_json::to_string(&texts.collect::<BTreeMap<_, _>>()).unwrap_or_default();
    // No name can end the element.
    let json = json.replace('<', "\\u003c");
    let mut attached = page;
    attached.insert_str(at, &format!("{OPENS}{json}{CLOSES}\n"));
    attached
}

/// The files in a page: those that are whole, have a name that stays in its folder, and for which a
/// notebook has room.
#[must_use]
pub fn attached(page: &str) -> Files {
    let held = page.rsplit_once(OPENS);
    let json = held.and_then(|(_, rest)| Some(rest.split_once(CLOSES)?.0));
    let texts: BTreeMap<String, String> = json
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default();
    let mut all = 0.0;
    let files = texts
        .into_iter()
        .take(MOST_FILES)
        .filter_map(|(name, text)| {
            let bytes = STANDARD.decode(text).ok()?;
            let size = bytes.len() as f64;
            all += size;
            let fits = size <= MOST_FILE && all <= MOST_ALL;
            (fits && path(&name).as_ref() == Some(&name)).then_some((name, bytes))
        });
    files.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_travel_in_a_page_and_those_that_lead_elsewhere_do_not() {
        let page = "<html>\n<body>\n<p>a</p>\n</body>\n</html>\n".to_owned();
        assert_eq!(attach(page.clone(), &Files::new()), page);
        let good = (
            "a</script>b.csv".replace("</script>", "-"),
            vec![0, 255, 60],
        );
        let files = Files::from([
            good.clone(),
            ("../b.csv".to_owned(), vec![1]),
            ("<script>".to_owned(), vec![2]),
        ]);
        let with = attach(page, &files);
        assert_eq!(with.matches("<script").count(), 1, "{with}");
        assert!(with.ends_with("</script>\n</body>\n</html>\n"), "{with}");
        assert_eq!(attached(&with), Files::from([good]));
        assert!(attached("<p>no files</p>").is_empty());
        assert!(attached(&format!("{OPENS}{{\"a\": \"?\"}}{CLOSES}")).is_empty());
    }
}
