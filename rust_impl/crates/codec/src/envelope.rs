//! Extension envelopes 0–7: how upstream's reader treats them.

use std::sync::Arc;

use crate::allowlist::{is_safe_method, is_safe_type};
use crate::read::{ExtVisitor, ReadError, read};
use crate::revive;
use crate::value::{Ext, ExtBody, Value};

/// One argument: `(module, name, argument)`.
pub const CONSTRUCTOR_SINGLE_ARG: i8 = 0;
/// Positional arguments: `(module, name, arguments)`.
pub const CONSTRUCTOR_POS_ARGS: i8 = 1;
/// Keyword arguments: `(module, name, {field: value})`.
pub const CONSTRUCTOR_KW_ARGS: i8 = 2;
/// A method with one argument: `(module, name, argument, method)`.
pub const METHOD_SINGLE_ARG: i8 = 3;
/// A pydantic v1 model: `(module, name, {field: value})`.
pub const PYDANTIC_V1: i8 = 4;
/// A pydantic v2 model: `(module, name, {field: value}, method)`.
pub const PYDANTIC_V2: i8 = 5;
/// A numpy array: `(dtype, shape, order, buffer)`.
pub const NUMPY_ARRAY: i8 = 6;
/// `_DeltaSnapshot`: its value.
pub const DELTA_SNAPSHOT: i8 = 7;

/// What an extension's code means in few words: the one table of it. `None` for a code that upstream does not write.
#[must_use]
pub fn meaning(code: i8) -> Option<&'static str> {
    Some(match code {
        CONSTRUCTOR_SINGLE_ARG => "one argument",
        CONSTRUCTOR_POS_ARGS => "positional",
        CONSTRUCTOR_KW_ARGS => "keyword",
        METHOD_SINGLE_ARG => "method",
        PYDANTIC_V1 => "pydantic v1",
        PYDANTIC_V2 => "pydantic v2",
        NUMPY_ARRAY => "numpy array",
        DELTA_SNAPSHOT => "delta snapshot",
        _ => return None,
    })
}

/// Reads bytes as structure: nothing is constructed, an extension of codes 0–7 is read inside by the same rule.
///
/// # Errors
/// [`ReadError`] of the outer document; data that do not decode stay bytes.
pub fn structure(data: &[u8]) -> Result<Value, ReadError> {
    read(data, &mut Structure)
}

struct Structure;

impl ExtVisitor for Structure {
    fn reads(&self, code: i8) -> bool {
        (0..=7).contains(&code)
    }

    fn visit(
        &mut self,
        code: i8,
        data: &[u8],
        inner: Option<Result<Value, ReadError>>,
    ) -> Result<Value, ReadError> {
        let body = match inner {
            Some(Ok(value)) => ExtBody::Value(value.into()),
            Some(Err(_)) | None => ExtBody::Data(data.into()),
        };
        Ok(Value::Ext(Arc::new(Ext { code, body })))
    }
}

/// A class-based extension read as structure, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Module of the class.
    pub module: &'a str,
    /// Name of the class.
    pub name: &'a str,
    /// The argument, the arguments or the fields.
    pub payload: &'a Value,
    /// The method, where the envelope names one.
    pub method: Option<&'a str>,
}

impl Ext {
    /// The envelope of an extension of codes 0–5 whose data are as upstream's encoder writes them.
    #[must_use]
    pub fn envelope(&self) -> Option<Envelope<'_>> {
        let ExtBody::Value(parts) = &self.body else {
            return None;
        };
        let (head, method) = match (self.code, parts.as_list()?) {
            (METHOD_SINGLE_ARG | PYDANTIC_V2, [head @ .., method]) => {
                (head, Some(method.as_str()?))
            }
            (CONSTRUCTOR_SINGLE_ARG..=CONSTRUCTOR_KW_ARGS | PYDANTIC_V1, head) => (head, None),
            _ => return None,
        };
        let [module, name, payload] = head else {
            return None;
        };
        Some(Envelope {
            module: module.as_str()?,
            name: name.as_str()?,
            payload,
            method,
        })
    }
}

/// How much a reader may construct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// `allowed_msgpack_modules=True`, upstream's default: any class, noted if it is not in the allowlist.
    Permissive,
    /// `allowed_msgpack_modules=None`: only the allowlist; anything else stays its payload.
    Strict,
}

/// What the reader tells about a type or method outside the allowlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateEvent {
    /// What became of it.
    pub kind: GateKind,
    /// The first item of the envelope; a string unless the bytes are hostile.
    pub module: Value,
    /// The second item.
    pub name: Value,
    /// The fourth item, for a method.
    pub method: Option<Value>,
}

