//! Python's `==` and `hash` on native values.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::dict::Unhashable;
use crate::int::Int;
use crate::value::{Value, replace_surrogates};

/// A number in a form in which equal numbers are identical, whatever Python type held them.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Number {
    Int(Int),
    /// Bits of a finite float that is no integer.
    Fraction(u64),
    Infinite {
        negative: bool,
    },
    /// A decimal that equals no float: its significant digits and exponent.
    Decimal {
        negative: bool,
        digits: String,
        exponent: i64,
    },
    Nan,
}

/// Beyond this exponent a decimal is compared by its digits, not expanded to an integer.
const LARGEST_EXPANDED_EXPONENT: i64 = 400;

fn number(value: &Value) -> Option<Number> {
    match value.plain() {
        Value::Bool(flag) => Some(Number::Int(Int::from(i64::from(*flag)))),
        Value::Int(int) => Some(Number::Int(int.clone())),
        Value::Float(float) => Some(float_number(float.get())),
        Value::Decimal(text) => Some(decimal_number(text)),
        _ => None,
    }
}

fn float_number(value: f64) -> Number {
    if value.is_nan() {
        Number::Nan
    } else if value.is_infinite() {
        Number::Infinite {
            negative: value < 0.0,
        }
    } else {
        Int::from_float(value).map_or(Number::Fraction(value.to_bits()), Number::Int)
    }
}

