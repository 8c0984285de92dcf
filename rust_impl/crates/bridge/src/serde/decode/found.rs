//! What an extension's module and name lead to, looked up once per call and class.
//!
//! It holds for as long as nothing was assigned in the dicts that it was found in, which their versions tell.

use std::rc::Rc;

use codec::allowlist::{is_safe_method, is_safe_type};
use codec::envelope::{CONSTRUCTOR_POS_ARGS, METHOD_SINGLE_ARG};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyTuple};

use super::super::raw;
use super::super::types::Types;
use super::make::Make;

/// Classes that are remembered at once.
const MOST: usize = 16;

/// A class as it was found.
pub struct Found<'py> {
    code: i8,
    /// The data before the payload.
    pub head: Box<[u8]>,
    /// The names of it.
    pub names: Names<'py>,
    /// What is called on it, of extensions that call a method.
    pub method: Option<Bound<'py, PyString>>,
    /// Whether upstream's own table allows it, whatever the serializer's.
    pub is_safe: bool,
    /// Whether it is `langgraph.types.Send` by name, which upstream makes in its own way.
    pub is_send: bool,
    /// The class, or whatever has that name.
    pub class: Bound<'py, PyAny>,
    /// How its objects are made.
    pub make: Make,
    place: Option<Place<'py>>,
}

/// A module and a name in it.
pub struct Names<'py> {
    /// `module`
    pub module: Bound<'py, PyAny>,
    /// `name`
    pub name: Bound<'py, PyAny>,
    /// `(module, name)`
    pub key: Bound<'py, PyTuple>,
}

impl<'py> Names<'py> {
    /// Of these two.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn new(module: Bound<'py, PyAny>, name: Bound<'py, PyAny>) -> PyResult<Self> {
        let key = PyTuple::new(module.py(), [&module, &name])?;
        Ok(Self { module, name, key })
    }

    /// Of a `(module, name)`.
    ///
    /// # Errors
    /// `IndexError` if there is less in it.
    pub fn of(key: &Bound<'py, PyTuple>) -> PyResult<Self> {
        Ok(Self {
            module: key.get_item(0)?,
            name: key.get_item(1)?,
            key: key.clone(),
        })
    }
}

/// Versions of dicts.
pub type Versions = [u64; 4];

/// Where a class was found.
pub struct Place<'py> {
    module: Bound<'py, PyModule>,
    names: Bound<'py, PyDict>,
    versions: Versions,
}

impl<'py> Place<'py> {
    /// Which of the versions is the gate's.
    pub const GATE: usize = 3;

    /// A module that is in `sys.modules`, as it is now.
    pub fn of(types: &Types, module: &Bound<'py, PyAny>) -> Option<Self> {
        let module = module.cast_exact::<PyModule>().ok()?.clone();
        let names = module.dict();
        let versions = Self::versions(types, &names);
        Some(Self {
            module,
            names,
            versions,
        })
    }

    /// Those of what a class is looked up in, of which the first is its module's.
    #[inline]
    pub fn versions(types: &Types, names: &Bound<'py, PyDict>) -> Versions {
        let py = names.py();
        [
            raw::dict_version(names),
            raw::dict_version(types.modules.bind(py)),
            raw::dict_version(types.importlib.bind(py)),
            raw::dict_version(types.gate_names.bind(py)),
        ]
    }

    /// Whether what was found there is found there still.
    #[inline]
    pub fn is_as_it_was(&self, types: &Types) -> bool {
        self.module.is_exact_instance_of::<PyModule>()
            && self.versions == Self::versions(types, &self.names)
    }

    /// What the module has under this name.
    pub fn get(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.names.get_item(name)
    }

    /// Whether an object is the module's own of this name, and not the module type's.
    fn has(&self, name: &Bound<'py, PyAny>, object: &Bound<'py, PyAny>) -> bool {
        let own = self.names.get_item(name).ok().flatten();
        own.is_some_and(|own| own.is(object))
    }
}

impl<'py> Found<'py> {
    /// What was found in a module, where it may be remembered.
    pub fn new(
        types: &Types,
        (code, head): (i8, &[u8]),
        names: Names<'py>,
        method: Option<Bound<'py, PyString>>,
        class: Bound<'py, PyAny>,
        place: Option<Place<'py>>,
    ) -> PyResult<Self> {
        let py = class.py();
        let text = |name: &Bound<'py, PyAny>| -> Option<String> {
            Some(
                name.cast_exact::<PyString>()
                    .ok()?
                    .to_str()
                    .ok()?
                    .to_owned(),
            )
        };
        let gate = types.gate_names.bind(py);
        let (own_module, own_name) = (text(&names.module), text(&names.name));
        let is_send = code == CONSTRUCTOR_POS_ARGS
            && own_module.as_deref() == Some("langgraph.types")
            && own_name.as_deref() == Some("Send");
        let is_safe = match (own_module, own_name, &method) {
            (Some(module), Some(name), None) if code != METHOD_SINGLE_ARG => {
                let safe = gate.get_item(intern!(py, "SAFE_MSGPACK_TYPES"))?;
                safe.is_some_and(|safe| safe.is(&types.safe_types)) && is_safe_type(&module, &name)
            }
            (Some(module), Some(name), Some(method)) => {
                let safe = gate.get_item(intern!(py, "SAFE_MSGPACK_METHODS"))?;
                safe.is_some_and(|safe| safe.is(&types.safe_methods))
                    && is_safe_method(&module, &name, method.to_str()?)
            }
            _ => false,
        };
        let place = place.filter(|place| place.has(&names.name, &class));
        Ok(Self {
            code,
            head: head.into(),
            make: Make::of(types, code, &class, method.as_ref()),
            names,
            method,
            is_safe,
            is_send,
            class,
            place,
        })
    }

    /// Whether it would be found again.
    #[inline]
    pub fn is_as_it_was(&self, types: &Types) -> bool {
        self.place
            .as_ref()
            .is_some_and(|place| place.is_as_it_was(types))
    }
}

/// What one call has found.
#[derive(Default)]
pub struct Finds<'py> {
    known: Vec<Rc<Found<'py>>>,
    last: usize,
    next: usize,
}

impl<'py> Finds<'py> {
    /// What extensions of this code whose data begin so have led to, and the data that follow.
    #[inline]
    pub fn begin<'a>(&mut self, code: i8, data: &'a [u8]) -> Option<(Rc<Found<'py>>, &'a [u8])> {
        let rest = |found: &Found<'py>| {
            if found.code == code {
                data.strip_prefix(&*found.head)
            } else {
                None
            }
        };
        if let Some(found) = self.known.get(self.last)
            && let Some(rest) = rest(found)
        {
            return Some((found.clone(), rest));
        }
        for (place, found) in self.known.iter().enumerate() {
            if let Some(rest) = rest(found) {
                self.last = place;
                return Some((found.clone(), rest));
            }
        }
        None
    }

    /// Remembers what was found, in the place of what extensions that begin so led to before.
    pub fn add(&mut self, found: &Rc<Found<'py>>) {
        if found.place.is_none() || found.head.is_empty() {
            return;
        }
        let same = |known: &Rc<Found<'py>>| known.code == found.code && known.head == found.head;
        if let Some(known) = self.known.iter_mut().find(|known| same(known)) {
            *known = found.clone();
        } else if self.known.len() < MOST {
            self.known.push(found.clone());
        } else if let Some(known) = self.known.get_mut(self.next % MOST) {
            *known = found.clone();
            self.next += 1;
        }
    }
}
