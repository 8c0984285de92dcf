//! What PyO3 has no safe access to: the version of a dict, and instances of frozen dataclasses made without their `__init__`.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

/// The dict's version: a number that no other state of any dict has.
///
/// Pythons keep it up to 3.13; where it is gone PyO3 has no such field, and this does not compile.
#[inline]
pub fn dict_version(dict: &Bound<'_, PyDict>) -> u64 {
    // Deprecated since 3.12.
    #[allow(deprecated)]
    // SAFETY: `dict` is a dict, or an instance of a subclass, whose memory begins like a dict's, and it is alive.
    unsafe {
        (*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_version_tag
    }
}

/// `object.__new__(class)`, for a class whose `__new__` is `object`'s.
pub fn new_bare<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the type is alive and ready. What `object.__new__` does for a class that is not abstract is to call its `tp_alloc`,
    // which for classes made by Python code is this function; the result is owned, or null with an exception set.
    unsafe {
        Bound::from_owned_ptr_or_err(class.py(), ffi::PyType_GenericAlloc(class.as_type_ptr(), 0))
    }
}

/// `object.__setattr__(target, name, value)`, which a frozen dataclass does not forbid.
#[inline]
pub fn set_attr(
    target: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    // SAFETY: all three are alive; the function takes no references of them over.
    let status =
        unsafe { ffi::PyObject_GenericSetAttr(target.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if status == 0 {
        return Ok(());
    }
    Err(PyErr::take(target.py()).unwrap_or_else(|| {
        pyo3::exceptions::PySystemError::new_err("error return without exception set")
    }))
}
