//! Tasks of nodes that a channel started (PULL).

use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyNone, PyString};

use crate::channels::dispatch::ChannelRef;
use crate::protocol;

use super::run::NodeTask;
use super::task::listed;
use super::{Superstep, first_three};

use super::super::tally::{Made, Reason, Work};
use super::super::upstream::Upstream;
use super::super::versions::is_newer;

/// The task of a node, if one of its triggers moved and it has an input.
pub fn prepare<'py>(
    superstep: &Superstep<'_, 'py>,
    task_path: &Bound<'py, PyAny>,
    checksum: &Bound<'py, PyAny>,
    null_version: Option<&Bound<'py, PyAny>>,
    inputs: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = superstep.py();
    let name = task_path.get_item(1)?;
    if !superstep.processes.contains(&name)? {
        return Ok(None);
    }
    let node = superstep.processes.get_item(&name)?;
    let Some(null_version) = null_version else {
        return Ok(None);
    };
    let checkpoint = superstep.checkpoint;
    let seen = checkpoint.get_item(intern!(py, "versions_seen"))?;
    let seen = match seen.cast_exact::<PyDict>() {
        Ok(seen) => seen.get_item(&name)?.filter(|seen| !seen.is_none()),
        Err(_) => protocol::some(seen.call_method1(intern!(py, "get"), (&name,))?),
    };
    let versions = checkpoint.get_item(intern!(py, "channel_versions"))?;
    if !triggers(
        superstep.channels,
        &versions,
        seen.as_ref(),
        null_version,
        &node,
    )? {
        return Ok(None);
    }
    let sorted = PyList::empty(py);
    for trigger in node.getattr(intern!(py, "triggers"))?.try_iter()? {
        sorted.append(trigger?)?;
    }
    sorted.sort()?;
    let triggers = sorted.to_tuple();
    let pull = intern!(py, "__pregel_pull").as_any();
    let names: Vec<Bound<'py, PyAny>> = triggers.iter().collect();
    let mut parts = vec![pull];
    parts.extend(&names);
    let identity = superstep.identity(&name, &parts)?;
    let triggers = triggers.into_any();
    let scratchpad = superstep.scratchpad(&superstep.own_configurable()?, &identity)?;
    let path = first_three(task_path)?;
    let input = proc_input_of(
        &node,
        superstep.managed,
        superstep.channels,
        superstep.for_execution,
        &scratchpad,
        inputs,
    );
    let input = match input {
        Ok(input) => input,
        Err(error) => return Err(noted(py, error, &name, &path)?),
    };
    if input.is(&Upstream::get(py)?.missing) {
        return Ok(None);
    }
    let metadata = superstep.metadata(&name, &triggers, &first_three(task_path)?, &identity)?;
    identity.check(checksum)?;
    if !superstep.for_execution {
        Made::ListedPull.count();
        return listed(&identity.id, &name, &path).map(Some);
    }
    let proc = node.getattr(intern!(py, "node"))?;
    if !proc.is_truthy()? {
        return Ok(None);
    }
    let task = superstep.node_task(NodeTask {
        timeout: Some(node.getattr(intern!(py, "timeout"))?),
        name: &name,
        node: &node,
        proc,
        input,
        // As upstream slices it anew wherever it goes.
        read_path: &first_three(task_path)?,
        path,
        triggers,
        identity: &identity,
        metadata: &metadata,
        scratchpad: Some(scratchpad),
        informed: true,
        error: None,
    })?;
    Made::Pull.count();
    Ok(Some(task))
}

/// The error with the note that names the task; only an `Exception` gets one.
fn noted<'py>(
    py: Python<'py>,
    error: PyErr,
    name: &Bound<'py, PyAny>,
    path: &Bound<'py, PyAny>,
) -> PyResult<PyErr> {
    if error.is_instance_of::<PyException>(py) {
        let note = format!(
            "Before task with name '{}' and path '{}'",
            protocol::formatted(name)?,
            protocol::formatted(path)?
        );
        error
            .value(py)
            .call_method1(intern!(py, "add_note"), (note,))?;
    }
    Ok(error)
}

/// `_triggers(channels, versions, seen, null_version, proc)`
#[pyfunction]
#[pyo3(name = "_triggers", signature = (channels, versions, seen, null_version, proc))]
pub fn is_triggered<'py>(
    channels: &Bound<'py, PyAny>,
    versions: &Bound<'py, PyAny>,
    seen: Option<Bound<'py, PyAny>>,
    null_version: &Bound<'py, PyAny>,
    proc: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    triggers(channels, versions, seen.as_ref(), null_version, proc)
}

