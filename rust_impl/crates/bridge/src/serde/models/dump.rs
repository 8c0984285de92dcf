//! Which models are written from their fields: those whose serializer gives the fields as they are.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};

use super::super::raw;
use super::super::types::Types;
use super::DEEPEST;
use super::class::{Functions, Seen};
use super::schema::{
    Schema, Unknown, at, dict_at, has_only, is_ordinary, is_plain_config, is_true, plain_fields,
    text_at,
};
use super::shape::{Field, Shape, is_one_of};

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

/// The shapes of a schema's nodes.
struct Shapes<'s, 'py> {
    types: &'s Types,
    schema: &'s Schema<'py>,
    /// The classes of the models among them, as they were before their fields were looked at.
    classes: Vec<(Bound<'py, PyType>, Seen)>,
    /// Functions whose effect is known.
    left_out: Vec<(Py<PyAny>, Py<PyAny>)>,
}

impl<'py> Shapes<'_, 'py> {
    fn inner(
        &mut self,
        node: &Bound<'py, PyDict>,
        name: &str,
        depth: usize,
    ) -> Unknown<Box<Shape>> {
        match dict_at(node, name)? {
            Some(inner) => Ok(self.shape(&inner, depth + 1)?.map(Box::new)),
            None => Ok(None),
        }
    }

    fn shape(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
        if depth > DEEPEST || node.contains("serialization")? {
            return Ok(None);
        }
        let Some(kind) = text_at(node, "type")? else {
            return Ok(None);
        };
        Ok(match kind.as_str() {
            "any" => Some(Shape::Any),
            "str" => Some(Shape::Str),
            "int" => Some(Shape::Int),
            "float" => Some(Shape::Float),
            "bool" => Some(Shape::Bool),
            "bytes" => Some(Shape::Bytes),
            "none" => Some(Shape::Nil),
            "datetime" | "date" | "timedelta" => {
                self.types.closed("datetime", &kind).map(Shape::Closed)
            }
            "default" | "function-before" | "function-after" => {
                self.inner(node, "schema", depth)?.map(|inner| *inner)
            }
            "nullable" => self.inner(node, "schema", depth)?.map(Shape::Nullable),
            "list" => match at(node, "items_schema")? {
                Some(_) => self.inner(node, "items_schema", depth)?.map(Shape::List),
                None => Some(Shape::List(Box::new(Shape::Any))),
            },
            "tuple" => self.tuple(node, depth)?,
            "dict" => {
                let keys = self.inner(node, "keys_schema", depth)?;
                match (keys.as_deref(), self.inner(node, "values_schema", depth)?) {
                    (Some(Shape::Any | Shape::Str), Some(values)) => Some(Shape::Dict(values)),
                    _ => None,
                }
            }
            "literal" => match at(node, "expected")? {
                Some(expected) => expected.extract().ok().map(Shape::Literal),
                None => None,
            },
            "union" => self.union(node, depth)?,
            "tagged-union" if self.tells_apart(node, depth)? => self.union(node, depth)?,
            "typed-dict" => self.record(node, depth)?,
            "model" => self.model(node, depth)?,
            "definition-ref" => {
                let name = text_at(node, "schema_ref")?;
                let place = self
                    .schema
                    .definitions
                    .iter()
                    .position(|(one, _)| Some(one) == name.as_ref());
                place.map(Shape::Defined)
            }
            _ => None,
        })
    }

    fn tuple(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
        let (Some(items), Some(variadic)) =
            (at(node, "items_schema")?, at(node, "variadic_item_index")?)
        else {
            return Ok(None);
        };
        if items.len()? != 1 || !variadic.eq(0)? {
            return Ok(None);
        }
        let item = items.get_item(0)?.cast_into::<PyDict>()?;
        Ok(self
            .shape(&item, depth + 1)?
            .map(|item| Shape::Tuple(Box::new(item))))
    }

