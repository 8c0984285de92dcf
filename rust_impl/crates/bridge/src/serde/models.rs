//! What is known of pydantic models: which can be written from their fields, and which constructed by their validator.
//!
//! A class's plan holds for as long as nothing was assigned to the class or to one of its bases, which its version tag tells.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySet, PyString, PyTuple, PyType};

use super::raw;
use super::types::Types;

/// Classes whose plans are kept at once.
const KEPT: usize = 4096;

/// A class that changes more often than this is not looked at again.
const CHANGES: u32 = 16;

/// Values are looked at this deep.
pub const DEEPEST: usize = 60;

static PLANS: Mutex<Option<HashMap<usize, Arc<Plan>>>> = Mutex::new(None);

/// What is known of a class.
pub struct Plan {
    tag: u32,
    /// Of the class's class.
    meta: u32,
    changes: u32,
    /// How its instances are written without `model_dump()`.
    pub dump: Option<Dump>,
    /// How they are made without `__init__`.
    pub init: Option<Init>,
}

/// Functions that are left out, with the code that they are known to have.
struct LeftOut(Vec<(Py<PyAny>, Py<PyAny>)>);

impl LeftOut {
    fn are_as_they_were(&self, py: Python<'_>) -> bool {
        let same = |(function, code): &(Py<PyAny>, Py<PyAny>)| {
            raw::has_code(function.bind(py), code.bind(py))
        };
        self.0.iter().all(same)
    }
}

/// A model whose serializer gives its fields as they are.
pub struct Dump {
    left_out: LeftOut,
    /// The model itself.
    pub model: Shape,
    /// What [`Shape::Defined`] means.
    pub defined: Vec<Shape>,
}

/// A model whose `__init__` hands everything to its validator.
pub struct Init {
    left_out: LeftOut,
    /// The argument that has to come first.
    leading: Py<PyString>,
    /// What the validator leaves as it is.
    kept: Option<Kept>,
}

/// A model whose validator gives data of these shapes as they are, in the order of its fields.
struct Kept {
    fields: Vec<(Py<PyString>, Shape)>,
    /// Whether the model keeps what it has no field for.
    has_extra: bool,
    /// What comes before it, and has nothing to do with such data.
    before: Vec<Before>,
    left_out: LeftOut,
    /// Names that those functions look up, with what they then found.
    looked_up: Vec<(Py<PyDict>, Py<PyString>, Py<PyAny>)>,
}

/// A validator of LangChain's, known by its source.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
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

impl Kept {
    /// The model that these data are the fields of; `None` if a validator would have to look at them.
    fn take<'py>(
        &self,
        class: &Bound<'py, PyType>,
        data: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = class.py();
        let is_found = |(names, name, found): &(Py<PyDict>, Py<PyString>, Py<PyAny>)| {
            let now = names.bind(py).get_item(name.bind(py));
            now.is_ok_and(|now| now.is_some_and(|now| now.is(found)))
        };
        if data.len() != self.fields.len()
            || !self.left_out.are_as_they_were(py)
            || !self.looked_up.iter().all(is_found)
        {
            return Ok(None);
        }
        let mut fields = self.fields.iter();
        let fit = raw::pairs_are(data, |key, value| {
            fields.next().is_some_and(|(name, shape)| {
                raw::is_text(key, name)
                    && takes(shape, value, 0)
                    && self.before.iter().all(|before| {
                        raw::utf8(name.bind(py)).is_some_and(|name| before.keeps(name, value))
                    })
            })
        });
        if !fit {
            return Ok(None);
        }
        let model = raw::new_slots(class)?;
        let extra = if self.has_extra {
            PyDict::new(py).into_any()
        } else {
            py.None().into_bound(py)
        };
        let given = PySet::empty(py)?;
        for (name, _) in &self.fields {
            given.add(name)?;
        }
        // Nobody else has the data: they were read for this.
        raw::set_slot(&model, intern!(py, "__dict__"), data)?;
        raw::set_slot(&model, intern!(py, "__pydantic_extra__"), &extra)?;
        raw::set_slot(&model, intern!(py, "__pydantic_fields_set__"), &given)?;
        let none = py.None().into_bound(py);
        raw::set_slot(&model, intern!(py, "__pydantic_private__"), &none)?;
        Ok(Some(model))
    }
}

