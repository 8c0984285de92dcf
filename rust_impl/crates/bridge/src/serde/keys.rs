//! Strings that were keys of maps: most documents repeat them, and one object does for all.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyString;

const SLOTS: usize = 1024;
/// Longer keys are not kept.
const LONGEST: usize = 64;

/// A key and its text.
type Slot = Option<(Box<str>, Py<PyString>)>;

static KEPT: Mutex<Option<Vec<Slot>>> = Mutex::new(None);

/// The kept keys, lent to one reader. Another one that runs meanwhile begins with none.
pub struct Keys {
    slots: Vec<Slot>,
}

impl Keys {
    /// Takes what earlier readers kept.
    pub fn lent() -> Self {
        let kept = KEPT.lock().ok().and_then(|mut kept| kept.take());
        Self {
            slots: kept.unwrap_or_default(),
        }
    }

    /// Gives them back.
    pub fn give_back(self) {
        if let Ok(mut kept) = KEPT.lock()
            && kept.is_none()
        {
            *kept = Some(self.slots);
        }
    }

    /// The key of this text.
    #[inline]
    pub fn get<'py>(&mut self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        if text.len() > LONGEST {
            return PyString::new(py, text);
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let Some(slot) = self.slots.get_mut(slot_of(text.as_bytes())) else {
            return PyString::new(py, text);
        };
        if let Some((kept, key)) = slot
            && **kept == *text
        {
            return key.bind(py).clone();
        }
        let key = PyString::new(py, text);
        *slot = Some((text.into(), key.clone().unbind()));
        key
    }
}

fn slot_of(text: &[u8]) -> usize {
    let mix =
        |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(text.len() as u64, |hash, word| {
        mix(hash, u64::from_le_bytes(*word))
    });
    let hash = rest
        .iter()
        .fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    (hash >> 32) as usize % SLOTS
}
