//! What upstream asks last: sends, dataclasses, items of stores, arrays, exceptions.

use codec::envelope::{CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::super::raw;
use super::super::tally::Reason;
use super::extension::Names;
use super::{Encoder, Raised};

impl<'py> Encoder<'_, 'py> {
    /// The questions that follow those of methods and families.
    pub(super) fn lower_rest(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let (py, types) = (self.py, self.types);
        if self.is_send(object)? {
            let node = object.getattr(intern!(py, "node"))?;
            let argument = object.getattr(intern!(py, "arg"))?;
            let timeout = object
                .getattr_opt(intern!(py, "timeout"))?
                .filter(|timeout| !timeout.is_none());
            let arguments = match timeout {
                // Upstream asks twice.
                Some(timeout) => {
                    let node = object.getattr(intern!(py, "node"))?;
                    let argument = object.getattr(intern!(py, "arg"))?;
                    PyTuple::new(py, [node, argument, timeout])?
                }
                None => PyTuple::new(py, [node, argument])?,
            };
            let (module, class) = self.class_names(object)?;
            return self.named(
                CONSTRUCTOR_POS_ARGS,
                Names::Told(&module, &class),
                arguments.as_any(),
            );
        }
        let fields = intern!(py, "__dataclass_fields__");
        let is_dataclass = match object.cast::<PyType>() {
            Ok(_) => raw::has_attribute(object, fields)?,
            Err(_) => raw::has_attribute(object.get_type().as_any(), fields)?,
        };
        if is_dataclass {
            return self.dataclass(object);
        }
        if object.is_instance(types.item.bind(py))? {
            let (module, class) = self.class_names(object)?;
            let payload = PyDict::new(py);
            for name in object.getattr(intern!(py, "__slots__"))?.try_iter()? {
                let name = name?;
                payload.set_item(
                    &name,
                    object.getattr(name.cast::<PyString>().map_err(PyErr::from)?)?,
                )?;
            }
            return self.named(
                CONSTRUCTOR_KW_ARGS,
                Names::Told(&module, &class),
                payload.as_any(),
            );
        }
        if let Some(numpy) = self.loaded("numpy")?
            && object.is_instance(&numpy.getattr(intern!(py, "ndarray"))?)?
        {
            return self.array(object);
        }
        if object.is_instance_of::<pyo3::exceptions::PyBaseException>() {
            self.tally.python(Reason::Repr);
            let text = object.repr()?;
            return Ok(self.value(text.as_any())?);
        }
        Err(Raised)
    }

    /// `isinstance(object, SendProtocol)`
    ///
    /// Asking the protocol itself is slow. Up to Python 3.11 it asks for its members by `hasattr`, so an object without `node`
    /// is none, unless its class has a metaclass of its own, which may be registered.
    fn is_send(&mut self, object: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = self.py;
        let class = object.get_type();
        if self.types.is_send(&class)? {
            return Ok(true);
        }
        if py.version_info() < (3, 12)
            && class.get_type().is(py.get_type::<PyType>())
            && !raw::has_attribute(object, intern!(py, "node"))?
        {
            return Ok(false);
        }
        self.tally.python(Reason::Protocol);
        object.is_instance(self.types.send_protocol.bind(py))
    }

    fn dataclass(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let py = self.py;
        let (module, class) = self.class_names(object)?;
        let fields = object.getattr(intern!(py, "__dataclass_fields__"))?;
        let payload = PyDict::new(py);
        for field in fields.call_method0(intern!(py, "values"))?.try_iter()? {
            let field = field?;
            if !field
                .getattr(intern!(py, "_field_type"))?
                .is(&self.types.field_marker)
            {
                continue;
            }
            let name = field.getattr(intern!(py, "name"))?;
            let value = object.getattr(name.cast::<PyString>().map_err(PyErr::from)?)?;
            payload.set_item(name, value)?;
        }
        self.named(
            CONSTRUCTOR_KW_ARGS,
            Names::Told(&module, &class),
            payload.as_any(),
        )
    }
}
