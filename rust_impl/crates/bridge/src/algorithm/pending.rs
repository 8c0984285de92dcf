//! What pending writes say of failed tasks, and `Send`s that may be stored.

use pyo3::exceptions::{PyBaseException, PyException};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use pregel::names::{ERROR, ERROR_SOURCE_NODE};

use crate::protocol;

use super::upstream::global;

/// `_coerce_pending_error(value)`: the error that was stored, as an exception.
#[pyfunction]
#[pyo3(name = "_coerce_pending_error", signature = (value))]
pub fn coerce_pending_error<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if value.is_instance_of::<PyBaseException>() {
        return Ok(value.clone());
    }
    let py = value.py();
    py.get_type::<PyException>().call1((value.str()?,))
}

/// `_read_errors_from_pending_writes(pending_writes)`: the errors of all tasks.
#[pyfunction]
#[pyo3(name = "_read_errors_from_pending_writes", signature = (pending_writes))]
pub fn read_errors<'py>(pending_writes: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let errors = PyList::empty(pending_writes.py());
    for write in pending_writes.try_iter()? {
        let [_, channel, value] = protocol::unpack::<3>(&write?)?;
        if channel.eq(ERROR)? {
            errors.append(coerce_pending_error(&value)?)?;
        }
    }
    Ok(errors)
}

/// The last write of a task to a channel.
fn last_write<'py>(
    pending_writes: &Bound<'py, PyAny>,
    task_id: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = pending_writes.py();
    let reversed = py
        .import(intern!(py, "builtins"))?
        .call_method1(intern!(py, "reversed"), (pending_writes,))?;
    for write in reversed.try_iter()? {
        let [task, channel, value] = protocol::unpack::<3>(&write?)?;
        if protocol::same(&task, task_id)? && channel.eq(name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// `_read_error_for_task_id_from_pending_writes(pending_writes, task_id)`: the last error of a task.
#[pyfunction]
#[pyo3(name = "_read_error_for_task_id_from_pending_writes", signature = (pending_writes, task_id))]
pub fn read_error_for_task_id<'py>(
    pending_writes: &Bound<'py, PyAny>,
    task_id: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let error = last_write(pending_writes, task_id, ERROR)?;
    error.map(|error| coerce_pending_error(&error)).transpose()
}

/// `_read_error_source_node_from_pending_writes(pending_writes, task_id)`: the node whose error a task handles.
#[pyfunction]
#[pyo3(name = "_read_error_source_node_from_pending_writes", signature = (pending_writes, task_id))]
pub fn read_error_source_node<'py>(
    pending_writes: &Bound<'py, PyAny>,
    task_id: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match last_write(pending_writes, task_id, ERROR_SOURCE_NODE)? {
        Some(node) if node.is_instance_of::<PyString>() => Ok(Some(node)),
        Some(node) => Ok(Some(node.str()?.into_any())),
        None => Ok(None),
    }
}

/// `sanitize_untracked_values_in_send(packet, channels)`: the `Send` without what belongs to channels that are never stored.
#[pyfunction]
#[pyo3(signature = (packet, channels))]
pub fn sanitize_untracked_values_in_send<'py>(
    packet: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = packet.py();
    let argument = packet.getattr(intern!(py, "arg"))?;
    if !argument.is_instance_of::<PyDict>() {
        return Ok(packet.clone());
    }
    let untracked = global(intern!(py, "UntrackedValue"))?;
    let kept = PyDict::new(py);
    for pair in protocol::items(&argument)? {
        let [key, value] = pair?;
        let channel = protocol::get(channels, &key, None)?;
        let drops = match channel {
            Some(channel) => channel.is_instance(&untracked)?,
            None => false,
        };
        if !drops {
            kept.set_item(key, value)?;
        }
    }
    let parts = PyDict::new(py);
    parts.set_item(intern!(py, "node"), packet.getattr(intern!(py, "node"))?)?;
    parts.set_item(intern!(py, "arg"), kept)?;
    parts.set_item(
        intern!(py, "timeout"),
        packet.getattr(intern!(py, "timeout"))?,
    )?;
    global(intern!(py, "Send"))?.call((), Some(&parts))
}
