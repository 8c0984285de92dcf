//! pydantic's core schemas.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::super::raw;
use super::super::types::Types;

/// `None` where pydantic may do something that is not known.
pub type Unknown<T> = PyResult<Option<T>>;

/// A class's core schema.
pub struct Schema<'py> {
    /// What describes the class, or refers to that.
    pub root: Bound<'py, PyDict>,
    /// By name.
    pub definitions: Vec<(String, Bound<'py, PyDict>)>,
}

impl<'py> Schema<'py> {
    /// The schema that the class's validator and serializer were made of, if they are pydantic's own.
    pub fn of(types: &Types, class: &Bound<'py, PyType>) -> Unknown<Self> {
        let py = class.py();
        if !is_ordinary(types, class)?
            || raw::is_subclass(class, types.delta_snapshot.bind(py).cast()?)
        {
            return Ok(None);
        }
        let schema = class.getattr(intern!(py, "__pydantic_core_schema__"))?;
        let Ok(schema) = schema.cast_into_exact::<PyDict>() else {
            return Ok(None);
        };
        for (name, kind) in [
            ("__pydantic_serializer__", "SchemaSerializer"),
            ("__pydantic_validator__", "SchemaValidator"),
        ] {
            let made = class.getattr(name)?;
            if made.get_type().name()? != kind {
                return Ok(None);
            }
            // For pickling it says what it was made of.
            let parts = made.call_method0(intern!(py, "__reduce__"))?.get_item(1)?;
            if !parts.get_item(0)?.is(&schema) {
                return Ok(None);
            }
        }
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
    pub fn resolved(&self, node: &Bound<'py, PyDict>) -> Unknown<Bound<'py, PyDict>> {
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
}

/// Whether a model's attributes are looked up as those of any object.
pub fn is_ordinary(types: &Types, class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    for base in class.mro().iter() {
        let base = base.cast_into::<PyType>()?;
        if base.is(&types.base_model) || base.is(py.get_type::<PyAny>()) {
            continue;
        }
        let names = base.getattr(intern!(py, "__dict__"))?;
        for name in [
            "__class__",
            "__getattribute__",
            "__pydantic_extra__",
            "__pydantic_fields_set__",
            "__pydantic_private__",
        ] {
            if names.contains(name)? {
                return Ok(false);
            }
        }
        // Every class that gives its instances a dict has a descriptor for it.
        if names.contains("__dict__")?
            && names.get_item("__dict__")?.get_type().name()? != "getset_descriptor"
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The fields of a model or typed dict that computes none and has no options but these.
pub fn plain_fields<'py>(node: &Bound<'py, PyDict>, known: &[&str]) -> Unknown<Bound<'py, PyDict>> {
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
pub fn is_plain_config(node: &Bound<'_, PyDict>) -> PyResult<bool> {
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

/// Whether a node has no other keys.
pub fn has_only(node: &Bound<'_, PyDict>, known: &[&str]) -> PyResult<bool> {
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

/// What a node has under a name.
pub fn at<'py>(node: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    node.get_item(name)
}

/// The same, if it is a dict.
pub fn dict_at<'py>(node: &Bound<'py, PyDict>, name: &str) -> Unknown<Bound<'py, PyDict>> {
    Ok(at(node, name)?.and_then(|inner| inner.cast_into_exact::<PyDict>().ok()))
}

/// The same, if it is a string.
pub fn text_at(node: &Bound<'_, PyDict>, name: &str) -> Unknown<String> {
    Ok(at(node, name)?.and_then(|text| text.extract().ok()))
}

/// Whether it is there and true.
pub fn is_true(node: &Bound<'_, PyDict>, name: &str) -> PyResult<bool> {
    match at(node, name)? {
        Some(flag) => flag.is_truthy(),
        None => Ok(false),
    }
}
