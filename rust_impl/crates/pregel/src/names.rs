//! The reserved names of channels, writes and triggers (`langgraph._internal._constants`).

use std::sync::Arc;

/// The name of a channel, node or task: shared, never copied.
pub type Name = Arc<str>;

/// The writes that a run's input makes.
pub const INPUT: &str = "__input__";
/// An interrupt that a task raised.
pub const INTERRUPT: &str = "__interrupt__";
/// An answer to an interrupt.
pub const RESUME: &str = "__resume__";
/// The error that ended a task.
pub const ERROR: &str = "__error__";
/// The node whose failure an error handler took over.
pub const ERROR_SOURCE_NODE: &str = "__error_source_node__";
/// Marks a task that finished without writing anything.
pub const NO_WRITES: &str = "__no_writes__";
/// A scheduled task.
pub const SCHEDULED: &str = "__scheduled__";
/// The channel of pending `Send`s.
pub const TASKS: &str = "__pregel_tasks";
/// What a functional task returned.
pub const RETURN: &str = "__return__";
/// Which versions a snapshot-only bump advanced.
pub const SNAPSHOT_BUMPS: &str = "__snapshot_bumps__";
/// First part of the path of a task that a `Send` started, and its only trigger.
pub const PUSH: &str = "__pregel_push";
/// First part of the path of a task that a channel triggered.
pub const PULL: &str = "__pregel_pull";
/// The task id of writes that no task made.
pub const NULL_TASK_ID: &str = "00000000-0000-0000-0000-000000000000";
/// Where the input of a graph enters.
pub const START: &str = "__start__";
/// Where a graph ends: no node.
pub const END: &str = "__end__";

/// Names that no channel and no node may have, and that are never consumed as triggers.
const RESERVED: &[&str] = &[
    "langsmith:hidden",
    INPUT,
    INTERRUPT,
    RESUME,
    ERROR,
    ERROR_SOURCE_NODE,
    NO_WRITES,
    SNAPSHOT_BUMPS,
    "__pregel_send",
    "__pregel_read",
    "__pregel_checkpointer",
    "__pregel_stream",
    "checkpoint_map",
    "__pregel_resuming",
    "__pregel_replay_state",
    "__pregel_task_id",
    "checkpoint_id",
    "checkpoint_ns",
    "__pregel_timed_attempt_observer",
    "__pregel_resume_map",
    "__pregel_strict_resume",
    "__pregel_stream_messages_v2",
    PUSH,
    PULL,
    "|",
    ":",
    "configurable",
];

/// Whether a name is reserved (`RESERVED` upstream).
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Whether a write says what happened to a task instead of what it produced (`CONTROL_WRITES` upstream).
#[must_use]
pub fn is_control(channel: &str) -> bool {
    matches!(channel, ERROR | ERROR_SOURCE_NODE | INTERRUPT | RESUME)
}

/// Whether a write never reaches a channel, whatever its name.
#[must_use]
pub fn is_marker(channel: &str) -> bool {
    matches!(
        channel,
        NO_WRITES | PUSH | RESUME | INTERRUPT | RETURN | ERROR | ERROR_SOURCE_NODE
    )
}

/// The fixed slot that a saver files a special write under (`WRITES_IDX_MAP` upstream); `None` for a regular one.
#[must_use]
pub fn write_slot(channel: &str) -> Option<i64> {
    match channel {
        ERROR => Some(-1),
        SCHEDULED => Some(-2),
        INTERRUPT => Some(-3),
        RESUME => Some(-4),
        _ => None,
    }
}
