//! The gate: which types and methods may be made something of, with the events and warnings that upstream has for the others.

use codec::allowlist::{is_safe_method, is_safe_type};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PySet, PyString, PyTuple};

use super::super::raw;
use super::super::tally::Reason;
use super::super::types::Types;
use super::found::Names;
use super::{Decoder, Hook};

const UNREGISTERED: &str = "Deserializing unregistered type %s.%s from checkpoint. This will be blocked in a future version. \
    Set LANGGRAPH_STRICT_MSGPACK=true to block now, or add to allowed_msgpack_modules to allow explicitly: [(%r, %r)]";
const BLOCKED: &str = "Blocked deserialization of %s.%s - not in allowed_msgpack_modules. \
    Add to allowed_msgpack_modules to allow: [(%r, %r)]";
const METHOD_BLOCKED: &str =
    "Blocked deserialization of method call %s.%s.%s - not in allowed methods set.";

/// Where upstream's own functions for events and warnings look whether there is anything to do, for as long as nothing else was
/// put in their place.
pub struct Quiet {
    versions: [u64; 2],
    emit: Py<PyAny>,
    listeners: Py<PyList>,
    warn: Py<PyAny>,
    unregistered: Py<PySet>,
    blocked: Py<PySet>,
}

impl Quiet {
    fn versions(types: &Types, py: Python<'_>) -> [u64; 2] {
        [
            raw::dict_version(types.jsonplus_names.bind(py)),
            raw::dict_version(types.event_names.bind(py)),
        ]
    }

    /// As it now is; nothing if something else is in its place.
    fn found(types: &Types, py: Python<'_>) -> PyResult<Option<Self>> {
        let versions = Self::versions(types, py);
        let own = types.jsonplus_names.bind(py);
        let (Some(emit), Some(warn)) = (
            own.get_item(intern!(py, "emit_serde_event"))?,
            own.get_item(intern!(py, "_warn_once"))?,
        ) else {
            return Ok(None);
        };
        let set = |name| -> PyResult<Option<Py<PySet>>> {
            let set = own.get_item(name)?;
            Ok(set.and_then(|set| Some(set.cast_into_exact().ok()?.unbind())))
        };
        let events = types.event_names.bind(py);
        let listeners = events.get_item(intern!(py, "_listeners"))?;
        let listeners = listeners.and_then(|all| all.cast_into_exact::<PyList>().ok());
        let (Some(listeners), Some(unregistered), Some(blocked)) = (
            listeners,
            set(intern!(py, "_warned_unregistered_types"))?,
            set(intern!(py, "_warned_blocked_types"))?,
        ) else {
            return Ok(None);
        };
        Ok(Some(Self {
            versions,
            emit: emit.unbind(),
            listeners: listeners.unbind(),
            warn: warn.unbind(),
            unregistered,
            blocked,
        }))
    }

    /// Whether nobody would see an event, nor a warning of this type.
    fn holds(&self, types: &Types, key: &Bound<'_, PyTuple>, allows_all: bool) -> PyResult<bool> {
        let py = key.py();
        let seen = if allows_all {
            &self.unregistered
        } else {
            &self.blocked
        };
        Ok(types.emit_event.is_as_it_was(self.emit.bind(py))
            && self.listeners.bind(py).is_empty()
            && types.warn_once.is_as_it_was(self.warn.bind(py))
            && seen.bind(py).contains(key)?)
    }
}

