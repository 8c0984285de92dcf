//! Tasks that handle the error of another task.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::run::NodeTask;
use super::{
    Options, Superstep, bool, extended, get_or_dict, id_bytes, id_function, parent_ns as namespace,
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
        options: Options::new(
            py,
            [store, checkpointer, manager, cache_policy, retry_policy],
        ),
    };
    let push = intern!(py, "__pregel_push").as_any();
    let kind = intern!(py, "node_error_handler");
    let failed_id = failed_task.getattr(intern!(py, "id"))?;
    let identity = superstep.identity(name, &[push, kind.as_any(), &failed_id])?;
    let failed_path = failed_task.getattr(intern!(py, "path"))?;
    let path = extended(&failed_path, &[kind.clone().into_any(), bool(py, false)])?;
    let triggers = global(intern!(py, "PUSH_TRIGGER"))?;
    let metadata = superstep.metadata(name, &triggers, &path, &identity)?;
    let error = PyDict::new(py);
    error.set_item(
        intern!(py, "node"),
        failed_task.getattr(intern!(py, "name"))?,
    )?;
    error.set_item(intern!(py, "error"), failed_error)?;
    let error = global(intern!(py, "NodeError"))?.call((), Some(&error))?;
    let task = superstep.node_task(NodeTask {
        name,
        node: &node,
        proc,
        input: failed_task.getattr(intern!(py, "input"))?,
        read_path: &path,
        path: path.clone(),
        triggers,
        identity: &identity,
        metadata: &metadata,
        scratchpad: None,
        informed: false,
        error: Some(error),
        timeout: None,
    })?;
    Made::ErrorHandler.count();
    Ok(Some(task))
}
