//! What Python's calls do with their arguments.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

/// `parts[position]`
pub fn index<'py>(parts: &Bound<'py, PyAny>, position: usize) -> PyResult<Bound<'py, PyAny>> {
    match parts.cast_exact::<PyList>() {
        Ok(list) => list.get_item(position),
        Err(_) => parts.get_item(position),
    }
}

pub fn is_text(object: &Bound<'_, PyAny>, text: &str) -> bool {
    object
        .cast::<PyString>()
        .is_ok_and(|object| object.to_str().is_ok_and(|object| object == text))
}

/// `*payload`
pub fn spread<'py>(payload: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    match payload.cast_exact::<PyList>() {
        Ok(list) => Ok(list.to_tuple()),
        Err(_) => Ok(payload
            .py()
            .get_type::<PyTuple>()
            .call1((payload,))?
            .cast_into::<PyTuple>()?),
    }
}

/// `**payload`, as a dict that the callee may keep.
pub fn named<'py>(payload: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    if let Ok(dict) = payload.cast_exact::<PyDict>() {
        return dict.copy();
    }
    let py = payload.py();
    if payload.getattr_opt(intern!(py, "keys"))?.is_none() {
        return Err(PyTypeError::new_err("argument after ** must be a mapping"));
    }
    let dict = PyDict::new(py);
    match dict.call_method1(intern!(py, "update"), (payload,)) {
        Ok(_) => Ok(dict),
        Err(error) if error.is_instance_of::<PyAttributeError>(py) => {
            Err(PyTypeError::new_err("argument after ** must be a mapping"))
        }
        Err(error) => Err(error),
    }
}

/// `_send_from_args(arguments)`
pub fn send<'py>(
    class: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if arguments.len()? == 2 {
        return class.call1(spread(arguments)?);
    }
    let options = PyDict::new(class.py());
    options.set_item("timeout", arguments.get_item(2)?)?;
    class.call(
        (arguments.get_item(0)?, arguments.get_item(1)?),
        Some(&options),
    )
}
