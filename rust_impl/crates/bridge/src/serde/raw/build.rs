//! New objects.

use codec::read::ReadError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString, PyTuple, PyType};

/// A list of the objects from `start` on, which are taken away from `items`.
///
/// # Errors
/// [`ReadError::Internal`] where no memory is left.
pub fn list<'py>(
    py: Python<'py>,
    items: &mut Vec<Bound<'py, PyAny>>,
    start: usize,
) -> Result<Bound<'py, PyList>, ReadError> {
    let start = start.min(items.len());
    let len = items.len() - start;
    // SAFETY: a new list of `len` unset items, which is nobody else's before it is filled. The references move from `items`,
    // which forgets them (a `Bound` is a pointer), to the list.
    unsafe {
        let new = ffi::PyList_New(len.cast_signed());
        let Some(new) = Bound::from_owned_ptr_or_opt(py, new) else {
            ffi::PyErr_Clear();
            return Err(ReadError::Internal);
        };
        if len > 0 {
            let target = (*new.as_ptr().cast::<ffi::PyListObject>()).ob_item;
            items.set_len(start);
            target.copy_from_nonoverlapping(items.as_ptr().add(start).cast(), len);
        }
        Ok(new.cast_into_unchecked())
    }
}

/// A tuple of the objects from `start` on, which are taken away from `items`.
///
/// # Errors
/// [`ReadError::Internal`] where no memory is left.
pub fn tuple<'py>(
    py: Python<'py>,
    items: &mut Vec<Bound<'py, PyAny>>,
    start: usize,
) -> Result<Bound<'py, PyTuple>, ReadError> {
    let start = start.min(items.len());
    PyTuple::new(py, items.drain(start..)).map_err(|_| ReadError::Internal)
}

/// `dict[key] = value`
///
/// # Errors
/// [`ReadError::Internal`] if the key cannot be hashed.
#[inline(always)]
pub fn insert<'py>(
    dict: &Bound<'py, PyDict>,
    key: &Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
) -> Result<(), ReadError> {
    // SAFETY: three objects that are alive; the dict takes references of its own.
    let done = unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) };
    if done == 0 {
        return Ok(());
    }
    // Takes the exception away.
    let _ = PyErr::take(dict.py());
    Err(ReadError::Internal)
}

/// An integer.
#[inline(always)]
pub fn new_int(py: Python<'_>, int: i64) -> Bound<'_, PyAny> {
    // SAFETY: the GIL is held, and the result is owned or null.
    unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyLong_FromLongLong(int)) }
        .unwrap_or_else(|| PyInt::new(py, int).into_any())
}

/// `object.__new__(class)`
///
/// # Errors
/// What that raises.
pub fn new_slots<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let arguments = PyTuple::empty(class.py());
    // SAFETY: `object`'s own constructor, which every class has a part in, with an empty tuple.
    unsafe {
        let Some(make) = ffi::PyBaseObject_Type.tp_new else {
            return class.call0();
        };
        let new = make(
            class.as_type_ptr(),
            arguments.as_ptr(),
            std::ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(class.py(), new)
    }
}

/// `object.__setattr__(object, name, value)`
///
/// # Errors
/// What that raises.
pub fn set_slot(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: &Bound<'_, impl Sized>,
) -> PyResult<()> {
    // SAFETY: three objects that are alive.
    let done =
        unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if done == 0 {
        Ok(())
    } else {
        Err(PyErr::fetch(object.py()))
    }
}
