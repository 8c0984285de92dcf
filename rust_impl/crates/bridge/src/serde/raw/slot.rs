//! Something that one borrower has at a time.

use std::sync::atomic::{AtomicPtr, Ordering};

/// A place for one thing that is taken out and put back.
pub struct Slot<T>(AtomicPtr<T>);

impl<T: Send> Slot<T> {
    /// With nothing in it.
    pub const fn empty() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// What is in it, which is then the caller's.
    pub fn take(&self) -> Option<Box<T>> {
        let thing = self.0.swap(std::ptr::null_mut(), Ordering::Acquire);
        // SAFETY: it came from `put`, and whoever takes it away is the only one who has it.
        (!thing.is_null()).then(|| unsafe { Box::from_raw(thing) })
    }

    /// Puts a thing in; what was there is given out.
    pub fn put(&self, thing: Box<T>) -> Option<Box<T>> {
        let thing = self.0.swap(Box::into_raw(thing), Ordering::AcqRel);
        // SAFETY: as above.
        (!thing.is_null()).then(|| unsafe { Box::from_raw(thing) })
    }
}
