//! Arrays of numpy's.

use codec::envelope::NUMPY_ARRAY;
use codec::write::{put_array_len, put_str};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMemoryView, PyString};

use super::super::tally::Reason;
use super::{Encoder, Raised};

impl<'py> Encoder<'_, 'py> {
    pub(super) fn array(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let py = self.py;
        self.tally.python(Reason::Numpy);
        let flag = |name: &Bound<'py, PyString>| -> PyResult<bool> {
            object
                .getattr(intern!(py, "flags"))?
                .getattr(name)?
                .is_truthy()
        };
        let in_c_order = flag(intern!(py, "c_contiguous"))?;
        let order = if flag(intern!(py, "f_contiguous"))? && !in_c_order {
            "F"
        } else {
            "C"
        };
        let data = if in_c_order {
            PyMemoryView::from(object)?.call_method0(intern!(py, "tobytes"))?
        } else {
            let options = PyDict::new(py);
            options.set_item("order", "A")?;
            object.call_method(intern!(py, "tobytes"), (), Some(&options))?
        };
        let kind = object
            .getattr(intern!(py, "dtype"))?
            .getattr(intern!(py, "str"))?;
        let shape = object.getattr(intern!(py, "shape"))?;
        let opened = self.begin()?;
        self.open()?;
        put_array_len(&mut self.out, 4)?;
        self.value(&kind)?;
        self.value(&shape)?;
        put_str(&mut self.out, order)?;
        self.value(&data)?;
        self.close();
        self.seal(opened, NUMPY_ARRAY)
    }

    /// `sys.modules.get(name)`
    pub(super) fn loaded(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let module = self.types.modules.bind(self.py).get_item(name)?;
        Ok(module.filter(|module| !module.is_none()))
    }
}
