//! What a task notes down while it runs: its counters, its answers to interrupts, and where an answer for anyone comes from.

use std::sync::atomic::{AtomicI64, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3::{PyTraverseError, intern};

use pregel::names::{NULL_TASK_ID, RESUME};

use super::ids::interrupt_id;
use super::tally::Reason;
use super::upstream::Upstream;
use crate::serde::raw;

/// `LazyAtomicCounter`: counts from 0 with each call, from any thread.
#[pyclass(module = "langgraph_rs._core", subclass, frozen)]
#[derive(Default)]
pub struct LazyAtomicCounter {
    next: AtomicI64,
}

#[pymethods]
impl LazyAtomicCounter {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn __call__(&self) -> i64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, Bound<'py, PyTuple>, i64) {
        let next = slf.get().next.load(Ordering::Relaxed);
        (slf.get_type().into_any(), PyTuple::empty(slf.py()), next)
    }

    fn __setstate__(&self, next: i64) {
        self.next.store(next, Ordering::Relaxed);
    }
}

/// `get_null_resume(consume=False)` of a scratchpad: the answer to an interrupt that was not given to any task in particular.
///
/// It keeps the very list of pending writes that the task was prepared with, and takes a consumed answer out of that list, which may
/// by then no longer be the loop's (trap 16).
#[pyclass(module = "langgraph_rs._core", frozen)]
pub struct NullResume {
    parent: Py<PyAny>,
    write: Option<Py<PyAny>>,
    pending: Py<PyAny>,
}

#[pymethods]
impl NullResume {
    #[pyo3(signature = (consume = None))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        consume: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let none = || Ok(py.None().into_bound(py));
        let Some(write) = &self.write else {
            let parent = self.parent.bind(py);
            if parent.is_none() {
                return none();
            }
            Reason::NullResume.count();
            let parent = parent.getattr(intern!(py, "get_null_resume"))?;
            return match consume {
                Some(consume) => parent.call1((consume,)),
                None => parent.call1((false,)),
            };
        };
        let write = write.bind(py);
        if consume.map_or(Ok(false), PyAnyMethods::is_truthy)? {
            let removed = self
                .pending
                .bind(py)
                .call_method1(intern!(py, "remove"), (write,))
                .and_then(|_| write.get_item(2));
            return match removed {
                Err(error) if error.is_instance_of::<PyValueError>(py) => none(),
                removed => removed,
            };
        }
        write.get_item(2)
    }

    /// A function is its own copy.
    fn __copy__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.parent)?;
        visit.call(&self.write)?;
        visit.call(&self.pending)
    }
}

/// `_scratchpad(parent_scratchpad, pending_writes, task_id, task_checkpoint_ns, resume_map, step, stop)`.
#[pyfunction]
#[pyo3(name = "_scratchpad", signature = (parent_scratchpad, pending_writes, task_id, task_checkpoint_ns, resume_map, step, stop))]
pub fn scratchpad<'py>(
    parent_scratchpad: &Bound<'py, PyAny>,
    pending_writes: &Bound<'py, PyAny>,
    task_id: &Bound<'py, PyAny>,
    task_checkpoint_ns: &Bound<'py, PyAny>,
    resume_map: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    stop: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = pending_writes.py();
    let (mut write, mut resume) = (None, PyList::empty(py).into_any());
    if pending_writes.len()? > 0 {
        let null = PyString::intern(py, NULL_TASK_ID).into_any();
        write = first_resume(pending_writes, &null)?;
        if let Some(answered) = first_resume(pending_writes, task_id)? {
            let answers = answered.get_item(2)?;
            // The list of the write itself: answers are appended to it in place (trap 15).
            resume = if answers.is_instance_of::<PyList>() {
                answers
            } else {
                PyList::new(py, [answers])?.into_any()
            };
        }
        if resume_map.is_truthy()? {
            let next = interrupt_id(task_checkpoint_ns, resume.len()?)?;
            let first = interrupt_id(task_checkpoint_ns, 0)?;
            for id in [next, first] {
                if resume_map.contains(&id)? {
                    let answer = resume_map.get_item(&id)?;
                    resume.call_method1(intern!(py, "append"), (answer,))?;
                    break;
                }
            }
        }
    }
    let null_resume = NullResume {
        parent: parent_scratchpad.clone().unbind(),
        write: write.map(Bound::unbind),
        pending: pending_writes.clone().unbind(),
    };
    let scratchpad = raw::new_bare(Upstream::get(py)?.scratchpad.bind(py))?;
    let set = |name, value: &Bound<'py, PyAny>| raw::set_attr(&scratchpad, name, value);
    set(intern!(py, "step"), step)?;
    set(intern!(py, "stop"), stop)?;
    for name in [
        intern!(py, "call_counter"),
        intern!(py, "interrupt_counter"),
        intern!(py, "subgraph_counter"),
    ] {
        set(name, Bound::new(py, LazyAtomicCounter::default())?.as_any())?;
    }
    set(
        intern!(py, "get_null_resume"),
        Bound::new(py, null_resume)?.as_any(),
    )?;
    set(intern!(py, "resume"), &resume)?;
    Ok(scratchpad)
}

/// The first pending write of a task that answers an interrupt.
fn first_resume<'py>(
    pending_writes: &Bound<'py, PyAny>,
    task_id: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    for write in pending_writes.try_iter()? {
        let write = write?;
        if write.get_item(0)?.eq(task_id)? && is_resume(&write.get_item(1)?)? {
            return Ok(Some(write));
        }
    }
    Ok(None)
}

fn is_resume(channel: &Bound<'_, PyAny>) -> PyResult<bool> {
    match channel.cast_exact::<PyString>() {
        Ok(channel) => Ok(channel.to_str().is_ok_and(|channel| channel == RESUME)),
        Err(_) => channel.eq(RESUME),
    }
}

/// A scratchpad's part of a config: `configurable.get(CONFIG_KEY_…)`.
///
/// # Errors
/// Whatever the mapping raises.
pub fn get_or_none<'py>(
    mapping: &Bound<'py, PyAny>,
    key: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = mapping.py();
    if let Ok(dict) = mapping.cast_exact::<PyDict>() {
        return Ok(dict
            .get_item(key)?
            .unwrap_or_else(|| py.None().into_bound(py)));
    }
    mapping.call_method1(intern!(py, "get"), (key,))
}