/// Whether a validator of this shape gives the value, or an equal new list or dict, whatever else it would take.
fn takes(shape: &Shape, value: &Bound<'_, PyAny>, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match shape {
        Shape::Any => true,
        Shape::Str => value.is_exact_instance_of::<PyString>(),
        Shape::Int => value.is_exact_instance_of::<pyo3::types::PyInt>(),
        Shape::Float => value.is_exact_instance_of::<pyo3::types::PyFloat>(),
        Shape::Bool => value.is_exact_instance_of::<pyo3::types::PyBool>(),
        Shape::Nil => value.is_none(),
        Shape::Nullable(inner) => value.is_none() || takes(inner, value, depth),
        Shape::Literal(expected) => value.cast_exact::<PyString>().is_ok_and(|text| {
            raw::utf8(text).is_some_and(|text| expected.iter().any(|one| one.as_bytes() == text))
        }),
        Shape::List(inner) => value
            .cast_exact::<PyList>()
            .is_ok_and(|list| list.iter().all(|item| takes(inner, &item, depth + 1))),
        Shape::Dict(inner) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
            raw::pairs_are(dict, |key, value| {
                key.is_exact_instance_of::<PyString>() && takes(inner, value, depth + 1)
            })
        }),
        Shape::Union(choices) => choices.iter().any(|one| takes(one, value, depth)),
        // It gives the fields in its own order.
        Shape::Record(fields) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
            let mut rest = fields.iter();
            let in_order = raw::pairs_are(dict, |key, value| {
                for (name, required, shape) in rest.by_ref() {
                    if raw::is_text(key, name) {
                        return takes(shape, value, depth + 1);
                    }
                    if *required {
                        return false;
                    }
                }
                false
            });
            in_order && rest.all(|(_, required, _)| !required)
        }),
        Shape::Bytes
        | Shape::Closed(_)
        | Shape::Tuple(_)
        | Shape::Model(..)
        | Shape::Defined(_) => false,
    }
}

/// What a value has to be, exactly, so that pydantic's serializer gives it as it is and says nothing.
pub enum Shape {
    /// What [`is_plain`] is true of.
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
    /// By its place among the definitions.
    Defined(usize),
}

/// A field of a model.
pub struct Field {
    name: Py<PyString>,
    /// What it holds.
    pub shape: Shape,
    /// Whether there may be models in it, which are then written as dicts.
    pub holds_models: bool,
}

impl Shape {
    fn holds_models(&self) -> bool {
        match self {
            Self::Model(..) | Self::Defined(_) => true,
            Self::Nullable(inner) | Self::List(inner) | Self::Dict(inner) | Self::Tuple(inner) => {
                inner.holds_models()
            }
            Self::Union(choices) => choices.iter().any(Self::holds_models),
            Self::Record(fields) => fields.iter().any(|(.., shape)| shape.holds_models()),
            _ => false,
        }
    }
}

/// The plans that one call has just used.
#[derive(Default)]
pub struct Plans {
    recent: [Option<(usize, Arc<Plan>)>; 4],
    next: usize,
}

impl Plans {
    /// The plan of a class, if it is a pydantic model.
    #[inline]
    pub fn of(&mut self, types: &Types, class: &Bound<'_, PyType>) -> Option<Arc<Plan>> {
        if !raw::is_subclass(class, types.base_model.bind(class.py())) {
            return None;
        }
        let address = class.as_ptr() as usize;
        for (known, plan) in self.recent.iter().flatten() {
            if *known == address && plan.is_of(class) {
                return Some(plan.clone());
            }
        }
        let plan = Plan::of(types, class)?;
        if let Some(place) = self.recent.get_mut(self.next % 4) {
            *place = Some((address, plan.clone()));
            self.next += 1;
        }
        Some(plan)
    }
}

