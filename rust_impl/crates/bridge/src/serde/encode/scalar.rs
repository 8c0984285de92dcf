//! Values that hold no others, beside the commonest, and what is told by its base class.

use codec::value::Float;
use codec::write::{Sink, WriteError, put_bin, put_float, put_signed, put_str, put_unsigned};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString};

use super::super::tally::{Kind, Reason};
use super::{Encoder, Fault};

impl<'py> Encoder<'_, 'py> {
    /// A value that is not exactly of one of the commonest types.
    #[inline(never)]
    pub fn rarer(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        if self.types.exact(object).is_some() || self.is_enum(object) {
            return self.lowered(object);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return self.text(text);
        }
        if object.is_instance_of::<PyInt>() {
            return self.int(object);
        }
        if let Ok(list) = object.cast::<PyList>() {
            return self.list(list);
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return self.dict(dict);
        }
        let class = object.get_type();
        let [ext, fragment] = &self.types.ready_made;
        if class.is(ext) {
            return self.ready_made(object);
        }
        if let Ok(data) = object.cast_exact::<PyByteArray>() {
            return self.bin(&data.to_vec());
        }
        if object.is_exact_instance_of::<PyMemoryView>() {
            return self.memory_view(object);
        }
        if class.is(fragment) {
            return self.ready_made(object);
        }
        self.lowered(object)
    }

    pub(super) fn is_enum(&self, object: &Bound<'py, PyAny>) -> bool {
        object.get_type().get_type().is(&self.types.enum_meta)
    }

    pub(super) fn nil(&mut self) {
        self.tally.value(Kind::Nil);
        self.out.array([0xc0]);
    }

    pub(super) fn bool(&mut self, flag: bool) {
        self.tally.value(Kind::Bool);
        self.out.array([if flag { 0xc3 } else { 0xc2 }]);
    }

    pub(super) fn int(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        self.tally.value(Kind::Int);
        if let Ok(int) = object.extract::<i64>() {
            put_signed(&mut self.out, int);
            return Ok(());
        }
        let int: u64 = object.extract().map_err(|_| WriteError::IntegerRange)?;
        put_unsigned(&mut self.out, int);
        Ok(())
    }

    pub(super) fn float(&mut self, float: &Bound<'py, PyFloat>) {
        self.tally.value(Kind::Float);
        put_float(&mut self.out, Float(float.value().to_bits()));
    }

    pub(super) fn bin(&mut self, data: &[u8]) -> Result<(), Fault> {
        self.tally.value(Kind::Bin);
        Ok(put_bin(&mut self.out, data)?)
    }

    /// A string; surrogates become `?`.
    pub fn text(&mut self, text: &Bound<'py, PyString>) -> Result<(), Fault> {
        self.tally.value(Kind::Str);
        if let Ok(text) = text.to_str() {
            return Ok(put_str(&mut self.out, text)?);
        }
        self.tally.python(Reason::Surrogates);
        // `str.encode`, whatever a subclass makes of it.
        let replaced = self
            .py
            .get_type::<PyString>()
            .call_method1(intern!(self.py, "encode"), (text, "UTF-8", "replace"));
        let replaced = replaced.and_then(|data| Ok(data.cast_into::<PyBytes>()?));
        let replaced = replaced.map_err(|_| Fault::told("invalid string"))?;
        let replaced =
            std::str::from_utf8(replaced.as_bytes()).map_err(|_| WriteError::Surrogates)?;
        Ok(put_str(&mut self.out, replaced)?)
    }

    pub(super) fn memory_view(&mut self, view: &Bound<'py, PyAny>) -> Result<(), Fault> {
        let contiguous = view
            .getattr(intern!(self.py, "c_contiguous"))
            .and_then(|flag| flag.is_truthy());
        let data = match contiguous {
            Ok(true) => view.call_method0(intern!(self.py, "tobytes")),
            Ok(false) | Err(_) => return Err(Fault::told("Failed to get buffer from memoryview")),
        };
        match data.and_then(|data| Ok(data.cast_into::<PyBytes>()?)) {
            Ok(data) => self.bin(data.as_bytes()),
            Err(_) => Err(Fault::told("Failed to get buffer from memoryview")),
        }
    }

    /// What ormsgpack has its own wrappers for, which show nobody what they hold.
    fn ready_made(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        self.tally.python(Reason::Ormsgpack);
        let data = self
            .types
            .packb
            .bind(self.py)
            .call1((object,))
            .and_then(|data| Ok(data.cast_into::<PyBytes>()?))
            .map_err(|error| self.told(&error))?;
        self.out.slice(data.as_bytes());
        Ok(())
    }

    pub(super) fn told(&self, error: &PyErr) -> Fault {
        Fault::told(&error.value(self.py).to_string())
    }
}
