//! What streams and snapshots tell of tasks and checkpoints: `pregel/debug.py`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::names;
use super::read::values_of;
use super::status::{Status, Statuses, many};
use super::tally::{Reason, Work};
use super::upstream::Upstream;
use crate::protocol::{formatted, get, in_generator, items, same, some, to_dict, unpack};

/// The events of tasks about to run, made one by one.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct DebugTasks {
    tasks: Py<PyIterator>,
}

#[pymethods]
impl DebugTasks {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let mut tasks = self.tasks.bind(py).clone();
        (|| {
            for task in &mut tasks {
                if let Some(payload) = task_payload(&task?)? {
                    return Ok(Some(payload));
                }
            }
            Ok(None)
        })()
        .map_err(|error| in_generator(py, error))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.tasks)
    }
}

/// The whole of `map_debug_tasks`.
#[pyfunction]
pub fn debug_tasks(tasks: &Bound<'_, PyAny>) -> PyResult<DebugTasks> {
    Ok(DebugTasks {
        tasks: tasks.try_iter()?.unbind(),
    })
}

/// The event of one task; `None` if it is hidden.
fn task_payload<'py>(task: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = task.py();
    let config = some(task.getattr(intern!(py, "config"))?);
    let tags = |config: &Bound<'py, PyAny>, default: Option<&Bound<'py, PyAny>>| {
        get(config, intern!(py, "tags"), default)
    };
    if let Some(config) = &config {
        let none = PyList::empty(py);
        if let Some(tags) = tags(config, Some(none.as_any()))?
            && tags.contains(names::tag_hidden(py))?
        {
            return Ok(None);
        }
    }
    let payload = PyDict::new(py);
    for name in [
        intern!(py, "id"),
        intern!(py, "name"),
        intern!(py, "input"),
        intern!(py, "triggers"),
    ] {
        payload.set_item(name, task.getattr(name)?)?;
    }
    if let Some(config) = &config {
        let metadata = PyDict::new(py);
        let given = get(config, intern!(py, "metadata"), None)?;
        if let Some(given) = given
            && given.is_truthy()?
        {
            let excluded = Upstream::get(py)?.excluded_metadata_keys.bind(py);
            for item in items(&given)? {
                let [key, value] = item?;
                if !excluded.contains(&key)? {
                    metadata.set_item(key, value)?;
                }
            }
        }
        if let Some(tags) = user_tags(tags(config, None)?)? {
            metadata.set_item(intern!(py, "tags"), tags)?;
        }
        if !metadata.is_empty() {
            payload.set_item(intern!(py, "metadata"), metadata)?;
        }
    }
    Work::DebugTask.count();
    Ok(Some(payload))
}

/// The tags without those that LangGraph adds to number steps; `None` if none is left (`filter_to_user_tags`).
fn user_tags<'py>(tags: Option<Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyList>>> {
    let Some(tags) = tags else { return Ok(None) };
    if !tags.is_truthy()? {
        return Ok(None);
    }
    let py = tags.py();
    let kept = PyList::empty(py);
    for tag in tags.try_iter()? {
        let tag = tag?;
        let numbers_a_step = tag
            .call_method1(intern!(py, "startswith"), (intern!(py, "seq:step"),))?
            .is_truthy()?;
        if !numbers_a_step {
            kept.append(tag)?;
        }
    }
    Ok((!kept.is_empty()).then_some(kept))
}

/// The list in a value that holds several writes of one channel.
fn folded<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
    let key = names::writes(value.py());
    if !value.is_instance_of::<PyDict>() || !value.contains(key)? {
        return Ok(None);
    }
    Ok(value.get_item(key)?.cast_into::<PyList>().ok())
}

/// Adds a write to a result by channel, folding several of one channel.
///
/// A value that looks folded is taken for it, and the list inside it, the user's own, grows: so upstream does.
fn fold<'py>(
    result: &Bound<'py, PyDict>,
    channel: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = result.py();
    let Some(existing) = result.get_item(channel)?.and_then(some) else {
        return result.set_item(channel, value);
    };
    let writes = match folded(&existing)? {
        Some(writes) => writes,
        None => PyList::new(py, [existing])?,
    };
    writes.append(value)?;
    let wrapped = PyDict::new(py);
    wrapped.set_item(names::writes(py), writes)?;
    result.set_item(channel, wrapped)
}

