//! Tasks as upstream's loop holds them.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::super::upstream::Upstream;
use crate::serde::raw;

/// The fields of a `PregelExecutableTask`.
pub struct Executable<'py> {
    /// Its node, or its function's name.
    pub name: Bound<'py, PyAny>,
    /// What its node gets.
    pub input: Bound<'py, PyAny>,
    /// What runs.
    pub proc: Bound<'py, PyAny>,
    /// Where it will write to.
    pub writes: Bound<'py, PyAny>,
    /// What it runs with.
    pub config: Bound<'py, PyAny>,
    /// What triggered it.
    pub triggers: Bound<'py, PyAny>,
    /// How it is retried.
    pub retry_policy: Bound<'py, PyAny>,
    /// What its writes are cached under, or `None`.
    pub cache_key: Bound<'py, PyAny>,
    /// Its id.
    pub id: Bound<'py, PyAny>,
    /// Its path.
    pub path: Bound<'py, PyAny>,
    /// What writes for it; `None` for nothing.
    pub writers: Option<Bound<'py, PyAny>>,
    /// The graphs inside it; `None` for none.
    pub subgraphs: Option<Bound<'py, PyAny>>,
    /// How long it may run; `None` for ever.
    pub timeout: Option<Bound<'py, PyAny>>,
}

impl<'py> Executable<'py> {
    /// The task.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn build(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let task = raw::new_bare(Upstream::get(py)?.executable_task.bind(py))?;
        let nothing = || PyTuple::empty(py).into_any();
        let set = |name, value: &Bound<'py, PyAny>| raw::set_attr(&task, name, value);
        set(intern!(py, "name"), &self.name)?;
        set(intern!(py, "input"), &self.input)?;
        set(intern!(py, "proc"), &self.proc)?;
        set(intern!(py, "writes"), &self.writes)?;
        set(intern!(py, "config"), &self.config)?;
        set(intern!(py, "triggers"), &self.triggers)?;
        set(intern!(py, "retry_policy"), &self.retry_policy)?;
        set(intern!(py, "cache_key"), &self.cache_key)?;
        set(intern!(py, "id"), &self.id)?;
        set(intern!(py, "path"), &self.path)?;
        set(
            intern!(py, "writers"),
            &self.writers.unwrap_or_else(nothing),
        )?;
        set(
            intern!(py, "subgraphs"),
            &self.subgraphs.unwrap_or_else(nothing),
        )?;
        let never = || py.None().into_bound(py);
        set(intern!(py, "timeout"), &self.timeout.unwrap_or_else(never))?;
        Ok(task)
    }
}

/// `PregelTask(id, name, path)`: a task that is only listed.
///
/// # Errors
/// `MemoryError`.
pub fn listed<'py>(
    id: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
    path: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = id.py();
    Upstream::get(py)?.task.bind(py).call1((id, name, path))
}
