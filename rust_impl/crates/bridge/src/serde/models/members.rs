//! The models that a validator makes, by its schema.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::super::raw;
use super::super::types::Types;
use super::DEEPEST;
use super::class::Seen;
use super::description::{MODEL, extra, has_finalizer, is_made_of_dict};
use super::fields;
use super::kept::Member;
use super::schema::{Schema, Unknown, at, dict_at, has_only, text_at};
use super::shape::{Field, Shape};

/// Nodes of a schema that are looked at, at most: a type that refers to itself would never end.
const NODES: usize = 4096;

/// What is known so far of the models.
pub struct Members<'s, 'py> {
    types: &'s Types,
    found: Vec<Found<'py>>,
    /// Nodes that were looked at, and what they are.
    seen: Vec<(Bound<'py, PyDict>, usize)>,
    /// What a place in a schema says of a model, which has its own schema: pydantic's core uses the validator made of that.
    said: Vec<(usize, Content)>,
    nodes: usize,
}

/// A class whose content is known once its own schema was read.
struct Found<'py> {
    class: Bound<'py, PyType>,
    /// As it was before its schema was read.
    seen: Seen,
    content: Option<Content>,
}

/// The fields of a model, and whether it keeps what it has no field for.
struct Content {
    fields: Vec<Field>,
    has_extra: bool,
}

impl Content {
    fn is_same(&self, other: &Self, py: Python<'_>) -> bool {
        let mut pairs = self.fields.iter().zip(&other.fields);
        self.has_extra == other.has_extra
            && self.fields.len() == other.fields.len()
            && pairs.all(|(a, b)| a.is_same(b, py))
    }
}

impl<'s, 'py> Members<'s, 'py> {
    /// The model that `root` describes, whose fields are in `inner`, then those in it.
    pub fn of(
        types: &'s Types,
        schema: &Schema<'py>,
        root: &Bound<'py, PyDict>,
        inner: &Bound<'py, PyDict>,
    ) -> Unknown<Vec<Member>> {
        let py = root.py();
        let (Some(class), Some(has_extra)) = (at(root, "cls")?, extra(root)?) else {
            return Ok(None);
        };
        if !has_only(root, MODEL)? || has_finalizer(&class)? {
            return Ok(None);
        }
        let class = class.cast_into::<PyType>()?;
        let Some(now) = Seen::now(&class) else {
            return Ok(None);
        };
        let mut members = Self {
            types,
            found: vec![Found {
                class,
                seen: now,
                content: None,
            }],
            seen: vec![(root.clone(), 0)],
            said: Vec::new(),
            nodes: 0,
        };
        let Some(fields) = members.fields(schema, inner, 0)? else {
            return Ok(None);
        };
        let content = Content { fields, has_extra };
        // Where it is in itself, it is made in the other way.
        if members.said.iter().any(|(place, _)| *place == 0) && !is_made_of_dict(types, root)? {
            return Ok(None);
        }
        if let Some(root) = members.found.first_mut() {
            root.content = Some(content);
        }
        let agree = |(place, said): &(usize, Content)| {
            let own = members.found.get(*place);
            own.and_then(|own| own.content.as_ref())
                .is_some_and(|own| own.is_same(said, py))
        };
        if !members.said.iter().all(agree) {
            return Ok(None);
        }
        let mut made = Vec::new();
        for Found { seen, content, .. } in members.found {
            let Some(Content { fields, has_extra }) = content else {
                return Ok(None);
            };
            let Some(member) = Member::new(py, seen, fields, has_extra)? else {
                return Ok(None);
            };
            made.push(member);
        }
        Ok(Some(made))
    }

