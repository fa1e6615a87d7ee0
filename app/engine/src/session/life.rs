//! How the kernel is: one enum with what belongs to each state inside.

/// How the kernel is.
#[derive(Debug, Clone, PartialEq)]
pub enum KernelLife {
    /// Not started.
    Off,
    /// Starting: nothing may be posted yet.
    Starting {
        /// What it is doing, where that is known.
        step: Option<Step>,
    },
    /// It waits for something to do.
    Ready,
    /// It runs cells, or gets packages for them.
    Busy {
        /// What is being fetched or unpacked.
        step: Option<Step>,
    },
    /// It owes an answer for longer than it should.
    Silent,
    /// Gone, and not started again.
    Lost {
        /// What happened, as one sentence.
        why: String,
    },
}

/// A step of the kernel's start, or of getting packages.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is done, in the user's words: "Starting Python", "numpy".
    pub what: String,
    /// How many bytes of how many have come, where something is fetched.
    pub bytes: Option<(f64, f64)>,
}

/// What is known of the kernel.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Off,
    Starting {
        step: Option<Step>,
    },
    /// It takes messages.
    Up {
        step: Option<Step>,
        silent: bool,
    },
    Lost {
        why: String,
    },
}

impl State {
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }

    /// Whether there is none, so that a run must start one.
    pub fn is_down(&self) -> bool {
        matches!(self, Self::Off | Self::Lost { .. })
    }

    pub fn set_step(&mut self, new: Option<Step>) {
        if let Self::Starting { step } | Self::Up { step, .. } = self {
            *step = new;
        }
    }

    /// How the kernel is for those who look at it; `works` says whether it has something to run.
    pub fn life(&self, works: bool) -> KernelLife {
        match self {
            Self::Off => KernelLife::Off,
            Self::Starting { step } => KernelLife::Starting { step: step.clone() },
            Self::Up { silent: true, .. } => KernelLife::Silent,
            Self::Up { step, .. } if works => KernelLife::Busy { step: step.clone() },
            Self::Up { .. } => KernelLife::Ready,
            Self::Lost { why } => KernelLife::Lost { why: why.clone() },
        }
    }
}
