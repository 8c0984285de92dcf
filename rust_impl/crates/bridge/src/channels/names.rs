//! The Python objects of upstream that channels know, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// What is looked up once per process.
pub struct Names {
    /// `langgraph.channels.base.BaseChannel`
    pub base_channel: Py<PyType>,
    /// `langgraph.errors.EmptyChannelError`
    pub empty_channel_error: Py<PyType>,
    /// The sentinel `MISSING`, known by its identity.
    pub missing: Py<PyAny>,
}

static NAMES: PyOnceLock<Names> = PyOnceLock::new();

impl Names {
    /// The table; imports LangGraph at the first call.
    ///
    /// # Errors
    /// `ImportError` if there is no LangGraph.
    #[inline]
    pub fn get(py: Python<'_>) -> PyResult<&Self> {
        NAMES.get_or_try_init(py, || Self::load(py))
    }

    fn load(py: Python<'_>) -> PyResult<Self> {
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            let class = py.import(module)?.getattr(name)?;
            Ok(class.cast_into::<PyType>()?.unbind())
        };
        Ok(Self {
            base_channel: class("langgraph.channels.base", "BaseChannel")?,
            empty_channel_error: class("langgraph.errors", "EmptyChannelError")?,
            missing: py
                .import("langgraph._internal._typing")?
                .getattr("MISSING")?
                .unbind(),
        })
    }
}
