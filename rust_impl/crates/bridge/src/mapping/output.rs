//! What a superstep shows: `map_output_values` and `map_output_updates` of `pregel/_io.py`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PyString, PyTuple};

use super::names;
use super::read::values_of;
use super::tally::Work;
use crate::protocol::{get, same, unpack};

/// The whole of `map_output_values`: no chunk, or one.
#[pyfunction]
pub fn output_values<'py>(
    output_channels: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = channels.py();
    if !is_true(pending_writes) && !writes_any(output_channels, pending_writes)? {
        return Ok(PyTuple::empty(py));
    }
    Work::OutputValues.count();
    PyTuple::new(py, [values_of(channels, output_channels, true)?])
}

fn is_true(object: &Bound<'_, PyAny>) -> bool {
    object.is(pyo3::types::PyBool::new(object.py(), true))
}

/// Whether one of the writes goes to one of the channels.
fn writes_any(
    output_channels: &Bound<'_, PyAny>,
    pending_writes: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let one = output_channels.is_instance_of::<PyString>();
    let mut any = false;
    for write in pending_writes.try_iter()? {
        let [channel, _] = unpack(&write?)?;
        if one {
            if same(&channel, output_channels)? {
                return Ok(true);
            }
        } else if !any || !channel.is_exact_instance_of::<PyString>() {
            // Upstream collects a set of all of them: each is asked for, and hashed if it is shown.
            if output_channels.contains(&channel)? {
                channel.hash()?;
                any = true;
            }
        }
    }
    Ok(any)
}

/// Whether updates leave the task out: it is hidden, or its first write says that it failed or asked something.
fn is_left_out<'py>(task: &Bound<'py, PyAny>, writes: &Bound<'py, PyAny>) -> PyResult<bool> {
    let py = task.py();
    let config = task.getattr(intern!(py, "config"))?;
    if config.is_truthy()? {
        let none = PyTuple::empty(py);
        let config = task.getattr(intern!(py, "config"))?;
        if let Some(tags) = get(&config, intern!(py, "tags"), Some(none.as_any()))?
            && tags.contains(names::tag_hidden(py))?
        {
            return Ok(true);
        }
    }
    let first = writes.get_item(0)?.get_item(0)?;
    Ok(!first.ne(names::error(py))? || !first.ne(names::interrupt(py))?)
}

/// The whole of `map_output_updates`: no chunk, or one.
#[pyfunction]
#[pyo3(signature = (output_channels, tasks, cached))]
pub fn output_updates<'py>(
    output_channels: &Bound<'py, PyAny>,
    tasks: &Bound<'py, PyAny>,
    cached: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = tasks.py();
    let mut shown = Vec::new();
    for task in tasks.try_iter()? {
        let [task, writes] = unpack(&task?)?;
        if !is_left_out(&task, &writes)? {
            shown.push((task, writes));
        }
    }
    if shown.is_empty() {
        return Ok(PyTuple::empty(py));
    }
    let keys = if output_channels.is_instance_of::<PyString>() {
        None
    } else {
        let keys = py.get_type::<PyFrozenSet>().call1((output_channels,))?;
        Some(keys.cast_into::<PyFrozenSet>()?)
    };
    let name = |task: &Bound<'py, PyAny>| task.getattr(intern!(py, "name"));
    let mut updated: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> = Vec::new();
    for (task, writes) in &shown {
        let mut pairs = Vec::new();
        let mut returned = None;
        for write in writes.try_iter()? {
            let [channel, value] = unpack(&write?)?;
            if same(&channel, names::returned(py))? {
                returned = Some(value);
                break;
            }
            pairs.push([channel, value]);
        }
        if let Some(value) = returned {
            updated.push((name(task)?, value));
            continue;
        }
        let Some(keys) = &keys else {
            for [channel, value] in pairs {
                if same(&channel, output_channels)? {
                    updated.push((name(task)?, value));
                }
            }
            continue;
        };
        let mut visible = Vec::with_capacity(pairs.len());
        for pair in pairs {
            if keys.contains(&pair[0])? {
                visible.push(pair);
            }
        }
        if visible.is_empty() {
            continue;
        }
        let together = PyDict::new(py);
        for [channel, value] in &visible {
            together.set_item(channel, value)?;
        }
        if together.len() == visible.len() {
            updated.push((name(task)?, together.into_any()));
            continue;
        }
        for [channel, value] in visible {
            let single = PyDict::new(py);
            single.set_item(channel, value)?;
            updated.push((name(task)?, single.into_any()));
        }
    }
    Work::OutputUpdates.count();
    let grouped = grouped(py, &shown, updated)?;
    if cached.is_truthy()? {
        let metadata = PyDict::new(py);
        metadata.set_item(intern!(py, "cached"), cached)?;
        grouped.set_item(intern!(py, "__metadata__"), metadata)?;
    }
    PyTuple::new(py, [grouped])
}

/// Updates by task name, in task order: `None` without any, the value of a single one, a list of several.
fn grouped<'py>(
    py: Python<'py>,
    shown: &[(Bound<'py, PyAny>, Bound<'py, PyAny>)],
    updated: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
) -> PyResult<Bound<'py, PyDict>> {
    let lists = PyDict::new(py);
    for (task, _) in shown {
        lists.set_item(task.getattr(intern!(py, "name"))?, PyList::empty(py))?;
    }
    for (name, value) in updated {
        if let Some(list) = lists.get_item(name)? {
            list.cast_into::<PyList>()?.append(value)?;
        }
    }
    let grouped = PyDict::new(py);
    for (name, list) in lists.iter() {
        let list = list.cast_into::<PyList>()?;
        match list.len() {
            0 => grouped.set_item(name, py.None())?,
            1 => grouped.set_item(name, list.get_item(0)?)?,
            _ => grouped.set_item(name, list)?,
        }
    }
    Ok(grouped)
}
