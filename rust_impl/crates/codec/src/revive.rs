//! Objects from envelope payloads, natively.
//!
//! Exact for what upstream's encoder writes. A payload that Python's constructor would take although no encoder writes it
//! (a `datetime` by position, an integer for an IP address, an ISO 8601 form that `isoformat()` never gives) is refused here,
//! as is one that Python refuses: the caller then keeps the payload. An object of a class that is not part of Python's standard
//! library is made of any payload that its code can carry.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::dict::{Dict, Set};
use crate::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, PYDANTIC_V1, PYDANTIC_V2,
};
use crate::temporal::{Clock, Date, DateTime, TimeDelta};
use crate::value::{Ip, NdArray, Pattern, Send, Time, TimeZone, Value};

/// A payload that the constructor does not take.
#[derive(Debug)]
pub(crate) struct Refused;

type Revived = Result<Value, Refused>;

/// `datetime.fromisoformat(text)`
pub(crate) fn date_time(text: &Value) -> Revived {
    let text = text.as_str().ok_or(Refused)?;
    DateTime::parse(text).map(Value::DateTime).ok_or(Refused)
}

/// The object of an envelope of code 0, 1, 2, 4 or 5.
pub(crate) fn construct(code: i8, module: &str, name: &str, payload: Value) -> Revived {
    match code {
        CONSTRUCTOR_SINGLE_ARG => single(module, name, payload),
        CONSTRUCTOR_POS_ARGS => positional(module, name, &payload),
        CONSTRUCTOR_KW_ARGS | PYDANTIC_V1 | PYDANTIC_V2 => keyword(code, module, name, payload),
        _ => Err(Refused),
    }
}

/// Whether the class is a named tuple of upstream's, whose instances can be indexed.
pub(crate) fn is_named_tuple(module: &str, name: &str) -> bool {
    matches!(
        (module, name),
        ("langgraph.types", "StateSnapshot" | "PregelTask") | ("langgraph.store.base", "GetOp")
    )
}

fn is_builtin(module: &str) -> bool {
    matches!(
        module,
        "builtins"
            | "collections"
            | "datetime"
            | "decimal"
            | "ipaddress"
            | "pathlib"
            | "pathlib._local"
            | "re"
            | "uuid"
            | "zoneinfo"
    )
}

fn single(module: &str, name: &str, payload: Value) -> Revived {
    let text = payload.as_str();
    match (module, name) {
        ("builtins", "set") => Ok(Value::Set(set(&payload)?)),
        ("builtins", "frozenset") => Ok(Value::FrozenSet(set(&payload)?)),
        ("collections", "deque") => Ok(Value::Deque(iterate(&payload)?.into())),
        ("uuid", "UUID") => uuid(text.ok_or(Refused)?),
        ("decimal", "Decimal") => decimal(text.ok_or(Refused)?),
        ("zoneinfo", "ZoneInfo") => zone(text.ok_or(Refused)?),
        ("ipaddress", class) => ip(class, text.ok_or(Refused)?),
        ("pathlib" | "pathlib._local", _) => path(name, &[payload]),
        _ if is_builtin(module) => Err(Refused),
        // An enum finds a member by its value, and no member has a list for one: that was a tuple before it was encoded.
        _ if matches!(payload, Value::List(_)) => Err(Refused),
        _ => Ok(Value::object(0, module, name, payload)),
    }
}

