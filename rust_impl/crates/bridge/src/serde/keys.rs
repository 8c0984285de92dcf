//! Strings that were keys of maps: most documents repeat them, and one object does for all.

use codec::read::ReadError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::raw;

const SLOTS: usize = 2048;
/// Longer keys are not kept.
const LONGEST: usize = 64;

type Slots = Vec<Option<Py<PyString>>>;

static KEPT: raw::Slot<Slots> = raw::Slot::empty();

/// The kept keys, lent to one reader until it is dropped. Another one that runs meanwhile begins with none.
pub struct Keys {
    slots: Option<Box<Slots>>,
}

impl Drop for Keys {
    fn drop(&mut self) {
        drop(self.slots.take().and_then(|slots| KEPT.put(slots)));
    }
}

impl Keys {
    /// Takes what earlier readers kept.
    pub fn lent() -> Self {
        Self { slots: KEPT.take() }
    }

    /// The key of this text.
    ///
    /// # Errors
    /// [`ReadError::InvalidStr`] if it is no UTF-8.
    #[inline(always)]
    pub fn get<'py>(
        &mut self,
        py: Python<'py>,
        text: &[u8],
    ) -> Result<Bound<'py, PyString>, ReadError> {
        if text.len() > LONGEST {
            return raw::new_text(py, text);
        }
        if let Some(slots) = &self.slots
            && let Some(Some(kept)) = slots.get(slot_of(text))
            && raw::utf8(kept.bind(py)).is_some_and(|kept| same(kept, text))
        {
            return Ok(kept.bind(py).clone());
        }
        self.add(py, text)
    }

    #[inline(never)]
    fn add<'py>(
        &mut self,
        py: Python<'py>,
        text: &[u8],
    ) -> Result<Bound<'py, PyString>, ReadError> {
        let key = raw::new_text(py, text)?;
        let slots = self.slots.get_or_insert_default();
        if slots.is_empty() {
            slots.resize_with(SLOTS, || None);
        }
        if let Some(slot) = slots.get_mut(slot_of(text)) {
            *slot = Some(key.clone().unbind());
        }
        Ok(key)
    }
}

/// Equality of what is short, without a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (
        a.first_chunk::<8>(),
        b.first_chunk::<8>(),
        a.last_chunk::<8>(),
        b.last_chunk::<8>(),
    ) {
        (Some(first), Some(other), Some(last), Some(end)) if a.len() <= 16 => {
            first == other && last == end
        }
        (Some(_), ..) => a == b,
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}

#[inline(always)]
fn slot_of(text: &[u8]) -> usize {
    let mix =
        |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let mut hash = text.len() as u64;
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    if let (Some(last), false) = (text.last_chunk::<8>(), rest.is_empty()) {
        hash = mix(hash, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        hash = mix(hash, u64::from(first) << 32 | u64::from(last));
    } else {
        let word = rest
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = mix(hash, word);
    }
    // The last bytes of a word have a part in the highest bits alone.
    (hash >> 53) as usize % SLOTS
}
