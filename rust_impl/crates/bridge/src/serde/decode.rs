//! Bytes to Python objects.
//!
//! Mirrors `ormsgpack.unpackb` with `_create_msgpack_ext_hook`. Nothing here recurses: open containers and extensions are
//! frames on stacks of their own, and no length is believed beyond the bytes that are there for it.

mod arguments;
mod containers;
mod document;
mod found;
mod gate;
mod import;
mod instance;
mod known;
mod leaf;
mod level;
mod library;
mod make;
mod model;
mod moment;
mod numpy;
mod revive;

use codec::read::ReadError;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView};

use super::keys::Keys;
use super::models::Plans;
use super::tally::{DECODED, Tally};
use super::types::Types;
use found::{Finds, Place};
use known::Lent;
use level::Frame;

pub use moment::moment;

/// Upstream's extension hook with its allowlist: `True`, `None` or a set of `(module, name)`.
///
/// A reader that is given one does natively what it stands for; called, it reads one extension.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct ExtHook {
    allowed: Py<PyAny>,
}

#[pymethods]
impl ExtHook {
    #[new]
    fn new(allowed: Bound<'_, PyAny>) -> Self {
        Self {
            allowed: allowed.unbind(),
        }
    }

    fn __copy__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __deepcopy__<'py>(this: Bound<'py, Self>, _memo: Bound<'py, PyAny>) -> Bound<'py, Self> {
        this
    }

    fn __call__<'py>(
        this: &Bound<'py, Self>,
        code: &Bound<'py, PyAny>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let Ok(code @ 0..=7) = code.extract::<i8>() else {
            return Ok(py.None().into_bound(py));
        };
        with_bytes(data, |bytes| {
            let mut decoder = Decoder::new(py, Hook::Native(this.get().allowed.bind(py).clone()))?;
            let inner = decoder.document(bytes);
            let value = decoder.revive(code, inner);
            decoder.finish(bytes.len(), value)
        })
    }
}

/// `ormsgpack.unpackb(data, ext_hook=hook, option=OPT_NON_STR_KEYS)`; raises `ValueError` (its `MsgpackDecodeError`).
#[pyfunction]
pub fn decode_msgpack<'py>(
    data: &Bound<'py, PyAny>,
    hook: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let hook = match hook.cast_exact::<ExtHook>() {
        Ok(native) => Hook::Native(native.get().allowed.bind(py).clone()),
        Err(_) => Hook::Custom(hook.clone()),
    };
    with_bytes(data, |bytes| {
        let mut decoder = Decoder::new(py, hook)?;
        let value = decoder.document(bytes);
        decoder.finish(bytes.len(), value)
    })
}

/// Bytes are read where they are; what may change meanwhile is copied.
fn with_bytes<'py, T>(
    data: &Bound<'py, PyAny>,
    work: impl FnOnce(&[u8]) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(data) = data.cast_exact::<PyBytes>() {
        return work(data.as_bytes());
    }
    if let Ok(data) = data.cast_exact::<PyByteArray>() {
        return work(&data.to_vec());
    }
    if data.is_exact_instance_of::<PyMemoryView>() {
        let py = data.py();
        let contiguous = data
            .getattr(intern!(py, "c_contiguous"))
            .and_then(|flag| flag.is_truthy());
        if let Ok(true) = contiguous {
            let copy = data
                .call_method0(intern!(py, "tobytes"))?
                .cast_into::<PyBytes>()?;
            return work(copy.as_bytes());
        }
        return Err(PyValueError::new_err(
            "Input type memoryview must be a C contiguous buffer",
        ));
    }
    Err(PyValueError::new_err(
        "Input must be bytes, bytearray, memoryview",
    ))
}

/// What happens at an extension.
enum Hook<'py> {
    /// Upstream's, with this allowlist.
    Native(Bound<'py, PyAny>),
    Custom(Bound<'py, PyAny>),
}
struct Decoder<'py> {
    py: Python<'py>,
    types: &'py Types,
    hook: Hook<'py>,
    frames: Vec<Frame<'py>>,
    /// The items of open lists and tuples, of all frames.
    items: Vec<Bound<'py, PyAny>>,
    keys: Keys,
    plans: Plans,
    finds: Finds<'py>,
    known: Lent,
    numpy: Option<(Bound<'py, PyAny>, Place<'py>)>,
    tally: Tally,
}

/// What an extension or a document came to.
type Revived<'py> = Result<Bound<'py, PyAny>, ReadError>;

impl<'py> Decoder<'py> {
    fn new(py: Python<'py>, hook: Hook<'py>) -> PyResult<Self> {
        Ok(Self {
            py,
            types: Types::get(py)?,
            hook,
            frames: Vec::new(),
            items: Vec::new(),
            keys: Keys::lent(),
            plans: Plans::default(),
            finds: Finds::default(),
            known: Lent::default(),
            numpy: None,
            tally: Tally::of(py, &DECODED),
        })
    }

    fn finish(&self, bytes: usize, value: Revived<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.tally.call(bytes, value.is_err());
        value.map_err(|error| PyValueError::new_err(error.to_string()))
    }
}
