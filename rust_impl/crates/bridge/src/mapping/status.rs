//! What recorded writes say about each task: `read_task_statuses` of `pregel/_task_status.py`.

use pregel::{Says, TaskStatus};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::names;
use super::tally::Work;
use super::upstream::Upstream;
use crate::protocol::{same, unpack};

/// The status of one task.
pub type Status<'py> = TaskStatus<Bound<'py, PyAny>, Bound<'py, PyAny>>;

/// The status of every task that recorded writes, in the order of their first write.
pub struct Statuses<'py> {
    /// By task id: the position in `tasks`.
    index: Bound<'py, PyDict>,
    tasks: Vec<(Bound<'py, PyAny>, Status<'py>)>,
}

impl<'py> Statuses<'py> {
    /// Reads the writes that a checkpoint's next superstep recorded, `(task id, channel, value)` each.
    ///
    /// # Errors
    /// A write that is no triple; a task id or channel that cannot be hashed; whatever comparing raises.
    pub fn read(pending_writes: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = pending_writes.py();
        let mut statuses = Self {
            index: PyDict::new(py),
            tasks: Vec::new(),
        };
        for write in pending_writes.try_iter()? {
            let [task, channel, value] = unpack(&write?)?;
            if same(&task, names::null_task_id(py))? {
                continue;
            }
            let at = match statuses.index.get_item(&task)? {
                Some(at) => at.extract()?,
                None => {
                    let at = statuses.tasks.len();
                    statuses.index.set_item(&task, at)?;
                    statuses.tasks.push((task, TaskStatus::default()));
                    at
                }
            };
            let says = says(&channel)?;
            if let Some((_, status)) = statuses.tasks.get_mut(at) {
                status.record(says, channel, value, |value| many(&value))?;
            }
        }
        Work::TaskStatuses.count();
        Ok(statuses)
    }

    /// The status of a task; `None` if it recorded nothing.
    ///
    /// # Errors
    /// An id that cannot be hashed.
    pub fn get(&self, task: &Bound<'py, PyAny>) -> PyResult<Option<&Status<'py>>> {
        let Some(at) = self.index.get_item(task)? else {
            return Ok(None);
        };
        let at: usize = at.extract()?;
        Ok(self.tasks.get(at).map(|(_, status)| status))
    }
}

fn says(channel: &Bound<'_, PyAny>) -> PyResult<Says> {
    let py = channel.py();
    if let Ok(text) = channel.cast_exact::<PyString>() {
        // A name with lone surrogates is no reserved one.
        return Ok(text.to_str().map_or(Says::Output, Says::of));
    }
    if same(channel, names::interrupt(py))? {
        return Ok(Says::Asked);
    }
    if same(channel, names::error(py))? {
        return Ok(Says::Failed);
    }
    let control = Upstream::get(py)?.control_writes.bind(py);
    Ok(if control.contains(channel)? {
        Says::Control
    } else {
        Says::Output
    })
}

/// `value if isinstance(value, Sequence) else [value]`, item by item.
///
/// # Errors
/// Whatever asking for its class or iterating raises.
pub fn many<'py>(value: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = value.py();
    let builtin = value.is_exact_instance_of::<PyTuple>() || value.is_exact_instance_of::<PyList>();
    if builtin || value.is_instance(Upstream::get(py)?.sequence.bind(py))? {
        value.try_iter()?.collect()
    } else {
        Ok(vec![value.clone()])
    }
}

/// Mirrors `read_task_statuses`: upstream's `TaskStatus` by task id.
#[pyfunction]
pub fn read_task_statuses<'py>(pending_writes: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = pending_writes.py();
    let class = Upstream::get(py)?.task_status.bind(py);
    let statuses = PyDict::new(py);
    for (task, status) in Statuses::read(pending_writes)?.tasks {
        let output = status
            .output
            .into_iter()
            .map(|(channel, value)| PyTuple::new(py, [channel, value]))
            .collect::<PyResult<Vec<_>>>()?;
        let made = class.call1((
            PyTuple::new(py, output)?,
            PyTuple::new(py, status.interrupts)?,
            status.error,
        ))?;
        statuses.set_item(task, made)?;
    }
    Ok(statuses)
}
