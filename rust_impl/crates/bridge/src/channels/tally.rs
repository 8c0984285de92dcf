//! What channels were asked since the process began.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::kind::Kind;

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
    /// `replay_writes(writes)`
    Replay,
}

impl Op {
    const NAMES: [&'static str; 10] = [
        "update",
        "step",
        "get",
        "is_available",
        "consume",
        "finish",
        "checkpoint",
        "from_checkpoint",
        "copy",
        "replay_writes",
    ];
}

type Row = [AtomicU64; Op::NAMES.len()];

const fn none() -> Row {
    [const { AtomicU64::new(0) }; Op::NAMES.len()]
}

/// What Rust did, by class.
static NATIVE: [Row; Kind::ALL.len()] = [const { none() }; Kind::ALL.len()];

/// The methods that were called on channels that are not exactly of one of the ten classes.
static PYTHON: Row = none();

/// Counts one operation in Rust.
#[inline]
pub fn native(kind: Kind, op: Op) {
    if let Some(row) = NATIVE.get(kind as usize) {
        add(row, op);
    }
}

/// Counts one method call in Python.
#[inline]
pub fn python(op: Op) {
    add(&PYTHON, op);
}

#[inline]
fn add(row: &Row, op: Op) {
    if let Some(count) = row.get(op as usize) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// `{class: {op: count}, "python": {op: count}}`
///
/// # Errors
/// No memory.
pub fn to_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    let rows = Kind::ALL.iter().map(|kind| kind.name()).zip(&NATIVE);
    for (name, row) in rows.chain([("python", &PYTHON)]) {
        let counts = PyDict::new(py);
        for (op, count) in Op::NAMES.iter().zip(row) {
            counts.set_item(op, count.load(Ordering::Relaxed))?;
        }
        dict.set_item(name, counts)?;
    }
    Ok(dict)
}
