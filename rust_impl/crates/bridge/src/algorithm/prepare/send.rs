//! Tasks of pending `Send`s (PUSH).

use pyo3::intern;
use pyo3::prelude::*;

use crate::channels::dispatch::ChannelRef;
use crate::protocol;

use super::run::NodeTask;
use super::task::listed;
use super::{Options, Superstep, bool, extended, get_or_dict};

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
    let timeout = packet.getattr(intern!(py, "timeout"))?;
    let task = superstep.node_task(NodeTask {
        name: &name,
        node: &node,
        proc,
        input: packet.getattr(intern!(py, "arg"))?,
        read_path: &path,
        path: path.clone(),
        triggers,
        identity: &identity,
        metadata: &metadata,
        scratchpad: None,
        informed: true,
        error: None,
        timeout: Some(if timeout.is_none() {
            node.getattr(intern!(py, "timeout"))?
        } else {
            timeout
        }),
    })?;
    Made::Push.count();
    Ok(Some(task))
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
        options: Options::new(
            py,
            [store, checkpointer, manager, cache_policy, retry_policy],
        ),
    };
    prepare(&superstep, task_path, task_id_checksum, None)
}
