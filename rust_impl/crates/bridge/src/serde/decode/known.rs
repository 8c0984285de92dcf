//! What earlier calls have learned: where models were found, and where upstream looks before it tells anybody anything.
//!
//! It holds for as long as nothing was assigned in the dicts that it was found in, which their versions tell. No class and no module
//! is kept alive for it.

use std::sync::Arc;

use codec::read::Reader;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyModule, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};

use super::super::kept::State as _;
use super::super::models::Plan;
use super::super::raw;
use super::super::types::Types;
use super::found::{Place, Versions};
use super::gate::Quiet;

/// Models that are remembered at once.
const MOST: usize = 16;

static KEPT: raw::Slot<Known> = raw::Slot::empty();

/// What is known, lent to one reader until it is dropped. Another one that runs meanwhile begins with nothing.
#[derive(Default)]
pub struct Lent(Option<Box<Known>>);

impl Drop for Lent {
    fn drop(&mut self) {
        drop(self.0.take().and_then(|known| KEPT.put(known)));
    }
}

impl Lent {
    /// What earlier readers learned.
    #[inline]
    pub fn known(&mut self) -> &mut Known {
        self.0
            .get_or_insert_with(|| KEPT.take().unwrap_or_default())
    }
}

/// What is known.
#[derive(Default)]
pub struct Known {
    models: Vec<Model>,
    last: usize,
    next: usize,
    /// Where upstream looks before it tells anybody anything.
    pub quiet: Option<Quiet>,
}

/// A model that an extension names.
pub struct Met<'py> {
    /// The class that is found under the names.
    pub class: Bound<'py, PyType>,
    /// What is known of it.
    pub plan: Arc<Plan>,
    /// `(module, name)`
    pub key: Bound<'py, PyTuple>,
    /// Whether upstream's own table allows it.
    pub is_safe: bool,
    /// The version of `vars(_msgpack)` if that has upstream's own table, and what finds the class is what always does.
    pub gate: Option<u64>,
}

/// Where a model was found.
pub struct Found<'py> {
    /// The module.
    pub module: Bound<'py, PyModule>,
    /// Of the dicts that were looked into.
    pub versions: Versions,
    /// The module's `__spec__`, if that is not `None`.
    pub spec: Option<Bound<'py, PyAny>>,
}

/// What is remembered of a model.
struct Model {
    /// What its extensions begin with.
    head: Box<[u8]>,
    module: Py<PyWeakrefReference>,
    versions: Versions,
    spec: Option<Py<PyWeakrefReference>>,
    class: Py<PyWeakrefReference>,
    plan: Arc<Plan>,
    key: Py<PyTuple>,
    is_safe: bool,
}

impl Known {
    /// The model that an extension begins with, and what follows.
    #[inline]
    pub fn model<'a, 'py>(
        &mut self,
        types: &Types,
        py: Python<'py>,
        data: &'a [u8],
    ) -> Option<(Met<'py>, Reader<'a>)> {
        let rest = |model: &Model| data.strip_prefix(&*model.head);
        if let Some(model) = self.models.get(self.last)
            && let Some(rest) = rest(model)
        {
            return Some((model.met(types, py)?, Reader::new(rest)));
        }
        let mut models = self.models.iter().enumerate();
        let (place, model, rest) =
            models.find_map(|(place, model)| Some((place, model, rest(model)?)))?;
        self.last = place;
        Some((model.met(types, py)?, Reader::new(rest)))
    }

    /// Remembers a model, in the place of what extensions that begin so were before.
    pub fn add(&mut self, head: &[u8], met: &Met<'_>, found: &Found<'_>) {
        let weak = |object: &Bound<'_, PyAny>| -> Option<Py<PyWeakrefReference>> {
            Some(PyWeakrefReference::new(object).ok()?.unbind())
        };
        let spec = match &found.spec {
            Some(spec) => match weak(spec) {
                Some(spec) => Some(spec),
                None => return,
            },
            None => None,
        };
        let (Some(module), Some(class)) = (weak(&found.module), weak(&met.class)) else {
            return;
        };
        let model = Model {
            head: head.into(),
            module,
            versions: found.versions,
            spec,
            class,
            plan: met.plan.clone(),
            key: met.key.clone().unbind(),
            is_safe: met.is_safe,
        };
        let same = self
            .models
            .iter_mut()
            .find(|known| known.head == model.head);
        if let Some(known) = same {
            *known = model;
        } else if self.models.len() < MOST {
            self.models.push(model);
        } else if let Some(known) = self.models.get_mut(self.next % MOST) {
            *known = model;
            self.next += 1;
        }
    }
}

impl Model {
    /// The model, if it would be found again.
    #[inline]
    fn met<'py>(&self, types: &Types, py: Python<'py>) -> Option<Met<'py>> {
        let there = |weak: &Py<PyWeakrefReference>| weak.bind(py).upgrade();
        let module = there(&self.module)?.cast_into_exact::<PyModule>().ok()?;
        if Place::versions(types, &module.dict()) != self.versions {
            return None;
        }
        if let Some(spec) = &self.spec
            && !is_imported(&there(spec)?)
        {
            return None;
        }
        let class = there(&self.class)?.cast_into::<PyType>().ok()?;
        self.plan.is_of(&class).then(|| Met {
            class,
            plan: self.plan.clone(),
            key: self.key.bind(py).clone(),
            is_safe: self.is_safe,
            gate: Some(self.versions[Place::GATE]),
        })
    }
}

/// Whether nobody is importing the module of this `__spec__` just now.
#[inline]
pub fn is_imported(spec: &Bound<'_, PyAny>) -> bool {
    let py = spec.py();
    raw::in_dict(spec, intern!(py, "_initializing"))
        .is_some_and(|initializing| initializing.is(PyBool::new(py, false)))
}
