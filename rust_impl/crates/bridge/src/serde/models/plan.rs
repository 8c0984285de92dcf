//! What is known of each class, for as long as nothing is assigned to it or to a class that it has to do with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::super::changes::Changes;
use super::super::raw;
use super::super::types::Types;
use super::class::Tags;
use super::dump::Dump;
use super::init::Init;
use super::schema::Schema;

/// Classes whose plans are kept at once.
const KEPT: usize = 4096;

static PLANS: Mutex<Option<HashMap<usize, Arc<Plan>>>> = Mutex::new(None);

/// What is known of a class.
pub struct Plan {
    tags: Tags,
    changes: Changes,
    /// How its instances are written without `model_dump()`.
    pub dump: Option<Dump>,
    /// How they are made without `__init__`.
    pub init: Option<Init>,
}

/// The plans that one call has just used.
#[derive(Default)]
pub struct Plans {
    recent: [Option<(usize, Arc<Plan>)>; 4],
    next: usize,
}

impl Plans {
    /// The plan of a class, if it is a pydantic model.
    #[inline]
    pub fn of(&mut self, types: &Types, class: &Bound<'_, PyType>) -> Option<Arc<Plan>> {
        if !raw::is_subclass(class, types.base_model.bind(class.py())) {
            return None;
        }
        let address = class.as_ptr() as usize;
        for (known, plan) in self.recent.iter().flatten() {
            if *known == address && plan.is_of(class) {
                return Some(plan.clone());
            }
        }
        let plan = Plan::of(types, class)?;
        if let Some(place) = self.recent.get_mut(self.next % 4) {
            *place = Some((address, plan.clone()));
            self.next += 1;
        }
        Some(plan)
    }
}

impl Plan {
    fn of(types: &Types, class: &Bound<'_, PyType>) -> Option<Arc<Self>> {
        let address = class.as_ptr() as usize;
        let known = PLANS
            .lock()
            .ok()
            .and_then(|plans| plans.as_ref()?.get(&address).cloned());
        if let Some(plan) = &known
            && plan.is_of(class)
        {
            return known;
        }
        let changes = Changes::more(class, known.as_deref().map(|plan| &plan.changes))?;
        let plan = Arc::new(Self::made(types, class, changes)?);
        let evicted = match PLANS.lock() {
            Ok(mut plans) => {
                let plans = plans.get_or_insert_default();
                let evicted = if plans.len() >= KEPT {
                    std::mem::take(plans)
                } else {
                    HashMap::new()
                };
                (evicted, plans.insert(address, plan.clone()))
            }
            Err(_) => return None,
        };
        // Only now: dropping them lets go of Python objects.
        drop(evicted);
        // Looking runs Python code, which may have changed it.
        plan.is_of(class).then_some(plan)
    }

    /// Whether this is still what is known of the class.
    #[inline]
    pub fn is_of(&self, class: &Bound<'_, PyType>) -> bool {
        let py = class.py();
        Tags::of(class) == Some(self.tags)
            && self.dump.as_ref().is_none_or(|dump| dump.is_valid(py))
            && self.init.as_ref().is_none_or(|init| init.is_valid(py))
    }

    fn made(types: &Types, class: &Bound<'_, PyType>, changes: Changes) -> Option<Self> {
        let tags = Tags::given(class)?;
        let (dump, init) = match Schema::of(types, class) {
            Ok(Some(schema)) => (
                Dump::of(types, class, &schema).ok().flatten(),
                Init::of(types, class, &schema).ok().flatten(),
            ),
            Ok(None) | Err(_) => (None, None),
        };
        Some(Self {
            tags,
            changes,
            dump,
            init,
        })
    }
}
