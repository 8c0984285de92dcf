//! The Python extension module `langgraph_rs._core`: worker entry points that take a case and return an observation.
#![deny(unsafe_code)]

mod algorithm;
mod case;
mod channels;
mod inspect;
mod mapping;
mod protocol;
mod serde;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Runs one case (JSON text, `docs/cases.md`) on the native crates and returns its observation as JSON text.
///
/// Raises `ValueError` for a malformed case. A Rust panic reaches Python as `PanicException`.
#[pyfunction]
fn run_case(py: Python<'_>, text: &str) -> PyResult<String> {
    py.detach(|| case::run(text))
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Provokes a fault inside Rust, so that the harness can be seen to catch one: `panic` or `abort`.
#[pyfunction]
fn provoke(what: &str) -> PyResult<()> {
    match what {
        #[allow(clippy::panic)]
        "panic" => panic!("planted panic"),
        "abort" => std::process::abort(),
        other => Err(PyValueError::new_err(format!(
            "unknown fault {other:?}; expected \"panic\" or \"abort\""
        ))),
    }
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    module.add("__profile__", profile)?;
    module.add_function(wrap_pyfunction!(run_case, module)?)?;
    module.add_function(wrap_pyfunction!(provoke, module)?)?;
    serde::register(module)?;
    channels::register(module)?;
    algorithm::register(module)?;
    module.add_function(wrap_pyfunction!(inspect::inspect_msgpack, module)?)?;
    module.add_class::<inspect::Item>()?;
    mapping::register(module)?;
    Ok(())
}