fn triggers<'py>(
    channels: &Bound<'py, PyAny>,
    versions: &Bound<'py, PyAny>,
    seen: Option<&Bound<'py, PyAny>>,
    null_version: &Bound<'py, PyAny>,
    proc: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let py = channels.py();
    let version = |versions: &Bound<'py, PyAny>, channel: &Bound<'py, PyAny>| {
        let found = protocol::get(versions, channel, Some(null_version))?;
        Ok::<_, PyErr>(found.unwrap_or_else(|| null_version.clone()))
    };
    pregel::is_triggered(
        seen.is_some(),
        proc.getattr(intern!(py, "triggers"))?.try_iter()?,
        |channel| {
            Work::Visit.count();
            ChannelRef::of(&channels.get_item(channel)?).is_available()
        },
        |channel| match seen {
            Some(seen) => is_newer(&version(versions, channel)?, &version(seen, channel)?),
            None => Ok(true),
        },
    )
}

/// `_proc_input(proc, managed, channels, *, for_execution, scratchpad, input_cache)`: what a node gets; `MISSING` if the one channel
/// that it reads is empty.
#[pyfunction]
#[pyo3(name = "_proc_input", signature = (proc, managed, channels, *, for_execution, scratchpad, input_cache))]
pub fn proc_input<'py>(
    proc: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    for_execution: &Bound<'py, PyAny>,
    scratchpad: &Bound<'py, PyAny>,
    input_cache: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    proc_input_of(
        proc,
        managed,
        channels,
        for_execution.is_truthy()?,
        scratchpad,
        input_cache.as_ref(),
    )
}

/// The second node of a superstep that reads the same through the same mapper gets a shallow copy of what the first one got (trap 29).
fn proc_input_of<'py>(
    node: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    for_execution: bool,
    scratchpad: &Bound<'py, PyAny>,
    inputs: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = node.py();
    let missing = || Ok(Upstream::get(py)?.missing.bind(py).clone());
    let cache = match inputs {
        Some(inputs) => Some((inputs, node.getattr(intern!(py, "input_cache_key"))?)),
        None => None,
    };
    if let Some((inputs, key)) = &cache
        && inputs.contains(key)?
    {
        return shallow_copy(inputs.get_item(key)?);
    }
    let reads = node.getattr(intern!(py, "channels"))?;
    let mut value = if let Ok(names) = reads.cast::<PyList>() {
        let values = PyDict::new(py);
        for name in names {
            if !channels.contains(&name)? {
                Reason::Managed.count();
                let value = managed
                    .get_item(&name)?
                    .call_method1(intern!(py, "get"), (scratchpad,))?;
                values.set_item(name, value)?;
                continue;
            }
            Work::Visit.count();
            let channel = channels.get_item(&name)?;
            let channel = ChannelRef::of(&channel);
            if channel.is_available()? {
                values.set_item(name, channel.get_or_raise()?)?;
            }
        }
        values.into_any()
    } else if reads.is_instance_of::<PyString>() {
        if !channels.contains(&reads)? {
            return missing();
        }
        Work::Visit.count();
        let channel = channels.get_item(&reads)?;
        let channel = ChannelRef::of(&channel);
        if !channel.is_available()? {
            return missing();
        }
        channel.get_or_raise()?
    } else {
        return Err(PyRuntimeError::new_err(format!(
            "Invalid channels type, expected list or dict, got {}",
            protocol::formatted(&reads)?
        )));
    };
    if for_execution {
        let mapper = node.getattr(intern!(py, "mapper"))?;
        if !mapper.is_none() {
            Reason::Mapper.count();
            value = mapper.call1((value,))?;
        }
    }
    if let Some((inputs, key)) = cache {
        inputs.set_item(key, &value)?;
    }
    Ok(value)
}

/// `copy.copy(value)`
fn shallow_copy(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    let py = value.py();
    if let Ok(dict) = value.cast_exact::<PyDict>() {
        return Ok(dict.copy()?.into_any());
    }
    if let Ok(list) = value.cast_exact::<PyList>() {
        return Ok(list.get_slice(0, list.len()).into_any());
    }
    let constant = value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyBytes>()
        || value.is_exact_instance_of::<PyNone>();
    if constant {
        return Ok(value);
    }
    Upstream::get(py)?.copy.bind(py).call1((value,))
}
