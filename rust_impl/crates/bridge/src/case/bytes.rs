//! Bytes cases: read as structure, and read strictly for what the gate says.

use codec::envelope::{GateEvent, Trust, revive, structure};
use serde_json::{Value as Json, json};

use super::value::{CaseClasses, read_error};
use super::{CaseError, tagged};

/// Longest input, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The `structure` and `gate` events of a bytes case.
///
/// # Errors
/// [`CaseError`] if the case holds no bytes.
pub fn observe(case: &Json) -> Result<Vec<Json>, CaseError> {
    let fault = |what: String| CaseError::Malformed {
        at: "/hex".to_owned(),
        what,
    };
    let data = case
        .get("hex")
        .and_then(Json::as_str)
        .and_then(tagged::unhex)
        .ok_or_else(|| fault("expected an even number of hexadecimal digits".to_owned()))?;
    if data.len() > MAX_BYTES {
        return Err(fault(format!("more than {MAX_BYTES} bytes")));
    }
    let structure = match structure(&data) {
        Ok(value) => json!({"e": "structure", "value": tagged::write(&value)}),
        Err(error) => json!({"e": "structure", "error": read_error(&error)}),
    };
    let (value, events) = revive(&data, Trust::Strict, &CaseClasses);
    let events: Vec<Json> = events.iter().map(gate_event).collect();
    let mut gate = json!({"e": "gate", "events": events});
    if let Err(error) = value {
        gate["error"] = read_error(&error);
    }
    Ok(vec![structure, gate])
}

fn gate_event(event: &GateEvent) -> Json {
    let mut out = json!({
        "kind": event.kind.name(),
        "module": tagged::write(&event.module),
        "name": tagged::write(&event.name),
    });
    if let Some(method) = &event.method {
        out["method"] = tagged::write(method);
    }
    out
}
