//! `str()` and `repr()` of native values, as error messages show them.

use codec::Value;

/// What is still to be written.
enum Step<'a> {
    Text(&'static str),
    Value(&'a Value),
}

/// `str(value)`
///
/// Exact for `None`, numbers, strings, buffers, built-in containers, the subclasses of them that cases name, `Send`,
/// `_DeltaSnapshot`, exceptions and the simple standard classes. Any other class is shown as `<module.Name object>`:
/// what its own `__repr__` writes is not known natively. Python's limits (4300 digits, the recursion limit) are not kept.
#[must_use]
pub fn display(value: &Value) -> String {
    match value.plain() {
        Value::Str(text) => text.to_string(),
        // A text with lone surrogates is no UTF-8; an observation of it could not hold them either.
        Value::Surrogates(data) => String::from_utf8_lossy(data).into_owned(),
        Value::Decimal(text) => text.to_string(),
        Value::ZoneInfo(key) => key.to_string(),
        Value::Ip(ip) => ip.text.to_string(),
        Value::Uuid(bits) => hyphenated(*bits),
        Value::Path(parts) => joined(parts),
        Value::DateTime(moment) => moment.to_string().replacen('T', " ", 1),
        Value::Date(date) => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        Value::Exception(exception) => match &*exception.args {
            [] => String::new(),
            [only] if &*exception.name != "KeyError" => match only.plain() {
                Value::Str(text) => text.to_string(),
                other => repr(other),
            },
            [only] => repr(only),
            several => repr(&Value::tuple(several.to_vec())),
        },
        _ => repr(value),
    }
}

/// `repr(value)`, as exact as [`display`].
#[must_use]
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    // Last step first; no recursion, however deep the value nests.
    let mut pending = vec![Step::Value(value)];
    while let Some(step) = pending.pop() {
        match step {
            Step::Text(text) => out.push_str(text),
            Step::Value(value) => write(value, &mut out, &mut pending),
        }
    }
    out
}

fn write<'a>(value: &'a Value, out: &mut String, pending: &mut Vec<Step<'a>>) {
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(int) => out.push_str(&int.to_string()),
        Value::Float(float) => out.push_str(&float_repr(float.get())),
        Value::Str(text) => quote_str(text.as_bytes(), out),
        Value::Surrogates(data) => quote_str(data, out),
        Value::Bytes(data) => quote_bytes(data, out),
        Value::ByteArray(data) => {
            out.push_str("bytearray(");
            quote_bytes(data, out);
            out.push(')');
        }
        Value::List(items) => sequence(items.iter(), ["[", "]"], pending),
        Value::Tuple(items) if items.len() == 1 => sequence(items.iter(), ["(", ",)"], pending),
        Value::Tuple(items) => sequence(items.iter(), ["(", ")"], pending),
        Value::Dict(dict) => {
            pending.push(Step::Text("}"));
            let mut items: Vec<_> = dict.iter().collect();
            while let Some((key, item)) = items.pop() {
                pending.extend([Step::Value(item), Step::Text(": "), Step::Value(key)]);
                if !items.is_empty() {
                    pending.push(Step::Text(", "));
                }
            }
            pending.push(Step::Text("{"));
        }
        Value::Set(set) if set.is_empty() => out.push_str("set()"),
        Value::Set(set) => sequence(set.iter(), ["{", "}"], pending),
        Value::FrozenSet(set) if set.is_empty() => out.push_str("frozenset()"),
        Value::FrozenSet(set) => sequence(set.iter(), ["frozenset({", "})"], pending),
        Value::Deque(items) => sequence(items.iter(), ["deque([", "])"], pending),
        // A plain subclass inherits the repr of its base.
        Value::Subclass(subclass) => pending.push(Step::Value(&subclass.value)),
        Value::Uuid(bits) => quoted(["UUID(", ")"], &hyphenated(*bits), out),
        Value::Decimal(text) => quoted(["Decimal(", ")"], text, out),
        Value::Ip(ip) => {
            out.push_str(ip.class);
            quoted(["(", ")"], &ip.text, out);
        }
        Value::Path(parts) => quoted(["PosixPath(", ")"], &joined(parts), out),
        Value::ZoneInfo(key) => quoted(["zoneinfo.ZoneInfo(key=", ")"], key, out),
        Value::Date(date) => {
            out.push_str(&format!(
                "datetime.date({}, {}, {})",
                date.year, date.month, date.day
            ));
        }
        Value::Send(send) => pending.extend([
            Step::Text(")"),
            Step::Value(&send.arg),
            Step::Text(", arg="),
            Step::Value(&send.node),
            Step::Text("Send(node="),
        ]),
        Value::DeltaSnapshot(inner) => pending.extend([
            Step::Text(")"),
            Step::Value(inner),
            Step::Text("_DeltaSnapshot(value="),
        ]),
        Value::Exception(exception) => match exception.repr.as_str() {
            Some(text) => out.push_str(text),
            None => out.push_str(&exception.name),
        },
        Value::Object(object) => {
            out.push_str(&format!("<{}.{} object>", object.module, object.name));
        }
        other => out.push_str(&format!("<{} object>", other.type_name())),
    }
}

fn sequence<'a>(
    items: impl Iterator<Item = &'a Value>,
    [open, close]: [&'static str; 2],
    pending: &mut Vec<Step<'a>>,
) {
    pending.push(Step::Text(close));
    let items: Vec<&Value> = items.collect();
    for (index, item) in items.into_iter().rev().enumerate() {
        if index > 0 {
            pending.push(Step::Text(", "));
        }
        pending.push(Step::Value(item));
    }
    pending.push(Step::Text(open));
}

