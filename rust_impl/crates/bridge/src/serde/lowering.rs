//! What upstream's duck-typed questions come to for a class.
//!
//! Asked of one object, the answers hold for all of its class whose attributes are looked up in the ordinary way and that have
//! none of their own under these names.

use std::sync::Arc;

use codec::write::put_str;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyType};

use super::kept::{Kept, Recent, Table};
use super::left_out::LeftOut;
use super::raw;
use super::types::{Family, Types};

/// Nothing is known of classes whose objects have to be asked every time.
static LOWERINGS: Table<Kept<Option<Lowering>>> = Table::new();

/// The lowerings of the classes that one call has just met.
pub type Lowerings = Recent<Kept<Option<Lowering>>>;

/// How the objects of a class are written.
pub struct Lowering {
    /// `module` and `name`, as they are written.
    pub names: Vec<u8>,
    /// What follows.
    pub then: Then,
    /// How many of the methods an object might yet have on its own, before the one that its class has.
    own: usize,
    name_address: usize,
    /// Keeps the text at that address, so that no other name can come to be there.
    _name: Py<PyString>,
}

/// What follows the questions that a class has answered.
pub enum Then {
    /// What it is an instance of says how it is written.
    Family(Family),
    /// Its `_asdict` is that of all named tuples, of this code: it is written by these fields.
    NamedTuple(Py<PyAny>, Vec<Py<PyString>>),
    /// It is exactly `ipaddress.IPv4Address` or, if so said, `IPv6Address`.
    Address(LeftOut, bool),
    /// It has a `get_secret_value`.
    Secret,
    /// The questions that come later.
    Rest,
}

/// The methods that upstream asks for first, in its order.
pub fn methods(py: Python<'_>) -> [&Bound<'_, PyString>; 4] {
    [
        intern!(py, "model_dump"),
        intern!(py, "get_secret_value"),
        intern!(py, "dict"),
        intern!(py, "_asdict"),
    ]
}

/// What is known of the class of an object, if that is all there is to know of the object.
///
/// # Errors
/// What a look at the object's attributes raises.
#[inline]
pub fn of(
    recent: &mut Lowerings,
    types: &Types,
    object: &Bound<'_, PyAny>,
) -> PyResult<Option<Arc<Kept<Option<Lowering>>>>> {
    let class = object.get_type();
    let made = || Some(Lowering::made(types, object, &class).ok().flatten());
    let look = |changes| Kept::looked(&class, changes, made);
    let Some(kept) = recent.of(&LOWERINGS, &class, look) else {
        return Ok(None);
    };
    let Some(lowering) = &kept.known else {
        return Ok(None);
    };
    // A class that is given another name keeps its version tag.
    if raw::name_address(&class) != lowering.name_address {
        return Ok(None);
    }
    for name in methods(object.py()).into_iter().take(lowering.own) {
        if raw::has_attribute(object, name)? {
            return Ok(None);
        }
    }
    Ok(Some(kept))
}

impl Lowering {
    fn made(
        types: &Types,
        object: &Bound<'_, PyAny>,
        class: &Bound<'_, PyType>,
    ) -> PyResult<Option<Self>> {
        let py = class.py();
        let base = py.get_type::<PyAny>();
        let dunder_class = intern!(py, "__class__");
        let own_class = raw::class_attribute(class, dunder_class);
        if !raw::has_ordinary_lookup(class)
            || !same(own_class, raw::class_attribute(&base, dunder_class))
            || object.is_instance(types.delta_snapshot.bind(py))?
        {
            return Ok(None);
        }
        let Some((module, name)) = names_of(class)? else {
            return Ok(None);
        };
        let has_dict = raw::has_instance_dict(class);
        let present = methods(py)
            .into_iter()
            .enumerate()
            .find_map(|(place, name)| Some((place, raw::class_attribute(class, name)?)));
        let own = match present {
            _ if !has_dict => 0,
            Some((place, _)) => place,
            None => 4,
        };
        let then = match present {
            None => {
                let mut families = types.families.iter();
                let family = families.find_map(|(family, classes)| {
                    match object.is_instance(classes.bind(py)) {
                        Ok(true) => Some(Ok(*family)),
                        Ok(false) => None,
                        Err(error) => Some(Err(error)),
                    }
                });
                match family.transpose()? {
                    Some(Family::Text) => Then::text(types, class)?,
                    family => family.map_or(Then::Rest, Then::Family),
                }
            }
            Some((1, method)) if is_function(&method)? => Then::Secret,
            // Only where no object can have another one of its own.
            Some((3, method)) if !has_dict && is_function(&method)? => {
                let found = types
                    .recognition
                    .bind(py)
                    .call_method1(intern!(py, "named_tuple"), (class,))?;
                if found.is_none() {
                    return Ok(None);
                }
                let (code, fields) = found.extract()?;
                Then::NamedTuple(code, fields)
            }
            _ => return Ok(None),
        };
        let mut names = Vec::new();
        for text in [&module, &name] {
            let Ok(text) = text.to_str() else {
                return Ok(None);
            };
            if put_str(&mut names, text).is_err() {
                return Ok(None);
            }
        }
        Ok(Some(Self {
            names,
            then,
            own,
            name_address: raw::name_address(class),
            _name: name.unbind(),
        }))
    }
}

impl Then {
    /// Of a class whose objects are told by `str()`.
    fn text(types: &Types, class: &Bound<'_, PyType>) -> PyResult<Self> {
        let py = class.py();
        let found = types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "address_text"), (class,))?;
        if found.is_none() {
            return Ok(Self::Family(Family::Text));
        }
        let (functions, is_v6) = found.extract()?;
        Ok(Self::Address(LeftOut::new(py, functions), is_v6))
    }
}

/// A class's `__module__` and `__name__`, if they are strings that cannot change without a new tag or another address.
fn names_of<'py>(
    class: &Bound<'py, PyType>,
) -> PyResult<Option<(Bound<'py, PyString>, Bound<'py, PyString>)>> {
    let py = class.py();
    let (metaclass, plain) = (class.get_type(), py.get_type::<PyType>());
    let (dunder_module, dunder_name) = (intern!(py, "__module__"), intern!(py, "__name__"));
    let is_own = |name| {
        let found = raw::class_attribute(&metaclass, name);
        same(found, raw::class_attribute(&plain, name))
    };
    // A metaclass has its own module there, which is no descriptor.
    let is_text = raw::class_attribute(&metaclass, dunder_module)
        .is_some_and(|found| found.is_exact_instance_of::<PyString>());
    let looks_up_as_type = raw::class_attribute(&metaclass, intern!(py, "__getattribute__"));
    if !is_own(dunder_name)
        || !(is_text || is_own(dunder_module))
        || !same(
            looks_up_as_type,
            raw::class_attribute(&plain, intern!(py, "__getattribute__")),
        )
    {
        return Ok(None);
    }
    let module = class.getattr(dunder_module)?.cast_into_exact::<PyString>();
    let name = class.getattr(dunder_name)?.cast_into_exact::<PyString>();
    Ok(module.ok().zip(name.ok()))
}

fn is_function(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.get_type().name()? == "function")
}

fn same(a: Option<Bound<'_, PyAny>>, b: Option<Bound<'_, PyAny>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is(&b),
        _ => false,
    }
}
