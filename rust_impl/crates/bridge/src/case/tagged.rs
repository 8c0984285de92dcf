//! Tagged values (`docs/cases.md` §1): JSON to native values and back.

use std::sync::Arc;

use codec::temporal::{Clock, Date, DateTime, TimeDelta};
use codec::value::{
    Base, Exception, Ext, ExtBody, Ip, NdArray, Pattern, Send, Subclass, Time, TimeZone,
};
use codec::{Dict, Int, Set, Value};
use serde_json::{Map, Value as Json, json};

use super::CaseError;

/// A tagged value nested deeper than this, in JSON levels, is refused.
pub const MAX_DEPTH: usize = 800;

/// In an observation, a container at this depth (the root is 0) is written `{"t":"deep"}`.
pub const OBSERVED_DEPTH: usize = 64;

/// From this absolute value on, an integer is written as text.
const EXACT_INT: i64 = 1 << 53;

/// Longest text of an integer: what Python's `int()` takes.
const MAX_DIGITS: usize = 4300;

/// Reads the tagged value at the JSON pointer `at`.
///
/// # Errors
/// [`CaseError::Malformed`] with the pointer of the first member that is not what `docs/cases.md` says.
pub fn read(json: &Json, at: &str) -> Result<Value, CaseError> {
    value(json, 1).map_err(|fault| CaseError::Malformed {
        at: format!("{at}{}", fault.pointer()),
        what: fault.what,
    })
}

/// What is wrong, and the steps that lead there (innermost first).
struct Fault {
    steps: Vec<String>,
    what: String,
}

impl Fault {
    fn new<T>(what: impl Into<String>) -> Result<T, Self> {
        Err(Self {
            steps: Vec::new(),
            what: what.into(),
        })
    }

    fn pointer(&self) -> String {
        self.steps
            .iter()
            .rev()
            .fold(String::new(), |path, step| path + "/" + step)
    }
}

trait Inside<T> {
    fn inside(self, step: impl ToString) -> Result<T, Fault>;
}

impl<T> Inside<T> for Result<T, Fault> {
    fn inside(self, step: impl ToString) -> Self {
        self.map_err(|mut fault| {
            fault.steps.push(step.to_string());
            fault
        })
    }
}