    /// Whether the choice that a union's discriminator tells is the one that fits.
    fn tells_apart(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> PyResult<bool> {
        let py = node.py();
        let (Some(by), Some(choices)) = (at(node, "discriminator")?, dict_at(node, "choices")?)
        else {
            return Ok(false);
        };
        // Each choice has a field of this name, of literals that no other choice has.
        if by.is_exact_instance_of::<PyString>() {
            return Ok(true);
        }
        let found = self
            .types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "discriminator"), (by,))?;
        if found.is_none() {
            return Ok(false);
        }
        for (tag, choice) in choices.iter() {
            let tag: String = tag.extract()?;
            let choice = choice.cast_into::<PyDict>()?;
            let Some(choice) = self.schema.resolved(&choice)? else {
                return Ok(false);
            };
            let Some(Shape::Model(_, fields)) = self.shape(&choice, depth + 1)? else {
                return Ok(false);
            };
            let is_told = fields.iter().any(|field| {
                field
                    .name
                    .bind(py)
                    .to_str()
                    .is_ok_and(|name| name == "type")
                    && matches!(&field.shape, Shape::Literal(texts) if *texts == [tag.as_str()])
            });
            if !is_told {
                return Ok(false);
            }
        }
        self.left_out.push(found.extract()?);
        Ok(true)
    }

    fn union(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
        let Some(choices) = at(node, "choices")? else {
            return Ok(None);
        };
        let choices = match choices.cast_exact::<PyDict>() {
            Ok(tagged) => tagged.values().into_any(),
            Err(_) => choices,
        };
        let mut shapes = Vec::new();
        for choice in choices.try_iter()? {
            let Ok(choice) = choice?.cast_into_exact::<PyDict>() else {
                return Ok(None);
            };
            let Some(shape) = self.shape(&choice, depth + 1)? else {
                return Ok(None);
            };
            shapes.push(shape);
        }
        Ok(Some(Shape::Union(shapes)))
    }

    fn record(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
        let known = [
            "type",
            "cls",
            "cls_name",
            "fields",
            "computed_fields",
            "config",
            "extra_behavior",
            "total",
            "ref",
            "metadata",
        ];
        let Some(fields) = plain_fields(node, &known)? else {
            return Ok(None);
        };
        let mut shapes = Vec::new();
        for (name, field) in fields.iter() {
            let field = field.cast_into::<PyDict>()?;
            let known = ["type", "schema", "required", "metadata", "validation_alias"];
            if !has_only(&field, &known)? || at(&field, "required")?.is_none() {
                return Ok(None);
            }
            let Some(schema) = dict_at(&field, "schema")? else {
                return Ok(None);
            };
            let Some(shape) = self.shape(&schema, depth + 1)? else {
                return Ok(None);
            };
            let required = is_true(&field, "required")?;
            shapes.push((name.cast_into::<PyString>()?.unbind(), required, shape));
        }
        Ok(Some(Shape::Record(shapes)))
    }

    fn model(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
        let known = [
            "type",
            "cls",
            "generic_origin",
            "schema",
            "custom_init",
            "root_model",
            "post_init",
            "revalidate_instances",
            "strict",
            "frozen",
            "config",
            "ref",
            "metadata",
        ];
        if !has_only(node, &known)? || is_true(node, "root_model")? || !is_plain_config(node)? {
            return Ok(None);
        }
        let (Some(class), Some(mut inner)) = (at(node, "cls")?, dict_at(node, "schema")?) else {
            return Ok(None);
        };
        let class = class.cast_into::<PyType>()?;
        if !self.classes.iter().any(|(one, _)| one.is(&class)) {
            let Some(now) = Seen::now(&class) else {
                return Ok(None);
            };
            self.classes.push((class.clone(), now));
        }
        if !is_ordinary(self.types, &class)? {
            return Ok(None);
        }
        // Validators of the whole model are wrapped around its fields; they have no part in writing it.
        while let Some("function-before" | "function-after") = text_at(&inner, "type")?.as_deref() {
            if inner.contains("serialization")? {
                return Ok(None);
            }
            match dict_at(&inner, "schema")? {
                Some(schema) => inner = schema,
                None => return Ok(None),
            }
        }
        if text_at(&inner, "type")?.as_deref() != Some("model-fields") {
            return Ok(None);
        }
        let known = [
            "type",
            "fields",
            "computed_fields",
            "model_name",
            "metadata",
        ];
        let Some(fields) = plain_fields(&inner, &known)? else {
            return Ok(None);
        };
        let mut shapes = Vec::new();
        for (name, field) in fields.iter() {
            let field = field.cast_into::<PyDict>()?;
            let known = [
                "type",
                "schema",
                "metadata",
                "validation_alias",
                // Used only where the config says so, which is not among those that are plain.
                "serialization_alias",
                "frozen",
            ];
            if !has_only(&field, &known)? {
                return Ok(None);
            }
            let Some(schema) = dict_at(&field, "schema")? else {
                return Ok(None);
            };
            let Some(shape) = self.shape(&schema, depth + 1)? else {
                return Ok(None);
            };
            let Some(field) = Field::new(name.cast_into::<PyString>()?, shape) else {
                return Ok(None);
            };
            shapes.push(field);
        }
        Ok(Some(Shape::Model(class.as_ptr() as usize, shapes)))
    }
}
