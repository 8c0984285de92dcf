//! What channels were asked since the process began.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What a channel can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `update(values)`
    Update,
    /// `update([])`
    Step,
    /// `get()`
    Get,
    /// `is_available()`
    IsAvailable,
    /// `consume()`
    Consume,
    /// `finish()`
    Finish,
    /// `checkpoint()`
    Checkpoint,
    /// `from_checkpoint(checkpoint)`
    FromCheckpoint,
    /// `copy()`
    Copy,
}

impl Op {
    const NAMES: [&'static str; 9] = [
        "update",
        "step",
        "get",
        "is_available",
        "consume",
        "finish",
        "checkpoint",
        "from_checkpoint",
        "copy",
    ];
}

/// The methods called on channels that are not exactly one of the ten classes.
static PYTHON: [AtomicU64; Op::NAMES.len()] = [const { AtomicU64::new(0) }; Op::NAMES.len()];

/// Counts one method call in Python.
#[inline]
pub fn python(op: Op) {
    PYTHON[op as usize].fetch_add(1, Ordering::Relaxed);
}

/// `{python: {op: count}}`
pub fn to_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let python = PyDict::new(py);
    for (name, count) in Op::NAMES.iter().zip(&PYTHON) {
        python.set_item(name, count.load(Ordering::Relaxed))?;
    }
    let dict = PyDict::new(py);
    dict.set_item("python", python)?;
    Ok(dict)
}
