//! Questions to Python beside running cells: they are asked while it has nothing to run, and an answer
//! that is not wanted any more is dropped.

use std::collections::BTreeMap;

use protocol::{Answer, Question, ToWorker};

use crate::page::Respond;

/// The most variables that are listed.
pub const VARIABLES: u32 = 500;

/// How many questions wait at most.
const WAITING: usize = 16;

/// The questions that wait for their answers.
#[derive(Default)]
pub struct Questions {
    newest: u32,
    waiting: BTreeMap<u32, Respond>,
}

impl Questions {
    /// Takes a question in. Returns the message that asks it.
    pub fn ask(&mut self, question: Question, respond: Respond) -> ToWorker {
        self.newest = self.newest.wrapping_add(1);
        let ask = self.newest;
        self.waiting.insert(ask, respond);
        // Python has nothing to say to some: those that wait for long are given up.
        if self.waiting.len() > WAITING
            && let Some((_, respond)) = self.waiting.pop_first()
        {
            respond(None);
        }
        ToWorker::Ask { ask, question }
    }

    /// Python has answered.
    pub fn answered(&mut self, ask: u32, answer: Answer) {
        if let Some(respond) = self.waiting.remove(&ask) {
            respond(Some(bounded(answer)));
        }
    }

    /// Another Python starts: it knows none of these questions.
    pub fn give_up(&mut self) {
        for (_, respond) in std::mem::take(&mut self.waiting) {
            respond(None);
        }
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
        Answer::Files { files, .. } => {
            // Others could not be asked for again.
            files.retain(|file| engine::files::path(&file.path).as_ref() == Some(&file.path));
            files.truncate(engine::files::MOST_FILES);
        }
        Answer::Completions { completions } => {
            completions.truncate(500);
            for completion in completions {
                cut(&mut completion.name, 200);
                cut(&mut completion.kind, 200);
            }
        }
        Answer::Rows { .. }
        | Answer::Column { .. }
        | Answer::Part { .. }
        | Answer::Later
        | Answer::NoRows { .. } => engine::grid::bound_answer(&mut answer),
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