impl Plan {
    fn of(types: &Types, class: &Bound<'_, PyType>) -> Option<Arc<Self>> {
        let address = class.as_ptr() as usize;
        let known = PLANS
            .lock()
            .ok()
            .and_then(|plans| plans.as_ref()?.get(&address).cloned());
        let changes = match known {
            Some(plan) if plan.is_of(class) => return Some(plan),
            Some(plan) if plan.changes >= CHANGES => return None,
            Some(plan) => plan.changes + 1,
            None => 0,
        };
        let plan = Arc::new(Self::made(types, class, changes)?);
        let evicted = match PLANS.lock() {
            Ok(mut plans) => {
                let plans = plans.get_or_insert_default();
                let evicted = if plans.len() >= KEPT {
                    std::mem::take(plans)
                } else {
                    HashMap::new()
                };
                (evicted, plans.insert(address, plan.clone()))
            }
            Err(_) => return Some(plan),
        };
        // Only now: dropping them lets go of Python objects.
        drop(evicted);
        Some(plan)
    }

    fn is_of(&self, class: &Bound<'_, PyType>) -> bool {
        raw::version_tag(class) == Some(self.tag)
            && raw::version_tag(&class.get_type()) == Some(self.meta)
    }

    fn made(types: &Types, class: &Bound<'_, PyType>, changes: u32) -> Option<Self> {
        let py = class.py();
        let (dump, init) = match Schema::of(types, class) {
            Ok(Some(schema)) => (
                schema.dump(types, class).ok().flatten(),
                schema.init(types, class).ok().flatten(),
            ),
            Ok(None) | Err(_) => (None, None),
        };
        // A lookup gives a class its tag.
        for class in [class, &class.get_type()] {
            let _ = class.getattr(intern!(py, "__name__"));
        }
        Some(Self {
            tag: raw::version_tag(class)?,
            meta: raw::version_tag(&class.get_type())?,
            changes,
            dump,
            init,
        })
    }
}

impl Dump {
    /// Whether the model is of this plan and would be given as it is.
    pub fn fits(&self, model: &Bound<'_, PyAny>) -> bool {
        self.left_out.are_as_they_were(model.py()) && self.matches(&self.model, model, 0)
    }

    /// The shape that a name of a shape stands for.
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

    /// Whether a value is of a shape. Runs no Python code but the lookup of a model's own attributes.
    pub fn matches(&self, shape: &Shape, value: &Bound<'_, PyAny>, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        match shape {
            Shape::Any => is_plain(value, depth),
            Shape::Str => value.is_exact_instance_of::<PyString>(),
            Shape::Int => value.is_exact_instance_of::<pyo3::types::PyInt>(),
            Shape::Float => value.is_exact_instance_of::<pyo3::types::PyFloat>(),
            Shape::Bool => value.is_exact_instance_of::<pyo3::types::PyBool>(),
            Shape::Bytes => value.is_exact_instance_of::<pyo3::types::PyBytes>(),
            Shape::Nil => value.is_none(),
            Shape::Closed(class) => value.get_type_ptr() as usize == *class,
            Shape::Nullable(inner) => value.is_none() || self.matches(inner, value, depth),
            Shape::Literal(expected) => value.cast_exact::<PyString>().is_ok_and(|text| {
                raw::utf8(text)
                    .is_some_and(|text| expected.iter().any(|one| one.as_bytes() == text))
            }),
            Shape::List(inner) => value.cast_exact::<PyList>().is_ok_and(|list| {
                list.iter()
                    .all(|item| self.matches(inner, &item, depth + 1))
            }),
            Shape::Tuple(inner) => value.cast_exact::<PyTuple>().is_ok_and(|tuple| {
                tuple
                    .iter()
                    .all(|item| self.matches(inner, &item, depth + 1))
            }),
            Shape::Dict(inner) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
                raw::pairs_are(dict, |key, value| {
                    key.is_exact_instance_of::<PyString>() && self.matches(inner, value, depth + 1)
                })
            }),
            Shape::Union(choices) => choices.iter().any(|one| self.matches(one, value, depth)),
            Shape::Record(fields) => value.cast_exact::<PyDict>().is_ok_and(|dict| {
                let mut required = fields.iter().filter(|(_, required, _)| *required).count();
                let fit = raw::pairs_are(dict, |key, value| {
                    let field = fields.iter().find(|(name, ..)| raw::is_text(key, name));
                    field.is_some_and(|(_, is_required, shape)| {
                        required -= usize::from(*is_required);
                        self.matches(shape, value, depth + 1)
                    })
                });
                fit && required == 0
            }),
            Shape::Model(class, fields) => {
                value.get_type_ptr() as usize == *class
                    && fields_of(value).is_some_and(|dict| {
                        let mut place = 0;
                        dict.len() == fields.len()
                            && raw::pairs_are(&dict, |key, value| {
                                let Some(field) = field_at(fields, place, key) else {
                                    return false;
                                };
                                place += 1;
                                self.matches(&field.shape, value, depth + 1)
                            })
                    })
            }
            Shape::Defined(_) => match self.resolved(shape) {
                Shape::Defined(_) => false,
                shape => self.matches(shape, value, depth + 1),
            },
        }
    }
}