fn positional(module: &str, name: &str, payload: &Value) -> Revived {
    let args = iterate(payload)?;
    match (module, name) {
        ("langgraph.types", "Send") => send(&args),
        ("datetime", "date") => match args.as_slice() {
            [year, month, day] => Date::new(field(year)?, field(month)?, field(day)?)
                .map(Value::Date)
                .ok_or(Refused),
            _ => Err(Refused),
        },
        ("datetime", "timedelta") => match args.as_slice() {
            [days, seconds, micros] => {
                TimeDelta::new(field(days)?, field(seconds)?, field(micros)?)
                    .map(Value::TimeDelta)
                    .ok_or(Refused)
            }
            _ => Err(Refused),
        },
        ("datetime", "timezone") => time_zone(&args),
        ("re", "compile") => match args.as_slice() {
            [pattern @ (Value::Str(_) | Value::Bytes(_)), flags] => {
                re_compile(pattern, field(flags)?)
            }
            _ => Err(Refused),
        },
        ("pathlib" | "pathlib._local", _) => path(name, &args),
        _ if is_builtin(module) => Err(Refused),
        _ => Ok(Value::object(1, module, name, Value::tuple(args))),
    }
}

fn keyword(code: i8, module: &str, name: &str, payload: Value) -> Revived {
    let fields = payload.as_dict().ok_or(Refused)?;
    if !fields.keys().all(|key| matches!(key, Value::Str(_))) {
        return Err(Refused);
    }
    if (module, name) == ("datetime", "time") {
        return time(fields);
    }
    if is_builtin(module) {
        return Err(Refused);
    }
    Ok(Value::object(code.unsigned_abs(), module, name, payload))
}

/// `iter(value)`, for the containers that an envelope can hold.
fn iterate(value: &Value) -> Result<Vec<Value>, Refused> {
    Ok(match value {
        Value::List(items) | Value::Tuple(items) | Value::Deque(items) => items.to_vec(),
        Value::Set(set) | Value::FrozenSet(set) => set.iter().cloned().collect(),
        Value::Dict(dict) => dict.keys().cloned().collect(),
        Value::Str(text) => text
            .chars()
            .map(|char| Value::str(char.encode_utf8(&mut [0; 4])))
            .collect(),
        Value::Bytes(data) => data.iter().map(|byte| Value::int(*byte)).collect(),
        Value::DeltaSnapshot(inner) => vec![Value::clone(inner)],
        _ => return Err(Refused),
    })
}

fn set(payload: &Value) -> Result<Arc<Set>, Refused> {
    Set::from_items(iterate(payload)?)
        .map(Arc::new)
        .map_err(|_| Refused)
}

fn field<T: TryFrom<i128>>(value: &Value) -> Result<T, Refused> {
    let int = match value {
        Value::Bool(flag) => Some(i128::from(*flag)),
        other => other.as_int().and_then(crate::Int::to_i128),
    };
    int.and_then(|int| T::try_from(int).ok()).ok_or(Refused)
}

fn send(args: &[Value]) -> Revived {
    let (node, arg, timeout) = match args {
        [node, arg] | [node, arg, Value::None, ..] => (node, arg, None),
        [node, arg, timeout, ..] => (node, arg, Some(timeout.clone().into())),
        _ => return Err(Refused),
    };
    Ok(Value::Send(Arc::new(Send {
        node: node.clone().into(),
        arg: arg.clone().into(),
        timeout,
    })))
}

fn re_compile(pattern: &Value, flags: i64) -> Revived {
    if pattern
        .as_str()
        .is_some_and(|text| !repeats_are_valid(text, flags))
    {
        return Err(Refused);
    }
    Ok(Value::Pattern(Arc::new(Pattern {
        pattern: pattern.clone(),
        flags,
    })))
}

/// What a repeat operator of a regular expression finds before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, or an assertion such as `^`: an error.
    Nothing,
    Item,
    /// An item that is already repeated: an error.
    Repeat,
}

