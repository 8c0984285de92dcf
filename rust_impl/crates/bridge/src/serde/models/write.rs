//! Writing a model from its fields.

use codec::envelope::PYDANTIC_V2;
use codec::write::{Sink, WriteError, put_array_len, put_map_len, put_str, put_utf8};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyList, PyString, PyTuple, PyTzInfoAccess};

use super::super::encode::{Encoder, Fault, Raised};
use super::super::raw;
use super::super::tally::Kind;
use super::super::types::Exact;
use super::DEEPEST;
use super::dump::{Dump, field_at, is_plain, is_scalar};
use super::shape::Shape;

/// What pydantic would do something with, or what cannot be written.
struct Unfit;

impl From<Fault> for Unfit {
    fn from(_: Fault) -> Self {
        Self
    }
}

impl From<WriteError> for Unfit {
    fn from(_: WriteError) -> Self {
        Self
    }
}

/// A model that is being written while it is looked at.
struct Writing<'a, 'py> {
    dump: &'a Dump,
    model: &'a Bound<'py, PyAny>,
    /// Whether all of it was looked at, because writing a part of it may run Python code.
    is_known: bool,
}

impl<'py> Encoder<'_, 'py> {
    /// Writes a pydantic model from its fields, if its `model_dump()` would give just them. Says no, and has written nothing, otherwise.
    pub fn plain_model(&mut self, model: &Bound<'py, PyAny>) -> Result<bool, Raised> {
        let py = self.py;
        let class = model.get_type();
        let Some(plan) = self.plans.of(self.types, &class) else {
            return Ok(false);
        };
        let Some(dump) = plan.dump.as_ref().filter(|dump| dump.is_in_force(py)) else {
            return Ok(false);
        };
        let module = class.getattr(intern!(py, "__module__"))?;
        let name = class.getattr(intern!(py, "__name__"))?;
        let mut writing = Writing {
            dump,
            model,
            is_known: false,
        };
        let mark = self.mark();
        let opened = self.begin()?;
        self.open()?;
        put_array_len(&mut self.out, 4)?;
        self.value(&module)?;
        self.value(&name)?;
        if let Err(Unfit) = self.shaped(&mut writing, &dump.model, model, 0) {
            if writing.is_known {
                return Err(Raised);
            }
            self.back_to(&mark);
            return Ok(false);
        }
        put_str(&mut self.out, "model_validate_json")?;
        self.close();
        self.seal(opened, PYDANTIC_V2)?;
        Ok(true)
    }

    /// A value, if it is of a shape. Models in it are written as dicts.
    fn shaped(
        &mut self,
        writing: &mut Writing<'_, 'py>,
        shape: &Shape,
        value: &Bound<'py, PyAny>,
        depth: usize,
    ) -> Result<(), Unfit> {
        if depth > DEEPEST {
            return Err(Unfit);
        }
        match shape {
            Shape::Model(class, fields) => {
                if value.get_type_ptr() as usize != *class {
                    return Err(Unfit);
                }
                let dict = self.types.fields_of(value).ok_or(Unfit)?;
                if dict.len() != fields.len() {
                    return Err(Unfit);
                }
                self.map_of(&dict, |this, place, key, value| {
                    let field = field_at(fields, place, key).ok_or(Unfit)?;
                    this.out.slice(&field.packed);
                    this.tally.value(Kind::Str);
                    this.shaped(writing, &field.shape, value, depth + 1)
                })
            }
            Shape::List(inner) => {
                let list = value.cast_exact::<PyList>().map_err(|_| Unfit)?;
                self.array_of(list.len(), list.iter(), |this, item| {
                    this.shaped(writing, inner, item, depth + 1)
                })
            }
            Shape::Tuple(inner) => {
                let tuple = value.cast_exact::<PyTuple>().map_err(|_| Unfit)?;
                self.array_of(tuple.len(), tuple.iter(), |this, item| {
                    this.shaped(writing, inner, item, depth + 1)
                })
            }
            Shape::Dict(inner) => {
                let dict = value.cast_exact::<PyDict>().map_err(|_| Unfit)?;
                self.map_of(dict, |this, _, key, value| {
                    if !key.is_exact_instance_of::<PyString>() {
                        return Err(Unfit);
                    }
                    this.dict_key(key)?;
                    this.shaped(writing, inner, value, depth + 1)
                })
            }
            Shape::Record(fields) => {
                let dict = value.cast_exact::<PyDict>().map_err(|_| Unfit)?;
                let mut required = fields.iter().filter(|(_, required, _)| *required).count();
                self.map_of(dict, |this, _, key, value| {
                    let field = fields.iter().find(|(name, ..)| raw::is_text(key, name));
                    let (name, is_required, shape) = field.ok_or(Unfit)?;
                    required -= usize::from(*is_required);
                    this.name(name)?;
                    this.shaped(writing, shape, value, depth + 1)
                })?;
                if required == 0 { Ok(()) } else { Err(Unfit) }
            }
            Shape::Nullable(_) if value.is_none() => Ok(self.value(value)?),
            Shape::Nullable(inner) => self.shaped(writing, inner, value, depth),
            Shape::Union(choices) => {
                let (dump, types) = (writing.dump, self.types);
                let choice = choices
                    .iter()
                    .find(|one| dump.matches(types, one, value, depth));
                self.shaped(writing, choice.ok_or(Unfit)?, value, depth)
            }
            Shape::Defined(_) => match writing.dump.resolved(shape) {
                Shape::Defined(_) => Err(Unfit),
                shape => self.shaped(writing, shape, value, depth + 1),
            },
            Shape::Any if is_plain(value, depth) => Ok(self.value(value)?),
            shape if is_scalar(shape, value) => {
                if matches!(shape, Shape::Closed(_)) && !writing.is_known && self.runs_code(value) {
                    // What does not fit is found before any of it runs.
                    let dump = writing.dump;
                    if !dump.matches(self.types, &dump.model, writing.model, 0) {
                        return Err(Unfit);
                    }
                    writing.is_known = true;
                }
                Ok(self.value(value)?)
            }
            _ => Err(Unfit),
        }
    }

    /// Whether writing a date or time may run Python code: that of a zone that is not written in C.
    fn runs_code(&self, value: &Bound<'py, PyAny>) -> bool {
        let zone = value
            .cast_exact::<PyDateTime>()
            .ok()
            .and_then(|moment| moment.get_tzinfo());
        zone.is_some_and(|zone| {
            let known = self.types.exact(&zone).map(|known| known.exact);
            !matches!(known, Some(Exact::TimeZone | Exact::ZoneInfo))
        })
    }

    /// A key that is known to be this text.
    #[inline]
    fn name(&mut self, name: &Py<PyString>) -> Result<(), Unfit> {
        let text = raw::utf8(name.bind(self.py)).ok_or(Unfit)?;
        put_utf8(&mut self.out, text)?;
        self.tally.value(Kind::Str);
        Ok(())
    }

    #[inline]
    fn array_of(
        &mut self,
        len: usize,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        mut write: impl FnMut(&mut Self, &Bound<'py, PyAny>) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        self.tally.value(Kind::Array);
        self.open()?;
        put_array_len(&mut self.out, len)?;
        let mut written = 0;
        for item in items {
            write(self, &item)?;
            written += 1;
        }
        self.close();
        if written == len { Ok(()) } else { Err(Unfit) }
    }

    #[inline]
    fn map_of(
        &mut self,
        dict: &Bound<'py, PyDict>,
        mut write: impl FnMut(
            &mut Self,
            usize,
            &Bound<'py, PyAny>,
            &Bound<'py, PyAny>,
        ) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        self.tally.value(Kind::Map);
        self.open()?;
        let len = dict.len();
        put_map_len(&mut self.out, len)?;
        let (mut position, mut written) = (0, 0);
        while let Some((key, value)) = raw::next_pair(dict, &mut position) {
            write(self, written, &key, &value)?;
            written += 1;
        }
        self.close();
        if written == len { Ok(()) } else { Err(Unfit) }
    }
}