fn decimal_number(text: &str) -> Number {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if unsigned == "Infinity" {
        return Number::Infinite { negative };
    }
    let (mantissa, exponent) = unsigned.split_once(['E', 'e']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Ok(exponent) = exponent.trim_start_matches('+').parse::<i64>() else {
        return Number::Nan;
    };
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return Number::Nan;
    }
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    let dropped = all.len() - all.trim_end_matches('0').len();
    let exponent = exponent.saturating_add(i64::try_from(dropped).unwrap_or(i64::MAX))
        - i64::try_from(fraction.len()).unwrap_or(0);
    if significant.is_empty() {
        return Number::Int(Int::from(0_i64));
    }
    let sign = if negative { "-" } else { "" };
    if (0..=LARGEST_EXPANDED_EXPONENT).contains(&exponent) {
        let zeros = "0".repeat(usize::try_from(exponent).unwrap_or(0));
        if let Some(int) = Int::parse(&format!("{sign}{significant}{zeros}")) {
            return Number::Int(int);
        }
    }
    // A float is a dyadic fraction with a finite decimal expansion: the decimal equals the nearest float only if
    // that expansion has exactly its digits.
    if exponent < 0
        && let Ok(nearest) = format!("{sign}{significant}e{exponent}").parse::<f64>()
        && nearest != 0.0
        && nearest.is_finite()
    {
        let expansion = format!("{:.1074}", nearest.abs());
        let (whole, fraction) = expansion.split_once('.').unwrap_or((&expansion, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        if digits.trim_start_matches('0') == significant
            && i64::try_from(fraction.len()).is_ok_and(|places| -places == exponent)
        {
            return Number::Fraction(nearest.to_bits());
        }
    }
    Number::Decimal {
        negative,
        digits: significant.to_owned(),
        exponent,
    }
}

impl Value {
    /// Python's `self == other`.
    ///
    /// Objects of user classes are equal if class and payload are, as enums, dataclasses, named tuples and pydantic models
    /// compare; exceptions and opaque instances compare by identity and so equal only the same shared instance.
    #[must_use]
    pub fn python_eq(&self, other: &Self) -> bool {
        let mut pending = vec![(self, other)];
        while let Some((left, right)) = pending.pop() {
            if !equal(left, right, &mut pending) {
                return false;
            }
        }
        true
    }

    /// `bool(self)`
    #[must_use]
    pub fn truthy(&self) -> bool {
        match self.plain() {
            Self::None => false,
            Self::Bool(flag) => *flag,
            Self::Int(int) => !int.is_zero(),
            Self::Float(float) => float.get() != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Surrogates(data)
            | Self::Bytes(data)
            | Self::ByteArray(data)
            | Self::MemoryView(data) => !data.is_empty(),
            Self::List(items) | Self::Tuple(items) | Self::Deque(items) => !items.is_empty(),
            Self::Dict(dict) => !dict.is_empty(),
            Self::Set(set) | Self::FrozenSet(set) => !set.is_empty(),
            Self::TimeDelta(delta) => delta.total_micros() != 0,
            Self::Decimal(text) => decimal_number(text) != Number::Int(Int::from(0_i64)),
            _ => true,
        }
    }
}

/// Compares one level; pairs of inner values are left on `pending`.
fn equal<'a>(left: &'a Value, right: &'a Value, pending: &mut Vec<(&'a Value, &'a Value)>) -> bool {
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return a != Number::Nan && a == b;
    }
    let mut zip = |a: &'a [Value], b: &'a [Value]| {
        let same = a.len() == b.len();
        if same {
            pending.extend(a.iter().zip(b).rev());
        }
        same
    };
    match (left.plain(), right.plain()) {
        (Value::None, Value::None) => true,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Surrogates(a), Value::Surrogates(b)) => a == b,
        (
            Value::Bytes(a) | Value::ByteArray(a) | Value::MemoryView(a),
            Value::Bytes(b) | Value::ByteArray(b) | Value::MemoryView(b),
        ) => a == b,
        (Value::List(a), Value::List(b))
        | (Value::Tuple(a), Value::Tuple(b))
        | (Value::Deque(a), Value::Deque(b))
        | (Value::Path(a), Value::Path(b)) => a.is_same(b) || zip(a, b),
        (Value::DeltaSnapshot(a), Value::DeltaSnapshot(b)) => {
            pending.push((a, b));
            true
        }
        // A named tuple is a tuple.
        (Value::DeltaSnapshot(a), Value::Tuple(b)) | (Value::Tuple(b), Value::DeltaSnapshot(a)) => {
            match &**b {
                [item] => {
                    pending.push((a, item));
                    true
                }
                _ => false,
            }
        }
        (Value::Dict(a), Value::Dict(b)) => {
            if Arc::ptr_eq(a, b) {
                return true;
            }
            if a.len() != b.len() {
                return false;
            }
            for (key, value) in a.iter() {
                match b.get(key) {
                    Some(other) => pending.push((value, other)),
                    None => return false,
                }
            }
            true
        }
        (Value::Set(a) | Value::FrozenSet(a), Value::Set(b) | Value::FrozenSet(b)) => {
            Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().all(|item| b.contains(item)))
        }
        (Value::DateTime(a), Value::DateTime(b)) => match (a.instant(), b.instant()) {
            (Some(x), Some(y)) => x == y,
            (None, None) => a == b,
            _ => false,
        },
        (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => {
            pending.push((&a.tzinfo, &b.tzinfo));
            a.clock == b.clock
        }
        (Value::TimeDelta(a), Value::TimeDelta(b)) => a == b,
        (Value::TimeZone(a), Value::TimeZone(b)) => a.offset == b.offset,
        (Value::ZoneInfo(a), Value::ZoneInfo(b)) => a == b,
        (Value::Uuid(a), Value::Uuid(b)) => a == b,
        (Value::Ip(a), Value::Ip(b)) => a.class == b.class && a.text == b.text,
        (Value::Pattern(a), Value::Pattern(b)) => {
            pending.push((&a.pattern, &b.pattern));
            a.flags == b.flags
        }
        (Value::NdArray(a), Value::NdArray(b)) => a == b,
        (Value::Send(a), Value::Send(b)) => {
            pending.push((&a.arg, &b.arg));
            pending.push((&a.node, &b.node));
            match (&a.timeout, &b.timeout) {
                (None, None) => true,
                (Some(x), Some(y)) => {
                    pending.push((x, y));
                    true
                }
                _ => false,
            }
        }
        (Value::Exception(a), Value::Exception(b)) => Arc::ptr_eq(a, b),
        (Value::Object(a), Value::Object(b)) => {
            pending.push((&a.payload, &b.payload));
            a.code == b.code && a.module == b.module && a.name == b.name
        }
        _ => false,
    }
}

