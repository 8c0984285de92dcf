//! How much the mappings did since the process began, and what they called Python for.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::algorithm::tally::counters;

counters! {
    /// What was done natively.
    Work in DONE {
        CommandWrite = "writes of commands", InputWrite = "writes of inputs", OutputValues = "chunks of values",
        OutputUpdates = "chunks of updates", DebugTask = "task events", DebugResult = "task result events",
        DebugCheckpoint = "checkpoint events", TaskStatuses = "task statuses read", TaskViews = "tasks with writes",
        Created = "checkpoints created", Copied = "checkpoints copied", Loaded = "channels loaded from checkpoints",
        Replayed = "channels replayed", Snapshots = "snapshot decisions", Bumps = "snapshot bumps marked",
        Migrations = "checkpoints looked at for migration",
    }
}

counters! {
    /// What Python was called for.
    Reason in PYTHON {
        Uuid6 = "uuid6()", Now = "datetime.now()", NextVersion = "get_next_version()", AsDict = "dataclasses.asdict()",
        History = "get_delta_channel_history()", GetTuple = "get_tuple()", Replay = "replay_writes()",
        Signature = "inspect.signature()", UuidText = "uuid.UUID()", Max = "max()", Sorted = "sorted()",
    }
}

/// `{done: {work: count}, python: {reason: count}}`
pub fn to_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("done", Work::to_dict(py)?)?;
    dict.set_item("python", Reason::to_dict(py)?)?;
    Ok(dict)
}