/// What became of a type or method outside the allowlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// A type that strict reading did not construct.
    Blocked,
    /// A type that permissive reading constructed.
    UnregisteredAllowed,
    /// A method that was not called.
    MethodBlocked,
}

impl GateKind {
    /// The name upstream gives the event.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocked => "msgpack_blocked",
            Self::UnregisteredAllowed => "msgpack_unregistered_allowed",
            Self::MethodBlocked => "msgpack_method_blocked",
        }
    }
}

/// Reads bytes as upstream's serializer does, reviving envelopes natively, and tells what the gate did, in order.
///
/// Mirrors `_create_msgpack_ext_hook`. Classes that are not native here become [`Value::Object`]s if `classes` takes their
/// payload; otherwise the payload stays, as when a Python constructor raises.
pub fn revive(
    data: &[u8],
    trust: Trust,
    classes: &dyn Classes,
) -> (Result<Value, ReadError>, Vec<GateEvent>) {
    let mut hook = Hook {
        trust,
        classes,
        events: Vec::new(),
    };
    let value = read(data, &mut hook);
    (value, hook.events)
}

/// What is known of the classes that are not native here.
pub trait Classes {
    /// Whether `module.name` exists and its constructor takes the payload of an envelope of this code.
    fn takes(&self, code: i8, module: &str, name: &str, payload: &Value) -> bool;
}

/// Every class exists and takes any payload.
#[derive(Clone, Copy, Debug)]
pub struct AnyClass;

impl Classes for AnyClass {
    fn takes(&self, _: i8, _: &str, _: &str, _: &Value) -> bool {
        true
    }
}

struct Hook<'a> {
    trust: Trust,
    classes: &'a dyn Classes,
    events: Vec<GateEvent>,
}

/// An exception inside upstream's hook; which one does not matter.
struct Raised;

impl From<revive::Refused> for Raised {
    fn from(_: revive::Refused) -> Self {
        Self
    }
}

impl ExtVisitor for Hook<'_> {
    fn reads(&self, code: i8) -> bool {
        (0..=7).contains(&code)
    }

    fn visit(
        &mut self,
        code: i8,
        _: &[u8],
        inner: Option<Result<Value, ReadError>>,
    ) -> Result<Value, ReadError> {
        let Some(inner) = inner else {
            return Ok(Value::None);
        };
        match (code, inner) {
            (DELTA_SNAPSHOT, Ok(value)) => Ok(Value::DeltaSnapshot(value.into())),
            (DELTA_SNAPSHOT, Err(_)) => Err(ReadError::ExtHookFailed),
            (_, Err(_)) => Ok(Value::None),
            (NUMPY_ARRAY, Ok(parts)) => Ok(revive::array(&parts).unwrap_or(Value::None)),
            (PYDANTIC_V1 | PYDANTIC_V2, Ok(parts)) => match self.construct(code, &parts) {
                Ok(value) => Ok(value),
                // Upstream guards only against a missing name here, so a payload that is not there is an error.
                Err(Raised) => index(&parts, 2).map_err(|Raised| ReadError::ExtHookFailed),
            },
            (_, Ok(parts)) => Ok(self.construct(code, &parts).unwrap_or_else(|Raised| {
                let payload = index(&parts, 0)
                    .and(index(&parts, 1))
                    .and_then(|_| index(&parts, 2));
                payload.unwrap_or(Value::None)
            })),
        }
    }
}

