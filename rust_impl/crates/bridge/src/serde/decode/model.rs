//! Models that are made straight of the bytes of their fields.

use codec::allowlist::is_safe_type;
use codec::envelope::PYDANTIC_V2;
use codec::read::{ReadError, Reader, Token};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyModule, PySet, PyString, PyTuple, PyType};

use super::super::kept::State as _;
use super::super::models;
use super::super::raw;
use super::super::tally::Kind;
use super::arguments::index;
use super::found::{Names, Place};
use super::known::{Found, Met, is_imported};
use super::level::Envelope;
use super::{Decoder, Hook, Revived};

/// What upstream calls with the fields, as it is stored.
const METHOD: &[u8] = b"\xb3model_validate_json";

impl<'py> Decoder<'py> {
    /// What a pydantic model comes to that is made of its fields as they are. `None` if it is to be read like anything else.
    pub(super) fn model(&mut self, data: &[u8]) -> Option<Revived<'py>> {
        let py = self.py;
        // A look at what is there, before anybody is asked whether it may be used.
        let (met, reader) = match self.known.known().model(self.types, py, data) {
            Some(known) => known,
            None => self.meet(data)?,
        };
        let Met { class, plan, .. } = &met;
        let kept = plan.init.as_ref()?.kept(py)?;
        let Self { keys, items, .. } = self;
        let mut read = models::read(py, self.types, kept, keys, items, reader)?;
        let is_whole =
            read.rest.strip(METHOD) || matches!(read.rest.token(false), Ok(Token::Str(_)));
        if !is_whole || (read.has_moments && !self.reads_moments()) {
            return None;
        }
        // Now as upstream does, with what it lets others see.
        let found = if self.passes_quietly(&met).unwrap_or(false) {
            Ok(Some(class.clone().into_any()))
        } else {
            Names::of(&met.key).and_then(|names| {
                if self.type_allowed(&names)? {
                    let (class, _) = self.class(&names.module, &names.name)?;
                    return Ok(Some(class));
                }
                Ok(None)
            })
        };
        if let Ok(Some(found)) = &found
            && found.is(class)
            && plan.is_of(class)
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

    /// The model that an extension begins with, and what follows.
    fn meet<'a>(&mut self, data: &'a [u8]) -> Option<(Met<'py>, Reader<'a>)> {
        let (py, types) = (self.py, self.types);
        let (envelope, reader) = Envelope::read(PYDANTIC_V2, data)?;
        let Envelope::Read(head, module, name) = envelope else {
            return None;
        };
        let is_safe = is_safe_type(module, name);
        let module = self.keys.get(py, module.as_bytes()).ok()?;
        let name = self.keys.get(py, name.as_bytes()).ok()?;
        let (class, found) = self.settled(&module, &name)?;
        let plan = self.plans.of(types, &class)?;
        let table = types.gate_names.bind(py);
        let table = table.get_item(intern!(py, "SAFE_MSGPACK_TYPES")).ok()?;
        let found = found.filter(|_| table.is_some_and(|table| table.is(&types.safe_types)));
        let met = Met {
            class,
            plan,
            key: PyTuple::new(py, [module, name]).ok()?,
            is_safe,
            gate: found.as_ref().map(|found| found.versions[Place::GATE]),
        };
        if let Some(found) = &found {
            self.known.known().add(head, &met, found);
        }
        Some((met, reader))
    }

    /// The class of this name in a module that is in `sys.modules`, and where it was found, if nobody is importing that just now.
    fn settled(
        &self,
        module: &Bound<'py, PyString>,
        name: &Bound<'py, PyString>,
    ) -> Option<(Bound<'py, PyType>, Option<Found<'py>>)> {
        let py = self.py;
        let module = self.types.modules.bind(py).get_item(module).ok()??;
        let module = module.cast_into_exact::<PyModule>().ok()?;
        let names = module.dict();
        let versions = Place::versions(self.types, &names);
        let class = names.get_item(name).ok()??.cast_into::<PyType>().ok()?;
        let spec = names.get_item(intern!(py, "__spec__")).ok().flatten();
        let import = self.types.importlib.bind(py);
        let import = import.get_item(intern!(py, "import_module")).ok()?;
        let imports_as_ever = import.is_some_and(|import| import.is(&self.types.import_module));
        let found = spec.and_then(|spec| {
            let is_settled = imports_as_ever && (spec.is_none() || is_imported(&spec));
            is_settled.then(|| Found {
                module,
                versions,
                spec: Some(spec).filter(|spec| !spec.is_none()),
            })
        });
        Some((class, found))
    }

    /// Whether a type is allowed, and upstream's functions for events and warnings would do nothing that anybody sees.
    fn passes_quietly(&mut self, met: &Met<'py>) -> PyResult<bool> {
        let Hook::Native(allowed) = &self.hook else {
            return Ok(false);
        };
        let gate = raw::dict_version(self.types.gate_names.bind(self.py));
        if met.gate != Some(gate) {
            return Ok(false);
        }
        if met.is_safe {
            return Ok(true);
        }
        if let Ok(allowed) = allowed.cast_exact::<PySet>() {
            return allowed.contains(&met.key);
        }
        if !allowed.is(PyBool::new(self.py, true)) {
            return Ok(false);
        }
        self.is_quiet(&met.key, true)
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
            && self.settled(name, name).is_some_and(|(class, found)| {
                found.is_some() && known == Some(class.as_ptr() as usize)
            })
    }
}