fn quoted([open, close]: [&str; 2], text: &str, out: &mut String) {
    out.push_str(open);
    quote_str(text.as_bytes(), out);
    out.push_str(close);
}

fn hyphenated(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

fn joined(parts: &[Value]) -> String {
    let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
    match parts.as_slice() {
        [] => ".".to_owned(),
        [root @ ("/" | "//"), rest @ ..] => format!("{root}{}", rest.join("/")),
        relative => relative.join("/"),
    }
}

/// The shortest text that reads back as the same float, as `float.__repr__` writes it.
fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if (-4..16).contains(&exponent) => {
            let plain = format!("{value}");
            if plain.contains('.') {
                plain
            } else {
                plain + ".0"
            }
        }
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        Err(_) => scientific,
    }
}

/// Quotes UTF-8, with lone surrogates as `surrogatepass` writes them.
fn quote_str(data: &[u8], out: &mut String) {
    let quote = quote_for(data);
    out.push(quote);
    let mut rest = data;
    while !rest.is_empty() {
        let (valid, after) = match std::str::from_utf8(rest) {
            Ok(text) => (text, &[][..]),
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                (std::str::from_utf8(valid).unwrap_or_default(), after)
            }
        };
        valid.chars().for_each(|c| quote_char(c, quote, out));
        rest = match after {
            [0xed, second, third, tail @ ..] => {
                let unit = 0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
                out.push_str(&format!("\\u{unit:04x}"));
                tail
            }
            [_, tail @ ..] => tail,
            [] => &[],
        };
    }
    out.push(quote);
}

fn quote_bytes(data: &[u8], out: &mut String) {
    let quote = quote_for(data);
    out.push('b');
    out.push(quote);
    for byte in data {
        match byte {
            0x20..=0x7e => quote_char(char::from(*byte), quote, out),
            b'\t' | b'\n' | b'\r' => quote_char(char::from(*byte), quote, out),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push(quote);
}

fn quote_for(data: &[u8]) -> char {
    if data.contains(&b'\'') && !data.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

fn quote_char(c: char, quote: char, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        _ if c == quote => {
            out.push('\\');
            out.push(c);
        }
        _ if is_printable(c) => out.push(c),
        _ => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
    }
}

/// `str.isprintable` of one character. Rust's own table has the same rule; only code points that one of the two Unicode
/// versions does not know yet can differ.
fn is_printable(c: char) -> bool {
    if matches!(c, '"' | '\'') {
        return true;
    }
    // Behind a letter, a combining mark is not escaped for being one.
    let text = ['a', c].iter().collect::<String>();
    text.escape_debug().nth(1) == Some(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{display, repr};
    use codec::{Dict, Set, Value};

    #[test]
    fn reprs_are_pythons() {
        let mut dict = Dict::new();
        dict.set("k", Value::list(vec![Value::None]));
        let set =
            |items: &[i64]| Set::from_items(items.iter().map(|item| Value::from(*item))).unwrap();
        for (value, expected) in [
            (Value::None, "None"),
            (Value::from(true), "True"),
            (Value::from(-3), "-3"),
            (Value::from(1e16), "1e+16"),
            (Value::from(1e15), "1000000000000000.0"),
            (Value::from(0.0001), "0.0001"),
            (Value::from(0.00001), "1e-05"),
            (Value::from(-0.0), "-0.0"),
            (Value::from(1.5e300), "1.5e+300"),
            (Value::from(f64::NAN), "nan"),
            (Value::from(f64::NEG_INFINITY), "-inf"),
            (Value::str("a'b"), "\"a'b\""),
            (Value::str("a'\"b"), "'a\\'\"b'"),
            (
                Value::str("\u{7f}\u{ad}\u{2028}é\t\\\u{e0100}\u{301}\u{10ffff}"),
                "'\\x7f\\xad\\u2028é\\t\\\\\u{e0100}\u{301}\\U0010ffff'",
            ),
            (
                Value::from_surrogatepass(b"a\xed\xa0\x80").unwrap(),
                "'a\\ud800'",
            ),
            (Value::bytes(b"a'\"\x00\xff\n"), "b'a\\'\"\\x00\\xff\\n'"),
            (Value::tuple(vec![Value::from(1)]), "(1,)"),
            (Value::tuple(vec![]), "()"),
            (Value::dict(dict), "{'k': [None]}"),
            (Value::Set(set(&[]).into()), "set()"),
            (Value::Set(set(&[1, 2]).into()), "{1, 2}"),
            (Value::FrozenSet(set(&[1]).into()), "frozenset({1})"),
            (Value::Deque(vec![Value::from(1)].into()), "deque([1])"),
            (Value::send("n", Value::from(1)), "Send(node='n', arg=1)"),
            (
                Value::DeltaSnapshot(Value::from(1).into()),
                "_DeltaSnapshot(value=1)",
            ),
            (
                Value::Uuid(1),
                "UUID('00000000-0000-0000-0000-000000000001')",
            ),
            (
                Value::ZoneInfo("UTC".into()),
                "zoneinfo.ZoneInfo(key='UTC')",
            ),
        ] {
            assert_eq!(repr(&value), expected);
        }
    }

    #[test]
    fn a_string_displays_as_itself_and_anything_inside_as_its_repr() {
        assert_eq!(display(&Value::str("a'b")), "a'b");
        assert_eq!(display(&Value::list(vec![Value::str("a")])), "['a']");
        assert_eq!(display(&Value::Decimal("1.50".into())), "1.50");
    }

    #[test]
    fn nesting_of_any_depth_is_written() {
        let deep = (0..100_000).fold(Value::None, |inner, _| Value::list(vec![inner]));
        assert_eq!(repr(&deep).len(), 200_004);
    }
}
