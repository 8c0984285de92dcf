//! Stream modes, and what the loop asks its driver to do.

use crate::checkpoint::Put;
use crate::names::Name;
use crate::writes::Write;

/// What a stream shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The state after each superstep.
    Values,
    /// What each task wrote.
    Updates,
    /// Checkpoints, tasks and their results.
    Debug,
}

impl Mode {
    /// The name that callers use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Updates => "updates",
            Self::Debug => "debug",
        }
    }
}

/// Which streams are wanted; nothing is built for the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// The state after each superstep.
    pub values: bool,
    /// What each task wrote.
    pub updates: bool,
    /// Checkpoints, tasks and their results.
    pub debug: bool,
}

impl Modes {
    /// All of them.
    pub const ALL: Self = Self {
        values: true,
        updates: true,
        debug: true,
    };
}

/// What the loop asks its driver to do, in this order, after each call.
pub enum Effect<V> {
    /// Store the loop's current checkpoint.
    Put(Put<V>),
    /// Store the writes of a task.
    PutWrites {
        /// The checkpoint that they belong to.
        checkpoint: String,
        /// The task that made them.
        task: Name,
        /// The text of its path.
        path: String,
        /// The writes.
        writes: Vec<Write<V>>,
    },
    /// Show a chunk.
    Stream(Mode, V),
}
