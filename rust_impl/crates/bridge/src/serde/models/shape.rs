//! Shapes of values: what pydantic's serializer or validator leaves as it is.

use codec::write::put_utf8;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::super::raw;
use super::DEEPEST;

/// What a value has to be, exactly, so that pydantic gives it as it is and says nothing.
pub enum Shape {
    /// Anything of which the serializer makes nothing else.
    Any,
    /// `str`
    Str,
    /// `int` and no `bool`
    Int,
    /// `float`
    Float,
    /// `bool`
    Bool,
    /// `bytes`
    Bytes,
    /// `None`
    Nil,
    /// A class written in C whose objects cannot be changed, by its address.
    Closed(usize),
    /// `None` or this.
    Nullable(Box<Shape>),
    /// One of these strings.
    Literal(Vec<String>),
    /// A string that is equal to one of these, of which a validator gives that one.
    Constant(Vec<Py<PyString>>),
    /// `list`
    List(Box<Shape>),
    /// `dict` of strings
    Dict(Box<Shape>),
    /// A tuple of as many as wanted.
    Tuple(Box<Shape>),
    /// The first that fits.
    Union(Vec<Shape>),
    /// `dict` of these keys, of which those that are marked have to be there.
    Record(Vec<(Py<PyString>, bool, Shape)>),
    /// A model of the class at this address, with exactly these fields.
    Model(usize, Vec<Field>),
    /// A model by its place among those of a [`super::kept::Kept`].
    Member(usize),
    /// By its place among the definitions of a [`super::dump::Dump`].
    Defined(usize),
}

/// A field of a model.
pub struct Field {
    /// Its name.
    pub name: Py<PyString>,
    /// Its name as it is stored.
    pub packed: Box<[u8]>,
    /// What it holds.
    pub shape: Shape,
}

impl Shape {
    /// Whether a validator of this shape gives the value, or an equal new list or dict, whatever else it would take.
    pub fn takes(&self, value: &Bound<'_, PyAny>, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        match self {
            Self::Any => true,
            Self::Str => value.is_exact_instance_of::<PyString>(),
            Self::Int => value.is_exact_instance_of::<pyo3::types::PyInt>(),
            Self::Float => value.is_exact_instance_of::<pyo3::types::PyFloat>(),
            Self::Bool => value.is_exact_instance_of::<pyo3::types::PyBool>(),
            Self::Bytes => value.is_exact_instance_of::<pyo3::types::PyBytes>(),
            Self::Nil => value.is_none(),
            Self::Closed(class) => value.get_type_ptr() as usize == *class,
            Self::Nullable(inner) => value.is_none() || inner.takes(value, depth),
            Self::Literal(expected) => is_one_of(expected, value),
            Self::Constant(expected) => expected.iter().any(|one| value.is(one)),
            Self::List(inner) => value
                .cast_exact::<PyList>()
                .is_ok_and(|list| list.iter().all(|item| inner.takes(&item, depth + 1))),
            Self::Dict(inner) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
                raw::pairs_are(dict, |key, value| {
                    key.is_exact_instance_of::<PyString>() && inner.takes(value, depth + 1)
                })
            }),
            Self::Union(choices) => choices.iter().any(|one| one.takes(value, depth)),
            // It gives the fields in its own order.
            Self::Record(fields) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
                let mut rest = fields.iter();
                let in_order = raw::pairs_are(dict, |key, value| {
                    for (name, required, shape) in rest.by_ref() {
                        if raw::is_text(key, name) {
                            return shape.takes(value, depth + 1);
                        }
                        if *required {
                            return false;
                        }
                    }
                    false
                });
                in_order && rest.all(|(_, required, _)| !required)
            }),
            Self::Tuple(_) | Self::Model(..) | Self::Member(_) | Self::Defined(_) => false,
        }
    }

    /// What a validator of this shape gives instead of a string that is equal to it.
    pub fn constant<'s, 'py>(
        &'s self,
        value: &Bound<'py, PyAny>,
    ) -> Option<&'s Bound<'py, PyString>> {
        let Self::Constant(expected) = self else {
            return None;
        };
        let one = expected.iter().find(|one| raw::is_text(value, one));
        one.map(|one| one.bind(value.py()))
    }

    /// Whether two shapes of the members of one [`super::kept::Kept`] are the same.
    pub fn is_same(&self, other: &Self, py: Python<'_>) -> bool {
        match (self, other) {
            (Self::Any, Self::Any)
            | (Self::Str, Self::Str)
            | (Self::Int, Self::Int)
            | (Self::Float, Self::Float)
            | (Self::Bool, Self::Bool)
            | (Self::Bytes, Self::Bytes)
            | (Self::Nil, Self::Nil) => true,
            (Self::Closed(a), Self::Closed(b)) | (Self::Member(a), Self::Member(b)) => a == b,
            (Self::Nullable(a), Self::Nullable(b))
            | (Self::List(a), Self::List(b))
            | (Self::Dict(a), Self::Dict(b))
            | (Self::Tuple(a), Self::Tuple(b)) => a.is_same(b, py),
            (Self::Literal(a), Self::Literal(b)) => a == b,
            (Self::Constant(a), Self::Constant(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b))
            }
            (Self::Union(a), Self::Union(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b, py))
            }
            (Self::Record(a), Self::Record(b)) => {
                let mut pairs = a.iter().zip(b);
                a.len() == b.len()
                    && pairs.all(|((name, required, shape), (other, also, its))| {
                        raw::is_text(name.bind(py), other)
                            && required == also
                            && shape.is_same(its, py)
                    })
            }
            _ => false,
        }
    }
}

impl Field {
    /// A field; nothing if its name cannot be stored.
    pub fn new(name: Bound<'_, PyString>, shape: Shape) -> Option<Self> {
        let mut packed = Vec::new();
        put_utf8(&mut packed, raw::utf8(&name)?).ok()?;
        Some(Self {
            packed: packed.into(),
            name: name.unbind(),
            shape,
        })
    }

    /// As for [`Shape::is_same`].
    pub fn is_same(&self, other: &Self, py: Python<'_>) -> bool {
        raw::is_text(self.name.bind(py), &other.name) && self.shape.is_same(&other.shape, py)
    }
}

/// Whether a value is exactly one of these strings.
pub fn is_one_of(expected: &[String], value: &Bound<'_, PyAny>) -> bool {
    value.cast_exact::<PyString>().is_ok_and(|text| {
        raw::utf8(text).is_some_and(|text| expected.iter().any(|one| one.as_bytes() == text))
    })
}
