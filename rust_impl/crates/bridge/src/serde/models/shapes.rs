//! The shapes of what a serializer gives as it is, by its schema.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::super::types::Types;
use super::DEEPEST;
use super::class::Seen;
use super::fields;
use super::schema::{
    Schema, Unknown, at, dict_at, has_only, is_ordinary, is_plain_config, is_true, plain_fields,
    text_at,
};
use super::shape::Shape;

/// The shapes of a schema's nodes.
pub struct Shapes<'s, 'py> {
    pub types: &'s Types,
    pub schema: &'s Schema<'py>,
    /// The classes of the models among them, as they were before their fields were looked at.
    pub classes: Vec<(Bound<'py, PyType>, Seen)>,
    /// Functions whose effect is known.
    pub left_out: Vec<(Py<PyAny>, Py<PyAny>)>,
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

    /// The shape of a node; `None` for what pydantic may change, leave out or warn of.
    pub fn shape(&mut self, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
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
        let Some(item) = fields::items_of_tuple(node)? else {
            return Ok(None);
        };
        let item = self.shape(&item, depth + 1)?;
        Ok(item.map(|item| Shape::Tuple(Box::new(item))))
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
        let Some(listed) = plain_fields(node, &known)? else {
            return Ok(None);
        };
        let known = ["type", "schema", "required", "metadata", "validation_alias"];
        fields::of_record(&listed, &known, |schema| self.shape(schema, depth + 1))
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
        let Some(listed) = plain_fields(&inner, &known)? else {
            return Ok(None);
        };
        let known = [
            "type",
            "schema",
            "metadata",
            "validation_alias",
            // Used only where the config says so, which is not among those that are plain.
            "serialization_alias",
            "frozen",
        ];
        let fields = fields::of_model(&listed, &known, |schema| self.shape(schema, depth + 1))?;
        Ok(fields.map(|fields| Shape::Model(class.as_ptr() as usize, fields)))
    }
}