/// Mirrors `is_multiple_channel_write`.
#[pyfunction]
pub fn is_multiple_channel_write(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(folded(value)?.is_some())
}

/// Mirrors `map_task_result_writes`.
#[pyfunction]
pub fn map_task_result_writes<'py>(writes: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(writes.py());
    for write in writes.try_iter()? {
        let [channel, value] = unpack(&write?)?;
        fold(&result, &channel, &value)?;
    }
    Ok(result)
}

fn as_dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Reason::AsDict.count();
    let py = object.py();
    Upstream::get(py)?.asdict.bind(py).call1((object,))
}

/// The whole of `map_debug_task_results`: its one event.
#[pyfunction]
pub fn debug_task_result<'py>(
    task_tup: &Bound<'py, PyAny>,
    stream_keys: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = task_tup.py();
    let keys = if stream_keys.is_instance_of::<PyString>() {
        PyList::new(py, [stream_keys])?.into_any()
    } else {
        stream_keys.clone()
    };
    let [task, writes] = unpack(task_tup)?;
    let payload = PyDict::new(py);
    for name in [intern!(py, "id"), intern!(py, "name")] {
        payload.set_item(name, task.getattr(name)?)?;
    }
    let mut error = None;
    for write in writes.try_iter()? {
        let write = write?;
        if same(&write.get_item(0)?, names::error(py))? {
            error = Some(write.get_item(1)?);
            break;
        }
    }
    payload.set_item(intern!(py, "error"), error)?;
    let mut shown = Vec::new();
    for write in writes.try_iter()? {
        let write = write?;
        if keys.contains(write.get_item(0)?)? || same(&write.get_item(0)?, names::returned(py))? {
            shown.push(write);
        }
    }
    let result = PyDict::new(py);
    for write in shown {
        let [channel, value] = unpack(&write)?;
        fold(&result, &channel, &value)?;
    }
    payload.set_item(intern!(py, "result"), result)?;
    let interrupts = PyList::empty(py);
    for write in writes.try_iter()? {
        let write = write?;
        if same(&write.get_item(0)?, names::interrupt(py))? {
            for interrupt in many(&write.get_item(1)?)? {
                interrupts.append(as_dict(&interrupt)?)?;
            }
        }
    }
    payload.set_item(intern!(py, "interrupts"), interrupts)?;
    Work::DebugResult.count();
    Ok(payload)
}

/// Mirrors `rm_pregel_keys`.
#[pyfunction]
pub fn rm_pregel_keys<'py>(
    config: Option<&Bound<'py, PyAny>>,
    py: Python<'py>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(config) = config else {
        return Ok(None);
    };
    let kept = PyDict::new(py);
    let empty = PyDict::new(py);
    let configurable = get(config, names::configurable(py), Some(empty.as_any()))?;
    let configurable = configurable.unwrap_or_else(|| py.None().into_bound(py));
    for item in items(&configurable)? {
        let [key, value] = item?;
        let internal = key
            .call_method1(intern!(py, "startswith"), (intern!(py, "__pregel_"),))?
            .is_truthy()?;
        if !internal {
            kept.set_item(key, value)?;
        }
    }
    let public = PyDict::new(py);
    public.set_item(names::configurable(py), kept)?;
    Ok(Some(public))
}

/// A config with the checkpoints of all graphs above it (`patch_checkpoint_map`).
fn with_checkpoint_map<'py>(
    config: Option<&Bound<'py, PyAny>>,
    metadata: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(config) = config else {
        return Ok(None);
    };
    let parents = match metadata {
        Some(metadata) if metadata.is_truthy()? => {
            get(metadata, intern!(metadata.py(), "parents"), None)?
        }
        _ => None,
    };
    let Some(parents) = parents else {
        return Ok(Some(config.clone()));
    };
    if !parents.is_truthy()? {
        return Ok(Some(config.clone()));
    }
    let py = config.py();
    let conf = config.get_item(names::configurable(py))?;
    let map = to_dict(&parents)?;
    map.set_item(
        conf.get_item(names::checkpoint_ns(py))?,
        conf.get_item(names::checkpoint_id(py))?,
    )?;
    let patched = to_dict(&conf)?;
    patched.set_item(intern!(py, "checkpoint_map"), map)?;
    let config = to_dict(config)?;
    config.set_item(names::configurable(py), patched)?;
    Ok(Some(config.into_any()))
}

