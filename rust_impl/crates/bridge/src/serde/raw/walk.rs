//! The hot part of the encoder: containers and the scalars in them.

use codec::value::Float;
use codec::write::{Sink, put_array_len, put_bin, put_float, put_map_len, put_signed, put_utf8};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::super::encode::{Encoder, Fault};
use super::super::tally::Kind;
use super::text::at_hand;

impl<'py> Encoder<'_, 'py> {
    /// Any value.
    #[inline]
    pub fn value(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        // SAFETY: it is alive.
        if unsafe { self.leaf(object.as_ptr()) } {
            return Ok(());
        }
        self.branch(object)
    }

    /// A value that [`Self::leaf`] does not write.
    fn branch(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        if let Ok(dict) = object.cast_exact::<PyDict>() {
            return self.dict(dict);
        }
        if let Ok(list) = object.cast_exact::<PyList>() {
            return self.list(list);
        }
        if let Ok(text) = object.cast_exact::<PyString>() {
            return self.text(text);
        }
        if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            return self.tuple(tuple);
        }
        self.rarer(object)
    }

    /// Writes a `str` whose UTF-8 is at hand, an `int` of 64 bits, a `bool`, `None`, a `float` or `bytes`, which takes no Python code; says no,
    /// and writes nothing, if it is none of them.
    ///
    /// # Safety
    /// The object is alive. It may be borrowed from a container: nothing here can change one.
    #[inline(always)]
    unsafe fn leaf(&mut self, object: *mut ffi::PyObject) -> bool {
        // SAFETY: the object is alive, is used as what its type says, and neither reading it nor writing to `out` runs Python
        // code: what allocates here are `bytes`, which the garbage collector does not know.
        unsafe {
            let class = ffi::Py_TYPE(object);
            if class == &raw mut ffi::PyUnicode_Type {
                return self.plain_text(object);
            }
            if class == &raw mut ffi::PyLong_Type {
                let mut overflow = 0;
                let int = ffi::PyLong_AsLongLongAndOverflow(object, &raw mut overflow);
                if overflow != 0 {
                    return false;
                }
                self.tally.value(Kind::Int);
                put_signed(&mut self.out, int);
                return true;
            }
            if class == &raw mut ffi::PyBool_Type {
                self.tally.value(Kind::Bool);
                self.out
                    .array([if object == ffi::Py_True() { 0xc3 } else { 0xc2 }]);
                return true;
            }
            if object == ffi::Py_None() {
                self.tally.value(Kind::Nil);
                self.out.array([0xc0]);
                return true;
            }
            if class == &raw mut ffi::PyFloat_Type {
                self.tally.value(Kind::Float);
                let float = ffi::PyFloat_AS_DOUBLE(object);
                put_float(&mut self.out, Float(float.to_bits()));
                return true;
            }
            if class == &raw mut ffi::PyBytes_Type {
                let len = ffi::Py_SIZE(object).cast_unsigned();
                let data = std::slice::from_raw_parts(ffi::PyBytes_AsString(object).cast(), len);
                if put_bin(&mut self.out, data).is_ok() {
                    self.tally.value(Kind::Bin);
                    return true;
                }
            }
            false
        }
    }

    /// # Safety
    /// It is exactly a `str`, and is alive.
    #[inline(always)]
    unsafe fn plain_text(&mut self, text: *mut ffi::PyObject) -> bool {
        // SAFETY: as above.
        match unsafe { at_hand(text) } {
            Some(text) if put_utf8(&mut self.out, text).is_ok() => {
                self.tally.value(Kind::Str);
                true
            }
            _ => false,
        }
    }

    /// A list. One that becomes longer meanwhile is written as it was long at first.
    pub fn list(&mut self, list: &Bound<'py, PyList>) -> Result<(), Fault> {
        self.tally.value(Kind::Array);
        self.open()?;
        let len = list.len();
        put_array_len(&mut self.out, len)?;
        let (mut position, end) = (0, len.cast_signed());
        // SAFETY: the position is within the list as it now is. An item is borrowed only until `leaf` returns, and is owned
        // before Python code can run.
        unsafe {
            while position < end && position < ffi::PyList_GET_SIZE(list.as_ptr()) {
                let item = ffi::PyList_GET_ITEM(list.as_ptr(), position);
                position += 1;
                if !self.leaf(item) {
                    let item = Bound::from_borrowed_ptr(self.py, item);
                    self.branch(&item)?;
                }
            }
        }
        self.close();
        unchanged("list", len, position.cast_unsigned())
    }

    /// A tuple.
    pub fn tuple(&mut self, tuple: &Bound<'py, PyTuple>) -> Result<(), Fault> {
        self.tally.value(Kind::Array);
        self.open()?;
        put_array_len(&mut self.out, tuple.len())?;
        for item in tuple.iter_borrowed() {
            self.value(&item)?;
        }
        self.close();
        Ok(())
    }

    /// A dict.
    pub fn dict(&mut self, dict: &Bound<'py, PyDict>) -> Result<(), Fault> {
        self.tally.value(Kind::Map);
        self.open()?;
        let len = dict.len();
        put_map_len(&mut self.out, len)?;
        let (mut position, mut written) = (0, 0);
        loop {
            let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
            // SAFETY: the dict is alive, the addresses are valid, and the position came from the last call or is 0; it is
            // checked against the dict's present size. Key and value are borrowed from the dict only as long as nothing
            // but leaves are written, and are owned before Python code can run.
            unsafe {
                if ffi::PyDict_Next(
                    dict.as_ptr(),
                    &raw mut position,
                    &raw mut key,
                    &raw mut value,
                ) == 0
                {
                    break;
                }
                let is_text = ffi::Py_TYPE(key) == &raw mut ffi::PyUnicode_Type;
                if is_text && self.plain_text(key) {
                    if !self.leaf(value) {
                        let value = Bound::from_borrowed_ptr(self.py, value);
                        self.branch(&value)?;
                    }
                } else {
                    let key = Bound::from_borrowed_ptr(self.py, key);
                    let value = Bound::from_borrowed_ptr(self.py, value);
                    self.dict_key(&key)?;
                    self.value(&value)?;
                }
            }
            written += 1;
            if written > len {
                break;
            }
        }
        self.close();
        unchanged("dictionary", len, written)
    }
}

fn unchanged(what: &str, len: usize, written: usize) -> Result<(), Fault> {
    if written == len {
        return Ok(());
    }
    // Upstream writes bytes here that nobody can read.
    Err(Fault::told(&format!(
        "{what} changed size during iteration"
    )))
}
