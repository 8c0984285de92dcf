//! Classes as they were when they were looked at.

use pyo3::prelude::*;
use pyo3::types::{PyType, PyWeakrefMethods, PyWeakrefReference};

use super::super::raw;
use super::super::tags::Tags;

/// Functions with the code that they are known to have.
#[derive(Default)]
pub struct Functions(Vec<(Py<PyAny>, Py<PyAny>)>);

impl Functions {
    /// Of pairs of a function and its code.
    pub fn new(pairs: Vec<(Py<PyAny>, Py<PyAny>)>) -> Self {
        Self(pairs)
    }

    /// More of them.
    pub fn extend(&mut self, pairs: Vec<(Py<PyAny>, Py<PyAny>)>) {
        self.0.extend(pairs);
    }

    /// Whether none was given other code.
    #[inline]
    pub fn are_as_they_were(&self, py: Python<'_>) -> bool {
        let same = |(function, code): &(Py<PyAny>, Py<PyAny>)| {
            raw::has_code(function.bind(py), code.bind(py))
        };
        self.0.iter().all(same)
    }
}

/// A class that may be gone.
pub struct Seen {
    class: Py<PyWeakrefReference>,
    tags: Tags,
}

impl Seen {
    /// The class as it is now.
    pub fn now(class: &Bound<'_, PyType>) -> Option<Self> {
        Some(Self {
            class: PyWeakrefReference::new(class.as_any()).ok()?.unbind(),
            tags: Tags::given(class)?,
        })
    }

    /// The class, if it is still there.
    #[inline]
    pub fn class<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyType>> {
        self.class.bind(py).upgrade()?.cast_into::<PyType>().ok()
    }

    /// Whether nothing was assigned to it.
    #[inline]
    pub fn is_as_it_was(&self, py: Python<'_>) -> bool {
        self.class(py)
            .is_some_and(|class| Tags::of(&class) == Some(self.tags))
    }
}
