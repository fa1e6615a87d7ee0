//! This tab among those that show the notebook: it writes it, or it follows the one that does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use engine::{CellView, Edit, Notebook, OutputView};
use protocol::CellId;

use super::painter::Painted;
use crate::page::Role;
use crate::tabs::{Channel, OutputChange, PORTION, TabMessage};

/// What cells show of their runs.
pub type Views = BTreeMap<CellId, Arc<OutputView>>;

/// What this tab is to its notebook.
pub enum Tab {
    /// It writes the notebook, and runs it.
    Writer {
        /// What joins the tabs, once the notebook is stored.
        channel: Option<Channel>,
        /// What the tabs that follow this one show, or will when all that waits is sent; `None` if
        /// there are none.
        sent: Option<Views>,
        /// What is still to be sent, in order.
        waiting: VecDeque<TabMessage>,
    },
    /// Another tab does; this one shows what that one shows.
    Follower {
        channel: Option<Channel>,
        /// What the cells show of their runs there.
        outputs: Views,
        /// How many portions of them are still to come.
        portions: usize,
    },
}

/// What the shell does with a message of another tab.
pub enum Received {
    /// Nothing.
    Nothing,
    /// Send the whole notebook to who follows.
    SendState,
    /// Send the next of what waits to be sent.
    SendNext,
    /// Show this notebook.
    Open(Notebook, BTreeMap<CellId, CellView>),
    /// Apply this edit.
    Edit(Edit),
    /// Show these states.
    Views(Vec<(CellId, CellView)>),
    /// Show what this cell has put out.
    Output(CellId),
}

impl Tab {
    /// A tab that writes a notebook of its own.
    pub fn writer(channel: Option<Channel>) -> Self {
        // Tabs that followed the writer before this one follow this one from now on.
        send(channel.as_ref(), &TabMessage::Announce);
        Self::Writer {
            channel,
            sent: None,
            waiting: VecDeque::new(),
        }
    }

    /// A tab that shows what another one shows.
    pub fn follower(channel: Option<Channel>, outputs: Views) -> Self {
        send(channel.as_ref(), &TabMessage::Join);
        Self::Follower {
            channel,
            outputs,
            portions: 0,
        }
    }

    /// Another tab writes from now on.
    pub fn become_follower(&mut self, outputs: Views) {
        if let Self::Writer { channel, .. } = self {
            *self = Self::follower(channel.take(), outputs);
        }
    }

    /// Joins the writer anew: this tab may have missed messages.
    pub fn rejoin(&self) {
        if let Self::Follower { channel, .. } = self {
            send(channel.as_ref(), &TabMessage::Join);
        }
    }

    pub fn role(&self) -> Role {
        match self {
            Self::Writer { .. } => Role::Writes,
            Self::Follower { .. } => Role::Follows,
        }
    }

    pub fn follows(&self) -> bool {
        self.role() == Role::Follows
    }

    /// Sends to the tabs that follow, if there are any.
    pub fn share(&self, message: impl FnOnce() -> TabMessage) {
        if let Self::Writer {
            channel,
            sent: Some(_),
            ..
        } = self
        {
            send(channel.as_ref(), &message());
        }
    }

    /// Sends what was painted to the tabs that follow: of outputs, what is new in them.
    pub fn share_painted(&mut self, painted: Painted) {
        if !painted.views.is_empty() {
            self.share(|| TabMessage::Views(painted.views));
        }
        let Self::Writer {
            channel,
            sent: Some(sent),
            waiting,
        } = self
        else {
            return;
        };
        for (cell, new) in painted.outputs {
            let old = sent.entry(cell).or_default();
            let change = OutputChange::between(old, &new);
            let portions = change.portions().into_iter();
            waiting.extend(portions.map(|portion| TabMessage::Output(cell, portion)));
            *old = new;
        }
        // Mostly that is all at once.
        let mut bytes = 0;
        while bytes < PORTION
            && let Some(next) = waiting.pop_front()
        {
            if let TabMessage::Output(_, change) = &next {
                bytes += change.bytes();
            }
            send(channel.as_ref(), &next);
        }
    }

    /// Sends the next portion of what waits, if anything does.
    pub fn send_next(&mut self) {
        if let Self::Writer {
            channel, waiting, ..
        } = self
            && let Some(next) = waiting.pop_front()
        {
            send(channel.as_ref(), &next);
        }
    }

    /// Sends the whole notebook to the tabs that follow.
    pub fn share_state(
        &mut self,
        notebook: Notebook,
        views: BTreeMap<CellId, CellView>,
        outputs: Views,
    ) {
        if let Self::Writer {
            channel,
            sent,
            waiting,
        } = self
        {
            waiting.clear();
            for (id, view) in &outputs {
                let change = OutputChange::between(&OutputView::default(), view);
                let portions = change.portions().into_iter();
                waiting.extend(portions.map(|portion| TabMessage::Output(*id, portion)));
            }
            let state = TabMessage::State {
                notebook,
                views,
                outputs: BTreeMap::new(),
                portions: waiting.len(),
            };
            send(channel.as_ref(), &state);
            *sent = Some(outputs);
        }
    }

    /// Takes in a message of another tab.
    pub fn receive(&mut self, message: TabMessage) -> Received {
        match self {
            Self::Writer { .. } => match message {
                TabMessage::Join => Received::SendState,
                TabMessage::More => Received::SendNext,
                _ => Received::Nothing,
            },
            Self::Follower {
                channel,
                outputs,
                portions,
            } => match message {
                TabMessage::Join | TabMessage::More => Received::Nothing,
                TabMessage::Announce => {
                    send(channel.as_ref(), &TabMessage::Join);
                    Received::Nothing
                }
                TabMessage::State {
                    notebook,
                    views,
                    outputs: shown,
                    portions: more,
                } => {
                    if !notebook.is_sound() {
                        return Received::Nothing;
                    }
                    outputs.clear();
                    for (cell, change) in shown {
                        change.apply(Arc::make_mut(outputs.entry(cell).or_default()));
                    }
                    *portions = more;
                    if more > 0 {
                        send(channel.as_ref(), &TabMessage::More);
                    }
                    Received::Open(notebook, views)
                }
                TabMessage::Edit(edit) => Received::Edit(edit),
                TabMessage::Views(views) => Received::Views(views),
                TabMessage::Output(cell, change) => {
                    *portions = portions.saturating_sub(1);
                    if *portions > 0 {
                        send(channel.as_ref(), &TabMessage::More);
                    }
                    change.apply(Arc::make_mut(outputs.entry(cell).or_default()));
                    Received::Output(cell)
                }
            },
        }
    }
}

fn send(channel: Option<&Channel>, message: &TabMessage) {
    if let Some(channel) = channel {
        channel.send(message);
    }
}
