//! Upstream's modules and classes that the mappings need, looked up once; names that tests and users replace are read at each call.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::protocol::{find, find_class};

/// What is looked up once per process.
pub struct Upstream {
    /// `langgraph.pregel._io`, for its logger.
    pub io: Py<PyModule>,
    /// `langgraph.pregel._checkpoint`: `uuid6`, `datetime`, the channel classes and the snapshot limit are read from it at each call.
    pub checkpoint: Py<PyModule>,
    /// `langgraph.types.Send`
    pub send: Py<PyType>,
    /// `langgraph.types.PregelTask`
    pub pregel_task: Py<PyType>,
    /// `langgraph.pregel._task_status.TaskStatus`
    pub task_status: Py<PyType>,
    /// `langgraph.checkpoint.base.EXCLUDED_METADATA_KEYS`
    pub excluded_metadata_keys: Py<PyAny>,
    /// `CONTROL_WRITES`
    pub control_writes: Py<PyAny>,
    /// `dataclasses.asdict`
    pub asdict: Py<PyAny>,
    /// `collections.abc.Sequence`
    pub sequence: Py<PyAny>,
    /// `inspect.signature`
    pub signature: Py<PyAny>,
    /// `uuid.UUID`
    pub uuid: Py<PyAny>,
    /// `max`
    pub max: Py<PyAny>,
    /// `sorted`
    pub sorted: Py<PyAny>,
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
        let object = |module, name| find(py, module, name);
        Ok(Self {
            io: py.import("langgraph.pregel._io")?.unbind(),
            checkpoint: py.import("langgraph.pregel._checkpoint")?.unbind(),
            send: class("langgraph.types", "Send")?,
            pregel_task: class("langgraph.types", "PregelTask")?,
            task_status: class("langgraph.pregel._task_status", "TaskStatus")?,
            excluded_metadata_keys: object("langgraph.checkpoint.base", "EXCLUDED_METADATA_KEYS")?,
            control_writes: object("langgraph.pregel._task_status", "CONTROL_WRITES")?,
            asdict: object("dataclasses", "asdict")?,
            sequence: object("collections.abc", "Sequence")?,
            signature: object("inspect", "signature")?,
            uuid: object("uuid", "UUID")?,
            max: object("builtins", "max")?,
            sorted: object("builtins", "sorted")?,
        })
    }
}
