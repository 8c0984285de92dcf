//! Which models are written from their fields: those whose serializer gives the fields as they are.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};

use super::super::raw;
use super::super::types::Types;
use super::DEEPEST;
use super::class::{Functions, Seen};
use super::schema::{Schema, Unknown};
use super::shape::{Field, Shape, is_one_of};
use super::shapes::Shapes;

/// A model whose serializer gives its fields as they are.
pub struct Dump {
    left_out: Functions,
    /// The model itself.
    pub model: Shape,
    /// What [`Shape::Defined`] means.
    defined: Vec<Shape>,
    /// The classes of the models in it.
    classes: Vec<Seen>,
}

impl Dump {
    /// What the schema says of a class; `None` for what pydantic may change, leave out or warn of.
    pub fn of<'py>(
        types: &Types,
        class: &Bound<'py, PyType>,
        schema: &Schema<'py>,
    ) -> Unknown<Self> {
        let py = class.py();
        let found = types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "dumper"), (class,))?;
        if found.is_none() {
            return Ok(None);
        }
        let Some(root) = schema.resolved(&schema.root)? else {
            return Ok(None);
        };
        let mut shapes = Shapes {
            types,
            schema,
            classes: Vec::new(),
            left_out: vec![found.extract()?],
        };
        let Some(model) = shapes.shape(&root, 0)? else {
            return Ok(None);
        };
        if !matches!(&model, Shape::Model(of, _) if *of == class.as_ptr() as usize) {
            return Ok(None);
        }
        let mut defined = Vec::new();
        for (_, definition) in &schema.definitions {
            let Some(shape) = shapes.shape(definition, 0)? else {
                return Ok(None);
            };
            defined.push(shape);
        }
        let others = shapes.classes.into_iter().filter(|(one, _)| !one.is(class));
        Ok(Some(Self {
            left_out: Functions::new(shapes.left_out),
            model,
            defined,
            classes: others.map(|(_, seen)| seen).collect(),
        }))
    }

    /// Whether the classes of the models in it are as they were.
    #[inline]
    pub fn is_valid(&self, py: Python<'_>) -> bool {
        self.classes.iter().all(|class| class.is_as_it_was(py))
    }

    /// Whether `model_dump` is what it was known to be.
    #[inline]
    pub fn is_in_force(&self, py: Python<'_>) -> bool {
        self.left_out.are_as_they_were(py)
    }

    /// The shape that a name of a shape stands for.
    #[inline]
    pub fn resolved<'s>(&'s self, mut shape: &'s Shape) -> &'s Shape {
        for _ in 0..DEEPEST {
            match shape {
                Shape::Defined(place) => match self.defined.get(*place) {
                    Some(defined) => shape = defined,
                    None => break,
                },
                _ => break,
            }
        }
        shape
    }

    /// Whether a value is of a shape. Runs no Python code.
    pub fn matches(
        &self,
        types: &Types,
        shape: &Shape,
        value: &Bound<'_, PyAny>,
        depth: usize,
    ) -> bool {
        if depth > DEEPEST {
            return false;
        }
        match shape {
            Shape::Any => is_plain(value, depth),
            Shape::Nullable(inner) => value.is_none() || self.matches(types, inner, value, depth),
            Shape::List(inner) => value.cast_exact::<PyList>().is_ok_and(|list| {
                list.iter()
                    .all(|item| self.matches(types, inner, &item, depth + 1))
            }),
            Shape::Tuple(inner) => value.cast_exact::<PyTuple>().is_ok_and(|tuple| {
                tuple
                    .iter()
                    .all(|item| self.matches(types, inner, &item, depth + 1))
            }),
            Shape::Dict(inner) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
                raw::pairs_are(dict, |key, value| {
                    key.is_exact_instance_of::<PyString>()
                        && self.matches(types, inner, value, depth + 1)
                })
            }),
            Shape::Union(choices) => choices
                .iter()
                .any(|one| self.matches(types, one, value, depth)),
            Shape::Record(fields) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
                let mut required = fields.iter().filter(|(_, required, _)| *required).count();
                let fit = raw::pairs_are(dict, |key, value| {
                    let field = fields.iter().find(|(name, ..)| raw::is_text(key, name));
                    field.is_some_and(|(_, is_required, shape)| {
                        required -= usize::from(*is_required);
                        self.matches(types, shape, value, depth + 1)
                    })
                });
                fit && required == 0
            }),
            Shape::Model(class, fields) => {
                value.get_type_ptr() as usize == *class
                    && types.fields_of(value).is_some_and(|dict| {
                        let mut place = 0;
                        dict.len() == fields.len()
                            && raw::pairs_are(&dict, |key, value| {
                                let Some(field) = field_at(fields, place, key) else {
                                    return false;
                                };
                                place += 1;
                                self.matches(types, &field.shape, value, depth + 1)
                            })
                    })
            }
            Shape::Defined(_) => match self.resolved(shape) {
                Shape::Defined(_) => false,
                shape => self.matches(types, shape, value, depth + 1),
            },
            scalar => is_scalar(scalar, value),
        }
    }
}

/// Whether a value is of a shape that holds nothing else.
#[inline]
pub fn is_scalar(shape: &Shape, value: &Bound<'_, PyAny>) -> bool {
    match shape {
        Shape::Str => value.is_exact_instance_of::<PyString>(),
        Shape::Int => value.is_exact_instance_of::<pyo3::types::PyInt>(),
        Shape::Float => value.is_exact_instance_of::<pyo3::types::PyFloat>(),
        Shape::Bool => value.is_exact_instance_of::<pyo3::types::PyBool>(),
        Shape::Bytes => value.is_exact_instance_of::<pyo3::types::PyBytes>(),
        Shape::Nil => value.is_none(),
        Shape::Closed(class) => value.get_type_ptr() as usize == *class,
        Shape::Literal(expected) => is_one_of(expected, value),
        _ => false,
    }
}

/// The field of this name, which is likely to be the one at `place`.
#[inline]
pub fn field_at<'f>(
    fields: &'f [Field],
    place: usize,
    name: &Bound<'_, PyAny>,
) -> Option<&'f Field> {
    match fields.get(place) {
        Some(field) if raw::is_text(name, &field.name) => Some(field),
        _ => fields.iter().find(|field| raw::is_text(name, &field.name)),
    }
}

/// Whether pydantic would give a value as it is where anything is allowed: scalars, and lists and dicts of them.
pub fn is_plain(value: &Bound<'_, PyAny>, depth: usize) -> bool {
    if raw::is_scalar(value) {
        return true;
    }
    if depth > DEEPEST {
        return false;
    }
    if let Ok(dict) = value.cast_exact::<PyDict>() {
        return raw::pairs_are(dict, |key, value| {
            key.is_exact_instance_of::<PyString>() && is_plain(value, depth + 1)
        });
    }
    if let Ok(list) = value.cast_exact::<PyList>() {
        return list.iter().all(|item| is_plain(&item, depth + 1));
    }
    false
}
