//! Which models are made of data as they are: those whose validator would leave such data alone.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyType};

use super::super::raw;
use super::super::types::Types;
use super::class::{Functions, Seen};
use super::members::Members;
use super::schema::{Schema, Unknown, at, dict_at, text_at};
use super::shape::Field;

/// A model whose validator gives data of these shapes as they are, in the order of its fields.
pub struct Kept {
    /// The model itself, and those in it.
    members: Vec<Member>,
    /// What comes before its validator, and has nothing to do with such data.
    before: Vec<Before>,
    left_out: Functions,
    /// Names that those functions look up, with what they then found.
    looked_up: Vec<(Py<PyDict>, Py<PyString>, Py<PyAny>)>,
}

/// A model that consists of nothing but these fields.
pub struct Member {
    class: Seen,
    /// In their order.
    pub fields: Vec<Field>,
    /// The `__dict__` of an instance.
    pub dict: raw::Template,
    /// Their names.
    given: raw::Original,
    /// Whether the model keeps what it has no field for.
    has_extra: bool,
}

/// A validator of LangChain's, known by its source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// `AIMessage._backwards_compat_tool_calls`: makes tool calls of what looks like some, and makes them all anew.
    ToolCalls,
    /// `ToolMessage.coerce_args`: makes text of what is neither text nor a list of texts and dicts.
    Arguments,
}

impl Before {
    /// Whether it gives the value of a field as it is.
    fn keeps(self, name: &[u8], value: &Bound<'_, PyAny>) -> bool {
        match (self, name) {
            (Self::ToolCalls, b"invalid_tool_calls") => value
                .cast_exact::<PyList>()
                .is_ok_and(|calls| calls.is_empty()),
            // Each is made anew of its name, arguments and id; the shape says that there is a type, and which.
            (Self::ToolCalls, b"tool_calls") => value.cast_exact::<PyList>().is_ok_and(|calls| {
                let is_whole = |call: Bound<'_, PyAny>| {
                    call.cast_into_exact::<PyDict>()
                        .is_ok_and(|call| call.len() == 4)
                };
                calls.iter().all(is_whole)
            }),
            (Self::ToolCalls, b"additional_kwargs") => value
                .cast_exact::<PyDict>()
                .is_ok_and(|extra| extra.contains("tool_calls").is_ok_and(|has| !has)),
            (Self::ToolCalls, b"tool_call_chunks") => false,
            // The shape says that the rest is text or a list of texts and dicts.
            (Self::Arguments, b"tool_call_id") => value.is_exact_instance_of::<PyString>(),
            _ => true,
        }
    }
}

impl Member {
    /// A model of the class of these fields, of which it has all.
    pub fn new(py: Python<'_>, class: Seen, fields: Vec<Field>, has_extra: bool) -> Unknown<Self> {
        let names = || fields.iter().map(|field| field.name.bind(py).clone());
        let (Some(dict), Some(given)) = (
            raw::Template::new(py, names()),
            raw::Original::new(py, names())?,
        ) else {
            return Ok(None);
        };
        Ok(Some(Self {
            class,
            fields,
            dict,
            given,
            has_extra,
        }))
    }

    /// Its class, if that is still there.
    #[inline]
    pub fn class<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyType>> {
        self.class.class(py)
    }

    /// An instance whose `__dict__` is `fields`, which nobody else has.
    #[inline]
    pub fn made<'py>(
        &self,
        maker: &raw::Maker<'py>,
        fields: &Bound<'py, PyDict>,
    ) -> Option<Bound<'py, PyAny>> {
        let py = fields.py();
        let given = self.given.copied(py).ok()?;
        let extra = if self.has_extra {
            PyDict::new(py).into_any()
        } else {
            py.None().into_bound(py)
        };
        maker.new_model(fields, given, extra)
    }
}