fn value(json: &Json, depth: usize) -> Result<Value, Fault> {
    if depth > MAX_DEPTH {
        return Fault::new(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    match json {
        Json::Null => Ok(Value::None),
        Json::Bool(flag) => Ok(Value::Bool(*flag)),
        Json::Number(number) => match number.as_i64() {
            Some(int) if int.abs() < EXACT_INT => Ok(Value::int(int)),
            _ => Fault::new(
                "expected an integer of absolute value < 2**53; a float is {\"t\":\"float\",…}, a large integer {\"t\":\"int\",…}",
            ),
        },
        Json::String(text) => Ok(Value::str(text)),
        Json::Array(items) => Ok(Value::list(values(items, depth + 1)?)),
        Json::Object(members) => tagged(members, depth),
    }
}

fn values(items: &[Json], depth: usize) -> Result<Vec<Value>, Fault> {
    items
        .iter()
        .enumerate()
        .map(|(index, item)| value(item, depth).inside(index))
        .collect()
}

fn tagged(members: &Map<String, Json>, depth: usize) -> Result<Value, Fault> {
    let of = Members { members, depth };
    let kind = of.text("t")?;
    Ok(match kind {
        "int" => of.parsed("v", "the decimal digits of an integer", |text| {
            (text.len() <= MAX_DIGITS)
                .then(|| Int::parse(text))
                .flatten()
                .map(Value::Int)
        })?,
        "float" => of.parsed("bits", "16 hexadecimal digits", |text| {
            let bits = (text.len() == 16)
                .then(|| u64::from_str_radix(text, 16).ok())
                .flatten()?;
            Some(Value::Float(codec::value::Float(bits)))
        })?,
        "str" => of.parsed("hex", "UTF-8 with surrogates, in hexadecimal", |text| {
            Value::from_surrogatepass(&unhex(text)?)
        })?,
        "bytes" => Value::Bytes(of.hex("hex")?),
        "bytearray" => Value::ByteArray(of.hex("hex")?),
        "memoryview" => Value::MemoryView(of.hex("hex")?),
        "tuple" => Value::tuple(of.values("v")?),
        "deque" => Value::Deque(of.values("v")?.into()),
        "set" => Value::Set(of.set()?),
        "frozenset" => Value::FrozenSet(of.set()?),
        "dict" => Value::dict(of.dict()?),
        "subclass" => of.subclass()?,
        "datetime" => of.parsed("v", "what datetime.isoformat() writes", |text| {
            DateTime::parse(text)
                .filter(|moment| moment.to_string() == text)
                .map(Value::DateTime)
        })?,
        "date" => of.fields("v", "[year, month, day]", |fields: [i64; 3]| {
            let [year, month, day] = fields;
            Date::new(small(year)?, small(month)?, small(day)?).map(Value::Date)
        })?,
        "timedelta" => of.fields(
            "v",
            "[days, seconds, microseconds], normalised",
            |fields: [i64; 3]| {
                let [days, seconds, micros] = fields.map(i128::from);
                TimeDelta::new(days, seconds, micros)
                    .filter(|delta| {
                        [i128::from(delta.days), i128::from(delta.seconds)] == [days, seconds]
                    })
                    .map(Value::TimeDelta)
            },
        )?,
        "time" => of.time()?,
        "timezone" => of.timezone()?,
        "zoneinfo" => Value::ZoneInfo(of.text("key")?.into()),
        "uuid" => of.parsed("hex", "32 hexadecimal digits", |text| {
            (text.len() == 32)
                .then(|| u128::from_str_radix(text, 16).ok())
                .flatten()
                .map(Value::Uuid)
        })?,
        "decimal" => Value::Decimal(of.text("v")?.into()),
        "ip" => {
            let class = of.parsed("cls", "one of the six ipaddress classes", Ip::class)?;
            let text = of.text("v")?.into();
            Value::Ip(Arc::new(Ip { class, text }))
        }
        "path" => {
            let parts = of.values("parts")?;
            if !parts.iter().all(|part| matches!(part, Value::Str(_))) {
                return Fault::new("expected strings").inside("parts");
            }
            Value::Path(parts.into())
        }
        "pattern" => {
            let pattern = of.value("pattern")?;
            if !matches!(
                pattern,
                Value::Str(_) | Value::Surrogates(_) | Value::Bytes(_)
            ) {
                return Fault::new("expected a str or bytes value").inside("pattern");
            }
            let flags = of.integer("flags")?;
            Value::Pattern(Arc::new(Pattern { pattern, flags }))
        }
        "ndarray" => of.ndarray()?,
        "send" => Value::Send(Arc::new(Send {
            node: Value::str(of.text("node")?).into(),
            arg: of.value("arg")?.into(),
            timeout: match members.get("timeout") {
                None => None,
                Some(_) => Some(of.value("timeout")?.into()),
            },
        })),
        "delta_snapshot" => Value::DeltaSnapshot(of.value("v")?.into()),
        "exception" => {
            let (module, name) = of.class()?;
            Value::Exception(Arc::new(Exception {
                module: module.into(),
                name: name.into(),
                args: of.values("args")?.into(),
                repr: Value::str(of.text("repr")?),
            }))
        }
        "object" => {
            let (module, name) = of.class()?;
            let code = match of.integer("code")? {
                code @ (0..=2 | 4 | 5) => u8::try_from(code).unwrap_or_default(),
                _ => return Fault::new("expected 0, 1, 2, 4 or 5").inside("code"),
            };
            Value::object(code, module, name, of.value("payload")?)
        }
        "opaque" => Value::Opaque,
        other => return Fault::new(format!("unknown kind of value {other:?}")).inside("t"),
    })
}

/// The members of one tagged object.
struct Members<'a> {
    members: &'a Map<String, Json>,
    depth: usize,
}

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Result<&'a Json, Fault> {
        match self.members.get(name) {
            Some(member) => Ok(member),
            None => Fault::new(format!("missing member {name:?}")),
        }
    }

    fn text(&self, name: &str) -> Result<&'a str, Fault> {
        match self.get(name)?.as_str() {
            Some(text) => Ok(text),
            None => Fault::new("expected a string").inside(name),
        }
    }

    fn integer(&self, name: &str) -> Result<i64, Fault> {
        match self.get(name)?.as_i64() {
            Some(int) => Ok(int),
            None => Fault::new("expected an integer").inside(name),
        }
    }

    fn array(&self, name: &str) -> Result<&'a [Json], Fault> {
        match self.get(name)?.as_array() {
            Some(items) => Ok(items),
            None => Fault::new("expected an array").inside(name),
        }
    }

    fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, Fault> {
        match parse(self.text(name)?) {
            Some(value) => Ok(value),
            None => Fault::new(format!("expected {expected}")).inside(name),
        }
    }

    fn fields<T, const N: usize>(
        &self,
        name: &str,
        expected: &str,
        make: impl FnOnce([i64; N]) -> Option<T>,
    ) -> Result<T, Fault> {
        let fields: Option<Vec<i64>> = self.array(name)?.iter().map(Json::as_i64).collect();
        match fields
            .and_then(|fields| <[i64; N]>::try_from(fields).ok())
            .and_then(make)
        {
            Some(value) => Ok(value),
            None => Fault::new(format!("expected {expected}")).inside(name),
        }
    }

    fn value(&self, name: &str) -> Result<Value, Fault> {
        value(self.get(name)?, self.depth + 1).inside(name)
    }

    fn values(&self, name: &str) -> Result<Vec<Value>, Fault> {
        values(self.array(name)?, self.depth + 2).inside(name)
    }

    fn hex(&self, name: &str) -> Result<Arc<[u8]>, Fault> {
        self.parsed(name, "an even number of hexadecimal digits", unhex)
            .map(Arc::from)
    }

    fn class(&self) -> Result<(&'a str, &'a str), Fault> {
        self.parsed("cls", "module:Name", |text| text.split_once(':'))
    }

    fn set(&self) -> Result<Arc<Set>, Fault> {
        let mut set = Set::new();
        for (index, item) in self.values("v")?.into_iter().enumerate() {
            if let Err(unhashable) = set.insert(item) {
                return Fault::new(unhashable.to_string()).inside(index).inside("v");
            }
        }
        Ok(Arc::new(set))
    }

    fn dict(&self) -> Result<Dict, Fault> {
        let mut dict = Dict::new();
        for (index, pair) in self.array("v")?.iter().enumerate() {
            self.pair(pair, &mut dict).inside(index).inside("v")?;
        }
        Ok(dict)
    }

    fn pair(&self, pair: &Json, dict: &mut Dict) -> Result<(), Fault> {
        let Some([key, item]) = pair.as_array().map(Vec::as_slice) else {
            return Fault::new("expected [key, value]");
        };
        let key = value(key, self.depth + 3).inside(0)?;
        let item = value(item, self.depth + 3).inside(1)?;
        match dict.insert(key, item) {
            Ok(_) => Ok(()),
            Err(unhashable) => Fault::new(unhashable.to_string()).inside(0),
        }
    }

    fn subclass(&self) -> Result<Value, Fault> {
        let base = self.parsed(
            "base",
            "str, int, list, dict, float, bytes or tuple",
            |text| {
                Base::ALL
                    .into_iter()
                    .find_map(|(base, name)| (name == text).then_some(base))
            },
        )?;
        let inner = self.value("v")?;
        let fits = matches!(
            (base, &inner),
            (Base::Str, Value::Str(_) | Value::Surrogates(_))
                | (Base::Int, Value::Int(_))
                | (Base::List, Value::List(_))
                | (Base::Dict, Value::Dict(_))
                | (Base::Float, Value::Float(_))
                | (Base::Bytes, Value::Bytes(_))
                | (Base::Tuple, Value::Tuple(_))
        );
        if !fits {
            return Fault::new(format!("expected a value of kind {}", base.name())).inside("v");
        }
        let value = inner.into();
        Ok(Value::Subclass(Arc::new(Subclass { base, value })))
    }

    fn time(&self) -> Result<Value, Fault> {
        let expected = "expected [hour, minute, second, microsecond, tzinfo, fold]";
        let [hour, minute, second, micro, tzinfo, fold] = self.array("v")? else {
            return Fault::new(expected).inside("v");
        };
        let field = |json: &Json| json.as_i64().and_then(small::<u32>);
        let clock = || {
            Clock::new(
                small(field(hour)?)?,
                small(field(minute)?)?,
                small(field(second)?)?,
                field(micro)?,
            )
        };
        let (Some(clock), Some(fold @ 0..=1)) = (clock(), fold.as_u64()) else {
            return Fault::new(expected).inside("v");
        };
        let tzinfo = value(tzinfo, self.depth + 2).inside(4).inside("v")?;
        if !matches!(
            tzinfo,
            Value::None | Value::TimeZone(_) | Value::ZoneInfo(_)
        ) {
            return Fault::new("expected null, a timezone or a zoneinfo")
                .inside(4)
                .inside("v");
        }
        Ok(Value::Time(Arc::new(Time {
            clock,
            tzinfo,
            fold: u8::from(fold == 1),
        })))
    }

    fn timezone(&self) -> Result<Value, Fault> {
        let args = self.values("args")?;
        let (offset, name) = match args.as_slice() {
            [Value::TimeDelta(offset)] => (*offset, None),
            [
                Value::TimeDelta(offset),
                name @ (Value::Str(_) | Value::Surrogates(_)),
            ] => (*offset, Some(name.clone())),
            _ => return Fault::new("expected [timedelta] or [timedelta, name]").inside("args"),
        };
        if offset.total_micros().abs() >= 86_400_000_000 {
            return Fault::new("expected an offset of less than a day").inside("args");
        }
        Ok(Value::TimeZone(Arc::new(TimeZone { offset, name })))
    }

    fn ndarray(&self) -> Result<Value, Fault> {
        let shape: Option<Vec<u64>> = self.array("shape")?.iter().map(Json::as_u64).collect();
        let Some(shape) = shape else {
            return Fault::new("expected the lengths of the axes").inside("shape");
        };
        let fortran = self.parsed("order", "\"C\" or \"F\"", |text| match text {
            "C" => Some(false),
            "F" => Some(true),
            _ => None,
        })?;
        Ok(Value::NdArray(Arc::new(NdArray {
            dtype: self.text("dtype")?.into(),
            shape,
            fortran,
            data: self.hex("hex")?,
        })))
    }
}

