//! Models that are made straight of the bytes of their fields.

use codec::allowlist::is_safe_type;
use codec::envelope::PYDANTIC_V2;
use codec::read::{ReadError, Token};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyModule, PySet, PyString, PyTuple, PyType};

use super::super::models;
use super::super::raw;
use super::super::tally::Kind;
use super::found::Names;
use super::{Decoder, Envelope, Hook, Revived, index};

impl<'py> Decoder<'py> {
    /// What a pydantic model comes to that is made of its fields as they are. `None` if it is to be read like anything else.
    pub(super) fn model(&mut self, data: &[u8]) -> Option<Revived<'py>> {
        let py = self.py;
        let (envelope, reader) = Envelope::read(PYDANTIC_V2, data)?;
        let Envelope::Read(_, module, name) = envelope else {
            return None;
        };
        let text = (module, name);
        let module = self.keys.get(py, module.as_bytes()).ok()?;
        let name = self.keys.get(py, name.as_bytes()).ok()?;
        // A look at what is there, before anybody is asked whether it may be used.
        let (class, is_settled) = self.settled(&module, &name)?;
        let plan = self.plans.of(self.types, &class)?;
        let kept = plan.init.as_ref()?.kept(py)?;
        let Self { keys, items, .. } = self;
        let mut read = models::read(py, self.types, kept, keys, items, reader)?;
        if !matches!(read.rest.token(false), Ok(Token::Str(_)))
            || (read.has_moments && !self.reads_moments())
        {
            return None;
        }
        // Now as upstream does, with what it lets others see.
        let passes = self.passes_quietly(text, &module, &name);
        let is_quiet = is_settled && passes.unwrap_or(false);
        let (module, name) = (module.into_any(), name.into_any());
        let found = if is_quiet {
            Ok(Some(class.clone().into_any()))
        } else {
            Names::new(module, name).and_then(|names| {
                if self.type_allowed(&names)? {
                    let (class, _) = self.class(&names.module, &names.name)?;
                    return Ok(Some(class));
                }
                Ok(None)
            })
        };
        if let Ok(Some(found)) = &found
            && found.is(&class)
            && plan.is_of(&class)
            && plan
                .init
                .as_ref()
                .is_some_and(|init| init.kept(py).is_some())
        {
            self.tally.values(Kind::Str, 3);
            self.tally.value(Kind::Array);
            self.tally.add(&read.kinds);
            return Some(Ok(read.model));
        }
        // What was asked must not be asked again, so only the fields are read anew.
        drop(read);
        let fields = self
            .document(data)
            .and_then(|parts| index(&parts, 2).map_err(|_| ReadError::Internal));
        Some(fields.and_then(|fields| {
            let made = match found {
                Ok(Some(class)) => self.instance(PYDANTIC_V2, &class, &fields),
                Ok(None) => Ok(fields.clone()),
                Err(error) => Err(error),
            };
            made.or_else(|error| {
                if error.is_instance_of::<PyException>(py) {
                    Ok(fields)
                } else {
                    Err(ReadError::ExtHookFailed)
                }
            })
        }))
    }

    /// The class of this name in a module that is in `sys.modules`, and whether nobody is importing that just now.
    fn settled(
        &self,
        module: &Bound<'py, PyString>,
        name: &Bound<'py, PyString>,
    ) -> Option<(Bound<'py, PyType>, bool)> {
        let py = self.py;
        let module = self.types.modules.bind(py).get_item(module).ok()??;
        let names = module.cast_exact::<PyModule>().ok()?.dict();
        let class = names.get_item(name).ok()??.cast_into::<PyType>().ok()?;
        let spec = names.get_item(intern!(py, "__spec__")).ok().flatten();
        let import = self.types.importlib.bind(py);
        let import = import.get_item(intern!(py, "import_module")).ok()?;
        let imports_as_ever = import.is_some_and(|import| import.is(&self.types.import_module));
        let is_settled = spec.is_some_and(|spec| {
            if spec.is_none() {
                return true;
            }
            let initializing = raw::in_dict(&spec, intern!(py, "_initializing"));
            initializing.is_some_and(|initializing| initializing.is(PyBool::new(py, false)))
        });
        Some((class, is_settled && imports_as_ever))
    }

    /// Whether a type is allowed, and upstream's functions for events and warnings would do nothing that anybody sees.
    fn passes_quietly(
        &self,
        text: (&str, &str),
        module: &Bound<'py, PyString>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<bool> {
        let (py, types) = (self.py, self.types);
        let gate = types.gate_names.bind(py);
        let Some(safe) = gate.get_item(intern!(py, "SAFE_MSGPACK_TYPES"))? else {
            return Ok(false);
        };
        let Hook::Native(allowed) = &self.hook else {
            return Ok(false);
        };
        if !safe.is(&types.safe_types) {
            return Ok(false);
        }
        if is_safe_type(text.0, text.1) {
            return Ok(true);
        }
        let key = PyTuple::new(py, [module, name])?;
        if let Ok(allowed) = allowed.cast_exact::<PySet>() {
            return allowed.contains(&key);
        }
        if !allowed.is(PyBool::new(py, true)) {
            return Ok(false);
        }
        let own = types.jsonplus_names.bind(py);
        let events = types.event_names.bind(py);
        let (Some(emit), Some(warn), Some(seen), Some(listeners)) = (
            own.get_item(intern!(py, "emit_serde_event"))?,
            own.get_item(intern!(py, "_warn_once"))?,
            own.get_item(intern!(py, "_warned_unregistered_types"))?,
            events.get_item(intern!(py, "_listeners"))?,
        ) else {
            return Ok(false);
        };
        Ok(types.emit_event.is_as_it_was(&emit)
            && types.warn_once.is_as_it_was(&warn)
            && listeners
                .cast_exact::<PyList>()
                .is_ok_and(|listeners| listeners.is_empty())
            && seen
                .cast_exact::<PySet>()
                .is_ok_and(|seen| seen.contains(&key).is_ok_and(|seen| seen)))
    }

    /// Whether upstream makes moments by `datetime.fromisoformat`, and nobody notices.
    fn reads_moments(&self) -> bool {
        let py = self.py;
        let safe = self
            .types
            .gate_names
            .bind(py)
            .get_item(intern!(py, "SAFE_MSGPACK_METHODS"));
        let is_safe =
            safe.is_ok_and(|safe| safe.is_some_and(|safe| safe.is(&self.types.safe_methods)));
        let name = intern!(py, "datetime");
        let known = self.types.closed("datetime", "datetime");
        is_safe
            && self.settled(name, name).is_some_and(|(class, is_settled)| {
                is_settled && known == Some(class.as_ptr() as usize)
            })
    }
}