/// The whole of `map_debug_checkpoint`: its one event.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn debug_checkpoint<'py>(
    py: Python<'py>,
    config: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    stream_channels: &Bound<'py, PyAny>,
    metadata: &Bound<'py, PyAny>,
    tasks: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    parent_config: Option<&Bound<'py, PyAny>>,
    output_keys: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let conf = config.get_item(names::configurable(py))?;
    let root = PyString::new(py, "");
    let parent_ns = get(&conf, names::checkpoint_ns(py), Some(root.as_any()))?;
    let parent_ns = parent_ns.unwrap_or_else(|| root.into_any());
    let states = PyDict::new(py);
    for task in tasks.try_iter()? {
        let task = task?;
        if task.getattr(intern!(py, "subgraphs"))?.is_truthy()? {
            let id = task.getattr(intern!(py, "id"))?;
            states.set_item(&id, subgraph_config(config, &parent_ns, &task, &id)?)?;
        }
    }
    let metadata_given = some(metadata.clone());
    let payload = PyDict::new(py);
    let shown = with_checkpoint_map(Some(config), metadata_given.as_ref())?;
    payload.set_item(intern!(py, "config"), rm_pregel_keys(shown.as_ref(), py)?)?;
    let shown = with_checkpoint_map(parent_config, metadata_given.as_ref())?;
    payload.set_item(
        intern!(py, "parent_config"),
        rm_pregel_keys(shown.as_ref(), py)?,
    )?;
    payload.set_item(
        intern!(py, "values"),
        values_of(channels, stream_channels, true)?,
    )?;
    payload.set_item(intern!(py, "metadata"), metadata)?;
    let next = PyList::empty(py);
    for task in tasks.try_iter()? {
        next.append(task?.getattr(intern!(py, "name"))?)?;
    }
    payload.set_item(intern!(py, "next"), next)?;
    let listed = PyList::empty(py);
    for view in task_views(tasks, pending_writes, Some(&states), output_keys, false)? {
        listed.append(view.to_event(py)?)?;
    }
    payload.set_item(intern!(py, "tasks"), listed)?;
    Work::DebugCheckpoint.count();
    Ok(payload)
}

/// Where the checkpoints of a task's subgraph are.
fn subgraph_config<'py>(
    config: &Bound<'py, PyAny>,
    parent_ns: &Bound<'py, PyAny>,
    task: &Bound<'py, PyAny>,
    id: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = config.py();
    let joined = |left: &Bound<'py, PyAny>, separator, right: &Bound<'py, PyAny>| {
        formatted(left)?
            .add(separator)?
            .add(formatted(right)?.as_any())
    };
    let name = task.getattr(intern!(py, "name"))?;
    let mut ns = joined(&name, intern!(py, ":"), id)?;
    if parent_ns.is_truthy()? {
        ns = joined(parent_ns, intern!(py, "|"), &ns)?;
    }
    let conf = PyDict::new(py);
    let thread = intern!(py, "thread_id");
    let given = config.get_item(names::configurable(py))?;
    conf.set_item(thread, given.get_item(thread)?)?;
    conf.set_item(names::checkpoint_ns(py), ns)?;
    let config = PyDict::new(py);
    config.set_item(names::configurable(py), conf)?;
    Ok(config)
}

/// A task with what its writes say of it (`PregelTask` upstream).
struct TaskView<'py> {
    id: Bound<'py, PyAny>,
    name: Bound<'py, PyAny>,
    path: Bound<'py, PyAny>,
    error: Option<Bound<'py, PyAny>>,
    interrupts: Vec<Bound<'py, PyAny>>,
    state: Option<Bound<'py, PyAny>>,
    result: Option<Bound<'py, PyAny>>,
}