fn small<T: TryFrom<i64>>(value: impl Into<i64>) -> Option<T> {
    T::try_from(value.into()).ok()
}

/// Bytes from lower- or upper-case hexadecimal text.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    fn digit(byte: u8) -> Option<u8> {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    }
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// Lower-case hexadecimal text.
pub fn hex(data: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(data.len() * 2);
    for byte in data {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// The tagged form of a value, as an observation shows it: containers at depth [`OBSERVED_DEPTH`] are cut.
pub fn write(value: &Value) -> Json {
    describe(value, OBSERVED_DEPTH)
}

fn describe(value: &Value, depth: usize) -> Json {
    if depth == 0 && is_container(value) {
        return json!({"t": "deep"});
    }
    let inner = depth.saturating_sub(1);
    let all =
        |items: &[Value]| Json::Array(items.iter().map(|item| describe(item, inner)).collect());
    match value {
        Value::None => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(int) => match int.to_i64() {
            Some(small) if (1 - EXACT_INT..EXACT_INT).contains(&small) => json!(small),
            _ => json!({"t": "int", "v": int.to_string()}),
        },
        Value::Float(float) => json!({"t": "float", "bits": format!("{:016x}", float.0)}),
        Value::Str(text) => json!(**text),
        Value::Surrogates(data) => json!({"t": "str", "hex": hex(data)}),
        Value::Bytes(data) => json!({"t": "bytes", "hex": hex(data)}),
        Value::ByteArray(data) => json!({"t": "bytearray", "hex": hex(data)}),
        Value::MemoryView(data) => json!({"t": "memoryview", "hex": hex(data)}),
        Value::List(items) => all(items),
        Value::Tuple(items) => json!({"t": "tuple", "v": all(items)}),
        Value::Deque(items) => json!({"t": "deque", "v": all(items)}),
        Value::Dict(dict) => {
            let pairs = dict
                .iter()
                .map(|(key, item)| json!([describe(key, inner), describe(item, inner)]));
            json!({"t": "dict", "v": Json::Array(pairs.collect())})
        }
        Value::Set(set) | Value::FrozenSet(set) => {
            let items = Json::Array(set.iter().map(|item| describe(item, inner)).collect());
            json!({"t": value.type_name(), "v": items})
        }
        Value::Subclass(subclass) => {
            json!({"t": "subclass", "base": subclass.base.name(), "v": describe(&subclass.value, inner)})
        }
        Value::DateTime(moment) => json!({"t": "datetime", "v": moment.to_string()}),
        Value::Date(date) => json!({"t": "date", "v": [date.year, date.month, date.day]}),
        Value::Time(time) => {
            let clock = time.clock;
            let zone = describe(&time.tzinfo, inner);
            json!({"t": "time", "v": [clock.hour, clock.minute, clock.second, clock.micro, zone, time.fold]})
        }
        Value::TimeDelta(delta) => {
            json!({"t": "timedelta", "v": [delta.days, delta.seconds, delta.micros]})
        }
        Value::TimeZone(zone) => {
            let mut args = vec![describe(&Value::TimeDelta(zone.offset), inner)];
            args.extend(zone.name.as_ref().map(|name| describe(name, inner)));
            json!({"t": "timezone", "args": args})
        }
        Value::ZoneInfo(key) => json!({"t": "zoneinfo", "key": **key}),
        Value::Uuid(bits) => json!({"t": "uuid", "hex": format!("{bits:032x}")}),
        Value::Decimal(text) => json!({"t": "decimal", "v": **text}),
        Value::Ip(ip) => json!({"t": "ip", "cls": ip.class, "v": *ip.text}),
        Value::Path(parts) => json!({"t": "path", "parts": all(parts)}),
        Value::Pattern(pattern) => {
            json!({"t": "pattern", "pattern": describe(&pattern.pattern, inner), "flags": pattern.flags})
        }
        Value::NdArray(array) => json!({
            "t": "ndarray",
            "dtype": *array.dtype,
            "shape": array.shape,
            "order": if array.fortran { "F" } else { "C" },
            "hex": hex(&array.data),
        }),
        Value::Send(send) => {
            let mut out = json!({"t": "send", "node": describe(&send.node, inner), "arg": describe(&send.arg, inner)});
            if let Some(timeout) = &send.timeout {
                out["timeout"] = describe(timeout, inner);
            }
            out
        }
        Value::DeltaSnapshot(boxed) => json!({"t": "delta_snapshot", "v": describe(boxed, inner)}),
        Value::Exception(exception) => json!({
            "t": "exception",
            "cls": format!("{}:{}", exception.module, exception.name),
            "args": all(&exception.args),
            "repr": describe(&exception.repr, inner),
        }),
        Value::Object(object) => json!({
            "t": "object",
            "code": object.code,
            "cls": format!("{}:{}", object.module, object.name),
            "payload": describe(&object.payload, inner),
        }),
        Value::Opaque => json!({"t": "opaque"}),
        Value::Ext(ext) => describe_ext(ext, inner),
    }
}

fn describe_ext(ext: &Ext, inner: usize) -> Json {
    match &ext.body {
        ExtBody::Data(data) => json!({"t": "ext", "code": ext.code, "hex": hex(data)}),
        ExtBody::Value(boxed) => json!({"t": "ext", "code": ext.code, "v": describe(boxed, inner)}),
    }
}

fn is_container(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_)
            | Value::Tuple(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::FrozenSet(_)
            | Value::Deque(_)
            | Value::Subclass(_)
            | Value::Send(_)
            | Value::DeltaSnapshot(_)
            | Value::Object(_)
            | Value::Ext(_)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{read, write};
    use serde_json::json;

    #[test]
    fn every_kind_round_trips() {
        for tagged in [
            json!(null),
            json!([true, 1, "é"]),
            json!({"t": "int", "v": "-9223372036854775809"}),
            json!({"t": "float", "bits": "7ff8000000000001"}),
            json!({"t": "str", "hex": "eda080"}),
            json!({"t": "bytes", "hex": "00ff"}),
            json!({"t": "bytearray", "hex": ""}),
            json!({"t": "memoryview", "hex": "61"}),
            json!({"t": "tuple", "v": [1]}),
            json!({"t": "dict", "v": [[{"t": "tuple", "v": []}, 1]]}),
            json!({"t": "set", "v": [1, "a"]}),
            json!({"t": "frozenset", "v": []}),
            json!({"t": "deque", "v": [[1]]}),
            json!({"t": "subclass", "base": "str", "v": "x"}),
            json!({"t": "datetime", "v": "2024-01-02T03:04:05+00:00"}),
            json!({"t": "date", "v": [2024, 1, 2]}),
            json!({"t": "time", "v": [1, 2, 3, 4, {"t": "zoneinfo", "key": "UTC"}, 1]}),
            json!({"t": "timedelta", "v": [-1, 5, 6]}),
            json!({"t": "timezone", "args": [{"t": "timedelta", "v": [0, 3600, 0]}, "n"]}),
            json!({"t": "uuid", "hex": "00000000000040008000000000000001"}),
            json!({"t": "decimal", "v": "1.50"}),
            json!({"t": "ip", "cls": "IPv4Address", "v": "10.0.0.1"}),
            json!({"t": "path", "parts": ["/", "a"]}),
            json!({"t": "pattern", "pattern": {"t": "bytes", "hex": "61"}, "flags": 0}),
            json!({"t": "ndarray", "dtype": "<f8", "shape": [1], "order": "C", "hex": "0000000000000000"}),
            json!({"t": "send", "node": "n", "arg": null, "timeout": 1}),
            json!({"t": "delta_snapshot", "v": [1]}),
            json!({"t": "exception", "cls": "builtins:ValueError", "args": ["x"], "repr": "ValueError('x')"}),
            json!({"t": "object", "code": 2, "cls": "m:N", "payload": {"t": "dict", "v": []}}),
            json!({"t": "opaque"}),
        ] {
            assert_eq!(write(&read(&tagged, "").unwrap()), tagged);
        }
    }

    #[test]
    fn a_fault_names_where_it_is() {
        for (tagged, message) in [
            (
                json!(1.5),
                "malformed case at /value: expected an integer of absolute value < 2**53",
            ),
            (
                json!([{"t": "nope"}]),
                "malformed case at /value/0/t: unknown kind of value \"nope\"",
            ),
            (
                json!({"t": "dict", "v": [[1, 2], [[], 3]]}),
                "malformed case at /value/v/1/0: unhashable type: 'list'",
            ),
            (
                json!({"t": "bytes", "hex": "0"}),
                "malformed case at /value/hex: expected an even number",
            ),
            (
                json!({"t": "bytes", "hex": "é0"}),
                "malformed case at /value/hex: expected an even number",
            ),
            (
                json!({"t": "bytes"}),
                "malformed case at /value: missing member \"hex\"",
            ),
            (
                json!({"v": 1}),
                "malformed case at /value: missing member \"t\"",
            ),
            (
                json!({"t": "date", "v": [2023, 2, 29]}),
                "malformed case at /value/v: expected [year, month, day]",
            ),
            (
                json!({"t": "set", "v": [1, []]}),
                "malformed case at /value/v/1: unhashable",
            ),
            (
                json!({"t": "subclass", "base": "int", "v": "x"}),
                "malformed case at /value/v: expected a value of kind int",
            ),
            (
                json!({"t": "ext", "code": 1, "hex": ""}),
                "malformed case at /value/t: unknown kind",
            ),
        ] {
            let error = read(&tagged, "/value").unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn depth_is_bounded_both_ways() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let read_nested =
            |levels: usize| super::super::json::with(&nested(levels), |json| read(json, ""));
        assert!(read_nested(800).is_ok());
        assert!(read_nested(801).is_err());
        let mut cut = &write(&read_nested(66).unwrap());
        for _ in 0..64 {
            cut = &cut[0];
        }
        assert_eq!(*cut, json!({"t": "deep"}));
    }
}
