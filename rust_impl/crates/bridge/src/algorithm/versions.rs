//! Versions of channels: whatever a saver makes them of, so long as they can be compared.

use std::sync::{Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString};

use super::tally::Reason;
use crate::serde::raw;

/// `increment(current, channel)`: the default versions, which count from 1.
#[pyfunction]
#[pyo3(signature = (current, channel))]
pub fn increment<'py>(
    current: &Bound<'py, PyAny>,
    channel: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ = channel;
    if current.is_none() {
        return Ok(1_i64.into_pyobject(current.py())?.into_any());
    }
    current.add(1)
}

/// `checkpoint_null_version(checkpoint)`: the empty version of the first version's type, `None` without versions.
#[pyfunction]
#[pyo3(signature = (checkpoint))]
pub fn checkpoint_null_version<'py>(checkpoint: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = checkpoint.py();
    let versions = checkpoint.get_item(intern!(py, "channel_versions"))?;
    match first_value(&versions)? {
        Some(version) => version.get_type().call0(),
        None => Ok(py.None().into_bound(py)),
    }
}

/// `next(iter(mapping.values()), None)`, told apart from a `None` in it.
///
/// # Errors
/// Whatever the mapping raises.
pub fn first_value<'py>(mapping: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Ok(dict) = mapping.cast_exact::<PyDict>() {
        return Ok(dict.iter().next().map(|(_, value)| value));
    }
    let values = mapping.call_method0(intern!(mapping.py(), "values"))?;
    values.try_iter()?.next().transpose()
}

/// A version whose order needs no Python code.
enum Plain<'a> {
    Int(i64),
    Float(f64),
    Str(&'a str),
}

fn plain<'a>(version: &'a Bound<'_, PyAny>) -> Option<Plain<'a>> {
    if version.is_exact_instance_of::<PyInt>() {
        return version.extract().ok().map(Plain::Int);
    }
    if let Ok(text) = version.cast_exact::<PyString>() {
        return text.to_str().ok().map(Plain::Str);
    }
    let float = version.cast_exact::<PyFloat>().ok()?;
    Some(Plain::Float(float.value()))
}

/// `left > right`.
///
/// # Errors
/// Whatever comparing raises.
pub fn is_newer(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> PyResult<bool> {
    match plain(left).zip(plain(right)) {
        Some((Plain::Int(left), Plain::Int(right))) => Ok(left > right),
        Some((Plain::Float(left), Plain::Float(right))) => Ok(left > right),
        Some((Plain::Str(left), Plain::Str(right))) => Ok(left > right),
        _ => left.gt(right),
    }
}

fn is_plain(version: &Bound<'_, PyAny>) -> bool {
    plain(version).is_some()
}

/// The highest version of a dict, remembered with the version of the dict that it is of.
///
/// Upstream looks at all versions in every superstep. A dict's own version is different after any change, by whomever, so a remembered
/// maximum is either right or not used.
#[derive(Debug, Default)]
pub struct Highest(Mutex<Option<(u64, Py<PyAny>)>>);

impl Highest {
    /// `max(versions.values()) if versions else None`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    pub fn of<'py>(&self, versions: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = versions.py();
        let Ok(dict) = versions.cast_exact::<PyDict>() else {
            return max_of(versions);
        };
        let state = raw::dict_version(dict);
        if let Some(highest) = self.known(py, state) {
            return Ok(highest);
        }
        let Some(highest) = plain_max(dict)? else {
            return max_of(versions);
        };
        self.remember(raw::dict_version(dict), &highest);
        Ok(highest)
    }

    /// Stores a version, and what it makes the highest.
    ///
    /// # Errors
    /// Whatever hashing the name raises.
    pub fn set(
        &self,
        versions: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        version: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let Ok(dict) = versions.cast_exact::<PyDict>() else {
            return versions.set_item(name, version);
        };
        let highest = self.known(dict.py(), raw::dict_version(dict));
        dict.set_item(name, version)?;
        if let Some(highest) = highest
            && is_plain(version)
            && (is_newer(version, &highest)? || version.is(&highest))
        {
            self.remember(raw::dict_version(dict), version);
        }
        Ok(())
    }

    fn known<'py>(&self, py: Python<'py>, state: u64) -> Option<Bound<'py, PyAny>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some((of, highest)) if *of == state => Some(highest.bind(py).clone()),
            _ => None,
        }
    }

    fn remember(&self, state: u64, highest: &Bound<'_, PyAny>) {
        let fresh = Some((state, highest.clone().unbind()));
        let stale = std::mem::replace(
            &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner),
            fresh,
        );
        drop(stale);
    }
}

/// The highest of versions that are all exactly int, str or float and of one kind; `None` where Python must compare.
fn plain_max<'py>(versions: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut highest: Option<Bound<'py, PyAny>> = None;
    for (_, version) in versions.iter() {
        if !is_plain(&version) {
            return Ok(None);
        }
        match &highest {
            Some(held) if !held.get_type().is(version.get_type()) => return Ok(None),
            Some(held) if !is_newer(&version, held)? => {}
            _ => highest = Some(version),
        }
    }
    Ok(highest)
}

/// `max(versions.values()) if versions else None`, as Python does it.
fn max_of<'py>(versions: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = versions.py();
    if !versions.is_truthy()? {
        return Ok(py.None().into_bound(py));
    }
    Reason::CustomVersions.count();
    let values = versions.call_method0(intern!(py, "values"))?;
    py.import(intern!(py, "builtins"))?
        .call_method1(intern!(py, "max"), (values,))
}
