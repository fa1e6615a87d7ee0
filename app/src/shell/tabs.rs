//! This tab among those that show the notebook: it writes it, or it follows the one that does.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{CellView, Edit, Notebook, OutputView};
use protocol::CellId;

use super::painter::Painted;
use crate::page::Role;
use crate::tabs::{Channel, OutputChange, TabMessage};

/// What cells show of their runs.
pub type Views = BTreeMap<CellId, Arc<OutputView>>;

/// What this tab is to its notebook.
pub enum Tab {
    /// It writes the notebook, and runs it.
    Writer {
        /// What joins the tabs, once the notebook is stored.
        channel: Option<Channel>,
        /// What the tabs that follow this one show; `None` if there are none.
        sent: Option<Views>,
    },
    /// Another tab does; this one shows what that one shows.
    Follower {
        channel: Option<Channel>,
        /// What the cells show of their runs there.
        outputs: Views,
    },
}

/// What the shell does with a message of another tab.
pub enum Received {
    /// Nothing.
    Nothing,
    /// Send the whole notebook to who follows.
    SendState,
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
        }
    }

    /// A tab that shows what another one shows.
    pub fn follower(channel: Option<Channel>, outputs: Views) -> Self {
        send(channel.as_ref(), &TabMessage::Join);
        Self::Follower { channel, outputs }
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
        } = self
        else {
            return;
        };
        for (cell, new) in painted.outputs {
            let old = sent.entry(cell).or_default();
            let change = OutputChange::between(old, &new);
            send(channel.as_ref(), &TabMessage::Output(cell, change));
            *old = new;
        }
    }

    /// Sends the whole notebook to the tabs that follow.
    pub fn share_state(
        &mut self,
        notebook: Notebook,
        views: BTreeMap<CellId, CellView>,
        outputs: Views,
    ) {
        if let Self::Writer { channel, sent } = self {
            let all = outputs.iter().map(|(id, view)| {
                let change = OutputChange::between(&OutputView::default(), view);
                (*id, change)
            });
            let state = TabMessage::State {
                notebook,
                views,
                outputs: all.collect(),
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
                _ => Received::Nothing,
            },
            Self::Follower { channel, outputs } => match message {
                TabMessage::Join => Received::Nothing,
                TabMessage::Announce => {
                    send(channel.as_ref(), &TabMessage::Join);
                    Received::Nothing
                }
                TabMessage::State {
                    notebook,
                    views,
                    outputs: shown,
                } => {
                    if !notebook.is_sound() {
                        return Received::Nothing;
                    }
                    outputs.clear();
                    for (cell, change) in shown {
                        change.apply(Arc::make_mut(outputs.entry(cell).or_default()));
                    }
                    Received::Open(notebook, views)
                }
                TabMessage::Edit(edit) => Received::Edit(edit),
                TabMessage::Views(views) => Received::Views(views),
                TabMessage::Output(cell, change) => {
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