impl Hook<'_> {
    fn construct(&mut self, code: i8, parts: &Value) -> Result<Value, Raised> {
        let module = index(parts, 0)?;
        let name = index(parts, 1)?;
        if code == METHOD_SINGLE_ARG {
            let method = index(parts, 3)?;
            if !self.method_allowed(&module, &name, &method)? {
                return index(parts, 2);
            }
            return Ok(revive::date_time(&index(parts, 2)?)?);
        }
        if !self.type_allowed(&module, &name)? {
            return index(parts, 2);
        }
        let payload = index(parts, 2)?;
        let (Some(module), Some(name)) = (module.as_str(), name.as_str()) else {
            return Err(Raised);
        };
        let revived = revive::construct(code, module, name, payload)?;
        match &revived {
            Value::Object(object) if !self.classes.takes(code, module, name, &object.payload) => {
                Err(Raised)
            }
            _ => Ok(revived),
        }
    }

    fn type_allowed(&mut self, module: &Value, name: &Value) -> Result<bool, Raised> {
        hashable(&[module, name])?;
        if let (Some(module), Some(name)) = (module.as_str(), name.as_str())
            && is_safe_type(module, name)
        {
            return Ok(true);
        }
        let kind = match self.trust {
            Trust::Permissive => GateKind::UnregisteredAllowed,
            Trust::Strict => GateKind::Blocked,
        };
        self.events.push(GateEvent {
            kind,
            module: module.clone(),
            name: name.clone(),
            method: None,
        });
        Ok(self.trust == Trust::Permissive)
    }

    fn method_allowed(
        &mut self,
        module: &Value,
        name: &Value,
        method: &Value,
    ) -> Result<bool, Raised> {
        hashable(&[module, name, method])?;
        if let (Some(module), Some(name), Some(method)) =
            (module.as_str(), name.as_str(), method.as_str())
            && is_safe_method(module, name, method)
        {
            return Ok(true);
        }
        self.events.push(GateEvent {
            kind: GateKind::MethodBlocked,
            module: module.clone(),
            name: name.clone(),
            method: Some(method.clone()),
        });
        Ok(false)
    }
}

fn hashable(values: &[&Value]) -> Result<(), Raised> {
    values
        .iter()
        .try_for_each(|value| crate::equality::check_hashable(value))
        .map_err(|_| Raised)
}

