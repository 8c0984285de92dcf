//! Values as a saver keeps them: a tag and bytes (`dumps_typed` and `loads_typed` of upstream's serializer).

use codec::Value;
use codec::envelope::{AnyClass, Trust, revive};
use codec::write::dumps_typed;

use crate::error::Error;

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// What the bytes are: `null`, `bytes`, `bytearray` or `msgpack`.
    pub tag: &'static str,
    /// The bytes.
    pub data: Vec<u8>,
}

/// `dumps_typed(value)`.
///
/// # Errors
/// `TypeError` for a value that cannot be stored.
pub fn dumps(value: &Value) -> Result<Typed, Error> {
    match dumps_typed(value) {
        Ok((tag, data)) => Ok(Typed { tag, data }),
        Err(error) => Err(Error::type_(error.to_string())),
    }
}

/// `loads_typed(stored)`, as upstream's default serializer reads: classes outside its allowlist too.
///
/// # Errors
/// `ValueError` for bytes that are not msgpack.
pub fn loads(stored: &Typed) -> Result<Value, Error> {
    match stored.tag {
        "null" => Ok(Value::None),
        "bytes" => Ok(Value::bytes(&stored.data)),
        "bytearray" => Ok(Value::ByteArray(stored.data.as_slice().into())),
        _ => {
            let (value, _) = revive(&stored.data, Trust::Permissive, &AnyClass);
            value.map_err(|error| Error::value(error.to_string()))
        }
    }
}
