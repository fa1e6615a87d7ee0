//! Questions to Python beside running cells: they are asked while it has nothing to run, and an answer
//! that is not wanted any more is dropped.

use engine::session::KernelState;
use protocol::{Answer, Question, ToWorker};

#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;
use crate::editor::Heard;

/// The most variables that are told of.
const VARIABLES: u32 = 500;

/// How many questions wait at most.
const WAITING: usize = 16;

/// The questions that wait for their answers.
#[derive(Default)]
pub(super) struct Asks {
    newest: u32,
    waiting: BTreeMap<u32, Heard>,
}

impl Driver {
    /// Asks Python; the answer is `None` at once if it is not there or has something to run.
    pub fn ask(&self, question: Question, heard: Heard) {
        let session = self.session.borrow();
        if session.kernel_state() != KernelState::Ready || session.is_active() || self.follows() {
            drop(session);
            return heard(None);
        }
        drop(session);
        let mut asks = self.asks.borrow_mut();
        asks.newest = asks.newest.wrapping_add(1);
        let ask = asks.newest;
        asks.waiting.insert(ask, heard);
        // Nobody waits for more than a handful; a kernel that went has answered none of them.
        let late = (asks.waiting.len() > WAITING).then(|| asks.waiting.pop_first());
        drop(asks);
        if let Some((_, late)) = late.flatten() {
            late(None);
        }
        if let Some(kernel) = &*self.kernel.borrow() {
            kernel.post(&ToWorker::Ask { ask, question }, &[]);
        }
    }

    pub(super) fn answered(&self, ask: u32, answer: Answer) {
        let heard = self.asks.borrow_mut().waiting.remove(&ask);
        if let Some(heard) = heard {
            heard(Some(bounded(answer)));
        }
    }

    /// Asks anew which variables there are, if somebody looks at them.
    pub(super) fn ask_variables(&self) {
        if !self.page.watches_variables.get_untracked() {
            return;
        }
        let page = self.page;
        let question = Question::Variables {
            names: None,
            limit: VARIABLES,
        };
        let heard = move |answer| {
            if let Some(Answer::Variables { variables, hidden }) = answer {
                page.variables.set(Some((variables, hidden)));
            }
        };
        self.ask(question, Box::new(heard));
    }
}

/// An answer with no more and no longer parts than are shown: it comes from where user code runs.
fn bounded(mut answer: Answer) -> Answer {
    let cut = |text: &mut String, most: usize| {
        if text.len() > most {
            *text = text.chars().take(most).collect();
        }
    };
    match &mut answer {
        Answer::Variables { variables, .. } => {
            variables.truncate(VARIABLES as usize);
            for variable in variables {
                for text in [
                    &mut variable.name,
                    &mut variable.kind,
                    &mut variable.size,
                    &mut variable.value,
                ] {
                    cut(text, 200);
                }
            }
        }
        Answer::Completions { completions } => {
            completions.truncate(500);
            for completion in completions {
                cut(&mut completion.name, 200);
                cut(&mut completion.kind, 200);
            }
        }
        Answer::Help {
            title,
            signature,
            text,
            kind,
        } => {
            cut(title, 200);
            cut(signature, 1_000);
            cut(text, 5_000);
            cut(kind, 200);
        }
    }
    answer
}