    /// The place of a model that is in a field of another.
    fn member(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<usize> {
        let known = |members: &Self| {
            let mut seen = members.seen.iter();
            seen.find(|(one, _)| one.is(node)).map(|(_, place)| *place)
        };
        if !is_made_of_dict(self.types, node)? {
            return Ok(None);
        }
        if let Some(place) = known(self) {
            return Ok(Some(place));
        }
        let Some(class) = at(node, "cls")? else {
            return Ok(None);
        };
        let place = match self.found.iter().position(|one| one.class.is(&class)) {
            Some(place) => place,
            None => {
                let class = class.cast_into::<PyType>()?;
                let Some(now) = Seen::now(&class) else {
                    return Ok(None);
                };
                let Some(own) = Schema::of(self.types, &class)? else {
                    return Ok(None);
                };
                let Some(root) = own.resolved(&own.root)? else {
                    return Ok(None);
                };
                if !at(&root, "cls")?.is_some_and(|of| of.is(&class))
                    || !is_made_of_dict(self.types, &root)?
                {
                    return Ok(None);
                }
                let place = self.found.len();
                self.found.push(Found {
                    class,
                    seen: now,
                    content: None,
                });
                self.seen.push((root.clone(), place));
                let Some(content) = self.content(&own, &root, depth)? else {
                    return Ok(None);
                };
                if let Some(found) = self.found.get_mut(place) {
                    found.content = Some(content);
                }
                place
            }
        };
        if known(self).is_none() {
            self.seen.push((node.clone(), place));
            let Some(content) = self.content(schema, node, depth)? else {
                return Ok(None);
            };
            self.said.push((place, content));
        }
        Ok(Some(place))
    }

    fn content(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<Content> {
        let (Some(inner), Some(has_extra)) = (dict_at(node, "schema")?, extra(node)?) else {
            return Ok(None);
        };
        let fields = self.fields(schema, &inner, depth)?;
        Ok(fields.map(|fields| Content { fields, has_extra }))
    }

    fn fields(
        &mut self,
        schema: &Schema<'py>,
        inner: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<Vec<Field>> {
        let known = [
            "type",
            "fields",
            "computed_fields",
            "model_name",
            "metadata",
        ];
        if text_at(inner, "type")?.as_deref() != Some("model-fields") || !has_only(inner, &known)? {
            return Ok(None);
        }
        let Some(listed) = dict_at(inner, "fields")? else {
            return Ok(None);
        };
        let known = [
            "type",
            "schema",
            "metadata",
            "serialization_alias",
            "frozen",
        ];
        fields::of_model(&listed, &known, |node| self.shape(schema, node, depth + 1))
    }

    fn inner(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        name: &str,
        depth: usize,
    ) -> Unknown<Box<Shape>> {
        match dict_at(node, name)? {
            Some(inner) => Ok(self.shape(schema, &inner, depth + 1)?.map(Box::new)),
            None => Ok(None),
        }
    }

    /// The shape that a validator leaves as it is; `None` for what it may change, or refuse for more than its type.
    fn shape(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<Shape> {
        self.nodes += 1;
        if depth > DEEPEST || self.nodes > NODES {
            return Ok(None);
        }
        let Some(kind) = text_at(node, "type")? else {
            return Ok(None);
        };
        let known: &[&str] = match kind.as_str() {
            "any" | "int" | "float" | "bool" | "none" | "bytes" => &["type", "metadata"],
            "datetime" => &["type", "metadata", "microseconds_precision"],
            "str" => &["type", "metadata", "coerce_numbers_to_str"],
            "default" => &[
                "type",
                "metadata",
                "schema",
                "default",
                "default_factory",
                "default_factory_takes_data",
            ],
            "nullable" => &["type", "metadata", "schema"],
            "list" => &["type", "metadata", "items_schema"],
            "tuple" => &["type", "metadata", "items_schema", "variadic_item_index"],
            "dict" => &["type", "metadata", "keys_schema", "values_schema"],
            "literal" => &["type", "metadata", "expected"],
            "union" => &["type", "metadata", "choices"],
            "typed-dict" => &[
                "type",
                "metadata",
                "cls",
                "ref",
                "fields",
                "computed_fields",
                "extra_behavior",
                "config",
            ],
            "model" => MODEL,
            "definition-ref" => &["type", "metadata", "schema_ref"],
            _ => return Ok(None),
        };
        if !has_only(node, known)? {
            return Ok(None);
        }
        Ok(match kind.as_str() {
            "any" => Some(Shape::Any),
            "int" => Some(Shape::Int),
            "float" => Some(Shape::Float),
            "bool" => Some(Shape::Bool),
            "none" => Some(Shape::Nil),
            "bytes" => Some(Shape::Bytes),
            "str" => Some(Shape::Str),
            "datetime" => self.types.closed("datetime", &kind).map(Shape::Closed),
            "default" => self
                .inner(schema, node, "schema", depth)?
                .map(|inner| *inner),
            "nullable" => self
                .inner(schema, node, "schema", depth)?
                .map(Shape::Nullable),
            "list" => self
                .inner(schema, node, "items_schema", depth)?
                .map(Shape::List),
            "tuple" => self.tuple(schema, node, depth)?,
            "dict" => {
                let keys = self.inner(schema, node, "keys_schema", depth)?;
                let values = self.inner(schema, node, "values_schema", depth)?;
                match (keys.as_deref(), values) {
                    (Some(Shape::Any | Shape::Str), Some(values)) => Some(Shape::Dict(values)),
                    _ => None,
                }
            }
            "literal" => literal(node)?,
            "union" => self.union(schema, node, depth)?,
            "model" => self.member(schema, node, depth)?.map(Shape::Member),
            "definition-ref" => match schema.resolved(node)? {
                Some(target) => self.shape(schema, &target, depth + 1)?,
                None => None,
            },
            _ => self.record(schema, node, depth)?,
        })
    }

    fn tuple(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<Shape> {
        let Some(item) = fields::items_of_tuple(node)? else {
            return Ok(None);
        };
        let item = self.shape(schema, &item, depth + 1)?;
        Ok(item.map(|item| Shape::Tuple(Box::new(item))))
    }

    /// A union in which no two choices could take the same list or dict, and a scalar's own type is always the best choice.
    fn union(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<Shape> {
        let Some(choices) = at(node, "choices")? else {
            return Ok(None);
        };
        let (mut shapes, mut lists, mut dicts) = (Vec::new(), 0, 0);
        for choice in choices.try_iter()? {
            let Ok(choice) = choice?.cast_into_exact::<PyDict>() else {
                return Ok(None);
            };
            let Some(shape) = self.shape(schema, &choice, depth + 1)? else {
                return Ok(None);
            };
            match shape {
                Shape::List(_) => lists += 1,
                Shape::Dict(_) | Shape::Member(_) => dicts += 1,
                Shape::Str | Shape::Int | Shape::Float | Shape::Bool | Shape::Nil => {}
                _ => return Ok(None),
            }
            shapes.push(shape);
        }
        Ok((lists <= 1 && dicts <= 1).then_some(Shape::Union(shapes)))
    }

    fn record(
        &mut self,
        schema: &Schema<'py>,
        node: &Bound<'py, PyDict>,
        depth: usize,
    ) -> Unknown<Shape> {
        if let Some(config) = dict_at(node, "config")?
            && !has_only(&config, &["title", "extra_fields_behavior"])?
        {
            return Ok(None);
        }
        let Some(listed) = dict_at(node, "fields")? else {
            return Ok(None);
        };
        let known = ["type", "schema", "required", "metadata"];
        fields::of_record(&listed, &known, |inner| {
            if text_at(inner, "type")?.as_deref() == Some("default") {
                return Ok(None);
            }
            self.shape(schema, inner, depth + 1)
        })
    }
}

fn literal(node: &Bound<'_, PyDict>) -> Unknown<Shape> {
    let Some(expected) = at(node, "expected")? else {
        return Ok(None);
    };
    let mut texts: Vec<Py<PyString>> = Vec::new();
    for one in expected.try_iter()? {
        match one?.cast_into_exact::<PyString>() {
            Ok(text) if !texts.iter().any(|one| raw::is_text(&text, one)) => {
                texts.push(text.unbind());
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(Shape::Constant(texts)))
}