impl Kept {
    /// What the schema says of a class; `None` if it has parts that are not known to leave anything as it is.
    pub fn of<'py>(
        types: &Types,
        schema: &Schema<'py>,
        root: &Bound<'py, PyDict>,
    ) -> Unknown<Self> {
        let py = root.py();
        let (mut before, mut left_out, mut looked_up) =
            (Vec::new(), Functions::default(), Vec::new());
        let Some(mut inner) = dict_at(root, "schema")? else {
            return Ok(None);
        };
        while text_at(&inner, "type")?.as_deref() == Some("function-before") {
            let (Some(call), Some(next)) =
                (dict_at(&inner, "function")?, dict_at(&inner, "schema")?)
            else {
                return Ok(None);
            };
            let Some(function) = at(&call, "function")? else {
                return Ok(None);
            };
            let found = types
                .recognition
                .bind(py)
                .call_method1(intern!(py, "validator"), (function,))?;
            if found.is_none() || text_at(&call, "type")?.as_deref() != Some("no-info") {
                return Ok(None);
            }
            let (name, functions, names) =
                found.extract::<(String, Vec<(Py<PyAny>, Py<PyAny>)>, Py<PyDict>)>()?;
            before.push(match name.as_str() {
                "AIMessage._backwards_compat_tool_calls" => Before::ToolCalls,
                "ToolMessage.coerce_args" => Before::Arguments,
                _ => return Ok(None),
            });
            if let Some((called, _)) = functions.get(1) {
                let name = PyString::new(py, "create_tool_call").unbind();
                looked_up.push((names, name, called.clone_ref(py)));
            }
            left_out.extend(functions);
            inner = next;
        }
        let Some(members) = Members::of(types, schema, root, &inner)? else {
            return Ok(None);
        };
        // Names of which the constructors make something else.
        let is_odd = |field: &Field| {
            let name = field.name.bind(py).to_str();
            name.is_ok_and(|name| matches!(name, "self" | "content_blocks"))
        };
        if members
            .iter()
            .take(1)
            .any(|model| model.fields.iter().any(is_odd))
        {
            return Ok(None);
        }
        Ok(Some(Self {
            members,
            before,
            left_out,
            looked_up,
        }))
    }

    /// Whether the classes of the models in it are as they were.
    #[inline]
    pub fn is_valid(&self, py: Python<'_>) -> bool {
        self.members
            .iter()
            .skip(1)
            .all(|member| member.class.is_as_it_was(py))
    }

    /// Whether what comes before the validator is what it was known to be.
    #[inline]
    pub fn is_in_force(&self, py: Python<'_>) -> bool {
        let is_found = |(names, name, found): &(Py<PyDict>, Py<PyString>, Py<PyAny>)| {
            let now = names.bind(py).get_item(name.bind(py));
            now.is_ok_and(|now| now.is_some_and(|now| now.is(found)))
        };
        self.left_out.are_as_they_were(py) && self.looked_up.iter().all(is_found)
    }

    /// A model by its place; the first is the model itself.
    #[inline]
    pub fn member(&self, place: usize) -> Option<&Member> {
        self.members.get(place)
    }

    /// Whether what comes before the validator gives the value of a field of the model itself as it is.
    #[inline]
    pub fn keeps(&self, name: &Bound<'_, PyString>, value: &Bound<'_, PyAny>) -> bool {
        self.before
            .iter()
            .all(|before| raw::utf8(name).is_some_and(|name| before.keeps(name, value)))
    }

    /// The model that these data, which nobody else has, are the fields of; `None` if a validator would have to look at them.
    pub fn take<'py>(
        &self,
        types: &Types,
        class: &Bound<'py, PyType>,
        data: &Bound<'py, PyDict>,
    ) -> Option<Bound<'py, PyAny>> {
        let member = self.members.first()?;
        if data.len() != member.fields.len() || !self.is_in_force(class.py()) {
            return None;
        }
        let (mut fields, mut constants) = (member.fields.iter(), Vec::new());
        let fit = raw::pairs_are(data, |key, value| {
            fields.next().is_some_and(|field| {
                let constant = field.shape.constant(value);
                constants.extend(constant.map(|one| (&field.name, one.clone())));
                raw::is_text(key, &field.name)
                    && (constant.is_some() || field.shape.takes(value, 0))
                    && self.keeps(field.name.bind(class.py()), value)
            })
        });
        if !fit {
            return None;
        }
        for (name, one) in constants {
            raw::insert(data, name.bind(class.py()), one.into_any()).ok()?;
        }
        member.made(&types.maker(class)?, data)
    }
}