/// Whether every repeat operator of a pattern has something to repeat.
///
/// A pattern was valid when it was compiled, but the writer replaces each lone surrogate by `?`, which may leave a
/// repeat operator where there was a character. Nothing else about the syntax can have changed.
fn repeats_are_valid(pattern: &str, flags: i64) -> bool {
    const VERBOSE: i64 = 64;
    let chars: Vec<char> = pattern.chars().collect();
    let mut before = Before::Nothing;
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        at += 1;
        match char {
            ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' if flags & VERBOSE != 0 => {}
            '#' if flags & VERBOSE != 0 => {
                at = position(&chars, at, '\n').map_or(chars.len(), |end| end + 1)
            }
            '\\' => {
                let is_assertion = matches!(chars.get(at), Some('A' | 'b' | 'B' | 'Z'));
                before = if is_assertion {
                    Before::Nothing
                } else {
                    Before::Item
                };
                at += 1;
            }
            '^' | '$' | '|' => before = Before::Nothing,
            '[' => {
                at = class_end(&chars, at);
                before = Before::Item;
            }
            '(' => match chars.get(at..) {
                Some(['?', '#', ..]) => {
                    at = position(&chars, at, ')').map_or(chars.len(), |end| end + 1)
                }
                Some(['?', 'P', '=', ..]) => {
                    at = position(&chars, at, ')').map_or(chars.len(), |end| end + 1);
                    before = Before::Item;
                }
                Some(['?', ..]) => {
                    at = group_head_end(&chars, at);
                    before = Before::Nothing;
                }
                _ => before = Before::Nothing,
            },
            ')' => before = Before::Item,
            '*' | '+' | '?' | '{' => {
                if char == '{' {
                    match counted_repeat_end(&chars, at) {
                        Some(end) => at = end,
                        None => {
                            before = Before::Item;
                            continue;
                        }
                    }
                }
                if before != Before::Item {
                    return false;
                }
                before = Before::Repeat;
                // Lazy and, from Python 3.11 on, possessive repeats.
                if matches!(chars.get(at), Some('?' | '+')) {
                    at += 1;
                }
            }
            _ => before = Before::Item,
        }
    }
    true
}

fn position(chars: &[char], from: usize, wanted: char) -> Option<usize> {
    chars
        .iter()
        .skip(from)
        .position(|char| *char == wanted)
        .map(|offset| from + offset)
}

/// The position after a character class whose `[` was before `at`. A `]` that comes first is a member.
fn class_end(chars: &[char], mut at: usize) -> usize {
    if chars.get(at) == Some(&'^') {
        at += 1;
    }
    let first = at;
    while let Some(char) = chars.get(at) {
        match char {
            ']' if at > first => return at + 1,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// The position after the head of a special group: `?:`, `?=`, `?<!`, `?P<name>`, `?(name)`, `?flags:`, `?flags)`.
fn group_head_end(chars: &[char], at: usize) -> usize {
    let close = match chars.get(at..) {
        Some(['?', 'P', '<', ..]) => '>',
        Some(['?', '(', ..]) => ')',
        Some(['?', '<', ..]) => return at + 3,
        Some(['?', ':' | '=' | '!' | '>', ..]) => return at + 2,
        _ => {
            let end = chars
                .iter()
                .skip(at)
                .position(|char| matches!(char, ':' | ')'));
            return end.map_or(chars.len(), |offset| at + offset + 1);
        }
    };
    position(chars, at, close).map_or(chars.len(), |end| end + 1)
}

/// The position after `{m}`, `{m,}`, `{,n}` or `{m,n}` whose `{` was before `at`; `None` if it is only a brace.
fn counted_repeat_end(chars: &[char], at: usize) -> Option<usize> {
    let end = position(chars, at, '}')?;
    let inside: String = chars.get(at..end)?.iter().collect();
    let (low, high) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!inside.is_empty() && digits(low) && digits(high)).then_some(end + 1)
}

fn time_zone(args: &[Value]) -> Revived {
    let (offset, name) = match args {
        [Value::TimeDelta(offset)] => (*offset, None),
        [Value::TimeDelta(offset), name @ Value::Str(_)] => (*offset, Some(name.clone())),
        _ => return Err(Refused),
    };
    if offset.total_micros().abs() >= 86_400_000_000 {
        return Err(Refused);
    }
    Ok(Value::TimeZone(Arc::new(TimeZone { offset, name })))
}

fn time(fields: &Dict) -> Revived {
    let part = |name: &str| fields.get_str(name).map_or(Ok(0), field::<u32>);
    let known = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
    if !fields
        .keys()
        .all(|key| key.as_str().is_some_and(|key| known.contains(&key)))
    {
        return Err(Refused);
    }
    let narrow = |value: u32| u8::try_from(value).map_err(|_| Refused);
    let clock = Clock::new(
        narrow(part("hour")?)?,
        narrow(part("minute")?)?,
        narrow(part("second")?)?,
        part("microsecond")?,
    );
    let tzinfo = fields.get_str("tzinfo").cloned().unwrap_or(Value::None);
    let fold = narrow(part("fold")?)?;
    if fold > 1
        || !matches!(
            tzinfo,
            Value::None | Value::TimeZone(_) | Value::ZoneInfo(_)
        )
    {
        return Err(Refused);
    }
    Ok(Value::Time(Arc::new(Time {
        clock: clock.ok_or(Refused)?,
        tzinfo,
        fold,
    })))
}

/// `UUID(text)`, which takes braces, hyphens and a URN prefix.
fn uuid(text: &str) -> Revived {
    let digits = text.replace("urn:", "").replace("uuid:", "");
    let digits = digits.trim_matches(['{', '}']).replace('-', "");
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Refused);
    }
    u128::from_str_radix(&digits, 16)
        .map(Value::Uuid)
        .map_err(|_| Refused)
}

