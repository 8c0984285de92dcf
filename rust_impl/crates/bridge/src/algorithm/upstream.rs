//! The Python objects of upstream that the algorithm makes, or tells apart: looked up once.
//!
//! What users or tests may replace is not in this table: it is looked up when it is used, in the globals of upstream's `_algo`, where
//! upstream's own functions would look for it ([`global`]).

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

use crate::protocol::{find, find_class};

/// What is looked up once per process.
pub struct Upstream {
    algo: Py<PyModule>,
    /// `langgraph.types.PregelExecutableTask`
    pub executable_task: Py<PyType>,
    /// `langgraph.types.PregelTask`
    pub task: Py<PyType>,
    /// `langgraph._internal._scratchpad.PregelScratchpad`
    pub scratchpad: Py<PyType>,
    /// `langgraph.runtime.Runtime`
    pub runtime: Py<PyType>,
    /// `langgraph.runtime.ExecutionInfo`
    pub execution_info: Py<PyType>,
    /// `langgraph._internal._config._DefaultRecursionLimit`
    pub default_recursion_limit: Py<PyType>,
    /// `langchain_core.callbacks.BaseCallbackManager`
    pub base_manager: Py<PyType>,
    /// `langchain_core.callbacks.CallbackManager`
    pub manager: Py<PyType>,
    /// `langchain_core.callbacks.AsyncCallbackManager`
    pub async_manager: Py<PyType>,
    /// `collections.abc.Mapping`
    pub mapping: Py<PyType>,
    /// `collections.deque`
    pub deque: Py<PyType>,
    /// `functools.partial`
    pub partial: Py<PyType>,
    /// `copy.copy`
    pub copy: Py<PyAny>,
    /// The sentinel `MISSING`, known by its identity.
    pub missing: Py<PyAny>,
}

static UPSTREAM: PyOnceLock<Upstream> = PyOnceLock::new();

impl Upstream {
    /// The table; imports LangGraph at the first call.
    ///
    /// # Errors
    /// `ImportError` if there is no LangGraph.
    #[inline]
    pub fn get(py: Python<'_>) -> PyResult<&Self> {
        UPSTREAM.get_or_try_init(py, || Self::load(py))
    }

    fn load(py: Python<'_>) -> PyResult<Self> {
        let class = |module, name| find_class(py, module, name);
        let value = |module, name| find(py, module, name);
        Ok(Self {
            algo: py.import("langgraph.pregel._algo")?.unbind(),
            executable_task: class("langgraph.types", "PregelExecutableTask")?,
            task: class("langgraph.types", "PregelTask")?,
            scratchpad: class("langgraph._internal._scratchpad", "PregelScratchpad")?,
            runtime: class("langgraph.runtime", "Runtime")?,
            execution_info: class("langgraph.runtime", "ExecutionInfo")?,
            default_recursion_limit: class(
                "langgraph._internal._config",
                "_DefaultRecursionLimit",
            )?,
            base_manager: class("langchain_core.callbacks", "BaseCallbackManager")?,
            manager: class("langchain_core.callbacks", "CallbackManager")?,
            async_manager: class("langchain_core.callbacks", "AsyncCallbackManager")?,
            mapping: class("collections.abc", "Mapping")?,
            deque: class("collections", "deque")?,
            partial: class("functools", "partial")?,
            copy: value("copy", "copy")?,
            missing: value("langgraph._internal._typing", "MISSING")?,
        })
    }
}

/// What a name means in upstream's `_algo` now.
///
/// # Errors
/// `AttributeError` if somebody deleted it.
#[inline]
pub fn global<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = name.py();
    Upstream::get(py)?.algo.bind(py).getattr(name)
}
