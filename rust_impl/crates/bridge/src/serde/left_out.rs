//! Python functions that are not called, because it is known what they do.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::raw;

/// Functions with the code that they are known to have. Which functions a class has its version tag tells.
pub struct LeftOut(Vec<(Holder, Py<PyAny>)>);

/// Where a function is.
enum Holder {
    /// The class has it under this name. It is not held, for it may hold the class.
    Class(Py<PyString>),
    /// An object has it under this name.
    Object(Py<PyAny>, Py<PyString>),
    /// Here.
    Itself(Py<PyAny>),
}

impl LeftOut {
    /// Of what `recognition` found: an object or none, a name or none, and the code.
    pub fn new(py: Python<'_>, found: Vec<(Py<PyAny>, Py<PyString>, Py<PyAny>)>) -> Self {
        let functions = found.into_iter().map(|(object, name, code)| {
            let holder = if object.is_none(py) {
                Holder::Class(name)
            } else if raw::utf8(name.bind(py)).is_none_or(<[u8]>::is_empty) {
                Holder::Itself(object)
            } else {
                Holder::Object(object, name)
            };
            (holder, code)
        });
        Self(functions.collect())
    }

    /// Whether nobody gave them other code.
    #[inline]
    pub fn are_as_they_were(&self, class: &Bound<'_, PyType>) -> bool {
        let py = class.py();
        self.0.iter().all(|(holder, code)| {
            let code = code.bind(py);
            let found = match holder {
                Holder::Itself(function) => return raw::has_code(function.bind(py), code),
                Holder::Class(name) => raw::class_attribute(class, name.bind(py)),
                Holder::Object(object, name) => object.bind(py).getattr(name.bind(py)).ok(),
            };
            found.is_some_and(|found| {
                // A method, or what a class makes a function one with, has it inside.
                raw::has_code(&found, code)
                    || found
                        .getattr(intern!(py, "__func__"))
                        .is_ok_and(|function| raw::has_code(&function, code))
            })
        })
    }
}
