//! Upstream's checkpoint serializer on Python objects: straight to bytes and straight back, with no tree in between.

mod changes;
mod decode;
mod encode;
mod kept;
mod keys;
mod left_out;
mod lowering;
mod models;
pub mod raw;
mod tags;
mod tally;
mod typed;
mod types;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Adds the functions to the extension module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(encode::encode_msgpack, module)?)?;
    module.add_function(wrap_pyfunction!(decode::decode_msgpack, module)?)?;
    module.add_function(wrap_pyfunction!(codec_counters, module)?)?;
    module.add_class::<typed::TypedCodec>()?;
    module.add_class::<decode::ExtHook>()
}

/// What was coded since the process began, and what of it was given to Python.
#[pyfunction]
fn codec_counters(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("encoded", tally::ENCODED.to_dict(py)?)?;
    dict.set_item("decoded", tally::DECODED.to_dict(py)?)?;
    Ok(dict)
}
