//! Value cases: written, read back, and read back strictly.

use codec::Value;
use codec::envelope::{Classes, Trust, revive};
use codec::read::ReadError;
use codec::write::{WriteError, dumps_typed};
use serde_json::{Value as Json, json};

use super::{CaseError, tagged};

/// The `dumps`, `loads` and `strict` events of a value case.
///
/// # Errors
/// [`CaseError`] if the case holds no tagged value.
pub fn observe(case: &Json) -> Result<Vec<Json>, CaseError> {
    let value = match case.get("value") {
        Some(value) => tagged::read(value, "/value")?,
        None => {
            return Err(CaseError::Malformed {
                at: "/value".to_owned(),
                what: "expected a tagged value".to_owned(),
            });
        }
    };
    let (tag, data) = match dumps_typed(&value) {
        Ok(typed) => typed,
        Err(error) => {
            let error = json!({"type": WriteError::TYPE, "message": error.to_string()});
            return Ok(vec![json!({"e": "dumps", "error": error})]);
        }
    };
    Ok(vec![
        json!({"e": "dumps", "tag": tag, "hex": tagged::hex(&data)}),
        read("loads", tag, &data, Trust::Permissive),
        read("strict", tag, &data, Trust::Strict),
    ])
}

fn read(event: &str, tag: &str, data: &[u8], trust: Trust) -> Json {
    let value = match tag {
        "null" => Ok(Value::None),
        "bytes" => Ok(Value::bytes(data)),
        "bytearray" => Ok(Value::ByteArray(data.into())),
        _ => revive(data, trust, &CaseClasses).0,
    };
    match value {
        Ok(value) => json!({"e": event, "value": tagged::write(&value)}),
        Err(error) => json!({"e": event, "error": read_error(&error)}),
    }
}

/// The classes that a case may name, which all take what they were written with but for one.
pub struct CaseClasses;

impl Classes for CaseClasses {
    fn takes(&self, _: i8, module: &str, name: &str, payload: &Value) -> bool {
        // The dataclass with a field that its constructor does not take.
        let takes_only_name = (module, name) == ("parity.subjects.upstream.samples", "Weighted");
        !takes_only_name
            || payload
                .as_dict()
                .is_some_and(|fields| fields.get_str("weight").is_none())
    }
}

/// A reader's error as an observation holds it.
pub fn read_error(error: &ReadError) -> Json {
    json!({"type": ReadError::TYPE, "message": error.to_string()})
}
