//! `dumps_typed` and `loads_typed`.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyString, PyTuple};

use super::{decode, encode};

/// The base of `langgraph_rs.serde.JsonPlusSerializer`: the two methods that every checkpoint goes through.
#[pyclass(subclass, frozen, module = "langgraph_rs._core")]
pub struct TypedCodec;

#[pymethods]
impl TypedCodec {
    #[new]
    #[pyo3(signature = (*_arguments, **_options))]
    fn new(_arguments: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> Self {
        Self
    }

    /// The tag and the bytes of an object; mirrors upstream's, whose TypeError it raises.
    fn dumps_typed<'py>(
        this: &Bound<'py, Self>,
        obj: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let py = this.py();
        let typed = |tag: &Bound<'py, PyString>, data: Bound<'py, PyAny>| {
            PyTuple::new(py, [tag.clone().into_any(), data])
        };
        let is_plain = obj.is_exact_instance_of::<PyDict>()
            || obj.is_exact_instance_of::<PyString>()
            || obj.is_exact_instance_of::<PyList>();
        if !is_plain {
            if obj.is_none() {
                return typed(intern!(py, "null"), PyBytes::new(py, b"").into_any());
            }
            if obj.is_instance(py.get_type::<PyBytes>().as_any())? {
                return typed(intern!(py, "bytes"), obj.clone());
            }
            if obj.is_instance(py.get_type::<PyByteArray>().as_any())? {
                return typed(intern!(py, "bytearray"), obj.clone());
            }
        }
        match encode::encode(obj) {
            Ok(data) => typed(intern!(py, "msgpack"), data.into_any()),
            Err(error) if error.is_instance_of::<PyTypeError>(py) => {
                if this.getattr(intern!(py, "pickle_fallback"))?.is_truthy()? {
                    // In Python, so that what pickle raises has the refusal for its context.
                    let arguments = (obj, error.into_value(py));
                    let pickled = this.call_method1(intern!(py, "_dumps_refused"), arguments)?;
                    return Ok(pickled.cast_into()?);
                }
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// The object of a tag and bytes; mirrors upstream's, whose ValueError and NotImplementedError it raises.
    fn loads_typed<'py>(
        this: &Bound<'py, Self>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        if let Ok(typed) = data.cast_exact::<PyTuple>()
            && typed.len() == 2
            && let Ok(tag) = typed.get_item(0)?.cast_into_exact::<PyString>()
        {
            let payload = typed.get_item(1)?;
            match tag.to_str() {
                Ok("msgpack") => {
                    let hook = this.getattr(intern!(py, "_unpack_ext_hook"))?;
                    return decode::decode_msgpack(&payload, &hook);
                }
                Ok("null") => return Ok(py.None().into_bound(py)),
                Ok("bytes") => return Ok(payload),
                _ => {}
            }
        }
        this.call_method1(intern!(py, "_loads_rarer"), (data,))
    }
}
