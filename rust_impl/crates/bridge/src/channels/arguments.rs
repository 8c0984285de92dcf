//! The arguments of a constructor, taken and refused as a function written in Python does.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// What a constructor takes besides `self`: at most two positional parameters and one that is given by keyword only.
pub struct Signature {
    /// `Class.__init__`
    pub function: &'static str,
    /// The names of the positional ones.
    pub positional: [&'static str; 2],
    /// How many of them must be given.
    pub required: usize,
    /// The one that is given by keyword only.
    pub keyword_only: Option<&'static str>,
}

/// The arguments: both positional ones, then the one given by keyword only.
pub type Taken<'py> = [Option<Bound<'py, PyAny>>; 3];

impl Signature {
    /// The arguments of a call.
    ///
    /// # Errors
    /// `TypeError` in Python's words.
    pub fn take<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Taken<'py>> {
        let mut taken: Taken<'py> = [None, None, None];
        for (place, value) in taken.iter_mut().take(2).zip(args.iter()) {
            *place = Some(value);
        }
        for (name, value) in kwargs.into_iter().flatten() {
            let name = name.cast_into::<PyString>()?;
            let name = name.to_string_lossy();
            let place = self
                .positional
                .iter()
                .chain(&self.keyword_only)
                .position(|known| *known == name)
                .and_then(|place| taken.get_mut(place));
            let Some(place) = place else {
                return Err(self.error(&format!("got an unexpected keyword argument '{name}'")));
            };
            if place.is_some() {
                return Err(self.error(&format!("got multiple values for argument '{name}'")));
            }
            *place = Some(value);
        }
        if args.len() > self.positional.len() {
            return Err(self.too_many(args.len(), taken[2].is_some()));
        }
        let missing: Vec<String> = self
            .positional
            .iter()
            .zip(&taken)
            .take(self.required)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        match missing.as_slice() {
            [] => Ok(taken),
            [one] => Err(self.error(&format!("missing 1 required positional argument: {one}"))),
            several => Err(self.error(&format!(
                "missing {} required positional arguments: {}",
                several.len(),
                several.join(" and ")
            ))),
        }
    }

    /// `self` counts among the arguments.
    fn too_many(&self, given: usize, by_keyword: bool) -> PyErr {
        let (least, most) = (self.required + 1, self.positional.len() + 1);
        let takes = if least == most {
            most.to_string()
        } else {
            format!("from {least} to {most}")
        };
        let also = if by_keyword {
            " positional arguments (and 1 keyword-only argument)"
        } else {
            ""
        };
        self.error(&format!(
            "takes {takes} positional arguments but {}{also} were given",
            given + 1
        ))
    }

    fn error(&self, what: &str) -> PyErr {
        PyTypeError::new_err(format!("{}() {what}", self.function))
    }
}