/// The field of this name, which is likely to be the one at `place`.
pub fn field_at<'f>(
    fields: &'f [Field],
    place: usize,
    name: &Bound<'_, PyAny>,
) -> Option<&'f Field> {
    match fields.get(place) {
        Some(field) if field.name.is(name) => Some(field),
        _ => fields.iter().find(|field| raw::is_text(name, &field.name)),
    }
}

/// A model's `__dict__`, if it has nothing extra.
pub fn fields_of<'py>(model: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    let py = model.py();
    let extra = raw::own_attribute(model, intern!(py, "__pydantic_extra__"))?;
    let has_extra = match extra.cast_exact::<PyDict>() {
        Ok(extra) => !extra.is_empty(),
        Err(_) => !extra.is_none(),
    };
    if has_extra {
        return None;
    }
    let dict = raw::own_attribute(model, intern!(py, "__dict__"))?;
    dict.cast_into_exact::<PyDict>().ok()
}

/// Whether pydantic would give a value as it is where anything is allowed: scalars, and lists and dicts of them.
fn is_plain(value: &Bound<'_, PyAny>, depth: usize) -> bool {
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

/// A model, and how it was made.
pub enum Made<'py> {
    /// Of the data as they are.
    Taken(Bound<'py, PyAny>),
    /// By its validator.
    Validated(Bound<'py, PyAny>),
}

impl Init {
    /// `class(**data)`, if that is what its validator makes of the data.
    ///
    /// # Errors
    /// What the validator raises.
    pub fn make<'py>(
        &self,
        class: &Bound<'py, PyType>,
        data: &Bound<'py, PyDict>,
    ) -> Option<PyResult<Made<'py>>> {
        let py = class.py();
        let are_names = raw::pairs_are(data, |key, _| {
            key.cast_exact::<PyString>().is_ok_and(|name| {
                !matches!(raw::utf8(name), None | Some(b"self" | b"content_blocks"))
            })
        });
        if !are_names || !self.left_out.are_as_they_were(py) {
            return None;
        }
        match self.kept.as_ref().map(|kept| kept.take(class, data)) {
            Some(Ok(Some(model))) => return Some(Ok(Made::Taken(model))),
            Some(Err(error)) => return Some(Err(error)),
            Some(Ok(None)) | None => {}
        }
        match self.ordered(data) {
            Ok(Some(data)) => Some(self.validated(class, &data).map(Made::Validated)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// A copy of the data, for validators may change them, in the order in which the constructors would hand them on.
    fn ordered<'py>(&self, data: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let leading = self.leading.bind(data.py());
        if raw::utf8(leading).is_none_or(<[u8]>::is_empty) {
            return data.copy().map(Some);
        }
        let first = raw::next_pair(data, &mut 0);
        if first.is_some_and(|(name, _)| raw::is_text(&name, &self.leading)) {
            return data.copy().map(Some);
        }
        let Some(value) = data.get_item(leading)? else {
            return Ok(None);
        };
        let ordered = PyDict::new(data.py());
        ordered.set_item(leading, value)?;
        ordered.update(data.as_mapping())?;
        Ok(Some(ordered))
    }

    fn validated<'py>(
        &self,
        class: &Bound<'py, PyType>,
        data: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = class.py();
        let model = raw::new_slots(class)?;
        let validator = class.getattr(intern!(py, "__pydantic_validator__"))?;
        raw::call_method(
            &validator,
            intern!(py, "validate_python"),
            data.as_any(),
            &PyTuple::new(py, [intern!(py, "self_instance")])?,
            &model,
        )?;
        Ok(model)
    }
}

/// A class's core schema.
struct Schema<'py> {
    root: Bound<'py, PyDict>,
    definitions: Vec<(String, Bound<'py, PyDict>)>,
}

/// What makes the serializer do more than give the value as it is.
type Unknown<T> = PyResult<Option<T>>;

impl<'py> Schema<'py> {
    /// The schema of a class whose validator and serializer are ready and pydantic's own.
    fn of(types: &Types, class: &Bound<'py, PyType>) -> Unknown<Self> {
        let py = class.py();
        if !is_ordinary(types, class)?
            || raw::is_subclass(class, types.delta_snapshot.bind(py).cast()?)
        {
            return Ok(None);
        }
        let of_class = |name: &str| -> PyResult<String> {
            Ok(class.getattr(name)?.get_type().name()?.to_string())
        };
        if of_class("__pydantic_serializer__")? != "SchemaSerializer"
            || of_class("__pydantic_validator__")? != "SchemaValidator"
        {
            return Ok(None);
        }
        let schema = class.getattr(intern!(py, "__pydantic_core_schema__"))?;
        let Ok(schema) = schema.cast_into_exact::<PyDict>() else {
            return Ok(None);
        };
        if text_at(&schema, "type")?.as_deref() != Some("definitions") {
            return Ok(Some(Self {
                root: schema,
                definitions: Vec::new(),
            }));
        }
        let mut definitions = Vec::new();
        let Some(listed) = at(&schema, "definitions")? else {
            return Ok(None);
        };
        for definition in listed.try_iter()? {
            let definition = definition?.cast_into::<PyDict>()?;
            let Some(name) = text_at(&definition, "ref")? else {
                return Ok(None);
            };
            definitions.push((name, definition));
        }
        let Some(root) = dict_at(&schema, "schema")? else {
            return Ok(None);
        };
        Ok(Some(Self { root, definitions }))
    }

    /// The node that a reference leads to.
    fn resolved(&self, node: &Bound<'py, PyDict>) -> Unknown<Bound<'py, PyDict>> {
        if text_at(node, "type")?.as_deref() != Some("definition-ref") {
            return Ok(Some(node.clone()));
        }
        let name = text_at(node, "schema_ref")?;
        let found = self
            .definitions
            .iter()
            .find(|(one, _)| Some(one) == name.as_ref());
        Ok(found.map(|(_, definition)| definition.clone()))
    }

    fn dump(&self, types: &Types, class: &Bound<'py, PyType>) -> Unknown<Dump> {
        let py = class.py();
        let found = types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "dumper"), (class,))?;
        if found.is_none() {
            return Ok(None);
        }
        let (function, code) = found.extract::<(Py<PyAny>, Py<PyAny>)>()?;
        let Some(root) = self.resolved(&self.root)? else {
            return Ok(None);
        };
        let Some(model) = self.shape(types, &root, 0)? else {
            return Ok(None);
        };
        if !matches!(&model, Shape::Model(of, _) if *of == class.as_ptr() as usize) {
            return Ok(None);
        }
        let mut defined = Vec::new();
        for (_, definition) in &self.definitions {
            let Some(shape) = self.shape(types, definition, 0)? else {
                return Ok(None);
            };
            defined.push(shape);
        }
        Ok(Some(Dump {
            left_out: LeftOut(vec![(function, code)]),
            model,
            defined,
        }))
    }

    fn init(&self, types: &Types, class: &Bound<'py, PyType>) -> Unknown<Init> {
        let py = class.py();
        // Whatever wraps the model may give something else than the object that is being made.
        let Some(root) = self.resolved(&self.root)? else {
            return Ok(None);
        };
        if text_at(&root, "type")?.as_deref() != Some("model") || is_true(&root, "root_model")? {
            return Ok(None);
        }
        let found = types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "constructor"), (class,))?;
        if found.is_none() {
            return Ok(None);
        }
        let (chain, leading) = found.extract::<(Vec<(Py<PyAny>, Py<PyAny>)>, Py<PyString>)>()?;
        Ok(Some(Init {
            left_out: LeftOut(chain),
            leading,
            kept: self.kept(types, &root)?,
        }))
    }

    /// What the validator of a model leaves as it is; `None` if it has parts that are not known to leave anything so.
    fn kept(&self, types: &Types, root: &Bound<'py, PyDict>) -> Unknown<Kept> {
        let py = root.py();
        let known = [
            "type",
            "cls",
            "generic_origin",
            "schema",
            "custom_init",
            "root_model",
            "config",
            "ref",
            "metadata",
        ];
        let has_extra = match dict_at(root, "config")? {
            Some(config) if has_only(&config, &["title", "extra_fields_behavior"])? => {
                text_at(&config, "extra_fields_behavior")?.as_deref() == Some("allow")
            }
            Some(_) => return Ok(None),
            None => false,
        };
        if !has_only(root, &known)? {
            return Ok(None);
        }
        let Some(mut inner) = dict_at(root, "schema")? else {
            return Ok(None);
        };
        let (mut before, mut left_out, mut looked_up) = (Vec::new(), Vec::new(), Vec::new());
        while text_at(&inner, "type")?.as_deref() == Some("function-before") {
            let (Some(call), Some(schema)) =
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
            inner = schema;
        }
        if text_at(&inner, "type")?.as_deref() != Some("model-fields")
            || !has_only(
                &inner,
                &[
                    "type",
                    "fields",
                    "computed_fields",
                    "model_name",
                    "metadata",
                ],
            )?
        {
            return Ok(None);
        }
        let Some(listed) = dict_at(&inner, "fields")? else {
            return Ok(None);
        };
        let mut fields = Vec::new();
        for (name, field) in listed.iter() {
            let field = field.cast_into::<PyDict>()?;
            let known = ["type", "schema", "metadata", "serialization_alias"];
            let Some(schema) = dict_at(&field, "schema")? else {
                return Ok(None);
            };
            if !has_only(&field, &known)? {
                return Ok(None);
            }
            let Some(shape) = kept_shape(&schema, 0)? else {
                return Ok(None);
            };
            fields.push((name.cast_into::<PyString>()?.unbind(), shape));
        }
        Ok(Some(Kept {
            fields,
            has_extra,
            before,
            left_out: LeftOut(left_out),
            looked_up,
        }))
    }

    /// The shape of a node of the schema; `None` for what pydantic may change, leave out or warn of.
    fn shape(&self, types: &Types, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
        if depth > DEEPEST || node.contains("serialization")? {
            return Ok(None);
        }
        let Some(kind) = text_at(node, "type")? else {
            return Ok(None);
        };
        let inner = |name: &str| -> Unknown<Box<Shape>> {
            match dict_at(node, name)? {
                Some(inner) => Ok(self.shape(types, &inner, depth + 1)?.map(Box::new)),
                None => Ok(None),
            }
        };
        Ok(match kind.as_str() {
            "any" => Some(Shape::Any),
            "str" => Some(Shape::Str),
            "int" => Some(Shape::Int),
            "float" => Some(Shape::Float),
            "bool" => Some(Shape::Bool),
            "bytes" => Some(Shape::Bytes),
            "none" => Some(Shape::Nil),
            "datetime" => types.closed("datetime", "datetime").map(Shape::Closed),
            "date" => types.closed("datetime", "date").map(Shape::Closed),
            "timedelta" => types.closed("datetime", "timedelta").map(Shape::Closed),
            "default" => inner("schema")?.map(|inner| *inner),
            "function-before" | "function-after" => inner("schema")?.map(|inner| *inner),
            "nullable" => inner("schema")?.map(Shape::Nullable),
            "list" => match at(node, "items_schema")? {
                Some(_) => inner("items_schema")?.map(Shape::List),
                None => Some(Shape::List(Box::new(Shape::Any))),
            },
            "tuple" => self.tuple(types, node, depth)?,
            "dict" => match (inner("keys_schema")?.as_deref(), inner("values_schema")?) {
                (Some(Shape::Any | Shape::Str), Some(values)) => Some(Shape::Dict(values)),
                _ => None,
            },
            "literal" => match at(node, "expected")? {
                Some(expected) => expected.extract().ok().map(Shape::Literal),
                None => None,
            },
            "union" | "tagged-union" => self.union(types, node, depth)?,
            "typed-dict" => self.record(types, node, depth)?,
            "model" => self.model(types, node, depth)?,
            "definition-ref" => {
                let name = text_at(node, "schema_ref")?;
                let place = self
                    .definitions
                    .iter()
                    .position(|(one, _)| Some(one) == name.as_ref());
                place.map(Shape::Defined)
            }
            _ => None,
        })
    }

    fn tuple(&self, types: &Types, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
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
            .shape(types, &item, depth + 1)?
            .map(|item| Shape::Tuple(Box::new(item))))
    }

    fn union(&self, types: &Types, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
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
            let Some(shape) = self.shape(types, &choice, depth + 1)? else {
                return Ok(None);
            };
            shapes.push(shape);
        }
        Ok(Some(Shape::Union(shapes)))
    }

    fn record(&self, types: &Types, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
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
            let Some(shape) = self.shape(types, &schema, depth + 1)? else {
                return Ok(None);
            };
            let required = is_true(&field, "required")?;
            shapes.push((name.cast_into::<PyString>()?.unbind(), required, shape));
        }
        Ok(Some(Shape::Record(shapes)))
    }

    fn model(&self, types: &Types, node: &Bound<'py, PyDict>, depth: usize) -> Unknown<Shape> {
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
        if !is_ordinary(types, class.cast()?)? {
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
        let Some(fields) = plain_fields(
            &inner,
            &[
                "type",
                "fields",
                "computed_fields",
                "model_name",
                "metadata",
            ],
        )?
        else {
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
            let Some(shape) = self.shape(types, &schema, depth + 1)? else {
                return Ok(None);
            };
            shapes.push(Field {
                name: name.cast_into::<PyString>()?.unbind(),
                holds_models: shape.holds_models(),
                shape,
            });
        }
        Ok(Some(Shape::Model(class.as_ptr() as usize, shapes)))
    }
}