/// `value[position]` in Python, for what an envelope can hold.
fn index(value: &Value, position: usize) -> Result<Value, Raised> {
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Deque(items) => {
            items.get(position).cloned()
        }
        Value::Str(text) => text
            .chars()
            .nth(position)
            .map(|char| Value::str(char.encode_utf8(&mut [0; 4]))),
        Value::Bytes(data) | Value::ByteArray(data) => {
            data.get(position).map(|byte| Value::int(*byte))
        }
        Value::Dict(dict) => i64::try_from(position)
            .ok()
            .and_then(|key| dict.get(&Value::from(key)).cloned()),
        Value::DeltaSnapshot(inner) if position == 0 => Some(Value::clone(inner)),
        Value::Object(object) if revive::is_named_tuple(&object.module, &object.name) => object
            .payload
            .as_dict()
            .and_then(|fields| fields.get_index(position))
            .map(|(_, field)| field.clone()),
        _ => None,
    }
    .ok_or(Raised)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{AnyClass, Classes, GateKind, Trust, structure};
    use crate::dict::Dict;
    use crate::value::{ExtBody, Value};

    fn ext(code: u8, data: &[u8]) -> Vec<u8> {
        [&[0xc7, u8::try_from(data.len()).unwrap(), code][..], data].concat()
    }

    fn revive(
        data: &[u8],
        trust: Trust,
    ) -> (Result<Value, super::ReadError>, Vec<super::GateEvent>) {
        super::revive(data, trust, &AnyClass)
    }

    #[test]
    fn a_class_that_does_not_take_its_payload_leaves_it() {
        struct NoClass;
        impl Classes for NoClass {
            fn takes(&self, _: i8, _: &str, _: &str, _: &Value) -> bool {
                false
            }
        }
        let (value, events) =
            super::revive(&ext(0, b"\x93\xa1m\xa1n\x05"), Trust::Permissive, &NoClass);
        assert_eq!(value.unwrap(), Value::from(5));
        assert_eq!(events.len(), 1);
        let (value, _) = super::revive(
            &ext(0, b"\x93\xa8builtins\xa3set\x90"),
            Trust::Permissive,
            &NoClass,
        );
        assert!(matches!(value.unwrap(), Value::Set(_)));
    }

    fn strict(data: &[u8]) -> (String, Vec<String>) {
        let (value, events) = revive(data, Trust::Strict);
        let shown = value.map_or_else(|error| error.to_string(), |value| format!("{value:?}"));
        (
            shown,
            events
                .iter()
                .map(|event| event.kind.name().to_owned())
                .collect(),
        )
    }

    #[test]
    fn structure_reads_inside_and_keeps_what_does_not_decode() {
        let data = ext(0, &[&b"\x92\x01"[..], &ext(7, b"\xc1")].concat());
        let Value::Ext(outer) = structure(&data).unwrap() else {
            panic!()
        };
        let ExtBody::Value(inner) = &outer.body else {
            panic!()
        };
        let Value::Ext(innermost) = &inner.as_list().unwrap()[1] else {
            panic!()
        };
        assert!(matches!(&innermost.body, ExtBody::Data(data) if **data == [0xc1]));
        let Value::Ext(unknown) = structure(&ext(8, b"\x01")).unwrap() else {
            panic!()
        };
        assert!(matches!(unknown.body, ExtBody::Data(_)));
    }

    #[test]
    fn an_extension_is_taken_apart_only_if_it_is_an_envelope() {
        let method = structure(&ext(3, b"\x94\xa1m\xa1n\x01\xa1k")).unwrap();
        let Value::Ext(method) = method else { panic!() };
        let envelope = method.envelope().unwrap();
        assert_eq!(
            (envelope.module, envelope.name, envelope.method),
            ("m", "n", Some("k"))
        );
        assert_eq!(envelope.payload, &Value::from(1));
        for other in [
            ext(3, b"\x93\xa1m\xa1n\x01"),
            ext(0, b"\x92\xa1m\xa1n"),
            ext(0, b"\xc1"),
            ext(7, b"\x93\xa1m\xa1n\x01"),
        ] {
            let Value::Ext(other) = structure(&other).unwrap() else {
                panic!()
            };
            assert_eq!(other.envelope(), None);
        }
    }

    #[test]
    fn a_class_outside_the_list_stays_its_payload_and_is_told() {
        let data = ext(0, b"\x93\xa2os\xa6system\xa2ls");
        let (value, events) = revive(&data, Trust::Strict);
        assert_eq!(value.unwrap(), Value::str("ls"));
        assert_eq!(events.len(), 1);
        assert_eq!(
            (events[0].kind, &events[0].name),
            (GateKind::Blocked, &Value::str("system"))
        );
        let (value, events) = revive(&data, Trust::Permissive);
        assert_eq!(
            value.unwrap(),
            Value::object(0, "os", "system", Value::str("ls"))
        );
        assert_eq!(events[0].kind, GateKind::UnregisteredAllowed);
    }

    #[test]
    fn events_come_innermost_first() {
        let inner = ext(0, b"\x93\xa1a\xa1b\x01");
        let outer = ext(2, &[&b"\x93\xa1c\xa1d"[..], &inner].concat());
        let (_, events) = revive(&outer, Trust::Strict);
        assert_eq!(
            events
                .iter()
                .map(|e| e.module.as_str().unwrap())
                .collect::<Vec<_>>(),
            ["a", "c"]
        );
    }

    #[test]
    fn methods_are_gated_even_when_permissive() {
        let data = ext(3, b"\x94\xa2os\xa4path\xa1x\xa4join");
        for trust in [Trust::Strict, Trust::Permissive] {
            let (value, events) = revive(&data, trust);
            assert_eq!(value.unwrap(), Value::str("x"));
            assert_eq!(events[0].kind, GateKind::MethodBlocked);
        }
    }

    #[test]
    fn damage_is_handled_code_by_code() {
        assert_eq!(strict(&ext(0, b"\xc1")).0, "None");
        assert_eq!(strict(&ext(5, b"\xc1")).0, "None");
        assert_eq!(strict(&ext(6, b"\x01")).0, "None");
        assert_eq!(strict(&ext(7, b"\xc1")).0, "ext_hook failed");
        assert_eq!(strict(&ext(9, b"\xc1")).0, "None");
        assert_eq!(strict(&ext(0, b"\x91\x01")), ("None".to_owned(), vec![]));
        assert_eq!(
            strict(&ext(5, b"\x91\x01")),
            ("ext_hook failed".to_owned(), vec![])
        );
        // The module and the name are there, so the gate speaks before the payload is missed.
        assert_eq!(
            strict(&ext(5, b"\x92\xa1a\xa1b")),
            (
                "ext_hook failed".to_owned(),
                vec!["msgpack_blocked".to_owned()]
            )
        );
        // An unhashable name raises before the gate can speak.
        assert_eq!(
            strict(&ext(0, b"\x93\xa1a\x90\x01")).1,
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_string_is_an_envelope_of_characters() {
        let (value, events) = revive(&ext(0, b"\xa3abc"), Trust::Strict);
        assert_eq!(value.unwrap(), Value::str("c"));
        assert_eq!(
            (&events[0].module, &events[0].name),
            (&Value::str("a"), &Value::str("b"))
        );
        let (value, events) = revive(&ext(0, b"\x83\x00\xa1m\xc3\xa1n\x02\x05"), Trust::Strict);
        assert_eq!(value.unwrap(), Value::from(5));
        assert_eq!(events[0].name, Value::str("n"));
        assert_ne!(Value::dict(Dict::new()), Value::None);
    }
}
