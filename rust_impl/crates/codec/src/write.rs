//! The msgpack writer: byte for byte what upstream's serializer writes, without recursion.
//!
//! Mirrors ormsgpack with langgraph's options, and `_msgpack_default`, which lowers every other kind to an extension whose
//! data are msgpack again. An extension is written to a buffer of its own with a depth counter of its own, and any fault inside it
//! is told as upstream tells it: the object whose extension it is cannot be serialised.

use std::fmt;

use crate::dict::{Dict, Set};
use crate::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, DELTA_SNAPSHOT,
    METHOD_SINGLE_ARG, NUMPY_ARRAY, PYDANTIC_V2,
};
use crate::int::Int;
use crate::temporal::TimeDelta;
use crate::value::{Base, NdArray, Object, Subclass, Value, replace_surrogates};

/// This many containers may be open at once within one document.
pub const MAX_DEPTH: u8 = 255;

/// Extensions are written inside each other at most this deep. Upstream's own limit is Python's recursion limit (some 490 levels
/// under CPython 3.11's default); the fault is told in the same way.
pub const MAX_EXT_DEPTH: usize = 490;

/// Why a value could not be written, in ormsgpack's words (its `MsgpackEncodeError` is `TypeError`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// More than [`MAX_DEPTH`] open containers.
    RecursionLimitReached,
    /// An integer outside `i64::MIN..=u64::MAX`.
    IntegerRange,
    /// A string key with lone surrogates.
    Surrogates,
    /// A key of a kind that no key can have.
    KeyType,
    /// A `time` key with a time zone.
    AwareTimeKey,
    /// A value, by its type's name, that cannot be lowered or whose extension cannot be written.
    NotSerializable(String),
    /// More than `u32::MAX` bytes or items.
    TooLong,
}

impl WriteError {
    /// The bare class name of the Python exception.
    pub const TYPE: &'static str = "TypeError";
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RecursionLimitReached => "Recursion limit reached",
            Self::IntegerRange => "Integer exceeds 64-bit range",
            Self::Surrogates => "string contains surrogates",
            // (sic)
            Self::KeyType => "Dict key must a type serializable with OPT_NON_STR_KEYS",
            Self::AwareTimeKey => "datetime.time must not have tzinfo set",
            Self::NotSerializable(name) => {
                return write!(f, "Type is not msgpack serializable: {name}");
            }
            Self::TooLong => "write error",
        })
    }
}

impl std::error::Error for WriteError {}

/// `JsonPlusSerializer().dumps_typed(value)`: the tag and the bytes.
///
/// # Errors
/// [`WriteError`]
pub fn dumps_typed(value: &Value) -> Result<(&'static str, Vec<u8>), WriteError> {
    match value {
        Value::None => Ok(("null", Vec::new())),
        Value::ByteArray(data) => Ok(("bytearray", data.to_vec())),
        other => match other.plain() {
            Value::Bytes(data) => Ok(("bytes", data.to_vec())),
            _ => write(value).map(|data| ("msgpack", data)),
        },
    }
}

/// `_msgpack_enc(value)`
///
/// # Errors
/// [`WriteError`]
pub fn write(value: &Value) -> Result<Vec<u8>, WriteError> {
    let mut levels = vec![Level::new(0, value)];
    levels[0].tasks.push(Task::One(value));
    match run(&mut levels) {
        Ok(data) => Ok(data),
        // Whatever the fault, upstream shows the outermost object whose lowering met it.
        Err(error) => Err(match levels.get(1) {
            Some(level) => not_serializable(level.object),
            None => error,
        }),
    }
}

fn run<'a>(levels: &mut Vec<Level<'a>>) -> Result<Vec<u8>, WriteError> {
    loop {
        let Some(level) = levels.last_mut() else {
            return Ok(Vec::new());
        };
        match level.step()? {
            Progress::More => {}
            Progress::Lower(object) => {
                if levels.len() > MAX_EXT_DEPTH {
                    return Err(not_serializable(object));
                }
                let inner = Level::lowered(object)?;
                levels.push(inner);
            }
            Progress::Done => {
                let (code, data) = (level.code, std::mem::take(&mut level.out));
                if levels.len() == 1 {
                    return Ok(data);
                }
                levels.pop();
                if let Some(parent) = levels.last_mut() {
                    put_ext(&mut parent.out, code, &data)?;
                }
            }
        }
    }
}

