//! Which models are made without a call of their class.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::super::raw;
use super::super::types::Types;
use super::class::Functions;
use super::kept::Kept;
use super::schema::{Schema, Unknown, is_true, text_at};

/// A model whose `__init__` hands everything to its validator.
pub struct Init {
    left_out: Functions,
    /// The argument that has to come first.
    leading: Py<PyString>,
    /// What the validator leaves as it is.
    kept: Option<Kept>,
}

/// A model, and how it was made.
pub enum Made<'py> {
    /// Of the data as they are.
    Taken(Bound<'py, PyAny>),
    /// By its validator.
    Validated(Bound<'py, PyAny>),
}

impl Init {
    /// What the schema says of a class; `None` if its constructors do more than hand data on.
    pub fn of<'py>(
        types: &Types,
        class: &Bound<'py, PyType>,
        schema: &Schema<'py>,
    ) -> Unknown<Self> {
        let py = class.py();
        // Whatever wraps the model may give something else than the object that is being made.
        let Some(root) = schema.resolved(&schema.root)? else {
            return Ok(None);
        };
        if text_at(&root, "type")?.as_deref() != Some("model") || is_true(&root, "root_model")? {
            return Ok(None);
        }
        let found = types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "constructor"), (class,))?;
        if found.is_none() {
            return Ok(None);
        }
        let (chain, leading) = found.extract::<(Vec<(Py<PyAny>, Py<PyAny>)>, Py<PyString>)>()?;
        Ok(Some(Self {
            left_out: Functions::new(chain),
            leading,
            kept: Kept::of(types, schema, &root)?,
        }))
    }

    /// Whether the classes of the models in it are as they were.
    #[inline]
    pub fn is_valid(&self, py: Python<'_>) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.is_valid(py))
    }

    /// What the validator leaves as it is, if the constructors are what they were known to be.
    #[inline]
    pub fn kept(&self, py: Python<'_>) -> Option<&Kept> {
        let kept = self.kept.as_ref()?;
        (self.left_out.are_as_they_were(py) && kept.is_in_force(py)).then_some(kept)
    }

    /// `class(**data)`, if that is what its validator makes of the data.
    ///
    /// # Errors
    /// What the validator raises.
    pub fn make<'py>(
        &self,
        types: &Types,
        class: &Bound<'py, PyType>,
        data: &Bound<'py, PyDict>,
    ) -> Option<PyResult<Made<'py>>> {
        let py = class.py();
        let are_names = raw::pairs_are(data, |key, _| {
            key.cast_exact::<PyString>().is_ok_and(|name| {
                !matches!(raw::utf8(name), None | Some(b"self" | b"content_blocks"))
            })
        });
        if !are_names || !self.left_out.are_as_they_were(py) {
            return None;
        }
        let taken = self
            .kept
            .as_ref()
            .and_then(|kept| kept.take(types, class, data));
        if let Some(model) = taken {
            return Some(Ok(Made::Taken(model)));
        }
        match self.ordered(data) {
            Ok(Some(data)) => Some(self.validated(class, &data).map(Made::Validated)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// A copy of the data, for validators may change them, in the order in which the constructors would hand them on.
    fn ordered<'py>(&self, data: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let leading = self.leading.bind(data.py());
        if raw::utf8(leading).is_none_or(<[u8]>::is_empty) {
            return data.copy().map(Some);
        }
        let first = raw::next_pair(data, &mut 0);
        if first.is_some_and(|(name, _)| raw::is_text(&name, &self.leading)) {
            return data.copy().map(Some);
        }
        let Some(value) = data.get_item(leading)? else {
            return Ok(None);
        };
        let ordered = PyDict::new(data.py());
        ordered.set_item(leading, value)?;
        ordered.update(data.as_mapping())?;
        Ok(Some(ordered))
    }

    fn validated<'py>(
        &self,
        class: &Bound<'py, PyType>,
        data: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = class.py();
        let model = raw::new_slots(class)?;
        let validator = class.getattr(intern!(py, "__pydantic_validator__"))?;
        raw::call_method(
            &validator,
            intern!(py, "validate_python"),
            data.as_any(),
            &PyTuple::new(py, [intern!(py, "self_instance")])?,
            &model,
        )?;
        Ok(model)
    }
}
