//! How often a class had to be looked at anew.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyType, PyWeakrefMethods, PyWeakrefReference};

/// A class that changes more often than this is not looked at every time.
const CHANGES: u32 = 16;

/// It is looked at once in so many times.
const PATIENCE: u32 = 256;

/// The changes of one class. Classes are found by their addresses, to which another class comes when one is gone.
pub struct Changes {
    class: Py<PyWeakrefReference>,
    count: u32,
    refused: AtomicU32,
}

impl Changes {
    /// One more than `before`, which was known of a class at this address; none if that was another class. Nothing if the class has
    /// changed so often that another look is not worth while yet.
    pub fn more(class: &Bound<'_, PyType>, before: Option<&Self>) -> Option<Self> {
        let py = class.py();
        let own = before.filter(|before| {
            let known = before.class.bind(py).upgrade();
            known.is_some_and(|known| known.is(class))
        });
        if let Some(own) = own
            && own.count >= CHANGES
            && own.refused.fetch_add(1, Ordering::Relaxed) < PATIENCE
        {
            return None;
        }
        Some(Self {
            class: match own {
                Some(own) => own.class.clone_ref(py),
                None => PyWeakrefReference::new(class.as_any()).ok()?.unbind(),
            },
            count: own.map_or(0, |own| own.count.saturating_add(1)),
            refused: AtomicU32::new(0),
        })
    }
}
