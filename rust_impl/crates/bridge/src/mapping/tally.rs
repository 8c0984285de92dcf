//! How much the mappings did since the process began, and what they called Python for.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident, $totals:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {
            $(#[doc = $text] $variant,)*
        }

        impl $name {
            const NAMES: [&'static str; [$($text),*].len()] = [$($text),*];
        }

        static $totals: [AtomicU64; $name::NAMES.len()] = [const { AtomicU64::new(0) }; $name::NAMES.len()];
    };
}

counted! {
    /// What was done natively.
    Work, DONE {
        CommandWrite = "writes of commands", InputWrite = "writes of inputs", OutputValues = "chunks of values",
        OutputUpdates = "chunks of updates", DebugTask = "task events", DebugResult = "task result events",
        DebugCheckpoint = "checkpoint events", TaskStatuses = "task statuses read", TaskViews = "tasks with writes",
        Created = "checkpoints created", Copied = "checkpoints copied", Loaded = "channels loaded from checkpoints",
        Replayed = "channels replayed", Snapshots = "snapshot decisions", Bumps = "snapshot bumps marked",
        Migrations = "checkpoints looked at for migration",
    }
}

counted! {
    /// What Python was called for.
    Reason, PYTHON {
        Uuid6 = "uuid6()", Now = "datetime.now()", NextVersion = "get_next_version()", AsDict = "dataclasses.asdict()",
        History = "get_delta_channel_history()", GetTuple = "get_tuple()", Replay = "replay_writes()",
        Signature = "inspect.signature()", UuidText = "uuid.UUID()", Max = "max()", Sorted = "sorted()",
    }
}

/// Counts one piece of native work.
#[inline]
pub fn did(work: Work) {
    DONE[work as usize].fetch_add(1, Ordering::Relaxed);
}

/// Counts one call into Python.
#[inline]
pub fn python(reason: Reason) {
    PYTHON[reason as usize].fetch_add(1, Ordering::Relaxed);
}

/// `{done: {work: count}, python: {reason: count}}`
pub fn to_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let named = |names: &[&'static str], totals: &[AtomicU64]| -> PyResult<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        for (name, total) in names.iter().zip(totals) {
            dict.set_item(name, total.load(Ordering::Relaxed))?;
        }
        Ok(dict)
    };
    let dict = PyDict::new(py);
    dict.set_item("done", named(&Work::NAMES, &DONE)?)?;
    dict.set_item("python", named(&Reason::NAMES, &PYTHON)?)?;
    Ok(dict)
}
