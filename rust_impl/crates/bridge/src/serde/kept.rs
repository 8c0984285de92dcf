//! What was found out about classes, kept for as long as nothing is assigned to them or to one of their bases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::changes::Changes;
use super::raw;

/// Classes that a table has at once.
const MOST: usize = 4096;

/// What is known of a class in the state that its version tag and that of its metaclass tell.
pub struct Kept<T> {
    tag: u32,
    meta: u32,
    changes: Changes,
    /// What was found out.
    pub known: T,
}

impl<T> Kept<T> {
    /// Whether the class is still what it was.
    #[inline]
    pub fn is_of(&self, class: &Bound<'_, PyType>) -> bool {
        raw::version_tag(class) == Some(self.tag)
            && raw::version_tag(&class.get_type()) == Some(self.meta)
    }
}

/// By the address of a class. A class that is gone leaves its entry to whichever comes to its place, which has another tag.
pub struct Table<T: 'static>(Mutex<Option<HashMap<usize, Arc<Kept<T>>>>>);

impl<T> Table<T> {
    /// With nothing in it.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What is known of a class, found out by `look` if it has not been. Nothing for a class that changes all the time.
    pub fn of(
        &self,
        class: &Bound<'_, PyType>,
        look: impl FnOnce() -> Option<T>,
    ) -> Option<Arc<Kept<T>>> {
        let address = class.as_ptr() as usize;
        let before = self
            .0
            .lock()
            .ok()
            .and_then(|all| all.as_ref()?.get(&address).cloned());
        if let Some(kept) = &before
            && kept.is_of(class)
        {
            return before;
        }
        let changes = Changes::more(class, before.as_deref().map(|kept| &kept.changes))?;
        let metaclass = class.get_type();
        // A lookup gives a class its tag.
        for one in [class, &metaclass] {
            raw::class_attribute(one, intern!(class.py(), "__class__"));
        }
        let (tag, meta) = (raw::version_tag(class)?, raw::version_tag(&metaclass)?);
        let kept = Arc::new(Kept {
            tag,
            meta,
            changes,
            known: look()?,
        });
        let dropped = match self.0.lock() {
            Ok(mut all) => {
                let all = all.get_or_insert_default();
                let evicted = if all.len() >= MOST {
                    std::mem::take(all)
                } else {
                    HashMap::new()
                };
                (evicted, all.insert(address, kept.clone()))
            }
            Err(_) => return None,
        };
        // Only now, without the lock: this lets go of Python objects.
        drop(dropped);
        // Looking runs Python code, which may have changed it.
        kept.is_of(class).then_some(kept)
    }
}

/// The classes that one call has just met.
pub struct Recent<T: 'static> {
    kept: [Option<(usize, Arc<Kept<T>>)>; 4],
    next: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            kept: [const { None }; 4],
            next: 0,
        }
    }
}

impl<T> Recent<T> {
    /// As [`Table::of`].
    #[inline]
    pub fn of(
        &mut self,
        table: &Table<T>,
        class: &Bound<'_, PyType>,
        look: impl FnOnce() -> Option<T>,
    ) -> Option<Arc<Kept<T>>> {
        let address = class.as_ptr() as usize;
        for (known, kept) in self.kept.iter().flatten() {
            if *known == address && kept.is_of(class) {
                return Some(kept.clone());
            }
        }
        let kept = table.of(class, look)?;
        if let Some(place) = self.kept.get_mut(self.next % 4) {
            *place = Some((address, kept.clone()));
            self.next += 1;
        }
        Some(kept)
    }
}