/// One document: the output, or the data of an extension.
struct Level<'a> {
    /// The extension that these will be the data of.
    code: i8,
    /// The object that is being lowered.
    object: &'a Value,
    out: Vec<u8>,
    depth: u8,
    tasks: Vec<Task<'a>>,
}

/// What is still to be written, last first. A task with a position, and `Close`, ends a container.
enum Task<'a> {
    One(&'a Value),
    Text(&'static str),
    Small(u8),
    Items(&'a [Value], usize),
    SetItems(&'a Set, usize),
    /// Keys at even positions, values at odd ones.
    Pairs(&'a Dict, usize),
    KeyItems(&'a [Value], usize),
    Close,
}

enum Progress<'a> {
    More,
    Lower(&'a Value),
    Done,
}

impl<'a> Level<'a> {
    fn new(code: i8, object: &'a Value) -> Self {
        Self {
            code,
            object,
            out: Vec::new(),
            depth: 0,
            tasks: Vec::new(),
        }
    }

    fn step(&mut self) -> Result<Progress<'a>, WriteError> {
        let next = match self.tasks.last_mut() {
            None => return Ok(Progress::Done),
            Some(Task::One(value)) => {
                let value = *value;
                self.tasks.pop();
                return self.put(value);
            }
            Some(Task::Text(text)) => {
                let text = *text;
                self.tasks.pop();
                put_str(&mut self.out, text)?;
                return Ok(Progress::More);
            }
            Some(Task::Small(number)) => {
                let number = *number;
                self.tasks.pop();
                put_int(&mut self.out, &Int::from(number))?;
                return Ok(Progress::More);
            }
            Some(Task::Close) => None,
            Some(Task::Items(items, next)) => advance(next, items.get(*next)),
            Some(Task::SetItems(set, next)) => advance(next, set.get_index(*next)),
            Some(Task::KeyItems(items, next)) => match advance(next, items.get(*next)) {
                Some(item) => {
                    self.key(item, false)?;
                    return Ok(Progress::More);
                }
                None => None,
            },
            Some(Task::Pairs(dict, next)) => {
                let (position, is_key) = (*next / 2, *next % 2 == 0);
                match advance(next, dict.get_index(position)) {
                    Some((key, _)) if is_key => {
                        self.key(key, true)?;
                        return Ok(Progress::More);
                    }
                    Some((_, value)) => Some(value),
                    None => None,
                }
            }
        };
        match next {
            Some(value) => self.put(value),
            None => {
                self.tasks.pop();
                self.depth -= 1;
                Ok(Progress::More)
            }
        }
    }

    /// Writes one value, or says that it has to be lowered.
    fn put(&mut self, value: &'a Value) -> Result<Progress<'a>, WriteError> {
        match value {
            Value::None => self.out.push(0xc0),
            Value::Bool(flag) => self.out.push(if *flag { 0xc3 } else { 0xc2 }),
            Value::Int(int) => put_int(&mut self.out, int)?,
            Value::Float(float) => put_float(&mut self.out, *float),
            Value::Str(text) => put_str(&mut self.out, text)?,
            Value::Surrogates(data) => put_replaced(&mut self.out, data)?,
            Value::Bytes(data) | Value::ByteArray(data) | Value::MemoryView(data) => {
                put_bin(&mut self.out, data)?
            }
            Value::List(items) | Value::Tuple(items) => self.items(items)?,
            Value::Dict(dict) => self.pairs(dict)?,
            Value::Subclass(subclass) => return self.subclass(value, subclass),
            Value::Exception(exception) => return self.put(&exception.repr),
            Value::Opaque | Value::Ext(_) => return Err(not_serializable(value)),
            _ => return Ok(Progress::Lower(value)),
        }
        Ok(Progress::More)
    }

    /// A subclass of `str`, `int`, `list` or `dict` is written as its base; upstream cannot lower the others.
    fn subclass(
        &mut self,
        whole: &'a Value,
        subclass: &'a Subclass,
    ) -> Result<Progress<'a>, WriteError> {
        match subclass.base {
            Base::Str | Base::Int | Base::List | Base::Dict => self.put(&subclass.value),
            Base::Float | Base::Bytes | Base::Tuple => Err(not_serializable(whole)),
        }
    }

    fn open(&mut self) -> Result<(), WriteError> {
        if self.depth == MAX_DEPTH {
            return Err(WriteError::RecursionLimitReached);
        }
        self.depth += 1;
        Ok(())
    }

    fn open_array(&mut self, len: usize) -> Result<(), WriteError> {
        self.open()?;
        put_array_len(&mut self.out, len)
    }

    fn items(&mut self, items: &'a [Value]) -> Result<(), WriteError> {
        self.open_array(items.len())?;
        self.tasks.push(Task::Items(items, 0));
        Ok(())
    }

    fn pairs(&mut self, dict: &'a Dict) -> Result<(), WriteError> {
        self.open()?;
        put_map_len(&mut self.out, dict.len())?;
        self.tasks.push(Task::Pairs(dict, 0));
        Ok(())
    }

    /// Writes a key of a map (`direct`) or an item of a tuple that is one.
    fn key(&mut self, value: &'a Value, direct: bool) -> Result<(), WriteError> {
        match value {
            Value::None => self.out.push(0xc0),
            Value::Bool(flag) => self.out.push(if *flag { 0xc3 } else { 0xc2 }),
            Value::Int(int) => put_int(&mut self.out, int)?,
            Value::Float(float) => put_float(&mut self.out, *float),
            Value::Str(text) => put_str(&mut self.out, text)?,
            Value::Surrogates(_) if direct => return Err(WriteError::Surrogates),
            Value::Surrogates(data) => put_replaced(&mut self.out, data)?,
            Value::Bytes(data) | Value::MemoryView(data) => put_bin(&mut self.out, data)?,
            Value::DateTime(moment) => put_str(&mut self.out, &moment.rfc3339())?,
            Value::Date(date) => put_str(&mut self.out, &date.to_string())?,
            Value::Time(time) if matches!(time.tzinfo, Value::None) => {
                put_str(&mut self.out, &time.clock.to_string())?
            }
            Value::Time(_) => return Err(WriteError::AwareTimeKey),
            Value::Uuid(bits) => put_str(&mut self.out, &hyphenated(*bits))?,
            Value::Tuple(items) => {
                self.open_array(items.len())?;
                self.tasks.push(Task::KeyItems(items, 0));
            }
            Value::Subclass(subclass) if matches!(subclass.base, Base::Str | Base::Int) => {
                return self.key(&subclass.value, false);
            }
            Value::Object(object) if is_enum(object) => return self.enum_key(object),
            _ => return Err(WriteError::KeyType),
        }
        Ok(())
    }

    /// An enum as a key is its value as a key; a value may be a member of another enum, and so on.
    fn enum_key(&mut self, object: &'a Object) -> Result<(), WriteError> {
        let mut value: &'a Value = &object.payload;
        while let Value::Object(inner) = value
            && is_enum(inner)
        {
            value = &inner.payload;
        }
        self.key(value, false)
    }

    /// The data of the extension that upstream's `_msgpack_default` gives an object: what can be written at once, and what
    /// is still to be.
    fn lowered(object: &'a Value) -> Result<Self, WriteError> {
        let mut level = Self::new(CONSTRUCTOR_SINGLE_ARG, object);
        match object {
            Value::DeltaSnapshot(value) => {
                level.code = DELTA_SNAPSHOT;
                level.tasks.push(Task::One(value));
            }
            Value::Object(object) => {
                level.code = object.code.cast_signed();
                if level.code == PYDANTIC_V2 {
                    level.envelope(4, &object.module, &object.name)?;
                    level.tasks.push(Task::Text("model_validate_json"));
                } else {
                    level.envelope(3, &object.module, &object.name)?;
                }
                level.tasks.push(Task::One(&object.payload));
            }
            Value::Set(set) => level.set("set", set)?,
            Value::FrozenSet(set) => level.set("frozenset", set)?,
            Value::Deque(items) => {
                level.envelope(3, "collections", "deque")?;
                level.items(items)?;
            }
            Value::Send(send) => {
                level.code = CONSTRUCTOR_POS_ARGS;
                level.envelope(3, "langgraph.types", "Send")?;
                level.open_array(if send.timeout.is_some() { 3 } else { 2 })?;
                level.tasks.push(Task::Close);
                if let Some(timeout) = &send.timeout {
                    level.tasks.push(Task::One(timeout));
                }
                level.tasks.push(Task::One(&send.arg));
                level.tasks.push(Task::One(&send.node));
            }
            Value::DateTime(moment) => {
                level.code = METHOD_SINGLE_ARG;
                level.envelope(4, "datetime", "datetime")?;
                put_str(&mut level.out, &moment.to_string())?;
                put_str(&mut level.out, "fromisoformat")?;
            }
            Value::Date(date) => {
                level.code = CONSTRUCTOR_POS_ARGS;
                level.envelope(3, "datetime", "date")?;
                put_ints(
                    &mut level.out,
                    &[
                        Int::from(date.year),
                        Int::from(date.month),
                        Int::from(date.day),
                    ],
                )?;
            }
            Value::TimeDelta(delta) => {
                level.code = CONSTRUCTOR_POS_ARGS;
                level.out = time_delta(*delta)?;
            }
            Value::Time(time) => {
                level.code = CONSTRUCTOR_KW_ARGS;
                level.envelope(3, "datetime", "time")?;
                level.out.push(0x86);
                let clock = time.clock;
                for (name, number) in [
                    ("hour", u32::from(clock.hour)),
                    ("minute", u32::from(clock.minute)),
                    ("second", u32::from(clock.second)),
                    ("microsecond", clock.micro),
                ] {
                    put_str(&mut level.out, name)?;
                    put_int(&mut level.out, &Int::from(number))?;
                }
                put_str(&mut level.out, "tzinfo")?;
                // The zone may be an extension, so what follows it has to wait.
                level.tasks.extend([
                    Task::Small(time.fold),
                    Task::Text("fold"),
                    Task::One(&time.tzinfo),
                ]);
            }
            Value::TimeZone(zone) => {
                level.code = CONSTRUCTOR_POS_ARGS;
                level.envelope(3, "datetime", "timezone")?;
                put_array_len(&mut level.out, if zone.name.is_some() { 2 } else { 1 })?;
                put_ext(
                    &mut level.out,
                    CONSTRUCTOR_POS_ARGS,
                    &time_delta(zone.offset)?,
                )?;
                level.tasks.extend(zone.name.as_ref().map(Task::One));
            }
            Value::ZoneInfo(key) => level.text("zoneinfo", "ZoneInfo", key)?,
            Value::Uuid(bits) => level.text("uuid", "UUID", &format!("{bits:032x}"))?,
            Value::Decimal(text) => level.text("decimal", "Decimal", text)?,
            Value::Ip(ip) => level.text("ipaddress", ip.class, &ip.text)?,
            Value::Path(parts) => {
                level.code = CONSTRUCTOR_POS_ARGS;
                level.envelope(3, "pathlib", "PosixPath")?;
                level.items(parts)?;
            }
            Value::Pattern(pattern) => {
                level.code = CONSTRUCTOR_POS_ARGS;
                level.envelope(3, "re", "compile")?;
                put_array_len(&mut level.out, 2)?;
                level.put(&pattern.pattern)?;
                put_int(&mut level.out, &Int::from(pattern.flags))?;
            }
            Value::NdArray(array) => level.array(array)?,
            _ => return Err(not_serializable(object)),
        }
        Ok(level)
    }

    /// The head of an envelope. It is the level's outermost container, so nothing has to close it.
    fn envelope(&mut self, len: usize, module: &str, name: &str) -> Result<(), WriteError> {
        self.open_array(len)?;
        put_str(&mut self.out, module)?;
        put_str(&mut self.out, name)?;
        Ok(())
    }

    fn text(&mut self, module: &str, name: &str, text: &str) -> Result<(), WriteError> {
        self.envelope(3, module, name)?;
        put_str(&mut self.out, text)
    }

    fn set(&mut self, name: &str, set: &'a Set) -> Result<(), WriteError> {
        self.envelope(3, "builtins", name)?;
        self.open_array(set.len())?;
        self.tasks.push(Task::SetItems(set, 0));
        Ok(())
    }

    fn array(&mut self, array: &NdArray) -> Result<(), WriteError> {
        // numpy gives no buffer of datetimes; an array that is not in C order is copied instead.
        let is_temporal = matches!(array.dtype.as_bytes().get(1), Some(b'M' | b'm'));
        if is_temporal && !array.fortran {
            return Err(not_serializable(self.object));
        }
        self.code = NUMPY_ARRAY;
        put_array_len(&mut self.out, 4)?;
        put_str(&mut self.out, &array.dtype)?;
        let shape: Vec<Int> = array.shape.iter().map(|axis| Int::from(*axis)).collect();
        put_ints(&mut self.out, &shape)?;
        put_str(&mut self.out, if array.fortran { "F" } else { "C" })?;
        put_bin(&mut self.out, &array.data)
    }
}

fn advance<T>(next: &mut usize, item: Option<T>) -> Option<T> {
    *next += 1;
    item
}

/// Code 0 is shared by enums and pydantic's secrets.
fn is_enum(object: &Object) -> bool {
    object.code == 0
        && !(object.module.starts_with("pydantic") && object.name.starts_with("Secret"))
}

fn not_serializable(value: &Value) -> WriteError {
    WriteError::NotSerializable(value.tp_name().to_owned())
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

fn time_delta(delta: TimeDelta) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::new();
    put_array_len(&mut out, 3)?;
    put_str(&mut out, "datetime")?;
    put_str(&mut out, "timedelta")?;
    put_ints(
        &mut out,
        &[
            Int::from(delta.days),
            Int::from(delta.seconds),
            Int::from(delta.micros),
        ],
    )?;
    Ok(out)
}

fn put_ints(out: &mut Vec<u8>, ints: &[Int]) -> Result<(), WriteError> {
    put_array_len(out, ints.len())?;
    ints.iter().try_for_each(|int| put_int(out, int))
}

/// Where items are written to.
pub trait Sink {
    /// Adds so many bytes, whose number is known when this is compiled.
    fn array<const N: usize>(&mut self, bytes: [u8; N]);

    /// Adds bytes.
    fn slice(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    #[inline]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.extend(bytes);
    }

    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// A length in its shortest form: in the marker below the limit of `fix`, else behind one of the markers for 1, 2 and 4 bytes.
#[inline(always)]
fn put_len(
    out: &mut impl Sink,
    len: usize,
    fix: Option<(u8, usize)>,
    markers: [Option<u8>; 3],
) -> Result<(), WriteError> {
    let len = u32::try_from(len).map_err(|_| WriteError::TooLong)?;
    let [a, b, c, d] = len.to_be_bytes();
    match (fix, markers) {
        (Some((marker, limit)), _) if (len as usize) < limit => out.array([marker | d]),
        (_, [Some(marker), ..]) if len <= 0xff => out.array([marker, d]),
        (_, [_, Some(marker), _]) if len <= 0xffff => out.array([marker, c, d]),
        (_, [.., Some(marker)]) => out.array([marker, a, b, c, d]),
        (_, [.., None]) => return Err(WriteError::TooLong),
    }
    Ok(())
}

/// The head of an array.
///
/// # Errors
/// [`WriteError::TooLong`]
#[inline]
pub fn put_array_len(out: &mut impl Sink, len: usize) -> Result<(), WriteError> {
    put_len(out, len, Some((0x90, 16)), [None, Some(0xdc), Some(0xdd)])
}

/// The head of a map of `len` pairs.
///
/// # Errors
/// [`WriteError::TooLong`]
#[inline]
pub fn put_map_len(out: &mut impl Sink, len: usize) -> Result<(), WriteError> {
    put_len(out, len, Some((0x80, 16)), [None, Some(0xde), Some(0xdf)])
}

/// A string.
///
/// # Errors
/// [`WriteError::TooLong`]
#[inline]
pub fn put_str(out: &mut impl Sink, text: &str) -> Result<(), WriteError> {
    put_utf8(out, text.as_bytes())
}

/// A string that is given as its UTF-8.
///
/// # Errors
/// [`WriteError::TooLong`]
#[inline(always)]
pub fn put_utf8(out: &mut impl Sink, text: &[u8]) -> Result<(), WriteError> {
    let markers = [Some(0xd9), Some(0xda), Some(0xdb)];
    put_len(out, text.len(), Some((0xa0, 32)), markers)?;
    out.slice(text);
    Ok(())
}

fn put_replaced(out: &mut Vec<u8>, data: &[u8]) -> Result<(), WriteError> {
    match replace_surrogates(data) {
        Some(text) => put_str(out, &text),
        None => Err(WriteError::Surrogates),
    }
}

/// Binary data.
///
/// # Errors
/// [`WriteError::TooLong`]
#[inline]
pub fn put_bin(out: &mut impl Sink, data: &[u8]) -> Result<(), WriteError> {
    put_len(out, data.len(), None, [Some(0xc4), Some(0xc5), Some(0xc6)])?;
    out.slice(data);
    Ok(())
}

fn put_ext(out: &mut Vec<u8>, code: i8, data: &[u8]) -> Result<(), WriteError> {
    put_ext_head(out, code, data.len())?;
    out.extend(data);
    Ok(())
}

/// The head of an extension of `len` bytes.
///
/// # Errors
/// [`WriteError::TooLong`]
#[inline]
pub fn put_ext_head(out: &mut impl Sink, code: i8, len: usize) -> Result<(), WriteError> {
    match len {
        1 => out.array([0xd4]),
        2 => out.array([0xd5]),
        4 => out.array([0xd6]),
        8 => out.array([0xd7]),
        16 => out.array([0xd8]),
        len => put_len(out, len, None, [Some(0xc7), Some(0xc8), Some(0xc9)])?,
    }
    out.array([code.cast_unsigned()]);
    Ok(())
}

/// A double, bit by bit.
#[inline]
pub fn put_float(out: &mut impl Sink, float: crate::value::Float) {
    let [a, b, c, d, e, f, g, h] = float.0.to_be_bytes();
    out.array([0xcb, a, b, c, d, e, f, g, h]);
}

/// An integer in its shortest form, unsigned if it is not negative.
fn put_int(out: &mut Vec<u8>, int: &Int) -> Result<(), WriteError> {
    let value = int.to_i128().ok_or(WriteError::IntegerRange)?;
    if let Ok(value) = u64::try_from(value) {
        put_unsigned(out, value);
        return Ok(());
    }
    put_signed(
        out,
        i64::try_from(value).map_err(|_| WriteError::IntegerRange)?,
    );
    Ok(())
}

/// An integer that is not negative, in its shortest form.
#[inline(always)]
pub fn put_unsigned(out: &mut impl Sink, value: u64) {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    match value {
        0..=0x7f => out.array([h]),
        0x80..=0xff => out.array([0xcc, h]),
        0x100..=0xffff => out.array([0xcd, g, h]),
        0x1_0000..=0xffff_ffff => out.array([0xce, e, f, g, h]),
        _ => out.array([0xcf, a, b, c, d, e, f, g, h]),
    }
}

/// An integer in its shortest form, unsigned if it is not negative.
#[inline(always)]
pub fn put_signed(out: &mut impl Sink, value: i64) {
    if let Ok(value) = u64::try_from(value) {
        return put_unsigned(out, value);
    }
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    match value {
        -0x20..0 => out.array([h]),
        -0x80..-0x20 => out.array([0xd0, h]),
        -0x8000..-0x80 => out.array([0xd1, g, h]),
        -0x8000_0000..-0x8000 => out.array([0xd2, e, f, g, h]),
        _ => out.array([0xd3, a, b, c, d, e, f, g, h]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{WriteError, dumps_typed, write};
    use crate::dict::{Dict, Set};
    use crate::envelope::{AnyClass, GateEvent, Trust};
    use crate::int::Int;
    use crate::read::ReadError;
    use crate::value::{Base, Subclass, Value};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn revive(data: &[u8], trust: Trust) -> (Result<Value, ReadError>, Vec<GateEvent>) {
        crate::envelope::revive(data, trust, &AnyClass)
    }

    fn hex(value: &Value) -> String {
        match write(value) {
            Ok(data) => data.iter().map(|byte| format!("{byte:02x}")).collect(),
            Err(error) => error.to_string(),
        }
    }

    fn int(text: &str) -> Value {
        Value::Int(Int::parse(text).unwrap())
    }

    fn nested(levels: usize, wrap: impl Fn(Value) -> Value) -> Value {
        (0..levels).fold(Value::from(1), |inner, _| wrap(inner))
    }

    fn list(inner: Value) -> Value {
        Value::list(vec![inner])
    }

    #[test]
    fn integers_take_the_shortest_form() {
        for (text, bytes) in [
            ("0", "00"),
            ("127", "7f"),
            ("128", "cc80"),
            ("255", "ccff"),
            ("256", "cd0100"),
            ("65536", "ce00010000"),
            ("4294967296", "cf0000000100000000"),
            ("18446744073709551615", "cfffffffffffffffff"),
            ("18446744073709551616", "Integer exceeds 64-bit range"),
            ("-1", "ff"),
            ("-32", "e0"),
            ("-33", "d0df"),
            ("-128", "d080"),
            ("-129", "d1ff7f"),
            ("-32768", "d18000"),
            ("-32769", "d2ffff7fff"),
            ("-2147483649", "d3ffffffff7fffffff"),
            ("-9223372036854775808", "d38000000000000000"),
            ("-9223372036854775809", "Integer exceeds 64-bit range"),
        ] {
            assert_eq!(hex(&int(text)), bytes, "{text}");
        }
    }

    #[test]
    fn lengths_change_form_at_their_boundaries() {
        for (len, head) in [
            (31, "bf"),
            (32, "d920"),
            (255, "d9ff"),
            (256, "da0100"),
            (65536, "db00010000"),
        ] {
            assert!(
                hex(&Value::from("x".repeat(len))).starts_with(head),
                "str {len}"
            );
        }
        for (len, head) in [
            (0, "c400"),
            (255, "c4ff"),
            (256, "c50100"),
            (65536, "c600010000"),
        ] {
            assert!(
                hex(&Value::bytes(&vec![0; len])).starts_with(head),
                "bytes {len}"
            );
        }
        for (len, head) in [(15, "9f"), (16, "dc0010"), (65536, "dd00010000")] {
            assert!(
                hex(&Value::list(vec![Value::None; len])).starts_with(head),
                "list {len}"
            );
        }
        let dict = |len: i64| {
            Value::dict(Dict::from_pairs((0..len).map(|i| (Value::from(i), Value::None))).unwrap())
        };
        for (len, head) in [(15, "8f"), (16, "de0010"), (65536, "df00010000")] {
            assert!(hex(&dict(len)).starts_with(head), "dict {len}");
        }
    }

    #[test]
    fn containers_may_be_255_deep() {
        assert!(write(&nested(255, list)).is_ok());
        assert_eq!(
            write(&nested(256, list)),
            Err(WriteError::RecursionLimitReached)
        );
        let key = |levels| {
            let key = nested(levels, |inner| Value::tuple(vec![inner]));
            Value::dict(Dict::from_pairs([(key, Value::None)]).unwrap())
        };
        assert!(write(&key(254)).is_ok());
        assert_eq!(write(&key(255)), Err(WriteError::RecursionLimitReached));
    }

    #[test]
    fn the_depth_counts_anew_inside_an_extension() {
        let deep = Value::DeltaSnapshot(nested(255, list).into());
        assert!(write(&nested_in(200, deep)).is_ok());
        let too_deep = Value::DeltaSnapshot(nested(256, list).into());
        assert_eq!(
            hex(&too_deep),
            "Type is not msgpack serializable: _DeltaSnapshot"
        );
    }

    fn nested_in(levels: usize, value: Value) -> Value {
        (0..levels).fold(value, |inner, _| list(inner))
    }

    #[test]
    fn extensions_nest_only_so_deep() {
        let snapshots = |levels| nested(levels, |inner| Value::DeltaSnapshot(inner.into()));
        assert!(write(&snapshots(490)).is_ok());
        assert_eq!(
            hex(&snapshots(100_000)),
            "Type is not msgpack serializable: _DeltaSnapshot"
        );
    }

    #[test]
    fn a_fault_inside_an_extension_is_the_outermost_objects() {
        let set = |item: Value| Value::Set(Arc::new(Set::from_items([item]).unwrap()));
        assert_eq!(
            hex(&set(int("99999999999999999999"))),
            "Type is not msgpack serializable: set"
        );
        let deque = Value::Deque(vec![Value::object(2, "m", "Inner", Value::Opaque)].into());
        assert_eq!(
            hex(&deque),
            "Type is not msgpack serializable: collections.deque"
        );
        assert_eq!(
            hex(&Value::list(vec![Value::Opaque])),
            "Type is not msgpack serializable: Opaque"
        );
    }

    #[test]
    fn subclasses() {
        let subclass = |base, value: Value| {
            Value::Subclass(Arc::new(Subclass {
                base,
                value: value.into(),
            }))
        };
        assert_eq!(hex(&subclass(Base::Str, Value::str("a"))), "a161");
        assert_eq!(
            hex(&subclass(Base::Float, Value::from(1.0))),
            "Type is not msgpack serializable: FloatSubclass"
        );
        assert_eq!(
            dumps_typed(&subclass(Base::Bytes, Value::bytes(b"x"))),
            Ok(("bytes", b"x".to_vec()))
        );
        assert_eq!(dumps_typed(&Value::None), Ok(("null", vec![])));
    }

    #[test]
    fn surrogates_are_replaced_except_in_plain_keys() {
        let text = Value::from_surrogatepass(b"\xed\xa0\x80\xed\xb0\x80x").unwrap();
        assert_eq!(hex(&text), "a33f3f78");
        let keyed = |key: Value| Value::dict(Dict::from_pairs([(key, Value::None)]).unwrap());
        assert_eq!(hex(&keyed(text.clone())), "string contains surrogates");
        assert_eq!(
            hex(&keyed(Value::tuple(vec![text.clone()]))),
            "8191a33f3f78c0"
        );
        assert_eq!(
            hex(&keyed(Value::object(0, "m", "E", text))),
            "81a33f3f78c0"
        );
    }

    /// Values that come back as they were.
    fn stable() -> impl Strategy<Value = Value> {
        let key = prop_oneof![
            any::<i64>().prop_map(Value::from),
            ".{0,40}".prop_map(Value::from),
            any::<bool>().prop_map(Value::from)
        ];
        let leaf = prop_oneof![
            Just(Value::None),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::int),
            any::<u64>().prop_map(|bits| Value::Float(crate::value::Float(bits))),
            ".{0,300}".prop_map(Value::from),
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(|data| Value::bytes(&data)),
            any::<u128>().prop_map(Value::Uuid),
        ];
        leaf.prop_recursive(6, 64, 20, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..20).prop_map(Value::list),
                proptest::collection::vec((key.clone(), inner.clone()), 0..20)
                    .prop_map(|pairs| Value::dict(Dict::from_pairs(pairs).unwrap())),
                inner
                    .clone()
                    .prop_map(|value| Value::DeltaSnapshot(value.into())),
                inner.clone().prop_map(|value| Value::send("n", value)),
                proptest::collection::vec(inner, 0..5).prop_map(|items| Value::Deque(items.into())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in stable()) {
            let data = write(&value).unwrap();
            prop_assert_eq!(revive(&data, Trust::Strict).0.unwrap(), value.clone());
            // What follows the document is ignored.
            let longer = [data.as_slice(), b"\xc1"].concat();
            prop_assert_eq!(revive(&longer, Trust::Permissive).0.unwrap(), value);
            // Every prefix is one fault.
            for end in 0..data.len().min(200) {
                prop_assert!(revive(&data[..end], Trust::Strict).0.is_err());
            }
        }

        #[test]
        fn any_bytes_end_in_a_value_or_an_error(data in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = crate::envelope::structure(&data);
            for trust in [Trust::Strict, Trust::Permissive] {
                if let (Ok(value), _) = revive(&data, trust) {
                    let _ = write(&value);
                }
            }
        }

        #[test]
        fn damaged_documents_end_in_a_value_or_an_error(
            value in stable(), flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
        ) {
            let mut data = write(&value).unwrap();
            for (at, byte) in flips {
                let at = at.index(data.len());
                data[at] = byte;
            }
            let _ = crate::envelope::structure(&data);
            if let (Ok(value), _) = revive(&data, Trust::Permissive) {
                let _ = write(&value);
            }
        }
    }
}
