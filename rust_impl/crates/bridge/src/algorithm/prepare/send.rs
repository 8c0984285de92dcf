//! Tasks of pending `Send`s (PUSH).

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::channels::dispatch::ChannelRef;
use crate::protocol;

use super::run::{KeyArguments, Parts, new_writes};
use super::task::{Executable, listed};
use super::{Superstep, bool, either, extended, get_or_dict};

use super::super::apply::warn;
use super::super::ids::IdFunction;
use super::super::tally::{Made, Work};
use super::super::upstream::global;

/// The task of the pending `Send` that the path counts to; none for anything else there, with a warning in the log.
///
/// `sends` are the pending ones, if they have been read already.
pub fn prepare<'py>(
    superstep: &Superstep<'_, 'py>,
    task_path: &Bound<'py, PyAny>,
    checksum: &Bound<'py, PyAny>,
    sends: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = superstep.py();
    if task_path.len()? != 2 {
        let path = protocol::formatted(task_path)?;
        warn(py, &format!("Ignoring invalid PUSH task path {path}"))?;
        return Ok(None);
    }
    let index = task_path.get_item(1)?;
    let read;
    let sends = match sends {
        Some(sends) => sends,
        None => {
            Work::Visit.count();
            let channel = superstep.channels.get_item(intern!(py, "__pregel_tasks"))?;
            let channel = ChannelRef::of(&channel);
            if !channel.is_available()? {
                return Ok(None);
            }
            read = channel.get_or_raise()?;
            &read
        }
    };
    if index.lt(0)? || index.ge(sends.len()?)? {
        return Ok(None);
    }
    let packet = sends.get_item(&index)?;
    if !packet.is_instance(&global(intern!(py, "Send"))?)? {
        let class = packet.get_type().str()?;
        let text = format!("Ignoring invalid packet type {class} in pending sends");
        warn(py, &text)?;
        return Ok(None);
    }
    let name = packet.getattr(intern!(py, "node"))?;
    if !superstep.processes.contains(&name)? {
        let name = protocol::formatted(&name)?;
        let text = format!("Ignoring unknown node name {name} in pending sends");
        warn(py, &text)?;
        return Ok(None);
    }
    let node = superstep.processes.get_item(&name)?;
    let proc = node.getattr(intern!(py, "node"))?;
    if proc.is_none() {
        return Ok(None);
    }
    let push = intern!(py, "__pregel_push").as_any();
    let identity = superstep.identity(&name, &[push, index.str()?.as_any()])?;
    let triggers = global(intern!(py, "PUSH_TRIGGER"))?;
    let path = extended(task_path, &[bool(py, false)])?;
    let metadata = superstep.metadata(&name, &triggers, &path, &identity)?;
    identity.check(checksum)?;
    if !superstep.for_execution {
        Made::ListedPush.count();
        return listed(&identity.id, &name, &path).map(Some);
    }
    let own = node.getattr(intern!(py, "metadata"))?;
    if own.is_truthy()? {
        metadata.call_method1(intern!(py, "update"), (own,))?;
    }
    let writes = new_writes(py)?;
    let policy = either(
        node.getattr(intern!(py, "cache_policy"))?,
        superstep.cache_policy,
    )?;
    let argument = packet.getattr(intern!(py, "arg"))?;
    let cache_key =
        superstep.cache_key(&policy, KeyArguments::One(&argument), &node, Some(&name))?;
    let scratchpad = superstep.scratchpad(&superstep.own_configurable()?, &identity)?;
    let runtime = superstep.task_runtime(Some(&identity), true)?;
    let config = superstep.task_config(
        &Parts {
            name: &name,
            path: &path,
            triggers: &triggers,
            identity: &identity,
            metadata: &metadata,
            tags: Some(node.getattr(intern!(py, "tags"))?),
            writes: &writes,
            scratchpad: &scratchpad,
            runtime: &runtime,
            callbacks: None,
        },
        None,
    )?;
    let timeout = packet.getattr(intern!(py, "timeout"))?;
    Made::Push.count();
    Executable {
        input: argument,
        proc,
        writes,
        config: config.into_any(),
        triggers,
        retry_policy: either(
            node.getattr(intern!(py, "retry_policy"))?,
            superstep.retry_policy,
        )?,
        cache_key,
        id: identity.id,
        path,
        writers: Some(node.getattr(intern!(py, "flat_writers"))?),
        subgraphs: Some(node.getattr(intern!(py, "subgraphs"))?),
        timeout: Some(if timeout.is_none() {
            node.getattr(intern!(py, "timeout"))?
        } else {
            timeout
        }),
        name,
    }
    .build(py)
    .map(Some)
}

/// `prepare_push_task_send(task_path, task_id_checksum, …)`
#[pyfunction]
#[pyo3(signature = (
    task_path, task_id_checksum, *, checkpoint, checkpoint_id_bytes, pending_writes, channels, managed, config, step, stop,
    for_execution, store = None, checkpointer = None, manager = None, cache_policy = None, retry_policy = None, parent_ns,
    task_id_func, processes
))]
#[allow(clippy::too_many_arguments)]
pub fn prepare_push_task_send<'py>(
    py: Python<'py>,
    task_path: &Bound<'py, PyAny>,
    task_id_checksum: &Bound<'py, PyAny>,
    checkpoint: &Bound<'py, PyAny>,
    checkpoint_id_bytes: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    stop: &Bound<'py, PyAny>,
    for_execution: &Bound<'py, PyAny>,
    store: Option<Bound<'py, PyAny>>,
    checkpointer: Option<Bound<'py, PyAny>>,
    manager: Option<Bound<'py, PyAny>>,
    cache_policy: Option<Bound<'py, PyAny>>,
    retry_policy: Option<Bound<'py, PyAny>>,
    parent_ns: &Bound<'py, PyAny>,
    task_id_func: &Bound<'py, PyAny>,
    processes: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let none = py.None().into_bound(py);
    let no_policies = PyTuple::empty(py).into_any();
    let superstep = Superstep {
        checkpoint,
        id_bytes: checkpoint_id_bytes.clone(),
        id_function: IdFunction::Python(task_id_func.clone()),
        pending_writes,
        processes,
        channels,
        managed,
        config,
        configurable: get_or_dict(config, intern!(py, "configurable"))?,
        parent_ns: parent_ns.clone(),
        step,
        stop,
        for_execution: for_execution.is_truthy()?,
        store: store.as_ref().unwrap_or(&none),
        checkpointer: checkpointer.as_ref().unwrap_or(&none),
        manager: manager.as_ref().unwrap_or(&none),
        cache_policy: cache_policy.as_ref().unwrap_or(&none),
        retry_policy: retry_policy.as_ref().unwrap_or(&no_policies),
    };
    prepare(&superstep, task_path, task_id_checksum, None)
}
