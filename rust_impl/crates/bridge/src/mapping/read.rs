//! Reading channels: `read_channel` and `read_channels` of `pregel/_io.py`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::channels::dispatch::ChannelRef;
use crate::channels::names::Names;

/// The value of a channel; `None` where it is empty.
///
/// # Errors
/// `KeyError` if there is no such channel; whatever a custom channel raises besides `EmptyChannelError`.
pub fn value_of<'py>(
    channels: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match channels.get_item(name) {
        Ok(channel) => ChannelRef::of(&channel).get(),
        Err(error) if is_empty(channels.py(), &error)? => Ok(None),
        Err(error) => Err(error),
    }
}

/// The value of one channel (`None` where it is empty), or a dict of those of several.
///
/// # Errors
/// As [`value_of`].
pub fn values_of<'py>(
    channels: &Bound<'py, PyAny>,
    select: &Bound<'py, PyAny>,
    skip_empty: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = channels.py();
    let none = || py.None().into_bound(py);
    if select.is_instance_of::<PyString>() {
        return Ok(value_of(channels, select)?.unwrap_or_else(none));
    }
    let values = PyDict::new(py);
    for name in select.try_iter()? {
        let name = name?;
        match value_of(channels, &name)? {
            Some(value) => values.set_item(name, value)?,
            None if skip_empty => {}
            None => values.set_item(name, none())?,
        }
    }
    Ok(values.into_any())
}

fn is_empty(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    Ok(error.is_instance(py, Names::get(py)?.empty_channel_error.bind(py)))
}

/// Mirrors `read_channel`. Raises `EmptyChannelError` for an empty channel unless `catch`.
#[pyfunction]
#[pyo3(signature = (channels, chan, *, catch = true))]
pub fn read_channel<'py>(
    channels: &Bound<'py, PyAny>,
    chan: &Bound<'py, PyAny>,
    catch: bool,
) -> PyResult<Bound<'py, PyAny>> {
    if !catch {
        return ChannelRef::of(&channels.get_item(chan)?).get_or_raise();
    }
    let py = channels.py();
    Ok(value_of(channels, chan)?.unwrap_or_else(|| py.None().into_bound(py)))
}

/// Mirrors `read_channels`.
#[pyfunction]
#[pyo3(signature = (channels, select, *, skip_empty = true))]
pub fn read_channels<'py>(
    channels: &Bound<'py, PyAny>,
    select: &Bound<'py, PyAny>,
    skip_empty: bool,
) -> PyResult<Bound<'py, PyAny>> {
    values_of(channels, select, skip_empty)
}