/// `Decimal(text)` for a text that `str(Decimal)` gives.
fn decimal(text: &str) -> Revived {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let special = unsigned == "Infinity"
        || ["NaN", "sNaN"]
            .iter()
            .any(|name| unsigned.strip_prefix(name).is_some_and(digits));
    let (mantissa, exponent) = unsigned
        .split_once('E')
        .map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let finite = !whole.is_empty()
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(|e| {
            e.strip_prefix(['+', '-'])
                .is_some_and(|e| !e.is_empty() && digits(e))
        });
    if special || finite {
        Ok(Value::Decimal(text.into()))
    } else {
        Err(Refused)
    }
}

/// `ZoneInfo(key)`; whether this platform knows the zone is taken for granted.
fn zone(key: &str) -> Revived {
    let escapes = key.is_empty()
        || key.starts_with('/')
        || key.split('/').any(|part| part == ".." || part == ".");
    if escapes || key.contains('\0') {
        return Err(Refused);
    }
    Ok(Value::ZoneInfo(key.into()))
}

fn ip(class: &str, text: &str) -> Revived {
    let class = Ip::class(class).ok_or(Refused)?;
    let (address, prefix) = match text.split_once('/') {
        Some(_) if class.ends_with("Address") => return Err(Refused),
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let (bits, width) = if class.starts_with("IPv4") {
        let address: Ipv4Addr = address.parse().map_err(|_| Refused)?;
        (u128::from(address.to_bits()), 32)
    } else {
        let (address, scope) = address
            .split_once('%')
            .map_or((address, None), |(a, s)| (a, Some(s)));
        if scope.is_some_and(|scope| scope.is_empty() || scope.contains('%')) {
            return Err(Refused);
        }
        let address: Ipv6Addr = address.parse().map_err(|_| Refused)?;
        (address.to_bits(), 128)
    };
    let prefix = match prefix {
        None => width,
        Some(prefix) if !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit()) => prefix
            .parse::<u32>()
            .ok()
            .filter(|prefix| *prefix <= width)
            .ok_or(Refused)?,
        Some(_) => return Err(Refused),
    };
    let host_bits = width - prefix;
    if class.ends_with("Network") && host_bits > 0 && bits & (u128::MAX >> (128 - host_bits)) != 0 {
        return Err(Refused);
    }
    Ok(Value::Ip(Arc::new(Ip {
        class,
        text: text.into(),
    })))
}

