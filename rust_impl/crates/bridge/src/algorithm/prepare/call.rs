//! Tasks that a task called (PUSH with a `Call`): the functional API.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::protocol;

use super::run::{KeyArguments, Parts, new_writes};
use super::task::{Executable, listed};
use super::{Options, Superstep, bool, either, extended, get_or_dict};

use super::super::ids::{IdFunction, task_path_str};
use super::super::tally::{Made, Reason};
use super::super::upstream::global;

/// The task of a call: the path ends in it, after (PUSH, path of the caller, number of the call, id of the caller).
pub fn prepare<'py>(
    superstep: &Superstep<'_, 'py>,
    task_path: &Bound<'py, PyAny>,
    checksum: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = superstep.py();
    let call = task_path.get_item(-1)?;
    Reason::Runnable.count();
    let proc = global(intern!(py, "get_runnable_for_task"))?
        .call1((call.getattr(intern!(py, "func"))?,))?;
    let name = proc.getattr(intern!(py, "name"))?;
    if name.is_none() {
        return Err(PyValueError::new_err(
            "`call` functions must have a `__name__` attribute",
        ));
    }
    let push = intern!(py, "__pregel_push").as_any();
    let parent = task_path_str(&task_path.get_item(1)?)?;
    let number = task_path.get_item(2)?.str()?;
    let identity = superstep.identity(&name, &[push, parent.as_any(), number.as_any()])?;
    let triggers = global(intern!(py, "PUSH_TRIGGER"))?;
    // True: whoever called answers for interrupts, not this task.
    let path = extended(task_path, &[bool(py, true)])?;
    let metadata = superstep.metadata(&name, &triggers, &path, &identity)?;
    identity.check(checksum)?;
    if !superstep.for_execution {
        Made::ListedCall.count();
        return listed(&identity.id, &name, &path);
    }
    let writes = new_writes(py)?;
    let input = call.getattr(intern!(py, "input"))?;
    let policy = either(
        call.getattr(intern!(py, "cache_policy"))?,
        &superstep.options.cache_policy,
    )?;
    let cache_key = if policy.is_truthy()? {
        let positional = input.get_item(0)?;
        let keywords = protocol::to_dict(&input.get_item(1)?)?;
        let positional = PyTuple::new(py, positional.try_iter()?.collect::<PyResult<Vec<_>>>()?)?;
        let function = call.getattr(intern!(py, "func"))?;
        let arguments = KeyArguments::Call(positional, keywords);
        superstep.cache_key(&policy, arguments, &function, None)?
    } else {
        py.None().into_bound(py)
    };
    let scratchpad = superstep.scratchpad(&superstep.configurable, &identity)?;
    let runtime = superstep.task_runtime(Some(&identity), false)?;
    let config = superstep.task_config(
        &Parts {
            name: &name,
            path: &path,
            triggers: &triggers,
            identity: &identity,
            metadata: &metadata,
            tags: None,
            writes: &writes,
            scratchpad: &scratchpad,
            runtime: &runtime,
            callbacks: Some(call.getattr(intern!(py, "callbacks"))?),
        },
        None,
    )?;
    Made::Call.count();
    Executable {
        name,
        input,
        proc,
        writes,
        config: config.into_any(),
        triggers,
        retry_policy: either(
            call.getattr(intern!(py, "retry_policy"))?,
            &superstep.options.retry_policy,
        )?,
        cache_key,
        id: identity.id,
        path,
        writers: None,
        subgraphs: None,
        timeout: Some(call.getattr(intern!(py, "timeout"))?),
    }
    .build(py)
}

/// `prepare_push_task_functional(task_path, task_id_checksum, …)`
#[pyfunction]
#[pyo3(signature = (
    task_path, task_id_checksum, *, checkpoint, checkpoint_id_bytes, pending_writes, channels, managed, config, step, stop,
    for_execution, store = None, checkpointer = None, manager = None, cache_policy = None, retry_policy = None, parent_ns,
    task_id_func
))]
#[allow(clippy::too_many_arguments)]
pub fn prepare_push_task_functional<'py>(
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
) -> PyResult<Bound<'py, PyAny>> {
    // Functions have no nodes.
    let processes = PyDict::new(py).into_any();
    let superstep = Superstep {
        checkpoint,
        id_bytes: checkpoint_id_bytes.clone(),
        id_function: IdFunction::Python(task_id_func.clone()),
        pending_writes,
        processes: &processes,
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
    prepare(&superstep, task_path, task_id_checksum)
}
