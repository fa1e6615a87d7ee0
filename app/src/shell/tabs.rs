//! This tab among those that show the notebook: it writes it, or it follows the one that does.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{CellView, Edit, Notebook, Outputs};
use protocol::CellId;

use super::painter::Painted;
use crate::page::Role;
use crate::tabs::{Channel, TabMessage};

/// What this tab is to its notebook.
pub enum Tab {
    /// It writes the notebook, and runs it.
    Writer {
        /// What joins the tabs, once the notebook is stored.
        channel: Option<Channel>,
        /// Whether other tabs follow this one.
        is_followed: bool,
    },
    /// Another tab does; this one shows what that one shows.
    Follower {
        channel: Option<Channel>,
        /// What the cells have put out there.
        outputs: BTreeMap<CellId, Arc<Outputs>>,
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
            is_followed: false,
        }
    }

    /// A tab that shows what another one shows.
    pub fn follower(channel: Option<Channel>, outputs: BTreeMap<CellId, Arc<Outputs>>) -> Self {
        send(channel.as_ref(), &TabMessage::Join);
        Self::Follower { channel, outputs }
    }

    /// Another tab writes from now on.
    pub fn become_follower(&mut self, outputs: BTreeMap<CellId, Arc<Outputs>>) {
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
            is_followed: true,
        } = self
        {
            send(channel.as_ref(), &message());
        }
    }

    /// Sends what was painted to the tabs that follow.
    pub fn share_painted(&self, painted: Painted) {
        if !painted.views.is_empty() {
            self.share(|| TabMessage::Views(painted.views));
        }
        for (cell, outputs) in painted.outputs {
            self.share(|| TabMessage::Outputs(cell, (*outputs).clone()));
        }
    }

    /// Takes in a message of another tab.
    pub fn receive(&mut self, message: TabMessage) -> Received {
        match self {
            Self::Writer { is_followed, .. } => match message {
                TabMessage::Join => {
                    *is_followed = true;
                    Received::SendState
                }
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
                    let shown = shown.into_iter();
                    *outputs = shown.map(|(id, shown)| (id, Arc::new(shown))).collect();
                    Received::Open(notebook, views)
                }
                TabMessage::Edit(edit) => Received::Edit(edit),
                TabMessage::Views(views) => Received::Views(views),
                TabMessage::Outputs(cell, shown) => {
                    outputs.insert(cell, Arc::new(shown));
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
