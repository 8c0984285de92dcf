//! Arrays of numpy's.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyTuple};

use super::super::raw;
use super::super::tally::Reason;
use super::Decoder;
use super::arguments::is_text;

impl<'py> Decoder<'py> {
    pub(super) fn array(&mut self, parts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        self.tally.python(Reason::Numpy);
        let numpy = self.numpy()?;
        let parts = parts.try_iter()?.take(5).collect::<PyResult<Vec<_>>>()?;
        let [kind, shape, order, data] = parts.as_slice() else {
            return Err(PyValueError::new_err("not four values to unpack"));
        };
        let kind = numpy.call_method1(intern!(py, "dtype"), (kind,))?;
        let make = numpy.getattr(intern!(py, "frombuffer"))?;
        if !make.is_exact_instance_of::<PyCFunction>() {
            let keyword = PyTuple::new(py, [intern!(py, "dtype")])?;
            let flat = raw::call_method(&numpy, intern!(py, "frombuffer"), data, &keyword, &kind)?;
            return reshaped(&flat, shape, order);
        }
        // By their places, for which numpy needs no dict of keywords.
        let flat = raw::call_with(&make, &[data.clone(), kind])?;
        if is_text(order, "C") {
            return flat.call_method1(intern!(py, "reshape"), (shape,));
        }
        reshaped(&flat, shape, order)
    }

    /// `import numpy`
    fn numpy(&mut self) -> PyResult<Bound<'py, PyAny>> {
        if let Some((numpy, place)) = &self.numpy
            && place.is_as_it_was(self.types)
        {
            return Ok(numpy.clone());
        }
        let name = intern!(self.py, "numpy");
        let (numpy, place) = match self.imported(name.as_any())? {
            Some(found) => found,
            None => (self.py.import(name)?.into_any(), None),
        };
        self.numpy = place.map(|place| (numpy.clone(), place));
        Ok(numpy)
    }
}

/// `flat.reshape(shape, order=order)`
fn reshaped<'py>(
    flat: &Bound<'py, PyAny>,
    shape: &Bound<'py, PyAny>,
    order: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = flat.py();
    let keyword = PyTuple::new(py, [intern!(py, "order")])?;
    raw::call_method(flat, intern!(py, "reshape"), shape, &keyword, order)
}
