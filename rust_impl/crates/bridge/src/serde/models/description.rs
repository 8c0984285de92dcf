//! What a schema says of a model itself.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::super::raw;
use super::super::types::Types;
use super::schema::{Unknown, at, dict_at, has_only, is_true, text_at};

/// What the description of a model may consist of.
pub const MODEL: &[&str] = &[
    "type",
    "cls",
    "generic_origin",
    "schema",
    "custom_init",
    "root_model",
    "frozen",
    "config",
    "ref",
    "metadata",
];

/// Whether a model keeps what it has no field for; `None` if its options say more than that.
pub fn extra(node: &Bound<'_, PyDict>) -> Unknown<bool> {
    Ok(match dict_at(node, "config")? {
        Some(config) if has_only(&config, &["title", "extra_fields_behavior"])? => {
            Some(text_at(&config, "extra_fields_behavior")?.as_deref() == Some("allow"))
        }
        Some(_) => None,
        None => Some(false),
    })
}

/// Whether pydantic's core makes a model that is given as a dict in a field by nothing but its fields.
pub fn is_made_of_dict(types: &Types, node: &Bound<'_, PyDict>) -> PyResult<bool> {
    let py = node.py();
    let Some(class) = at(node, "cls")? else {
        return Ok(false);
    };
    if text_at(node, "type")?.as_deref() != Some("model")
        || !has_only(node, MODEL)?
        || is_true(node, "custom_init")?
        || is_true(node, "root_model")?
        || !raw::is_subclass(class.cast::<PyType>()?, types.base_model.bind(py))
        || has_finalizer(&class)?
    {
        return Ok(false);
    }
    types
        .recognition
        .bind(py)
        .call_method1(intern!(py, "is_made_as_objects"), (class,))?
        .is_truthy()
}

/// Whether somebody would notice that an instance was made and dropped.
pub fn has_finalizer(class: &Bound<'_, PyAny>) -> PyResult<bool> {
    class.hasattr(intern!(class.py(), "__del__"))
}