/// The inner values whose hashes make up this value's; `Err` where Python raises.
fn parts<'a>(value: &'a Value, pending: &mut Vec<&'a Value>) -> Result<(), Unhashable> {
    match value {
        Value::List(_)
        | Value::Dict(_)
        | Value::Set(_)
        | Value::Deque(_)
        | Value::ByteArray(_)
        | Value::NdArray(_)
        | Value::Ext(_) => {
            return Err(Unhashable {
                type_name: value.tp_name().to_owned(),
            });
        }
        Value::Decimal(text) if text.trim_start_matches('-').starts_with("sNaN") => {
            return Err(Unhashable {
                type_name: value.tp_name().to_owned(),
            });
        }
        Value::Subclass(subclass) => match &*subclass.value {
            Value::List(_) | Value::Dict(_) => {
                return Err(Unhashable {
                    type_name: value.tp_name().to_owned(),
                });
            }
            inner => pending.push(inner),
        },
        Value::Tuple(items) => pending.extend(items.iter()),
        Value::DeltaSnapshot(inner) => pending.push(inner),
        Value::Send(send) => {
            pending.push(&send.arg);
            pending.push(&send.node);
        }
        _ => {}
    }
    Ok(())
}

/// Whether `hash(value)` works.
///
/// An [`crate::value::Object`] is taken to be hashable: a case can only name one as a key if Python could build it.
///
/// # Errors
/// [`Unhashable`] with the type that is not.
pub(crate) fn check_hashable(value: &Value) -> Result<(), Unhashable> {
    if matches!(value, Value::Str(_) | Value::Int(_)) {
        return Ok(());
    }
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        parts(value, &mut pending)?;
    }
    Ok(())
}