/// Whether a model's attributes are looked up as those of any object.
fn is_ordinary(types: &Types, class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    for base in class.mro().iter() {
        let base = base.cast_into::<PyType>()?;
        if base.is(&types.base_model) || base.is(py.get_type::<PyAny>()) {
            continue;
        }
        let names = base.getattr(intern!(py, "__dict__"))?;
        for name in ["__class__", "__getattribute__", "__pydantic_extra__"] {
            if names.contains(name)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The shape that a validator leaves as it is; `None` for what it may change, or refuse for more than its type.
fn kept_shape(node: &Bound<'_, PyDict>, depth: usize) -> Unknown<Shape> {
    let Some(kind) = text_at(node, "type")?.filter(|_| depth <= DEEPEST) else {
        return Ok(None);
    };
    let known: &[&str] = match kind.as_str() {
        "any" | "int" | "float" | "bool" | "none" => &["type", "metadata"],
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
        _ => return Ok(None),
    };
    if !has_only(node, known)? {
        return Ok(None);
    }
    let inner = |name: &str| -> Unknown<Box<Shape>> {
        match dict_at(node, name)? {
            Some(inner) => Ok(kept_shape(&inner, depth + 1)?.map(Box::new)),
            None => Ok(None),
        }
    };
    Ok(match kind.as_str() {
        "any" => Some(Shape::Any),
        "int" => Some(Shape::Int),
        "float" => Some(Shape::Float),
        "bool" => Some(Shape::Bool),
        "none" => Some(Shape::Nil),
        "str" => Some(Shape::Str),
        "default" => inner("schema")?.map(|inner| *inner),
        "nullable" => inner("schema")?.map(Shape::Nullable),
        "list" => inner("items_schema")?.map(Shape::List),
        "dict" => match (inner("keys_schema")?.as_deref(), inner("values_schema")?) {
            (Some(Shape::Any | Shape::Str), Some(values)) => Some(Shape::Dict(values)),
            _ => None,
        },
        "literal" => match at(node, "expected")? {
            Some(expected) => {
                let mut texts = Vec::new();
                for one in expected.try_iter()? {
                    match one?.cast_into_exact::<PyString>() {
                        Ok(text) => texts.push(text.to_str()?.to_owned()),
                        Err(_) => return Ok(None),
                    }
                }
                Some(Shape::Literal(texts))
            }
            None => None,
        },
        "union" => kept_union(node, depth)?,
        _ => kept_record(node, depth)?,
    })
}

/// A union in which no two choices could take the same list or dict, and a scalar's own type is always the best choice.
fn kept_union(node: &Bound<'_, PyDict>, depth: usize) -> Unknown<Shape> {
    let Some(choices) = at(node, "choices")? else {
        return Ok(None);
    };
    let (mut shapes, mut lists, mut dicts) = (Vec::new(), 0, 0);
    for choice in choices.try_iter()? {
        let Ok(choice) = choice?.cast_into_exact::<PyDict>() else {
            return Ok(None);
        };
        let Some(shape) = kept_shape(&choice, depth + 1)? else {
            return Ok(None);
        };
        match shape {
            Shape::List(_) => lists += 1,
            Shape::Dict(_) => dicts += 1,
            Shape::Str | Shape::Int | Shape::Float | Shape::Bool | Shape::Nil => {}
            _ => return Ok(None),
        }
        shapes.push(shape);
    }
    Ok((lists <= 1 && dicts <= 1).then_some(Shape::Union(shapes)))
}

fn kept_record(node: &Bound<'_, PyDict>, depth: usize) -> Unknown<Shape> {
    if let Some(config) = dict_at(node, "config")?
        && !has_only(&config, &["title", "extra_fields_behavior"])?
    {
        return Ok(None);
    }
    let Some(fields) = dict_at(node, "fields")? else {
        return Ok(None);
    };
    let mut shapes = Vec::new();
    for (name, field) in fields.iter() {
        let field = field.cast_into::<PyDict>()?;
        let Some(schema) = dict_at(&field, "schema")? else {
            return Ok(None);
        };
        if !has_only(&field, &["type", "schema", "required", "metadata"])?
            || at(&field, "required")?.is_none()
            || text_at(&schema, "type")?.as_deref() == Some("default")
        {
            return Ok(None);
        }
        let Some(shape) = kept_shape(&schema, depth + 1)? else {
            return Ok(None);
        };
        let required = is_true(&field, "required")?;
        shapes.push((name.cast_into::<PyString>()?.unbind(), required, shape));
    }
    Ok(Some(Shape::Record(shapes)))
}

/// The fields of a model or typed dict that computes none and has no options but these.
fn plain_fields<'py>(node: &Bound<'py, PyDict>, known: &[&str]) -> Unknown<Bound<'py, PyDict>> {
    let computed = match at(node, "computed_fields")? {
        Some(computed) => computed.is_truthy()?,
        None => false,
    };
    if computed
        || !has_only(node, known)?
        || node.contains("serialization")?
        || !is_plain_config(node)?
    {
        return Ok(None);
    }
    dict_at(node, "fields")
}

/// Whether the options of a model have no part in writing it.
fn is_plain_config(node: &Bound<'_, PyDict>) -> PyResult<bool> {
    match dict_at(node, "config")? {
        Some(config) => has_only(
            &config,
            &[
                "title",
                "extra_fields_behavior",
                "strict",
                "from_attributes",
                "validate_default",
                "validate_by_name",
                "validate_by_alias",
                "coerce_numbers_to_str",
                "str_strip_whitespace",
                "str_min_length",
                "str_max_length",
            ],
        ),
        None => Ok(true),
    }
}

fn has_only(node: &Bound<'_, PyDict>, known: &[&str]) -> PyResult<bool> {
    for key in node.keys() {
        let Ok(key) = key.cast_into::<PyString>() else {
            return Ok(false);
        };
        if !known.contains(&key.to_str()?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn at<'py>(node: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    node.get_item(name)
}

fn dict_at<'py>(node: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
    Ok(at(node, name)?.and_then(|inner| inner.cast_into_exact::<PyDict>().ok()))
}

fn text_at(node: &Bound<'_, PyDict>, name: &str) -> PyResult<Option<String>> {
    Ok(at(node, name)?.and_then(|text| text.extract().ok()))
}

fn is_true(node: &Bound<'_, PyDict>, name: &str) -> PyResult<bool> {
    match at(node, name)? {
        Some(flag) => flag.is_truthy(),
        None => Ok(false),
    }
}
