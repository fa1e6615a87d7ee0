//! Collects what runs put out.

use std::sync::Arc;

use base64::Engine;
use engine::Item;
use protocol::{Data, RunId};

#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;

/// Pieces of text shorter than this are joined with the one before.
const JOIN: usize = 4096;

impl Driver {
    pub(super) fn take_output(&self, cell: CellId, run: RunId, output: Output) {
        let mut outputs = self.outputs.borrow_mut();
        let shown = outputs.entry(cell).or_default();
        if shown.run != run {
            *shown = Outputs {
                run,
                ..Outputs::default()
            };
        }
        match output {
            Output::Text { stream, text } => match shown.items.last_mut() {
                Some(Item::Text {
                    stream: last,
                    text: before,
                }) if *last == stream && before.len() < JOIN => {
                    *before = Arc::from(format!("{before}{text}"));
                }
                _ => shown.items.push(Item::Text {
                    stream,
                    text: text.into(),
                }),
            },
            Output::Tail {
                stream,
                hidden_lines,
                text,
            } => {
                let is_tail =
                    |item: &Item| matches!(item, Item::Tail { stream: s, .. } if *s == stream);
                let tail = Item::Tail {
                    stream,
                    hidden_lines,
                    text: text.into(),
                };
                match shown.items.iter().position(is_tail) {
                    Some(at) => shown.items[at] = tail,
                    None => shown.items.push(tail),
                }
            }
            Output::Value { bundle } => {
                let buffers = self.buffers.borrow();
                let forms = bundle.into_iter().filter_map(|(mime, data)| match data {
                    Data::Text(text) => Some((mime, Arc::from(text))),
                    Data::Buffer(index) => {
                        let bytes =
                            js_sys::Uint8Array::new(buffers.get(index.0 as usize)?).to_vec();
                        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                        Some((mime, Arc::from(text)))
                    }
                });
                shown.items.push(Item::Value {
                    forms: forms.collect(),
                    beside: None,
                });
            }
        }
        self.unpainted.borrow_mut().insert(cell);
        self.unstored.borrow_mut().insert(cell);
    }
}
