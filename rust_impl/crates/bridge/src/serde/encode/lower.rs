//! Objects that are written as something else: `_msgpack_default`, its questions in their observable order.

use codec::address::{v4_text, v6_text};
use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_SINGLE_ARG, DELTA_SNAPSHOT, PYDANTIC_V1, PYDANTIC_V2,
};
use codec::write::{WriteError, put_map_len, put_str};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyTuple};

use super::super::lowering::{self, Lowering, Then};
use super::super::raw;
use super::super::tally::{Kind, Reason};
use super::super::types::Family;
use super::extension::Names;
use super::{Encoder, Fault, Raised};

impl<'py> Encoder<'_, 'py> {
    /// `_msgpack_default(object)`: an exception in it, whichever, is told by the name of the object's type alone.
    #[inline(never)]
    pub(super) fn lowered(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        self.lower(object)
            .map_err(|Raised| WriteError::NotSerializable(raw::type_name(object)).into())
    }

    fn lower(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        match self.types.exact(object) {
            Some(known) => self.lower_exact(object, known.exact, known.module, known.name),
            None => self.lower_by_questions(object),
        }
    }

    fn lower_by_questions(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let (py, types) = (self.py, self.types);
        if self.plain_model(object)? {
            return Ok(());
        }
        if let Some(kept) = lowering::of(&mut self.lowerings, types, object)?
            && let Some(lowering) = &kept.known
            && self.lower_by_class(object, lowering)?
        {
            return Ok(());
        }
        if object.is_instance(types.delta_snapshot.bind(py))? {
            let value = object.getattr(intern!(py, "value"))?;
            let opened = self.begin()?;
            self.value(&value)?;
            return self.seal(opened, DELTA_SNAPSHOT);
        }
        let meanings = [
            (Reason::ModelDump, PYDANTIC_V2),
            (Reason::SecretValue, CONSTRUCTOR_SINGLE_ARG),
            (Reason::DictMethod, PYDANTIC_V1),
            (Reason::AsDict, CONSTRUCTOR_KW_ARGS),
        ];
        for (name, (reason, code)) in lowering::methods(py).into_iter().zip(meanings) {
            if raw::has_attribute(object, name)? && object.getattr(name)?.is_callable() {
                let (module, class) = self.class_names(object)?;
                self.tally.python(reason);
                let payload = object.call_method0(name)?;
                return self.named(code, Names::Told(&module, &class), &payload);
            }
        }
        if object.get_type().is(&types.uuid) {
            return self.uuid(object);
        }
        for (family, classes) in &types.families {
            if object.is_instance(classes.bind(py))? {
                let (module, class) = self.class_names(object)?;
                return self.lower_family(object, *family, Names::Told(&module, &class));
            }
        }
        self.lower_rest(object)
    }

    /// Writes an object of whose class the answers are known; says no, and writes nothing, if they do not tell how.
    fn lower_by_class(
        &mut self,
        object: &Bound<'py, PyAny>,
        lowering: &Lowering,
    ) -> Result<bool, Raised> {
        let py = self.py;
        let names = Names::Known(&lowering.names);
        match &lowering.then {
            Then::Family(Family::Uuid) if object.get_type().is(&self.types.uuid) => {
                self.uuid(object)?;
            }
            Then::Family(family) => self.lower_family(object, *family, names)?,
            Then::NamedTuple(code, fields) => {
                let method = raw::class_attribute(&object.get_type(), intern!(py, "_asdict"));
                let Ok(items) = object.cast::<PyTuple>() else {
                    return Ok(false);
                };
                if !method.is_some_and(|method| raw::has_code(&method, code.bind(py)))
                    || items.len() != fields.len()
                {
                    return Ok(false);
                }
                let opened = self.open_named(3, names)?;
                self.tally.value(Kind::Map);
                self.open()?;
                put_map_len(&mut self.out, fields.len())?;
                for (name, item) in fields.iter().zip(items.iter_borrowed()) {
                    self.dict_key(name.bind(py).as_any())?;
                    self.value(&item)?;
                }
                self.close();
                self.close();
                self.seal(opened, CONSTRUCTOR_KW_ARGS)?;
            }
            Then::Address(left_out, is_v6) => {
                let text = address(object, *is_v6)
                    .filter(|_| left_out.are_as_they_were(&object.get_type()));
                let Some(text) = text else {
                    return Ok(false);
                };
                let opened = self.open_named(3, names)?;
                self.tally.value(Kind::Str);
                put_str(&mut self.out, &text)?;
                self.close();
                self.seal(opened, CONSTRUCTOR_SINGLE_ARG)?;
            }
            Then::Secret => {
                let method = object.getattr(intern!(py, "get_secret_value"))?;
                if !method.is_callable() {
                    return Ok(false);
                }
                self.tally.python(Reason::SecretValue);
                let payload = method.call0()?;
                self.named(CONSTRUCTOR_SINGLE_ARG, names, &payload)?;
            }
            Then::Rest => self.lower_rest(object)?,
        }
        Ok(true)
    }
}

/// `str()` of an address that has no scope.
fn address(object: &Bound<'_, PyAny>, is_v6: bool) -> Option<String> {
    let py = object.py();
    let bits = raw::own_attribute(object, intern!(py, "_ip"))?;
    if !bits.is_exact_instance_of::<PyInt>() {
        return None;
    }
    if !is_v6 {
        return Some(v4_text(bits.extract().ok()?));
    }
    let scope = raw::own_attribute(object, intern!(py, "_scope_id"))?;
    scope.is_none().then_some(())?;
    Some(v6_text(bits.extract().ok()?))
}
