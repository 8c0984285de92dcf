//! New objects.

use codec::read::ReadError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType};

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

/// `set(items)`
///
/// # Errors
/// What hashing and comparing the items raises.
pub fn set<'py>(py: Python<'py>, items: &[Bound<'py, PyAny>]) -> PyResult<Bound<'py, PySet>> {
    // SAFETY: the GIL is held; the result is owned, or null with an exception.
    let new = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PySet_New(std::ptr::null_mut()))? };
    add_all(&new, items)?;
    // SAFETY: it is a set.
    Ok(unsafe { new.cast_into_unchecked() })
}

/// `frozenset(items)`
///
/// # Errors
/// What hashing and comparing the items raises.
pub fn frozen_set<'py>(
    py: Python<'py>,
    items: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyFrozenSet>> {
    // SAFETY: as above. One that nobody else has may be added to.
    let new =
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyFrozenSet_New(std::ptr::null_mut()))? };
    add_all(&new, items)?;
    // SAFETY: it is a frozenset.
    Ok(unsafe { new.cast_into_unchecked() })
}

fn add_all<'py>(set: &Bound<'py, PyAny>, items: &[Bound<'py, PyAny>]) -> PyResult<()> {
    for item in items {
        // SAFETY: two objects that are alive; another kind than a new set is refused with an exception.
        if unsafe { ffi::PySet_Add(set.as_ptr(), item.as_ptr()) } != 0 {
            return Err(PyErr::fetch(set.py()));
        }
    }
    Ok(())
}

/// `callable(*arguments)`
///
/// # Errors
/// What it raises.
pub fn call_with<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a `Bound` is a pointer, so this is an array of as many objects, all alive; the result is owned, or null with an
    // exception.
    unsafe {
        let result = ffi::PyObject_Vectorcall(
            callable.as_ptr(),
            arguments.as_ptr().cast(),
            arguments.len(),
            std::ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(callable.py(), result)
    }
}

/// `tuple.__new__(class, items)`, for a subclass of `tuple`.
///
/// # Errors
/// `TypeError` if the class is none, and what that raises.
pub fn new_tuple_of<'py>(
    class: &Bound<'py, PyType>,
    items: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = PyTuple::new(class.py(), [items])?;
    // SAFETY: the constructor of `tuple`, for a class that inherits from it, with one argument; the result is owned, or null with
    // an exception.
    unsafe {
        match ffi::PyTuple_Type.tp_new {
            Some(make)
                if ffi::PyType_IsSubtype(class.as_type_ptr(), &raw mut ffi::PyTuple_Type) != 0 =>
            {
                let new = make(
                    class.as_type_ptr(),
                    arguments.as_ptr(),
                    std::ptr::null_mut(),
                );
                Bound::from_owned_ptr_or_err(class.py(), new)
            }
            _ => Err(pyo3::exceptions::PyTypeError::new_err(
                "a subclass of tuple is wanted",
            )),
        }
    }
}

/// `sys.intern(text)`
pub fn interned<'py>(text: &Bound<'py, PyString>) -> Bound<'py, PyString> {
    let mut owned = text.clone().into_ptr();
    // SAFETY: an owned string is given away, and an owned string, that one or an equal one, comes back.
    unsafe {
        ffi::PyUnicode_InternInPlace(&raw mut owned);
        Bound::from_owned_ptr(text.py(), owned).cast_into_unchecked()
    }
}