/// `PosixPath(*parts)`, normalised to its `parts`.
fn path(name: &str, args: &[Value]) -> Revived {
    if !matches!(name, "Path" | "PosixPath") {
        return Err(Refused);
    }
    let mut root = "";
    let mut parts: Vec<&str> = Vec::new();
    for arg in args {
        let Value::Str(text) = arg else {
            return Err(Refused);
        };
        if text.starts_with('/') {
            root = if text.starts_with("//") && !text.starts_with("///") {
                "//"
            } else {
                "/"
            };
            parts.clear();
        }
        parts.extend(
            text.split('/')
                .filter(|part| !part.is_empty() && *part != "."),
        );
    }
    let root = (!root.is_empty()).then_some(root);
    let all: Vec<Value> = root.into_iter().chain(parts).map(Value::str).collect();
    Ok(Value::Path(all.into()))
}

/// `numpy.frombuffer(buffer, dtype).reshape(shape, order=order)`; `None` where upstream gives `None`.
pub(crate) fn array(payload: &Value) -> Option<Value> {
    let parts = iterate(payload).ok()?;
    let [dtype, shape, order, Value::Bytes(data)] = parts.as_slice() else {
        return None;
    };
    let dtype = dtype.as_str()?;
    let shape: Option<Vec<u64>> = iterate(shape)
        .ok()?
        .iter()
        .map(|axis| field(axis).ok())
        .collect();
    let shape = shape?;
    let fortran = match order.as_str()? {
        "C" => false,
        "F" => true,
        _ => return None,
    };
    let item = usize::try_from(item_size(dtype)?).ok()?;
    if data.len() % item != 0 {
        return None;
    }
    let count = shape
        .iter()
        .try_fold(1_u64, |count, axis| count.checked_mul(*axis))?;
    if u64::try_from(data.len() / item).ok()? != count {
        return None;
    }
    let both_ways = count == 0 || shape.iter().filter(|axis| **axis != 1).count() <= 1;
    Some(Value::NdArray(Arc::new(NdArray {
        dtype: dtype.into(),
        shape,
        fortran: fortran && !both_ways,
        data: Arc::clone(data),
    })))
}

