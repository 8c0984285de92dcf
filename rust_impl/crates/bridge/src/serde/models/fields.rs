//! The fields that a schema lists.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::schema::{Unknown, at, dict_at, has_only, is_true};
use super::shape::{Field, Shape};

/// The fields of a model, in their order, with the shapes that `shape` makes of their schemas; `None` if it makes none of one, or one has
/// other keys than these.
pub fn of_model<'py>(
    listed: &Bound<'py, PyDict>,
    known: &[&str],
    mut shape: impl FnMut(&Bound<'py, PyDict>) -> Unknown<Shape>,
) -> Unknown<Vec<Field>> {
    let mut fields = Vec::new();
    for (name, field) in listed.iter() {
        let field = field.cast_into::<PyDict>()?;
        let Some(schema) = dict_at(&field, "schema")? else {
            return Ok(None);
        };
        if !has_only(&field, known)? {
            return Ok(None);
        }
        let Some(shape) = shape(&schema)? else {
            return Ok(None);
        };
        let Some(field) = Field::new(name.cast_into::<PyString>()?, shape) else {
            return Ok(None);
        };
        fields.push(field);
    }
    Ok(Some(fields))
}

/// The shape of a typed dict of these fields, of each of which it has to be said whether it is required; `None` as above.
pub fn of_record<'py>(
    listed: &Bound<'py, PyDict>,
    known: &[&str],
    mut shape: impl FnMut(&Bound<'py, PyDict>) -> Unknown<Shape>,
) -> Unknown<Shape> {
    let mut fields = Vec::new();
    for (name, field) in listed.iter() {
        let field = field.cast_into::<PyDict>()?;
        let Some(schema) = dict_at(&field, "schema")? else {
            return Ok(None);
        };
        if !has_only(&field, known)? || at(&field, "required")?.is_none() {
            return Ok(None);
        }
        let Some(shape) = shape(&schema)? else {
            return Ok(None);
        };
        let required = is_true(&field, "required")?;
        fields.push((name.cast_into::<PyString>()?.unbind(), required, shape));
    }
    Ok(Some(Shape::Record(fields)))
}

/// What the schema of a tuple of as many as wanted says of them; `None` for any other tuple.
pub fn items_of_tuple<'py>(node: &Bound<'py, PyDict>) -> Unknown<Bound<'py, PyDict>> {
    let (Some(items), Some(variadic)) =
        (at(node, "items_schema")?, at(node, "variadic_item_index")?)
    else {
        return Ok(None);
    };
    if items.len()? != 1 || !variadic.eq(0)? {
        return Ok(None);
    }
    Ok(Some(items.get_item(0)?.cast_into::<PyDict>()?))
}
