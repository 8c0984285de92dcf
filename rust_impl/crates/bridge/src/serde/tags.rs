//! The states of classes.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::raw;

/// The numbers that the states of a class and of its metaclass have, which are taken away when something is assigned to them or
/// to one of their bases.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tags(u32, u32);

impl Tags {
    /// The present ones; none if a class was changed and not used since.
    #[inline]
    pub fn of(class: &Bound<'_, PyType>) -> Option<Self> {
        Some(Self(
            raw::version_tag(class)?,
            raw::version_tag(&class.get_type())?,
        ))
    }

    /// The present ones, which a lookup gives to a class that has none.
    pub fn given(class: &Bound<'_, PyType>) -> Option<Self> {
        for one in [class, &class.get_type()] {
            raw::class_attribute(one, intern!(class.py(), "__class__"));
        }
        Self::of(class)
    }
}
