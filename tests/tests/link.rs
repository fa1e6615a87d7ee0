//! Links against everything that chats, mails and attackers do to them.

use std::fs;

use engine::link::{self, LinkError};
use engine::{Kind, Notebook, formats};
use tests::notebooks;
use tests::random::Random;

fn samples() -> Vec<Notebook> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../public/notebooks");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|end| end == "py"))
        .collect();
    files.sort();
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    files
        .into_iter()
        .map(|path| formats::percent::read(&read(path), "x"))
        .collect()
}

/// Five links of different kinds: tiny, with odd characters, of a sample, and for QR codes.
fn links() -> Vec<String> {
    let tiny = Notebook::from_sources("Untitled", [(Kind::Python, "1 + 1")]);
    let odd = notebooks::notebook(&mut Random::new(3));
    let sample = samples()
        .into_iter()
        .min_by_key(|notebook| link::encode(notebook).len());
    let sample = sample.unwrap_or_default();
    vec![
        link::encode(&Notebook::new("")),
        link::encode(&tiny),
        link::encode_for_qr(&tiny),
        link::encode(&odd),
        link::encode(&sample),
    ]
}

#[test]
fn every_notebook_comes_back_from_its_link() {
    for seed in 0..tests::many(5_000) {
        let notebook = notebooks::notebook(&mut Random::new(seed));
        assert_eq!(
            link::decode(&link::encode(&notebook)),
            Ok(notebook.clone()),
            "seed {seed}"
        );
        assert_eq!(
            link::decode(&link::encode_for_qr(&notebook)),
            Ok(notebook),
            "seed {seed}, QR"
        );
    }
    for notebook in samples() {
        assert_eq!(link::decode(&link::encode(&notebook)), Ok(notebook));
    }
}

#[test]
fn every_truncation_is_refused_and_says_how_much_is_missing() {
    for whole in links() {
        let mut told = 0;
        for length in 1..whole.len() {
            let error = link::decode(&whole[..length]).expect_err("a link that was cut opened");
            let text = error.to_string();
            assert!(text.ends_with('.'), "{text}");
            if let LinkError::Cut {
                here,
                whole: Some(expected),
            } = error
            {
                assert_eq!((here, expected), (length, whole.len()));
                told += 1;
            }
        }
        assert!(
            told + 32 > whole.len(),
            "only the first characters cannot tell"
        );
    }
}

#[test]
fn every_single_bit_flip_is_refused() {
    for whole in links() {
        for at in 0..whole.len() * 8 {
            let mut bytes = whole.clone().into_bytes();
            bytes[at / 8] ^= 1 << (at % 8);
            // An address is text: what is no text any more cannot come in.
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(link::decode(&text).is_err(), "bit {at} of {whole}");
        }
    }
}

#[test]
fn every_change_of_case_and_every_character_more_is_refused() {
    for whole in links() {
        let (_, payload) = whole.split_at(4);
        assert!(
            link::decode(&format!("#v1.{}", payload.to_lowercase())).is_err()
                || payload == payload.to_lowercase()
        );
        for more in ["A", "AA", "AAAA", "=", ".", "%20"] {
            assert!(link::decode(&format!("{whole}{more}")).is_err(), "{more}");
        }
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    // Honest links that are too large, and headers that promise more than there is.
    let many = Notebook::from_sources("many", (0..2_001).map(|_| (Kind::Python, "")));
    assert_eq!(link::decode(&link::encode(&many)), Err(LinkError::TooLarge));
    let long = "a".repeat(4_100_000);
    let long = Notebook::from_sources("long", [(Kind::Python, long.as_str())]);
    let encoded = link::encode(&long);
    assert!(encoded.len() < 10_000, "{}", encoded.len());
    assert_eq!(link::decode(&encoded), Err(LinkError::TooLarge));
    assert_eq!(
        link::decode(&format!("#v1.{}", "A".repeat(2_000_001))),
        Err(LinkError::TooLarge)
    );
    assert!(link::decode(&format!("#v1.{}", "_".repeat(100_000))).is_err());
}

#[test]
fn random_text_is_refused() {
    const CHARACTERS: &[u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+./:%= #";
    let mut random = Random::new(41);
    for _ in 0..tests::many(100_000) {
        let length = random.below(200);
        let text: String = (0..length)
            .map(|_| char::from(CHARACTERS[random.below(CHARACTERS.len())]))
            .collect();
        for prefix in ["#v1.", "#V1.", "#", ""] {
            assert!(
                link::decode(&format!("{prefix}{text}")).is_err(),
                "{prefix}{text}"
            );
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (fragment, expected) in [
        ("#section-2", LinkError::Foreign),
        ("#v2.AAAA", LinkError::Version("2".to_owned())),
        (
            "#v1.",
            LinkError::Cut {
                here: 4,
                whole: None,
            },
        ),
        (
            "#v",
            LinkError::Cut {
                here: 2,
                whole: None,
            },
        ),
        ("#v1.\u{e9}\u{e9}", LinkError::Damaged),
    ] {
        assert_eq!(link::decode(fragment), Err(expected), "{fragment}");
    }
}
