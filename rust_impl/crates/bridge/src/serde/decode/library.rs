//! Objects of the standard library's classes that are written in Python, made as their constructors make them.

use codec::address::{v4_bits, v6_bits};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyType};

use super::super::raw;
use super::Decoder;

/// Of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `IPv4Address`
    Four,
    /// `IPv6Address`
    Six,
}

/// `class(text)` of an address as it writes itself; `None` for anything else.
///
/// # Errors
/// `MemoryError`
pub fn address<'py>(
    class: &Bound<'py, PyType>,
    version: Version,
    text: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = class.py();
    let Ok(text) = text.cast_exact::<PyString>() else {
        return Ok(None);
    };
    let text = text.to_str()?;
    let bits = match version {
        Version::Four => v4_bits(text).map(|bits| bits.into_pyobject(py)),
        Version::Six => v6_bits(text).map(|bits| bits.into_pyobject(py)),
    };
    let Some(bits) = bits else {
        return Ok(None);
    };
    let address = raw::new_slots(class)?;
    if version == Version::Six {
        raw::set_slot(
            &address,
            intern!(py, "_scope_id"),
            &py.None().into_bound(py),
        )?;
    }
    raw::set_slot(&address, intern!(py, "_ip"), &bits?)?;
    Ok(Some(address))
}

/// `class(*parts)` of parts that are parts already: names, and first perhaps the root. `None` for any others.
///
/// # Errors
/// `MemoryError`
pub fn path<'py>(
    class: &Bound<'py, PyType>,
    parts: &[Bound<'py, PyAny>],
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = class.py();
    let mut root = intern!(py, "");
    let own = PyList::empty(py);
    for (place, part) in parts.iter().enumerate() {
        let Ok(part) = part.cast_exact::<PyString>() else {
            return Ok(None);
        };
        match raw::utf8(part) {
            Some(b"/") if place == 0 => {
                root = intern!(py, "/");
                own.append(root)?;
            }
            None | Some(b"" | b".") => return Ok(None),
            Some(text) if text.contains(&b'/') => return Ok(None),
            Some(_) => own.append(raw::interned(part))?,
        }
    }
    let path = raw::new_slots(class)?;
    raw::set_slot(&path, intern!(py, "_drv"), intern!(py, ""))?;
    raw::set_slot(&path, intern!(py, "_root"), root)?;
    raw::set_slot(&path, intern!(py, "_parts"), &own)?;
    Ok(Some(path))
}

impl<'py> Decoder<'py> {
    /// `UUID(text)` of 32 hexadecimal digits, as its `__init__` makes it; `None` for anything else.
    pub(super) fn uuid(&self, payload: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        let Ok(text) = payload.cast_exact::<PyString>() else {
            return Ok(None);
        };
        let text = text.to_str()?;
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let Ok(bits) = u128::from_str_radix(text, 16) else {
            return Ok(None);
        };
        let uuid = raw::new_slots(self.types.uuid.bind(py))?;
        let bits = bits.into_pyobject(py)?;
        raw::set_slot(&uuid, intern!(py, "int"), &bits)?;
        let unknown = self.types.safe_uuid_unknown.bind(py);
        raw::set_slot(&uuid, intern!(py, "is_safe"), unknown)?;
        Ok(Some(uuid))
    }
}