/// Feeds a hash that is equal for values that [`Value::python_eq`] calls equal.
pub(crate) fn hash<H: Hasher>(value: &Value, state: &mut H) {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        if let Some(number) = number(value) {
            number.hash(state);
            continue;
        }
        match value.plain() {
            Value::Str(text) => text.as_bytes().hash(state),
            Value::Surrogates(data) => replace_surrogates(data).unwrap_or_default().hash(state),
            Value::Bytes(data) | Value::ByteArray(data) | Value::MemoryView(data) => {
                data.hash(state)
            }
            Value::Tuple(items) | Value::Path(items) => {
                items.len().hash(state);
                pending.extend(items.iter());
            }
            Value::DeltaSnapshot(inner) => {
                1_usize.hash(state);
                pending.push(inner);
            }
            // Order must not matter, and equal sets have equal lengths.
            Value::FrozenSet(set) => set.len().hash(state),
            Value::DateTime(moment) => moment
                .instant()
                .unwrap_or_else(|| moment.clock.micros())
                .hash(state),
            Value::Date(date) => date.hash(state),
            Value::Time(time) => time.clock.hash(state),
            Value::TimeDelta(delta) => delta.hash(state),
            Value::TimeZone(zone) => zone.offset.hash(state),
            Value::ZoneInfo(text) => text.hash(state),
            Value::Uuid(bits) => bits.hash(state),
            Value::Ip(ip) => ip.text.hash(state),
            Value::Pattern(pattern) => pattern.flags.hash(state),
            Value::Send(send) => pending.push(&send.node),
            Value::Exception(exception) => exception.name.hash(state),
            Value::Object(object) => object.name.hash(state),
            other => std::mem::discriminant(other).hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use crate::dict::{Dict, Set};
    use crate::temporal::DateTime;
    use crate::value::Value;
    use std::collections::hash_map::DefaultHasher;
    use std::hash::Hasher;
    use std::sync::Arc;

    fn hash_of(value: &Value) -> u64 {
        let mut state = DefaultHasher::new();
        super::hash(value, &mut state);
        state.finish()
    }

    fn decimal(text: &str) -> Value {
        Value::Decimal(text.into())
    }

    fn moment(text: &str) -> Value {
        Value::DateTime(DateTime::parse(text).unwrap())
    }

    #[test]
    fn equal_values_hash_alike() {
        let frozen = |items: &[i64]| {
            Value::FrozenSet(Arc::new(
                Set::from_items(items.iter().map(|i| Value::from(*i))).unwrap(),
            ))
        };
        for (a, b) in [
            (Value::from(1), Value::from(true)),
            (Value::from(1), Value::from(1.0)),
            (Value::from(0.0), Value::from(-0.0)),
            (
                Value::int(1_u64 << 63),
                Value::from(9_223_372_036_854_775_808.0),
            ),
            (
                Value::from(1e300),
                Value::Int(crate::Int::from_float(1e300).unwrap()),
            ),
            (decimal("1.50"), Value::from(1.5)),
            (decimal("1E+2"), Value::from(100)),
            (decimal("-0.00"), Value::from(0)),
            (decimal("0.10"), decimal("0.1")),
            (decimal("Infinity"), Value::from(f64::INFINITY)),
            (frozen(&[1, 2]), frozen(&[2, 1])),
            (
                moment("2024-01-01T01:00:00+01:00"),
                moment("2024-01-01T00:00:00+00:00"),
            ),
            (Value::MemoryView((*b"x").into()), Value::bytes(b"x")),
            (
                Value::tuple(vec![Value::from(1)]),
                Value::DeltaSnapshot(Value::from(1.0).into()),
            ),
        ] {
            assert!(a.python_eq(&b) && b.python_eq(&a), "{a:?} {b:?}");
            assert_eq!(hash_of(&a), hash_of(&b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn unequal_values_are_unequal() {
        for (a, b) in [
            (Value::from(f64::NAN), Value::from(f64::NAN)),
            (decimal("0.1"), Value::from(0.1)),
            (decimal("NaN"), decimal("NaN")),
            (Value::str("1"), Value::from(1)),
            (Value::str("a"), Value::bytes(b"a")),
            (Value::list(vec![]), Value::tuple(vec![])),
            (
                moment("2024-01-01T00:00:00"),
                moment("2024-01-01T00:00:00+00:00"),
            ),
            (Value::Opaque, Value::Opaque),
            (Value::None, Value::from(false)),
        ] {
            assert!(!a.python_eq(&b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn dicts_compare_without_order() {
        let pairs = |keys: [&str; 2]| {
            Value::dict(
                Dict::from_pairs(
                    keys.map(|key| (Value::str(key), Value::list(vec![Value::str(key)]))),
                )
                .unwrap(),
            )
        };
        assert!(pairs(["a", "b"]).python_eq(&pairs(["b", "a"])));
        assert!(pairs(["a", "b"]) != pairs(["b", "a"]));
        assert!(!pairs(["a", "b"]).python_eq(&pairs(["b", "c"])));
    }

    #[test]
    fn truth_follows_python() {
        for falsy in [
            Value::None,
            Value::from(0),
            Value::from(-0.0),
            Value::str(""),
            Value::dict(Dict::new()),
            decimal("0E+3"),
        ] {
            assert!(!falsy.truthy(), "{falsy:?}");
        }
        for truthy in [
            Value::from(f64::NAN),
            Value::str("0"),
            Value::Opaque,
            decimal("0.1"),
            Value::list(vec![Value::None]),
        ] {
            assert!(truthy.truthy(), "{truthy:?}");
        }
    }
}