impl<'py> Decoder<'py> {
    /// `_check_allowed(module, name)`
    ///
    /// # Errors
    /// What comparing the names, or a listener, raises.
    pub fn type_allowed(&mut self, names: &Names<'py>) -> PyResult<bool> {
        let (py, types) = (self.py, self.types);
        let Names { module, name, key } = names;
        let safe = self.gate_table(intern!(py, "SAFE_MSGPACK_TYPES"))?;
        if safe.is(&types.safe_types)
            && let (Ok(module), Ok(name)) = (
                module.cast_exact::<PyString>(),
                name.cast_exact::<PyString>(),
            )
        {
            if is_safe_type(module.to_str()?, name.to_str()?) {
                return Ok(true);
            }
        } else if safe.contains(key)? {
            return Ok(true);
        }
        let Hook::Native(allowed) = &self.hook else {
            return Ok(false);
        };
        let allows_all = allowed.is(PyBool::new(py, true));
        if !allows_all && !allowed.is_none() && allowed.contains(key)? {
            return Ok(true);
        }
        if self.is_quiet(key, allows_all)? {
            return Ok(allows_all);
        }
        let (kind, seen, text) = if allows_all {
            (
                "msgpack_unregistered_allowed",
                intern!(py, "_warned_unregistered_types"),
                UNREGISTERED,
            )
        } else {
            (
                "msgpack_blocked",
                intern!(py, "_warned_blocked_types"),
                BLOCKED,
            )
        };
        self.tally.python(Reason::Gate);
        let event = PyDict::new(py);
        event.set_item("kind", kind)?;
        event.set_item("module", module)?;
        event.set_item("name", name)?;
        let jsonplus = types.jsonplus.bind(py);
        jsonplus.call_method1(intern!(py, "emit_serde_event"), (event,))?;
        let warn = jsonplus.getattr(intern!(py, "_warn_once"))?;
        let seen = jsonplus.getattr(seen)?;
        warn.call1((seen, key, text, module, name, module, name))?;
        Ok(allows_all)
    }

    /// Whether upstream's functions for events and warnings would do nothing that anybody sees.
    pub fn is_quiet(&mut self, key: &Bound<'py, PyTuple>, allows_all: bool) -> PyResult<bool> {
        let (py, types) = (self.py, self.types);
        let known = self.known.known();
        if let Some(quiet) = &known.quiet
            && quiet.versions == Quiet::versions(types, py)
        {
            return quiet.holds(types, key, allows_all);
        }
        known.quiet = Quiet::found(types, py)?;
        match &known.quiet {
            Some(quiet) => quiet.holds(types, key, allows_all),
            None => Ok(false),
        }
    }

    fn gate_table(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let table = self.types.gate_names.bind(self.py).get_item(name)?;
        table.ok_or_else(|| pyo3::exceptions::PyAttributeError::new_err(name.clone().unbind()))
    }

    /// `_check_allowed_method(module, name, method)`
    ///
    /// # Errors
    /// What comparing the names, or a listener, raises.
    pub fn method_allowed(
        &mut self,
        names: &Names<'py>,
        method: &Bound<'py, PyAny>,
    ) -> PyResult<bool> {
        let (py, types) = (self.py, self.types);
        let Names { module, name, .. } = names;
        let safe = self.gate_table(intern!(py, "SAFE_MSGPACK_METHODS"))?;
        if safe.is(&types.safe_methods)
            && let (Ok(module), Ok(name), Ok(method)) = (
                module.cast_exact::<PyString>(),
                name.cast_exact::<PyString>(),
                method.cast_exact::<PyString>(),
            )
            && is_safe_method(module.to_str()?, name.to_str()?, method.to_str()?)
        {
            return Ok(true);
        }
        if safe.contains(PyTuple::new(py, [module, name, method])?)? {
            return Ok(true);
        }
        self.tally.python(Reason::Gate);
        let event = PyDict::new(py);
        event.set_item("kind", "msgpack_method_blocked")?;
        event.set_item("module", module)?;
        event.set_item("name", name)?;
        event.set_item("method", method)?;
        let jsonplus = types.jsonplus.bind(py);
        jsonplus.call_method1(intern!(py, "emit_serde_event"), (event,))?;
        jsonplus.getattr(intern!(py, "logger"))?.call_method1(
            intern!(py, "warning"),
            (METHOD_BLOCKED, module, name, method),
        )?;
        Ok(false)
    }
}
