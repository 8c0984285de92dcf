//! What is known of each class, for as long as nothing is assigned to it or to a class that it has to do with.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::super::changes::Changes;
use super::super::kept::{Recent, State, Table};
use super::super::raw;
use super::super::tags::Tags;
use super::super::types::Types;
use super::dump::Dump;
use super::init::Init;
use super::schema::Schema;

static PLANS: Table<Plan> = Table::new();

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
pub struct Plans(Recent<Plan>);

impl Plans {
    /// The plan of a class, if it is a pydantic model.
    #[inline]
    pub fn of(&mut self, types: &Types, class: &Bound<'_, PyType>) -> Option<Arc<Plan>> {
        if !raw::is_subclass(class, types.base_model.bind(class.py())) {
            return None;
        }
        let look = |changes| Plan::made(types, class, changes);
        self.0.of(&PLANS, class, look)
    }
}

impl State for Plan {
    #[inline]
    fn is_of(&self, class: &Bound<'_, PyType>) -> bool {
        let py = class.py();
        Tags::of(class) == Some(self.tags)
            && self.dump.as_ref().is_none_or(|dump| dump.is_valid(py))
            && self.init.as_ref().is_none_or(|init| init.is_valid(py))
    }

    fn changes(&self) -> &Changes {
        &self.changes
    }
}

impl Plan {
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
