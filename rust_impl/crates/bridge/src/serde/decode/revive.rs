//! What extensions come to, and what upstream falls back to where that fails.

use std::rc::Rc;

use codec::envelope::{
    CONSTRUCTOR_POS_ARGS, DELTA_SNAPSHOT, METHOD_SINGLE_ARG, NUMPY_ARRAY, PYDANTIC_V1, PYDANTIC_V2,
};
use codec::read::ReadError;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::super::raw;
use super::super::tally::Reason;
use super::arguments::{index, is_text, send};
use super::found::{Found, Names};
use super::level::Envelope;
use super::make::Payload;
use super::{Decoder, Revived};

impl<'py> Decoder<'py> {
    /// The value of an extension of codes 0 to 5 whose parts are known.
    pub(super) fn revive_envelope(
        &mut self,
        code: i8,
        envelope: Envelope<'_, 'py>,
        mut payload: Payload<'py>,
        method: Option<&str>,
    ) -> Revived<'py> {
        let py = self.py;
        let error = match self.construct_known(code, &envelope, &mut payload, method) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if !error.is_instance_of::<PyException>(py) {
            return Err(ReadError::ExtHookFailed);
        }
        let payload = self.whole(&mut payload)?;
        if matches!(code, PYDANTIC_V1 | PYDANTIC_V2) {
            return Ok(payload);
        }
        let (module, name) = self.names(&envelope)?;
        let parts = match method {
            Some(method) => PyList::new(
                py,
                [module, name, payload, PyString::new(py, method).into_any()],
            ),
            None => PyList::new(py, [module, name, payload]),
        };
        let parts = parts.map_err(|_| ReadError::Internal)?;
        self.fall_back(parts.as_any(), error)
    }

    fn construct_known(
        &mut self,
        code: i8,
        envelope: &Envelope<'_, 'py>,
        payload: &mut Payload<'py>,
        method: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let told = |error: ReadError| PyValueError::new_err(error.to_string());
        if let Envelope::Known(found) = envelope
            && found.is_as_it_was(self.types)
        {
            if code != METHOD_SINGLE_ARG {
                if !found.is_safe && !self.type_allowed(&found.names)? {
                    return self.whole(payload).map_err(told);
                }
                return self.make_of(code, found, payload);
            }
            if found.is_safe
                && found
                    .method
                    .as_ref()
                    .is_some_and(|own| method.is_some_and(|method| own == method))
            {
                return self.make_of(code, found, payload);
            }
        }
        let (module, name) = self.names(envelope).map_err(told)?;
        let names = Names::new(module, name)?;
        let method = match method {
            Some(method) if code == METHOD_SINGLE_ARG => {
                Some(self.keys.get(self.py, method.as_bytes()).map_err(told)?)
            }
            _ => None,
        };
        let is_allowed = match &method {
            Some(method) => self.method_allowed(&names, method.as_any())?,
            None => self.type_allowed(&names)?,
        };
        if !is_allowed {
            return self.whole(payload).map_err(told);
        }
        let (class, place) = self.class(&names.module, &names.name)?;
        let head: &[u8] = match envelope {
            Envelope::Read(head, ..) => head,
            Envelope::Known(found) => &found.head,
        };
        let found = Found::new(self.types, (code, head), names, method, class, place)?;
        let found = Rc::new(found);
        self.finds.add(&found);
        self.spread(payload, found.make.wants(code));
        self.make_of(code, &found, payload)
    }

    fn make_of(
        &mut self,
        code: i8,
        found: &Found<'py>,
        payload: &mut Payload<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !found.is_send {
            return self.make(code, found, payload);
        }
        if let Payload::Items(start) = payload
            && let Some(arguments @ [_, _]) = self.items.get(*start..)
        {
            return raw::call_with(&found.class, arguments);
        }
        let payload = self
            .whole(payload)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        send(&found.class, &payload)
    }

    /// The value of an extension of codes 0 to 7 whose data came to `inner`.
    pub(super) fn revive(&mut self, code: i8, inner: Revived<'py>) -> Revived<'py> {
        let parts = match inner {
            Ok(parts) => parts,
            Err(_) if code == DELTA_SNAPSHOT => return Err(ReadError::ExtHookFailed),
            // There is no payload to fall back to.
            Err(_) => return Ok(self.none()),
        };
        let error = match self.construct(code, &parts) {
            Ok(value) => return Ok(value),
            Err(error)
                if code != DELTA_SNAPSHOT && error.is_instance_of::<PyException>(self.py) =>
            {
                error
            }
            Err(_) => return Err(ReadError::ExtHookFailed),
        };
        match code {
            NUMPY_ARRAY => Ok(self.none()),
            // Upstream guards only against a missing name here, so a payload that is not there is an error.
            PYDANTIC_V1 | PYDANTIC_V2 => index(&parts, 2).map_err(|_| ReadError::ExtHookFailed),
            _ => self.fall_back(&parts, error),
        }
    }

    /// `_reconstruction_fallback(parts, error)`
    fn fall_back(&mut self, parts: &Bound<'py, PyAny>, error: PyErr) -> Revived<'py> {
        self.tally.python(Reason::Fallback);
        let error = error.into_value(self.py);
        self.types
            .jsonplus
            .bind(self.py)
            .call_method1(intern!(self.py, "_reconstruction_fallback"), (parts, error))
            .map_err(|_| ReadError::ExtHookFailed)
    }

    fn construct(&mut self, code: i8, parts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        if code == DELTA_SNAPSHOT {
            return self.types.delta_snapshot.bind(py).call1((parts,));
        }
        if code == NUMPY_ARRAY {
            return self.array(parts);
        }
        let names = Names::new(index(parts, 0)?, index(parts, 1)?)?;
        let (module, name) = (&names.module, &names.name);
        if code == METHOD_SINGLE_ARG {
            let method = index(parts, 3)?;
            if !self.method_allowed(&names, &method)? {
                return index(parts, 2);
            }
            let (owner, _) = self.class(module, name)?;
            let method = owner.getattr(method.cast::<PyString>()?)?;
            return method.call1((index(parts, 2)?,));
        }
        if !self.type_allowed(&names)? {
            return index(parts, 2);
        }
        let (class, _) = self.class(module, name)?;
        let payload = index(parts, 2)?;
        if code == CONSTRUCTOR_POS_ARGS
            && is_text(module, "langgraph.types")
            && is_text(name, "Send")
        {
            return send(&class, &payload);
        }
        self.instance(code, &class, &payload)
    }
}
