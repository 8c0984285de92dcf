//! Python's object protocol as bytecode uses it: unpacking, comparing, looking up, with CPython's own error texts.
//!
//! Where both sides are exactly builtin objects no code of a user's can run, and the short way is taken.

use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};

use crate::serde::raw::type_name;

/// An attribute of a module, which is imported first.
///
/// # Errors
/// `ImportError` or `AttributeError`.
pub fn find(py: Python<'_>, module: &str, name: &str) -> PyResult<Py<PyAny>> {
    Ok(py.import(module)?.getattr(name)?.unbind())
}

/// [`find`] of a class.
///
/// # Errors
/// As [`find`]; `TypeError` if it is no class.
pub fn find_class(py: Python<'_>, module: &str, name: &str) -> PyResult<Py<PyType>> {
    let class = find(py, module, name)?.into_bound(py);
    Ok(class.cast_into::<PyType>()?.unbind())
}

/// `a, b, … = value`.
///
/// # Errors
/// `TypeError` or `ValueError` in CPython's words; whatever iterating raises.
pub fn unpack<'py, const N: usize>(value: &Bound<'py, PyAny>) -> PyResult<[Bound<'py, PyAny>; N]> {
    let items: Vec<Bound<'py, PyAny>> = if let Ok(tuple) = value.cast_exact::<PyTuple>() {
        if tuple.len() == N {
            let mut items = tuple.iter();
            let none = value.py().None().into_bound(value.py());
            return Ok(std::array::from_fn(|_| {
                items.next().unwrap_or_else(|| none.clone())
            }));
        }
        tuple.iter().take(N + 1).collect()
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        list.iter().take(N + 1).collect()
    } else {
        let iterator = value.try_iter().map_err(|error| {
            let class = value.get_type();
            let py = value.py();
            let iterable = ["__iter__", "__getitem__"]
                .iter()
                .any(|name| class.hasattr(*name).unwrap_or(true));
            if iterable || !error.is_instance_of::<PyTypeError>(py) {
                return error;
            }
            PyTypeError::new_err(format!(
                "cannot unpack non-iterable {} object",
                type_name(value)
            ))
        })?;
        iterator.take(N + 1).collect::<PyResult<_>>()?
    };
    let count = items.len();
    <[Bound<'py, PyAny>; N]>::try_from(items).map_err(|_| {
        PyValueError::new_err(if count > N {
            format!("too many values to unpack (expected {N})")
        } else {
            format!("not enough values to unpack (expected {N}, got {count})")
        })
    })
}

/// `left == right` in a condition.
///
/// # Errors
/// Whatever `__eq__` or the truth of its result raises.
#[inline]
pub fn same(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> PyResult<bool> {
    if left.is(right) && left.is_exact_instance_of::<PyString>() {
        return Ok(true);
    }
    left.eq(right)
}

/// `object is None`, or the object.
#[inline]
pub fn some<'py>(object: Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    (!object.is_none()).then_some(object)
}

/// `mapping.get(key)` or `mapping.get(key, default)` where the default is not told from absence.
///
/// # Errors
/// Whatever the mapping, hashing or comparing keys raises.
#[inline]
pub fn get<'py>(
    mapping: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    default: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Ok(dict) = mapping.cast_exact::<PyDict>() {
        return Ok(dict.get_item(key)?.or_else(|| default.cloned()));
    }
    let name = intern!(mapping.py(), "get");
    match default {
        Some(default) => mapping.call_method1(name, (key, default)).map(Some),
        None => mapping.call_method1(name, (key,)).map(some),
    }
}

/// `dict(mapping)`, also `{**mapping}` of a dict.
///
/// # Errors
/// Whatever reading the mapping raises.
pub fn to_dict<'py>(mapping: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    match mapping.cast_exact::<PyDict>() {
        Ok(dict) => dict.copy(),
        Err(_) => Ok(mapping
            .py()
            .get_type::<PyDict>()
            .call1((mapping,))?
            .cast_into::<PyDict>()?),
    }
}

/// `value.copy()`.
///
/// # Errors
/// Whatever copying raises.
pub fn copied<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match value.cast_exact::<PyDict>() {
        Ok(dict) => Ok(dict.copy()?.into_any()),
        Err(_) => value.call_method0(intern!(value.py(), "copy")),
    }
}

/// The pairs of `mapping.items()`, one by one.
///
/// # Errors
/// Whatever the mapping raises.
pub fn items<'py>(
    mapping: &Bound<'py, PyAny>,
) -> PyResult<impl Iterator<Item = PyResult<[Bound<'py, PyAny>; 2]>> + use<'py>> {
    let items = mapping.call_method0(intern!(mapping.py(), "items"))?;
    Ok(items.try_iter()?.map(|item| unpack::<2>(&item?)))
}

/// `f"{object}"`.
///
/// # Errors
/// Whatever `__format__` raises.
pub fn formatted<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    if let Ok(text) = object.cast_exact::<PyString>() {
        return Ok(text.clone());
    }
    let builtins = object.py().import(intern!(object.py(), "builtins"))?;
    Ok(builtins
        .call_method1(intern!(object.py(), "format"), (object,))?
        .cast_into::<PyString>()?)
}

/// What a generator makes of an error inside it (PEP 479): a `StopIteration` would end the loop around it unseen.
pub fn in_generator(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let raised = PyRuntimeError::new_err("generator raised StopIteration");
    raised.set_cause(py, Some(error.clone_ref(py)));
    raised.set_context(py, Some(error));
    raised
}