/// Bytes per item of a `dtype.str`; `None` for objects and for what is not such a string.
fn item_size(dtype: &str) -> Option<u64> {
    let mut chars = dtype.chars();
    let (order, kind) = (chars.next()?, chars.next()?);
    if !matches!(order, '<' | '>' | '|') {
        return None;
    }
    let rest = chars.as_str();
    let size: u64 = rest
        .split('[')
        .next()?
        .parse()
        .ok()
        .filter(|size| *size > 0)?;
    match kind {
        'U' => size.checked_mul(4),
        'b' | 'i' | 'u' | 'f' | 'c' | 'S' | 'V' | 'M' | 'm' => Some(size),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{array, construct};
    use crate::value::Value;

    fn text_of(code: i8, module: &str, name: &str, payload: Value) -> String {
        construct(code, module, name, payload)
            .map_or_else(|_| "refused".to_owned(), |value| format!("{value:?}"))
    }

    #[test]
    fn ip_texts_are_checked() {
        let ip =
            |class: &str, text: &str| construct(0, "ipaddress", class, Value::str(text)).is_ok();
        assert!(
            ip("IPv4Address", "10.0.0.1")
                && ip("IPv6Address", "fe80::1%eth0")
                && ip("IPv4Interface", "10.0.0.1/8")
        );
        assert!(
            ip("IPv4Network", "10.0.0.0/8")
                && ip("IPv6Network", "::/0")
                && ip("IPv4Network", "0.0.0.0/0")
        );
        assert!(
            !ip("IPv4Network", "10.0.0.1/8")
                && !ip("IPv4Address", "10.0.0.01")
                && !ip("IPv4Address", "::1")
        );
        assert!(!ip("IPv4Network", "10.0.0.0/33") && !ip("IPv9Address", "1"));
    }

    #[test]
    fn paths_are_joined_and_normalised() {
        let path = |parts: &[&str]| {
            let args = Value::list(parts.iter().map(|part| Value::str(part)).collect());
            match construct(1, "pathlib", "PosixPath", args).unwrap() {
                Value::Path(parts) => parts
                    .iter()
                    .map(|part| part.as_str().unwrap().to_owned())
                    .collect::<Vec<_>>(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(path(&["/", "a", "b"]), ["/", "a", "b"]);
        assert_eq!(path(&["a", "/b", "./c//d"]), ["/", "b", "c", "d"]);
        assert_eq!(path(&["//", "a"]), ["//", "a"]);
        assert!(path(&["."]).is_empty());
    }

    #[test]
    fn a_repeat_needs_something_to_repeat() {
        for valid in [
            "",
            "a?",
            "a??",
            "a*+",
            "(?:a)?",
            "(a|b)+",
            "[]?*]?",
            r"\??",
            "a{2,3}?",
            "a{x}?",
            "{?",
            "(?P<n>a)(?P=n)?",
            "(?i:a)?",
            "(?(1)a|b)?",
            "(?<=a)?",
            "(?#?)a?",
            "()*",
            r"\d+",
            "[^]]*",
            "x{,3}",
            "(?i)a",
        ] {
            assert!(super::repeats_are_valid(valid, 32), "{valid}");
        }
        for invalid in [
            "?", "a|?", "(?:?)", "a*??", "^?", r"\b?", "a{2}{3}", "a???", "(?i)?", "(?#c)?",
        ] {
            assert!(!super::repeats_are_valid(invalid, 32), "{invalid}");
        }
        assert!(super::repeats_are_valid("a ? # ?", 64 | 32));
        assert!(!super::repeats_are_valid("# a\n?", 64 | 32));
    }

    #[test]
    fn what_python_refuses_is_refused() {
        assert_eq!(
            text_of(0, "builtins", "set", Value::list(vec![Value::list(vec![])])),
            "refused"
        );
        assert_eq!(text_of(0, "builtins", "eval", Value::str("1")), "refused");
        assert_eq!(text_of(0, "uuid", "UUID", Value::str("xyz")), "refused");
        assert_eq!(
            text_of(0, "decimal", "Decimal", Value::str("1E")),
            "refused"
        );
        assert_eq!(
            text_of(1, "datetime", "date", Value::list(vec![Value::from(1)])),
            "refused"
        );
        assert_eq!(text_of(2, "m", "C", Value::from(1)), "refused");
        assert_eq!(
            text_of(1, "pathlib", "WindowsPath", Value::list(vec![])),
            "refused"
        );
        assert_eq!(
            text_of(0, "zoneinfo", "ZoneInfo", Value::str("../etc/passwd")),
            "refused"
        );
    }

    #[test]
    fn arrays_must_fill_their_shape() {
        let parts = |dtype: &str, shape: &[i64], order: &str, data: &[u8]| {
            let shape = Value::list(shape.iter().map(|axis| Value::from(*axis)).collect());
            array(&Value::list(vec![
                Value::str(dtype),
                shape,
                Value::str(order),
                Value::bytes(data),
            ]))
        };
        assert!(parts("<f8", &[2], "C", &[0; 16]).is_some());
        assert!(parts("<f8", &[3], "C", &[0; 16]).is_none());
        assert!(parts("<f8", &[1], "C", &[0; 7]).is_none());
        assert!(parts("|O", &[1], "C", &[0; 8]).is_none());
        assert!(parts("<i2", &[i64::MAX, i64::MAX], "C", &[]).is_none());
        assert!(parts("<U2", &[0, 5], "F", &[]).is_some());
    }
}
