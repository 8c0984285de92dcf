//! The Python objects that channels know, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::protocol::{find, find_class};

/// What is looked up once per process.
pub struct Names {
    /// `langgraph.channels.base.BaseChannel`
    pub base_channel: Py<PyType>,
    /// `langgraph.errors.EmptyChannelError`
    pub empty_channel_error: Py<PyType>,
    /// `langgraph.errors.InvalidUpdateError`
    pub invalid_update_error: Py<PyType>,
    /// The sentinel `MISSING`, known by its identity.
    pub missing: Py<PyAny>,
    /// `langgraph.types.Overwrite`
    pub overwrite: Py<PyType>,
    /// `langgraph.checkpoint.serde.types._DeltaSnapshot`
    pub delta_snapshot: Py<PyType>,
    /// `copy.copy`
    pub copy: Py<PyAny>,
    /// `format`
    pub format: Py<PyAny>,
    /// `Required` and `NotRequired`
    pub requirements: [Py<PyAny>; 2],
    /// What cannot be instantiated, and the class that stands in for it.
    pub concrete: Vec<(Py<PyAny>, Py<PyAny>)>,
    /// `collections.abc.Sequence`
    pub sequence: Py<PyAny>,
    /// `list`
    pub list: Py<PyAny>,
    /// `copyreg._slotnames`
    pub slot_names: Py<PyAny>,
    /// `object.__reduce_ex__`
    pub reduce_ex: Py<PyAny>,
}

static NAMES: PyOnceLock<Names> = PyOnceLock::new();

impl Names {
    /// The table; imports LangGraph at the first call.
    ///
    /// # Errors
    /// `ImportError` if there is no LangGraph.
    #[inline]
    pub fn get(py: Python<'_>) -> PyResult<&'static Self> {
        NAMES.get_or_try_init(py, || Self::load(py))
    }

    fn load(py: Python<'_>) -> PyResult<Self> {
        let class = |module, name| find_class(py, module, name);
        let attribute = |module, name| find(py, module, name);
        let mut concrete = Vec::new();
        for (names, stand_in) in [
            (["Sequence", "MutableSequence"], "list"),
            (["Set", "MutableSet"], "set"),
            (["Mapping", "MutableMapping"], "dict"),
        ] {
            for name in names {
                concrete.push((
                    attribute("collections.abc", name)?,
                    attribute("builtins", stand_in)?,
                ));
            }
        }
        Ok(Self {
            base_channel: class("langgraph.channels.base", "BaseChannel")?,
            empty_channel_error: class("langgraph.errors", "EmptyChannelError")?,
            invalid_update_error: class("langgraph.errors", "InvalidUpdateError")?,
            missing: attribute("langgraph._internal._typing", "MISSING")?,
            overwrite: class("langgraph.types", "Overwrite")?,
            delta_snapshot: class("langgraph.checkpoint.serde.types", "_DeltaSnapshot")?,
            copy: attribute("copy", "copy")?,
            format: attribute("builtins", "format")?,
            requirements: [
                attribute("typing_extensions", "Required")?,
                attribute("typing_extensions", "NotRequired")?,
            ],
            concrete,
            sequence: attribute("collections.abc", "Sequence")?,
            list: attribute("builtins", "list")?,
            slot_names: attribute("copyreg", "_slotnames")?,
            reduce_ex: py
                .import("builtins")?
                .getattr("object")?
                .getattr("__reduce_ex__")?
                .unbind(),
        })
    }
}
