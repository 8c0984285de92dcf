//! The reserved names as interned Python strings; the texts are the `pregel` crate's.

use pregel::names;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

macro_rules! interned {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            pub fn $name(py: Python<'_>) -> &Bound<'_, PyString> {
                intern!(py, $text)
            }
        )*
    };
}

interned! {
    /// `ERROR`
    error = names::ERROR;
    /// `INTERRUPT`
    interrupt = names::INTERRUPT;
    /// `RESUME`
    resume = names::RESUME;
    /// `RETURN`
    returned = names::RETURN;
    /// `TASKS`
    tasks = names::TASKS;
    /// `START`
    start = names::START;
    /// `END`
    end = names::END;
    /// `PUSH`
    push = names::PUSH;
    /// `NULL_TASK_ID`
    null_task_id = names::NULL_TASK_ID;
    /// `SNAPSHOT_BUMPS`
    snapshot_bumps = names::SNAPSHOT_BUMPS;
    /// `CONF`
    configurable = "configurable";
    /// `CONFIG_KEY_CHECKPOINT_ID`
    checkpoint_id = "checkpoint_id";
    /// `CONFIG_KEY_CHECKPOINT_NS`
    checkpoint_ns = "checkpoint_ns";
    /// `TAG_HIDDEN`
    tag_hidden = "langsmith:hidden";
    /// The key of several writes to one channel, folded.
    writes = "$writes";
    /// The key of a task's writes and of a delta channel's history.
    plain_writes = "writes";
    /// `Command.PARENT`
    parent = "__parent__";
}
