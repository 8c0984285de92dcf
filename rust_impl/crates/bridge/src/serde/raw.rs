//! What PyO3 has no safe access to: a type's C name, and walking a dict that Python code may change meanwhile.
#![allow(unsafe_code)]

use std::ffi::CStr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// `Py_TYPE(object)->tp_name`: `X` for classes written in Python, `datetime.timedelta` for those written in C.
pub fn type_name(object: &Bound<'_, PyAny>) -> String {
    // SAFETY: `object` keeps its type alive, whose `tp_name` is a NUL-terminated string for as long; it is copied here.
    unsafe { CStr::from_ptr((*object.get_type_ptr()).tp_name) }
        .to_string_lossy()
        .into_owned()
}

/// `PyDict_Next`. Unlike PyO3's iterator it does not panic if the dict changed: pairs may then be missed or met twice.
#[inline]
pub fn next_pair<'py>(
    dict: &Bound<'py, PyDict>,
    position: &mut ffi::Py_ssize_t,
) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = dict.py();
    let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: `dict` is a dict and is alive, the three addresses are valid, and `position` came from an earlier call or is 0.
    // `PyDict_Next` checks it against the dict's present size.
    if unsafe { ffi::PyDict_Next(dict.as_ptr(), position, &mut key, &mut value) } == 0 {
        return None;
    }
    // SAFETY: both are borrowed from the dict, which nothing can change before they are owned here (the GIL is held).
    Some(unsafe {
        (
            Bound::from_borrowed_ptr(py, key),
            Bound::from_borrowed_ptr(py, value),
        )
    })
}
