//! What was found out about classes, kept for as long as nothing is assigned to them or to one of their bases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::changes::Changes;
use super::tags::Tags;

/// Classes that a table has at once.
const MOST: usize = 4096;

/// What is known of a class in one of its states.
pub trait State {
    /// Whether the class is still in that state.
    fn is_of(&self, class: &Bound<'_, PyType>) -> bool;

    /// How often it was in others.
    fn changes(&self) -> &Changes;
}

/// What is known of a class in the state that its tags tell.
pub struct Kept<T> {
    tags: Tags,
    changes: Changes,
    /// What was found out.
    pub known: T,
}

impl<T> Kept<T> {
    /// What a look finds out of a class as it now is.
    pub fn looked(
        class: &Bound<'_, PyType>,
        changes: Changes,
        look: impl FnOnce() -> Option<T>,
    ) -> Option<Self> {
        Some(Self {
            tags: Tags::given(class)?,
            changes,
            known: look()?,
        })
    }
}

impl<T> State for Kept<T> {
    #[inline]
    fn is_of(&self, class: &Bound<'_, PyType>) -> bool {
        Tags::of(class) == Some(self.tags)
    }

    fn changes(&self) -> &Changes {
        &self.changes
    }
}

/// By the address of a class. A class that is gone leaves its entry to whichever comes to its place, which has other tags.
pub struct Table<S: 'static>(Mutex<Option<HashMap<usize, Arc<S>>>>);

impl<S: State> Table<S> {
    /// With nothing in it.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What is known of a class, found out by `look` if it has not been. Nothing for a class that changes all the time.
    pub fn of(
        &self,
        class: &Bound<'_, PyType>,
        look: impl FnOnce(Changes) -> Option<S>,
    ) -> Option<Arc<S>> {
        let address = class.as_ptr() as usize;
        let before = self
            .0
            .lock()
            .ok()
            .and_then(|all| all.as_ref()?.get(&address).cloned());
        if let Some(state) = &before
            && state.is_of(class)
        {
            return before;
        }
        let changes = Changes::more(class, before.as_deref().map(S::changes))?;
        let state = Arc::new(look(changes)?);
        let dropped = match self.0.lock() {
            Ok(mut all) => {
                let all = all.get_or_insert_default();
                let evicted = if all.len() >= MOST {
                    std::mem::take(all)
                } else {
                    HashMap::new()
                };
                (evicted, all.insert(address, state.clone()))
            }
            Err(_) => return None,
        };
        // Only now, without the lock: this lets go of Python objects.
        drop(dropped);
        // Looking runs Python code, which may have changed it.
        state.is_of(class).then_some(state)
    }
}

/// The classes that one call has just met.
pub struct Recent<S> {
    states: [Option<(usize, Arc<S>)>; 4],
    next: usize,
}

impl<S> Default for Recent<S> {
    fn default() -> Self {
        Self {
            states: [const { None }; 4],
            next: 0,
        }
    }
}

impl<S: State> Recent<S> {
    /// As [`Table::of`].
    #[inline]
    pub fn of(
        &mut self,
        table: &Table<S>,
        class: &Bound<'_, PyType>,
        look: impl FnOnce(Changes) -> Option<S>,
    ) -> Option<Arc<S>> {
        let address = class.as_ptr() as usize;
        for (known, state) in self.states.iter().flatten() {
            if *known == address && state.is_of(class) {
                return Some(state.clone());
            }
        }
        let state = table.of(class, look)?;
        if let Some(place) = self.states.get_mut(self.next % 4) {
            *place = Some((address, state.clone()));
            self.next += 1;
        }
        Some(state)
    }
}
