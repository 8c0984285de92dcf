//! Tasks that handle the error of another task.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::run::{KeyArguments, Parts, new_writes};
use super::task::Executable;
use super::{
    Superstep, bool, either, extended, get_or_dict, id_bytes, id_function, parent_ns as namespace,
};

use super::super::tally::Made;
use super::super::upstream::global;

/// `prepare_node_error_handler_task(failed_task, …)`: the task of a node's error handler, `None` if there is no such node.
///
/// It gets the failed task's input, keeps the run's execution info, is nested in no task and has no timeout (trap 25).
#[pyfunction]
#[pyo3(signature = (
    failed_task, *, handler_node_name, failed_error, checkpoint, pending_writes, processes, channels, managed, config, step,
    stop, store = None, checkpointer = None, manager = None, cache_policy = None, retry_policy = None
))]
#[allow(clippy::too_many_arguments)]
pub fn prepare_node_error_handler_task<'py>(
    py: Python<'py>,
    failed_task: &Bound<'py, PyAny>,
    handler_node_name: &Bound<'py, PyAny>,
    failed_error: &Bound<'py, PyAny>,
    checkpoint: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    processes: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    stop: &Bound<'py, PyAny>,
    store: Option<Bound<'py, PyAny>>,
    checkpointer: Option<Bound<'py, PyAny>>,
    manager: Option<Bound<'py, PyAny>>,
    cache_policy: Option<Bound<'py, PyAny>>,
    retry_policy: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = handler_node_name;
    if !processes.contains(name)? {
        return Ok(None);
    }
    let node = processes.get_item(name)?;
    let proc = node.getattr(intern!(py, "node"))?;
    if proc.is_none() {
        return Ok(None);
    }
    let none = py.None().into_bound(py);
    let no_policies = PyTuple::empty(py).into_any();
    let configurable = get_or_dict(config, intern!(py, "configurable"))?;
    let superstep = Superstep {
        checkpoint,
        id_bytes: id_bytes(checkpoint)?,
        id_function: id_function(checkpoint)?,
        pending_writes,
        processes,
        channels,
        managed,
        config,
        parent_ns: namespace(&configurable)?,
        configurable,
        step,
        stop,
        for_execution: true,
        store: store.as_ref().unwrap_or(&none),
        checkpointer: checkpointer.as_ref().unwrap_or(&none),
        manager: manager.as_ref().unwrap_or(&none),
        cache_policy: cache_policy.as_ref().unwrap_or(&none),
        retry_policy: retry_policy.as_ref().unwrap_or(&no_policies),
    };
    let push = intern!(py, "__pregel_push").as_any();
    let kind = intern!(py, "node_error_handler");
    let failed_id = failed_task.getattr(intern!(py, "id"))?;
    let identity = superstep.identity(name, &[push, kind.as_any(), &failed_id])?;
    let failed_path = failed_task.getattr(intern!(py, "path"))?;
    let path = extended(&failed_path, &[kind.clone().into_any(), bool(py, false)])?;
    let triggers = global(intern!(py, "PUSH_TRIGGER"))?;
    let metadata = superstep.metadata(name, &triggers, &path, &identity)?;
    let own = node.getattr(intern!(py, "metadata"))?;
    if own.is_truthy()? {
        metadata.call_method1(intern!(py, "update"), (own,))?;
    }
    let writes = new_writes(py)?;
    let retry_policy = either(
        node.getattr(intern!(py, "retry_policy"))?,
        superstep.retry_policy,
    )?;
    let policy = either(
        node.getattr(intern!(py, "cache_policy"))?,
        superstep.cache_policy,
    )?;
    let input = failed_task.getattr(intern!(py, "input"))?;
    let cache_key = superstep.cache_key(&policy, KeyArguments::One(&input), &node, Some(name))?;
    let scratchpad = superstep.scratchpad(&superstep.own_configurable()?, &identity)?;
    let runtime = superstep.task_runtime(None, true)?;
    let error = PyDict::new(py);
    error.set_item(
        intern!(py, "node"),
        failed_task.getattr(intern!(py, "name"))?,
    )?;
    error.set_item(intern!(py, "error"), failed_error)?;
    let error = global(intern!(py, "NodeError"))?.call((), Some(&error))?;
    let config = superstep.task_config(
        &Parts {
            name,
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
        Some((intern!(py, "__pregel_node_error"), error)),
    )?;
    Made::ErrorHandler.count();
    Executable {
        name: name.clone(),
        input,
        proc,
        writes,
        config: config.into_any(),
        triggers,
        retry_policy,
        cache_key,
        id: identity.id,
        path,
        writers: Some(node.getattr(intern!(py, "flat_writers"))?),
        subgraphs: Some(node.getattr(intern!(py, "subgraphs"))?),
        timeout: None,
    }
    .build(py)
    .map(Some)
}
