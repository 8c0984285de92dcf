//! What a run is started with, as writes: `map_command` and `map_input` of `pregel/_io.py`.

use pregel::migrate::BRANCH_TO;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::names;
use super::tally::Work;
use super::upstream::Upstream;
use crate::channels::names::Names;
use crate::protocol::{formatted, in_generator, same, unpack};

/// What an item of a `Command` becomes.
#[derive(Clone, Copy)]
enum Part {
    Goto,
    Update,
}

/// The writes of one part of a `Command`, made one by one.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct CommandWrites {
    part: Part,
    items: Py<PyIterator>,
}

#[pymethods]
impl CommandWrites {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let Some(item) = self.items.bind(py).clone().next() else {
            return Ok(None);
        };
        let write = item.and_then(|item| match self.part {
            Part::Goto => goto(&item),
            Part::Update => {
                let [channel, value] = unpack(&item)?;
                PyTuple::new(py, [names::null_task_id(py).as_any(), &channel, &value])
            }
        });
        Work::CommandWrite.count();
        write.map(Some).map_err(|error| in_generator(py, error))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.items)
    }
}

/// The write that sends a run to one place.
fn goto<'py>(target: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let py = target.py();
    let null = names::null_task_id(py).as_any();
    if target.is_instance(Upstream::get(py)?.send.bind(py))? {
        return PyTuple::new(py, [null, names::tasks(py).as_any(), target]);
    }
    if target.is_instance_of::<PyString>() {
        let prefix = intern!(py, BRANCH_TO).as_any();
        let channel = prefix.add(formatted(target)?)?;
        return PyTuple::new(py, [null, &channel, names::start(py).as_any()]);
    }
    Err(PyTypeError::new_err(format!(
        "In Command.goto, expected Send/str, got {}",
        target.get_type().name()?
    )))
}

/// First part of `map_command`: where the command goes. Raises `InvalidUpdateError` if it is meant for a parent graph.
#[pyfunction]
pub fn command_goto<'py>(cmd: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = cmd.py();
    let graph = cmd.getattr(intern!(py, "graph"))?;
    if same(&graph, names::parent(py))? {
        let class = Names::get(py)?.invalid_update_error.bind(py);
        return Err(PyErr::from_value(
            class.call1(("There is no parent graph",))?,
        ));
    }
    let goto = cmd.getattr(intern!(py, "goto"))?;
    if !goto.is_truthy()? {
        return Ok(PyTuple::empty(py).into_any());
    }
    let many = goto.is_instance_of::<PyTuple>() || goto.is_instance_of::<PyList>();
    let targets = if many {
        goto
    } else {
        PyList::new(py, [goto])?.into_any()
    };
    command_writes(Part::Goto, &targets)
}

/// Second part of `map_command`: the answer it carries.
#[pyfunction]
pub fn command_resume<'py>(cmd: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let py = cmd.py();
    let resume = cmd.getattr(intern!(py, "resume"))?;
    if resume.is_none() {
        return Ok(PyTuple::empty(py));
    }
    Work::CommandWrite.count();
    let write = PyTuple::new(
        py,
        [
            names::null_task_id(py).as_any(),
            names::resume(py).as_any(),
            &resume,
        ],
    )?;
    PyTuple::new(py, [write])
}

/// Last part of `map_command`: what it writes to channels.
#[pyfunction]
pub fn command_update<'py>(cmd: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = cmd.py();
    if !cmd.getattr(intern!(py, "update"))?.is_truthy()? {
        return Ok(PyTuple::empty(py).into_any());
    }
    command_writes(
        Part::Update,
        &cmd.call_method0(intern!(py, "_update_as_tuples"))?,
    )
}

fn command_writes<'py>(part: Part, items: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = items.py();
    let items = items.try_iter()?.unbind();
    Ok(Bound::new(py, CommandWrites { part, items })?.into_any())
}

/// The writes of an input dict, made one by one.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct InputWrites {
    keys: Py<PyIterator>,
    input_channels: Py<PyAny>,
    chunk: Py<PyAny>,
}

#[pymethods]
impl InputWrites {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        self.advance(py).map_err(|error| in_generator(py, error))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keys)?;
        visit.call(&self.input_channels)?;
        visit.call(&self.chunk)
    }
}

impl InputWrites {
    fn advance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let input_channels = self.input_channels.bind(py);
        let mut keys = self.keys.bind(py).clone();
        for key in &mut keys {
            let key = key?;
            if input_channels.contains(&key)? {
                Work::InputWrite.count();
                let value = self.chunk.bind(py).get_item(&key)?;
                return PyTuple::new(py, [key, value]).map(Some);
            }
            let text = format!(
                "Input channel {} not found in {}",
                formatted(&key)?.to_string_lossy(),
                formatted(input_channels)?.to_string_lossy()
            );
            let io = Upstream::get(py)?.io.bind(py);
            io.getattr(intern!(py, "logger"))?
                .call_method1(intern!(py, "warning"), (text,))?;
        }
        Ok(None)
    }
}

/// The whole of `map_input`. Raises `TypeError` for anything but a dict where several channels take the input.
#[pyfunction]
pub fn input_writes<'py>(
    input_channels: &Bound<'py, PyAny>,
    chunk: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = chunk.py();
    if chunk.is_none() {
        return Ok(PyTuple::empty(py).into_any());
    }
    if input_channels.is_instance_of::<PyString>() {
        Work::InputWrite.count();
        let write = PyTuple::new(py, [input_channels, chunk])?;
        return Ok(PyTuple::new(py, [write])?.into_any());
    }
    if !chunk.is_instance_of::<PyDict>() {
        return Err(PyTypeError::new_err(format!(
            "Expected chunk to be a dict, got {}",
            chunk.get_type().name()?
        )));
    }
    let writes = InputWrites {
        keys: chunk.try_iter()?.unbind(),
        input_channels: input_channels.clone().unbind(),
        chunk: chunk.clone().unbind(),
    };
    Ok(Bound::new(py, writes)?.into_any())
}
