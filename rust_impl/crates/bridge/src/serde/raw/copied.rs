//! Dicts and sets that are copies of one, made without hashing or comparing anything.

use std::mem::size_of;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyString};

/// A dict of fixed keys, of which copies are made that hold other values.
pub struct Template {
    /// Its values are `None`. It is never given out.
    dict: Py<PyDict>,
    len: usize,
}

/// What the table of a dict begins with: CPython's `PyDictKeysObject`, which PyO3 does not have, of 3.11 and 3.12.
#[repr(C)]
struct Head {
    references: ffi::Py_ssize_t,
    log2_size: u8,
    log2_index_bytes: u8,
    kind: u8,
    version: u32,
    usable: ffi::Py_ssize_t,
    entries: ffi::Py_ssize_t,
}

/// An entry of a table whose keys are all strings.
#[repr(C)]
struct Entry {
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
}

/// A table of [`Entry`]s.
const TEXTS: u8 = 1;

impl Template {
    /// Of these keys, no two of which are equal; `None` if they or Python keep dicts in another way.
    pub fn new<'py>(
        py: Python<'py>,
        keys: impl Iterator<Item = Bound<'py, PyString>>,
    ) -> Option<Self> {
        let version = py.version_info();
        if !matches!((version.major, version.minor), (3, 11 | 12)) {
            return None;
        }
        let keys = keys.collect::<Vec<_>>();
        let dict = PyDict::new(py);
        for key in &keys {
            dict.set_item(key, py.None()).ok()?;
        }
        // SAFETY: the dict is alive, and this Python has these structures. What it holds is looked at, and not kept.
        unsafe {
            let entries = entries(dict.as_ptr(), keys.len())?;
            for (place, key) in keys.iter().enumerate() {
                let entry = entries.add(place);
                if (*entry).key != key.as_ptr() || (*entry).value != ffi::Py_None() {
                    return None;
                }
            }
        }
        Some(Self {
            dict: dict.unbind(),
            len: keys.len(),
        })
    }

    /// A dict of these keys, and of the objects from `start` on, which are taken away from `items`; `None` if those are not as many,
    /// or no memory is left.
    #[inline]
    pub fn filled<'py>(
        &self,
        py: Python<'py>,
        items: &mut Vec<Bound<'py, PyAny>>,
        start: usize,
    ) -> Option<Bound<'py, PyDict>> {
        if items.len().checked_sub(start) != Some(self.len) {
            return None;
        }
        // SAFETY: the copy of a dict that has nothing but these keys, and no gaps, has the same table. It is nobody else's yet, is not
        // tracked by the garbage collector, as dicts of `None` are not, and no Python code runs before it is whole. Each of its values is
        // given away for one that `items` forgets (a `Bound` is a pointer).
        unsafe {
            let copy = ffi::PyDict_Copy(self.dict.as_ptr());
            let Some(dict) = Bound::from_owned_ptr_or_opt(py, copy) else {
                drop(PyErr::take(py));
                return None;
            };
            if self.len > 0 {
                let entries = entries(copy, self.len)?;
                let values = items.as_ptr().add(start).cast::<*mut ffi::PyObject>();
                items.set_len(start);
                let mut is_tracked = ffi::PyObject_GC_IsTracked(copy) != 0;
                for place in 0..self.len {
                    let value = *values.add(place);
                    ffi::Py_DECREF((*entries.add(place)).value);
                    (*entries.add(place)).value = value;
                    if !is_tracked && may_be_tracked(value) {
                        ffi::PyObject_GC_Track(copy.cast());
                        is_tracked = true;
                    }
                }
            }
            Some(dict.cast_into_unchecked())
        }
    }
}

/// The entries of a dict of so many strings, each in its place.
///
/// # Safety
/// `dict` is a dict and is alive, and Python is 3.11 or 3.12.
#[inline]
unsafe fn entries(dict: *mut ffi::PyObject, len: usize) -> Option<*mut Entry> {
    // SAFETY: as above. A table begins so, and its entries follow as many bytes of indices as its head says.
    unsafe {
        let dict = dict.cast::<ffi::PyDictObject>();
        let head = (*dict).ma_keys.cast::<Head>();
        let is_as_wanted = (*dict).ma_values.is_null()
            && (*dict).ma_used.cast_unsigned() == len
            && (*head).kind == TEXTS
            && (*head).entries.cast_unsigned() == len;
        let indices = 1_usize.checked_shl((*head).log2_index_bytes.into())?;
        is_as_wanted.then(|| head.add(1).cast::<u8>().add(indices).cast())
    }
}

/// Whether a dict that holds this object is one that the garbage collector looks at: CPython's `_PyObject_GC_MAY_BE_TRACKED`.
///
/// # Safety
/// The object is alive.
#[inline]
unsafe fn may_be_tracked(object: *mut ffi::PyObject) -> bool {
    // SAFETY: as above.
    unsafe {
        (*ffi::Py_TYPE(object)).tp_flags & ffi::Py_TPFLAGS_HAVE_GC != 0
            && ffi::PyObject_IS_GC(object) != 0
            && (ffi::PyTuple_CheckExact(object) == 0 || ffi::PyObject_GC_IsTracked(object) != 0)
    }
}

/// A set that copies are made of.
pub struct Original {
    /// It is never given out.
    set: Py<PySet>,
    /// What is in it.
    items: Vec<Py<PyString>>,
}

impl Original {
    /// A set of these, no two of which are equal, added one after the other.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn new<'py>(
        py: Python<'py>,
        items: impl Iterator<Item = Bound<'py, PyString>>,
    ) -> PyResult<Option<Self>> {
        let set = PySet::empty(py)?;
        let mut kept = Vec::new();
        for item in items {
            set.add(&item)?;
            kept.push(item.unbind());
        }
        Ok((set.len() == kept.len()).then(|| Self {
            set: set.unbind(),
            items: kept,
        }))
    }

    /// A set that has the same order, which `set(other)` has of the smallest alone.
    ///
    /// # Errors
    /// `MemoryError`
    #[inline]
    pub fn copied<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
        // SAFETY: a set that nobody else has, so that it does not change, and a new one that nobody else has yet. The entries of a table
        // are copied to the new one's own or to one of the same size, which the new one frees. All of `items` are in it, and nothing
        // else: as they differ, none was left out. Each is given a reference more.
        unsafe {
            let new = Bound::from_owned_ptr_or_err(py, ffi::PySet_New(std::ptr::null_mut()))?;
            let from = self.set.as_ptr().cast::<ffi::PySetObject>();
            let to = new.as_ptr().cast::<ffi::PySetObject>();
            if (*from).mask < ffi::PySet_MINSIZE.cast_signed() {
                (*to)
                    .smalltable
                    .as_mut_ptr()
                    .copy_from_nonoverlapping((*from).smalltable.as_ptr(), ffi::PySet_MINSIZE);
            } else {
                let size = (*from).mask.cast_unsigned() + 1;
                let table = ffi::PyMem_Malloc(size * size_of::<ffi::setentry>());
                if table.is_null() {
                    return Err(pyo3::exceptions::PyMemoryError::new_err(()));
                }
                (*to).table = table.cast();
                (*to).mask = (*from).mask;
                (*to).table.copy_from_nonoverlapping((*from).table, size);
            }
            for item in &self.items {
                ffi::Py_INCREF(item.as_ptr());
            }
            (*to).fill = (*from).fill;
            (*to).used = (*from).used;
            Ok(new.cast_into_unchecked())
        }
    }
}
