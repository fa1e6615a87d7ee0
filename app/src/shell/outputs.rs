//! Collects what runs put out.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use engine::{Item, Outputs};
use js_sys::{ArrayBuffer, Uint8Array};
use protocol::{CellId, Data, Output, PythonError, RunId};

/// Pieces of text shorter than this are joined with the one before.
const JOIN: usize = 4096;

/// What the cells put out last.
#[derive(Default)]
pub struct Collector {
    pub cells: BTreeMap<CellId, Outputs>,
    /// The buffers of the message that is being handled.
    pub buffers: Vec<ArrayBuffer>,
}

impl Collector {
    fn of_run(&mut self, cell: CellId, run: RunId) -> &mut Outputs {
        let outputs = self.cells.entry(cell).or_default();
        if outputs.run != run {
            *outputs = Outputs {
                run,
                ..Outputs::default()
            };
        }
        outputs
    }

    /// A run has ended.
    pub fn end(&mut self, cell: CellId, run: RunId, error: Option<PythonError>) {
        self.of_run(cell, run).error = error;
    }

    /// A run has put something out.
    pub fn add(&mut self, cell: CellId, run: RunId, output: Output) {
        let forms = match &output {
            Output::Value { bundle } => bundle
                .iter()
                .filter_map(|(mime, data)| Some((mime.clone(), self.text(data)?)))
                .collect(),
            _ => Vec::new(),
        };
        let outputs = self.of_run(cell, run);
        match output {
            Output::Text { stream, text } => match outputs.items.last_mut() {
                Some(Item::Text {
                    stream: last,
                    text: before,
                }) if *last == stream && before.len() < JOIN => {
                    *before = Arc::from(format!("{before}{text}"));
                }
                _ => outputs.items.push(Item::Text {
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
                match outputs.items.iter().position(is_tail) {
                    Some(at) => outputs.items[at] = tail,
                    None => outputs.items.push(tail),
                }
            }
            Output::Value { .. } => outputs.items.push(Item::Value {
                forms,
                beside: None,
            }),
        }
    }

    fn text(&self, data: &Data) -> Option<Arc<str>> {
        match data {
            Data::Text(text) => Some(Arc::from(text.as_str())),
            Data::Buffer(index) => {
                let bytes = Uint8Array::new(self.buffers.get(index.0 as usize)?).to_vec();
                let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                Some(Arc::from(text))
            }
        }
    }
}
