//! `should_interrupt`: static interrupts.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use pregel::names::INTERRUPT;

use super::tally::Work;
use super::versions::{first_value, is_newer};

/// `should_interrupt(checkpoint, interrupt_nodes, tasks)`: the tasks to stop before (or after), if any channel moved since the last
/// interrupt.
///
/// What counts as moved is told by the null version of the *first* channel's type (trap 13).
#[pyfunction]
#[pyo3(signature = (checkpoint, interrupt_nodes, tasks))]
pub fn should_interrupt<'py>(
    checkpoint: &Bound<'py, PyAny>,
    interrupt_nodes: &Bound<'py, PyAny>,
    tasks: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyList>> {
    let py = checkpoint.py();
    Work::InterruptCheck.count();
    let stopped = PyList::empty(py);
    if !moved(checkpoint)? {
        return Ok(stopped);
    }
    for task in tasks.try_iter()? {
        let task = task?;
        let stops = if interrupt_nodes.eq(intern!(py, "*"))? {
            !is_hidden(&task)?
        } else {
            interrupt_nodes.contains(task.getattr(intern!(py, "name"))?)?
        };
        if stops {
            stopped.append(task)?;
        }
    }
    Ok(stopped)
}

fn moved(checkpoint: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = checkpoint.py();
    let versions = checkpoint.get_item(intern!(py, "channel_versions"))?;
    let null = match first_value(&versions)? {
        Some(first) => first.get_type().call0()?,
        None => py.None().into_bound(py),
    };
    let seen = checkpoint.get_item(intern!(py, "versions_seen"))?;
    let seen = seen.call_method1(intern!(py, "get"), (INTERRUPT, PyDict::new(py)))?;
    let plain = seen.cast_exact::<PyDict>();
    for item in versions.call_method0(intern!(py, "items"))?.try_iter()? {
        let (channel, version): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        let seen = match &plain {
            Ok(seen) => seen.get_item(channel)?.unwrap_or_else(|| null.clone()),
            Err(_) => seen.call_method1(intern!(py, "get"), (channel, &null))?,
        };
        if is_newer(&version, &seen)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `task.config and TAG_HIDDEN in task.config.get("tags", ())`
fn is_hidden(task: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = task.py();
    let config = task.getattr(intern!(py, "config"))?;
    if !config.is_truthy()? {
        return Ok(false);
    }
    let empty = pyo3::types::PyTuple::empty(py);
    config
        .call_method1(intern!(py, "get"), (intern!(py, "tags"), empty))?
        .contains(intern!(py, "langsmith:hidden"))
}
