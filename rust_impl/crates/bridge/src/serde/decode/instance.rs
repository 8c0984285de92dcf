//! Objects that constructors make, called as upstream calls them.

use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, PYDANTIC_V1, PYDANTIC_V2,
};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;

use super::super::models::Made;
use super::super::tally::Reason;
use super::Decoder;
use super::arguments::{named, spread};

impl<'py> Decoder<'py> {
    /// An object of a class that may be constructed.
    pub(super) fn instance(
        &mut self,
        code: i8,
        class: &Bound<'py, PyAny>,
        payload: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        match code {
            CONSTRUCTOR_SINGLE_ARG => {
                self.count_call(class);
                class.call1((payload,))
            }
            CONSTRUCTOR_POS_ARGS => {
                self.count_call(class);
                class.call1(spread(payload)?)
            }
            CONSTRUCTOR_KW_ARGS => {
                self.count_call(class);
                class.call((), Some(&named(payload)?))
            }
            _ => {
                let made = match self.by_validator(code, class, payload) {
                    Some(made) => made,
                    None => {
                        self.tally.python(Reason::Construct);
                        named(payload).and_then(|fields| class.call((), Some(&fields)))
                    }
                };
                match made {
                    Err(error) if error.is_instance_of::<PyException>(py) => {
                        let without_checks = match code {
                            PYDANTIC_V1 => intern!(py, "construct"),
                            _ => intern!(py, "model_construct"),
                        };
                        class
                            .getattr(without_checks)?
                            .call((), Some(&named(payload)?))
                    }
                    made => made,
                }
            }
        }
    }

    /// Counts a constructor that is no C code that the codec knows.
    pub(super) fn count_call(&mut self, class: &Bound<'py, PyAny>) {
        if !self.types.is_known(class) {
            self.tally.python(Reason::Construct);
        }
    }

    /// What a pydantic model's validator makes of its fields, where that is all that its constructor does.
    fn by_validator(
        &mut self,
        code: i8,
        class: &Bound<'py, PyAny>,
        payload: &Bound<'py, PyAny>,
    ) -> Option<PyResult<Bound<'py, PyAny>>> {
        let (class, fields) = match (code, class.cast(), payload.cast_exact()) {
            (PYDANTIC_V2, Ok(class), Ok(fields)) => (class, fields),
            _ => return None,
        };
        let plan = self.plans.of(self.types, class)?;
        let made = plan.init.as_ref()?.make(self.types, class, fields)?;
        Some(made.map(|made| match made {
            Made::Taken(model) => model,
            Made::Validated(model) => {
                self.tally.python(Reason::Validate);
                model
            }
        }))
    }
}
