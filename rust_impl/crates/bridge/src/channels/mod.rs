//! The ten channels as Python classes, and the one way in which the algorithm calls channels of any class.

mod arguments;
mod classes;
pub mod dispatch;
pub mod host;
mod kind;
mod live;
pub mod names;
pub mod object;
mod tally;

use channels::Host;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Adds classes and functions to the extension module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    classes::register(module)?;
    module.add_function(wrap_pyfunction!(get_overwrite, module)?)?;
    module.add_function(wrap_pyfunction!(channel_counters, module)?)
}

/// Mirrors `_get_overwrite`: whether a value is an `Overwrite` in any of its forms, and the value in it.
#[pyfunction]
fn get_overwrite<'py>(value: &Bound<'py, PyAny>) -> PyResult<(bool, Option<Bound<'py, PyAny>>)> {
    let inside = host::PyHost::new(value.py())?.overwrite(value)?;
    Ok((inside.is_some(), inside))
}

/// What channels were asked since the process began: by class natively, and in Python by what it was that was called.
#[pyfunction]
fn channel_counters(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    tally::to_dict(py)
}