impl<'py> TaskView<'py> {
    /// As a checkpoint event shows it: with its error, else with its result, else with neither.
    fn to_event(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let event = PyDict::new(py);
        event.set_item(intern!(py, "id"), &self.id)?;
        event.set_item(intern!(py, "name"), &self.name)?;
        if let Some(error) = &self.error
            && error.is_truthy()?
        {
            event.set_item(intern!(py, "error"), error)?;
        } else {
            if let Some(result) = &self.result
                && result.is_truthy()?
            {
                event.set_item(intern!(py, "result"), result)?;
            }
            let interrupts = self
                .interrupts
                .iter()
                .map(as_dict)
                .collect::<PyResult<Vec<_>>>()?;
            event.set_item(intern!(py, "interrupts"), PyTuple::new(py, interrupts)?)?;
        }
        event.set_item(intern!(py, "state"), &self.state)?;
        Ok(event)
    }
}

/// `tasks_w_writes`, before its tasks are made of it.
fn task_views<'py>(
    tasks: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    states: Option<&Bound<'py, PyDict>>,
    output_keys: &Bound<'py, PyAny>,
    live: bool,
) -> PyResult<Vec<TaskView<'py>>> {
    let py = tasks.py();
    let none = PyList::empty(py).into_any();
    let statuses = Statuses::read(if pending_writes.is_truthy()? {
        pending_writes
    } else {
        &none
    })?;
    let nothing = Status::default();
    let mut views = Vec::new();
    for task in tasks.try_iter()? {
        let task = task?;
        let id = task.getattr(intern!(py, "id"))?;
        let status = statuses.get(&id)?.unwrap_or(&nothing);
        let result = if status.finished() {
            Some(result_of(status, output_keys)?)
        } else {
            None
        };
        views.push(TaskView {
            name: task.getattr(intern!(py, "name"))?,
            path: task.getattr(intern!(py, "path"))?,
            error: status.error.clone(),
            interrupts: if live && status.finished() {
                Vec::new()
            } else {
                status.interrupts.clone()
            },
            state: match states {
                Some(states) => states.get_item(&id)?,
                None => None,
            },
            result,
            id,
        });
    }
    Work::TaskViews.count();
    Ok(views)
}

/// What a finished task returned, or wrote to the channels that are shown.
fn result_of<'py>(
    status: &Status<'py>,
    output_keys: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = output_keys.py();
    for (channel, value) in &status.output {
        if same(channel, names::returned(py))? {
            return Ok(value.clone());
        }
    }
    let one = output_keys.is_instance_of::<PyString>();
    let result = PyDict::new(py);
    for (channel, value) in &status.output {
        let shown = if one {
            same(channel, output_keys)?
        } else {
            output_keys.contains(channel)?
        };
        if shown {
            fold(&result, channel, value)?;
        }
    }
    if !one {
        return Ok(result.into_any());
    }
    let none = py.None().into_bound(py);
    if result.is_empty() {
        return Ok(none);
    }
    Ok(result.get_item(output_keys.str()?)?.unwrap_or(none))
}

/// Mirrors `tasks_w_writes`: a tuple of upstream's `PregelTask`s.
#[pyfunction]
#[pyo3(signature = (tasks, pending_writes, states, output_keys, *, live = false))]
pub fn tasks_w_writes<'py>(
    tasks: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    states: Option<&Bound<'py, PyAny>>,
    output_keys: &Bound<'py, PyAny>,
    live: bool,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = tasks.py();
    let states = states.map(to_dict).transpose()?;
    let class = Upstream::get(py)?.pregel_task.bind(py);
    let tasks = task_views(tasks, pending_writes, states.as_ref(), output_keys, live)?
        .into_iter()
        .map(|view| {
            class.call1((
                view.id,
                view.name,
                view.path,
                view.error,
                PyTuple::new(py, view.interrupts)?,
                view.state,
                view.result,
            ))
        })
        .collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, tasks)
}
