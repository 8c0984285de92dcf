//! One Python value, natively: everything that a case can name (`docs/cases.md` §1).

use std::ops::Deref;
use std::sync::Arc;

use crate::dict::{Dict, Set};
use crate::int::Int;
use crate::temporal::{Clock, Date, DateTime, TimeDelta};

/// A Python value. Cheap to clone: containers and texts are shared, and never change once they are inside a `Value`.
///
/// `==` is *identity of form*: same type, same bits, same order (the tagged forms are equal). Python's `==` is
/// [`Value::python_eq`], and its notion of a dict key is [`Dict`]'s.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`
    None,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(Int),
    /// `float`
    Float(Float),
    /// `str` without lone surrogates
    Str(Arc<str>),
    /// `str` with lone surrogates: UTF-8 with `surrogatepass`
    Surrogates(Arc<[u8]>),
    /// `bytes`
    Bytes(Arc<[u8]>),
    /// `bytearray`
    ByteArray(Arc<[u8]>),
    /// `memoryview` of contiguous bytes
    MemoryView(Arc<[u8]>),
    /// `list`
    List(Seq),
    /// `tuple`
    Tuple(Seq),
    /// `dict`
    Dict(Arc<Dict>),
    /// `set`
    Set(Arc<Set>),
    /// `frozenset`
    FrozenSet(Arc<Set>),
    /// `collections.deque`
    Deque(Seq),
    /// An instance of a plain user subclass of a built-in, with the value of that built-in
    Subclass(Arc<Subclass>),
    /// `datetime.datetime`
    DateTime(DateTime),
    /// `datetime.date`
    Date(Date),
    /// `datetime.time`
    Time(Arc<Time>),
    /// `datetime.timedelta`
    TimeDelta(TimeDelta),
    /// `datetime.timezone`
    TimeZone(Arc<TimeZone>),
    /// `zoneinfo.ZoneInfo`, by key
    ZoneInfo(Arc<str>),
    /// `uuid.UUID`
    Uuid(u128),
    /// `decimal.Decimal`, as its `str`
    Decimal(Arc<str>),
    /// One of the six `ipaddress` classes
    Ip(Arc<Ip>),
    /// `pathlib.PosixPath`, as its `parts` (all strings)
    Path(Seq),
    /// `re.compile(…)`
    Pattern(Arc<Pattern>),
    /// `numpy.ndarray`
    NdArray(Arc<NdArray>),
    /// `langgraph.types.Send`
    Send(Arc<Send>),
    /// `_DeltaSnapshot`
    DeltaSnapshot(Boxed),
    /// An exception; only its `repr` is ever encoded
    Exception(Arc<Exception>),
    /// An instance of a class that upstream lowers to an envelope
    Object(Arc<Object>),
    /// An instance of a plain class that nothing can serialise
    Opaque,
    /// An extension read as structure
    Ext(Arc<Ext>),
}

/// A Python float by its bits, so a NaN's payload survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float(pub u64);

impl Float {
    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<f64> for Float {
    fn from(value: f64) -> Self {
        Self(value.to_bits())
    }
}

/// Shared items. Dropping one never recurses, however deep its items nest.
#[derive(Clone, Debug, Default)]
pub struct Seq(Arc<Vec<Value>>);

impl Seq {
    /// Whether both share one storage.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Vec<Value>> for Seq {
    fn from(items: Vec<Value>) -> Self {
        Self(Arc::new(items))
    }
}

impl Deref for Seq {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for Seq {
    fn drop(&mut self) {
        if let Some(items) = Arc::get_mut(&mut self.0)
            && items.iter().any(Value::nests)
        {
            dismantle(std::mem::take(items));
        }
    }
}

/// One shared value inside another.
#[derive(Clone, Debug)]
pub struct Boxed(Arc<Value>);

impl From<Value> for Boxed {
    fn from(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl Deref for Boxed {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        if self.0.nests()
            && let Some(inner) = Arc::get_mut(&mut self.0)
        {
            dismantle(vec![std::mem::replace(inner, Value::None)]);
        }
    }
}

/// Drops values without recursion: containers that nobody else holds are emptied onto one list first.
pub(crate) fn dismantle(mut pending: Vec<Value>) {
    while let Some(mut value) = pending.pop() {
        match &mut value {
            Value::List(seq) | Value::Tuple(seq) | Value::Deque(seq) | Value::Path(seq) => {
                if let Some(items) = Arc::get_mut(&mut seq.0) {
                    pending.append(items);
                }
            }
            Value::Dict(dict) => {
                if let Some(dict) = Arc::get_mut(dict) {
                    dict.drain_into(&mut pending);
                }
            }
            Value::Set(set) | Value::FrozenSet(set) => {
                if let Some(set) = Arc::get_mut(set) {
                    set.drain_into(&mut pending);
                }
            }
            Value::DeltaSnapshot(boxed) => take(boxed, &mut pending),
            Value::Object(object) => {
                if let Some(object) = Arc::get_mut(object) {
                    take(&mut object.payload, &mut pending);
                }
            }
            Value::Subclass(subclass) => {
                if let Some(subclass) = Arc::get_mut(subclass) {
                    take(&mut subclass.value, &mut pending);
                }
            }
            Value::Send(send) => {
                if let Some(send) = Arc::get_mut(send) {
                    take(&mut send.node, &mut pending);
                    take(&mut send.arg, &mut pending);
                    if let Some(timeout) = &mut send.timeout {
                        take(timeout, &mut pending);
                    }
                }
            }
            Value::Ext(ext) => {
                if let Some(Ext {
                    body: ExtBody::Value(boxed),
                    ..
                }) = Arc::get_mut(ext)
                {
                    take(boxed, &mut pending);
                }
            }
            _ => {}
        }
    }
}

fn take(boxed: &mut Boxed, pending: &mut Vec<Value>) {
    if let Some(inner) = Arc::get_mut(&mut boxed.0) {
        pending.push(std::mem::replace(inner, Value::None));
    }
}

/// A built-in that a user class may extend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// `str`
    Str,
    /// `int`
    Int,
    /// `list`
    List,
    /// `dict`
    Dict,
    /// `float`
    Float,
    /// `bytes`
    Bytes,
    /// `tuple`
    Tuple,
}

impl Base {
    /// Every base, with its Python name.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Str, "str"),
        (Self::Int, "int"),
        (Self::List, "list"),
        (Self::Dict, "dict"),
        (Self::Float, "float"),
        (Self::Bytes, "bytes"),
        (Self::Tuple, "tuple"),
    ];

    /// The Python name of the built-in.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find_map(|(base, name)| (*base == self).then_some(*name))
            .unwrap_or_default()
    }
}

/// An instance of a user subclass of a built-in.
#[derive(Debug)]
pub struct Subclass {
    /// The built-in.
    pub base: Base,
    /// The value of that built-in; its kind agrees with `base`.
    pub value: Boxed,
}

/// `datetime.time`
#[derive(Debug)]
pub struct Time {
    /// The wall clock.
    pub clock: Clock,
    /// `None`, a `timezone` or a `ZoneInfo`.
    pub tzinfo: Value,
    /// 0 or 1
    pub fold: u8,
}

/// `datetime.timezone`
#[derive(Debug)]
pub struct TimeZone {
    /// Strictly between −24 h and 24 h.
    pub offset: TimeDelta,
    /// A string, when one was given.
    pub name: Option<Value>,
}

/// An `ipaddress` object.
#[derive(Debug)]
pub struct Ip {
    /// One of [`Ip::CLASSES`].
    pub class: &'static str,
    /// `str(object)`
    pub text: Arc<str>,
}

impl Ip {
    /// The six classes.
    pub const CLASSES: [&'static str; 6] = [
        "IPv4Address",
        "IPv4Interface",
        "IPv4Network",
        "IPv6Address",
        "IPv6Interface",
        "IPv6Network",
    ];

    /// The class of that name.
    #[must_use]
    pub fn class(name: &str) -> Option<&'static str> {
        Self::CLASSES.into_iter().find(|class| *class == name)
    }
}

/// A compiled regular expression.
#[derive(Debug)]
pub struct Pattern {
    /// `str` or `bytes`
    pub pattern: Value,
    /// Final flags.
    pub flags: i64,
}

/// A numpy array in the form that upstream's envelope gives it.
#[derive(Debug, PartialEq, Eq)]
pub struct NdArray {
    /// `dtype.str`
    pub dtype: Arc<str>,
    /// Lengths of the axes.
    pub shape: Vec<u64>,
    /// Whether the data are in Fortran order (and not also in C order).
    pub fortran: bool,
    /// The buffer.
    pub data: Arc<[u8]>,
}

/// `langgraph.types.Send`
#[derive(Debug)]
pub struct Send {
    /// The target node; a string unless read from hostile bytes.
    pub node: Boxed,
    /// Its input.
    pub arg: Boxed,
    /// The timeout, if not `None`.
    pub timeout: Option<Boxed>,
}

/// An exception.
#[derive(Debug)]
pub struct Exception {
    /// Module of the class.
    pub module: Arc<str>,
    /// Name of the class.
    pub name: Arc<str>,
    /// Its arguments.
    pub args: Seq,
    /// `repr(exception)`, a string.
    pub repr: Value,
}

/// An instance of a class, by what upstream's encoder puts in the envelope.
#[derive(Debug)]
pub struct Object {
    /// Extension code, 0..=5.
    pub code: u8,
    /// Module of the class.
    pub module: Arc<str>,
    /// Name of the class.
    pub name: Arc<str>,
    /// The argument, arguments or field dict.
    pub payload: Boxed,
}

/// An extension read as structure.
#[derive(Debug)]
pub struct Ext {
    /// Extension code.
    pub code: i8,
    /// What was in it.
    pub body: ExtBody,
}

/// The data of an [`Ext`].
#[derive(Debug)]
pub enum ExtBody {
    /// Data that did not decode.
    Data(Arc<[u8]>),
    /// Data that decoded.
    Value(Boxed),
}

impl Value {
    /// A `str` without lone surrogates.
    #[must_use]
    pub fn str(text: &str) -> Self {
        Self::Str(text.into())
    }

    /// A `str` from UTF-8 with `surrogatepass`; `None` if the bytes are not that.
    #[must_use]
    pub fn from_surrogatepass(bytes: &[u8]) -> Option<Self> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Some(Self::str(text));
        }
        replace_surrogates(bytes)?;
        Some(Self::Surrogates(bytes.into()))
    }

    /// An `int`.
    #[must_use]
    pub fn int(value: impl Into<Int>) -> Self {
        Self::Int(value.into())
    }

    /// A `float`.
    #[must_use]
    pub fn float(value: f64) -> Self {
        Self::Float(value.into())
    }

    /// A `bytes`.
    #[must_use]
    pub fn bytes(data: &[u8]) -> Self {
        Self::Bytes(data.into())
    }

    /// A `list`.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(items.into())
    }

    /// A `tuple`.
    #[must_use]
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(items.into())
    }

    /// A `dict`.
    #[must_use]
    pub fn dict(dict: Dict) -> Self {
        Self::Dict(Arc::new(dict))
    }

    /// A class instance by its envelope.
    #[must_use]
    pub fn object(code: u8, module: &str, name: &str, payload: Self) -> Self {
        Self::Object(Arc::new(Object {
            code,
            module: module.into(),
            name: name.into(),
            payload: payload.into(),
        }))
    }

    /// `Send(node, arg)`
    #[must_use]
    pub fn send(node: &str, arg: Self) -> Self {
        Self::Send(Arc::new(Send {
            node: Self::str(node).into(),
            arg: arg.into(),
            timeout: None,
        }))
    }

    /// The text of a `str` (or of a subclass of `str`) without lone surrogates.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self.plain() {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer of an `int` (or subclass); a `bool` is not one.
    #[must_use]
    pub fn as_int(&self) -> Option<&Int> {
        match self.plain() {
            Self::Int(int) => Some(int),
            _ => None,
        }
    }

    /// The items of a `list` (or subclass).
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self.plain() {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a `tuple` (or subclass).
    #[must_use]
    pub fn as_tuple(&self) -> Option<&[Self]> {
        match self.plain() {
            Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// A `dict` (or subclass).
    #[must_use]
    pub fn as_dict(&self) -> Option<&Dict> {
        match self.plain() {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The value without its user subclass.
    #[must_use]
    pub fn plain(&self) -> &Self {
        match self {
            Self::Subclass(subclass) => &subclass.value,
            other => other,
        }
    }

    /// Whether dropping or walking this value may meet another level of values.
    pub(crate) fn nests(&self) -> bool {
        match self {
            Self::List(seq) | Self::Tuple(seq) | Self::Deque(seq) => !seq.is_empty(),
            Self::Dict(dict) => !dict.is_empty(),
            Self::Set(set) | Self::FrozenSet(set) => !set.is_empty(),
            Self::DeltaSnapshot(_)
            | Self::Object(_)
            | Self::Subclass(_)
            | Self::Send(_)
            | Self::Ext(_) => true,
            _ => false,
        }
    }

    /// `type(value).__name__`
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) | Self::Surrogates(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::ByteArray(_) => "bytearray",
            Self::MemoryView(_) => "memoryview",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
            Self::Deque(_) => "deque",
            Self::Subclass(subclass) => subclass.base.class_name(),
            Self::DateTime(_) => "datetime",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::TimeDelta(_) => "timedelta",
            Self::TimeZone(_) => "timezone",
            Self::ZoneInfo(_) => "ZoneInfo",
            Self::Uuid(_) => "UUID",
            Self::Decimal(_) => "Decimal",
            Self::Ip(ip) => ip.class,
            Self::Path(_) => "PosixPath",
            Self::Pattern(_) => "Pattern",
            Self::NdArray(_) => "ndarray",
            Self::Send(_) => "Send",
            Self::DeltaSnapshot(_) => "_DeltaSnapshot",
            Self::Exception(exception) => &exception.name,
            Self::Object(object) => &object.name,
            Self::Opaque => OPAQUE_NAME,
            Self::Ext(_) => "Ext",
        }
    }
}

impl Value {
    /// The type as CPython's C code shows it (`tp_name`): a static type outside `builtins` has its module in it.
    #[must_use]
    pub fn tp_name(&self) -> &str {
        match self {
            Self::Deque(_) => "collections.deque",
            Self::NdArray(_) => "numpy.ndarray",
            Self::DateTime(_) => "datetime.datetime",
            Self::Date(_) => "datetime.date",
            Self::Time(_) => "datetime.time",
            Self::TimeDelta(_) => "datetime.timedelta",
            Self::TimeZone(_) => "datetime.timezone",
            Self::Decimal(_) => "decimal.Decimal",
            Self::Pattern(_) => "re.Pattern",
            other => other.type_name(),
        }
    }
}

/// The name of the class behind `{"t":"opaque"}`.
pub const OPAQUE_NAME: &str = "Opaque";

impl Base {
    /// The name of the user subclass behind `{"t":"subclass"}`.
    #[must_use]
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Str => "StrSubclass",
            Self::Int => "IntSubclass",
            Self::List => "ListSubclass",
            Self::Dict => "DictSubclass",
            Self::Float => "FloatSubclass",
            Self::Bytes => "BytesSubclass",
            Self::Tuple => "TupleSubclass",
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let mut pending = vec![(self, other)];
        while let Some((left, right)) = pending.pop() {
            if !same_form(left, right, &mut pending) {
                return false;
            }
        }
        true
    }
}

impl Eq for Value {}

/// Compares one level; pairs of inner values are left on `pending`.
fn same_form<'a>(
    left: &'a Value,
    right: &'a Value,
    pending: &mut Vec<(&'a Value, &'a Value)>,
) -> bool {
    let mut both = |a: &'a [Value], b: &'a [Value]| {
        pending.extend(a.iter().zip(b));
        a.len() == b.len()
    };
    match (left, right) {
        (Value::None, Value::None) | (Value::Opaque, Value::Opaque) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b))
        | (Value::ZoneInfo(a), Value::ZoneInfo(b))
        | (Value::Decimal(a), Value::Decimal(b)) => a == b,
        (Value::Surrogates(a), Value::Surrogates(b))
        | (Value::Bytes(a), Value::Bytes(b))
        | (Value::ByteArray(a), Value::ByteArray(b))
        | (Value::MemoryView(a), Value::MemoryView(b)) => a == b,
        (Value::List(a), Value::List(b))
        | (Value::Tuple(a), Value::Tuple(b))
        | (Value::Deque(a), Value::Deque(b))
        | (Value::Path(a), Value::Path(b)) => a.is_same(b) || both(a, b),
        (Value::Dict(a), Value::Dict(b)) => {
            if Arc::ptr_eq(a, b) {
                return true;
            }
            for ((ka, va), (kb, vb)) in a.iter().zip(b.iter()) {
                pending.push((ka, kb));
                pending.push((va, vb));
            }
            a.len() == b.len()
        }
        (Value::Set(a), Value::Set(b)) | (Value::FrozenSet(a), Value::FrozenSet(b)) => {
            pending.extend(a.iter().zip(b.iter()));
            a.len() == b.len()
        }
        (Value::Subclass(a), Value::Subclass(b)) => {
            pending.push((&a.value, &b.value));
            a.base == b.base
        }
        (Value::DateTime(a), Value::DateTime(b)) => a == b,
        (Value::Date(a), Value::Date(b)) => a == b,
        (Value::Time(a), Value::Time(b)) => {
            pending.push((&a.tzinfo, &b.tzinfo));
            a.clock == b.clock && a.fold == b.fold
        }
        (Value::TimeDelta(a), Value::TimeDelta(b)) => a == b,
        (Value::TimeZone(a), Value::TimeZone(b)) => a.offset == b.offset && a.name == b.name,
        (Value::Uuid(a), Value::Uuid(b)) => a == b,
        (Value::Ip(a), Value::Ip(b)) => a.class == b.class && a.text == b.text,
        (Value::Pattern(a), Value::Pattern(b)) => a.pattern == b.pattern && a.flags == b.flags,
        (Value::NdArray(a), Value::NdArray(b)) => a == b,
        (Value::Send(a), Value::Send(b)) => {
            pending.push((&a.node, &b.node));
            pending.push((&a.arg, &b.arg));
            match (&a.timeout, &b.timeout) {
                (None, None) => true,
                (Some(x), Some(y)) => {
                    pending.push((x, y));
                    true
                }
                _ => false,
            }
        }
        (Value::DeltaSnapshot(a), Value::DeltaSnapshot(b)) => {
            pending.push((a, b));
            true
        }
        (Value::Exception(a), Value::Exception(b)) => {
            pending.push((&a.repr, &b.repr));
            a.module == b.module && a.name == b.name && both_lengths(&a.args, &b.args, pending)
        }
        (Value::Object(a), Value::Object(b)) => {
            pending.push((&a.payload, &b.payload));
            a.code == b.code && a.module == b.module && a.name == b.name
        }
        (Value::Ext(a), Value::Ext(b)) => {
            a.code == b.code
                && match (&a.body, &b.body) {
                    (ExtBody::Data(x), ExtBody::Data(y)) => x == y,
                    (ExtBody::Value(x), ExtBody::Value(y)) => {
                        pending.push((x, y));
                        true
                    }
                    _ => false,
                }
        }
        _ => false,
    }
}

fn both_lengths<'a>(
    a: &'a [Value],
    b: &'a [Value],
    pending: &mut Vec<(&'a Value, &'a Value)>,
) -> bool {
    pending.extend(a.iter().zip(b));
    a.len() == b.len()
}

/// UTF-8 with `surrogatepass` as Python's `encode("UTF-8", "replace")` writes it: one `?` per lone surrogate.
/// `None` if the bytes are not UTF-8 with `surrogatepass`.
pub(crate) fn replace_surrogates(bytes: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                out.push_str(text);
                return Some(out);
            }
            Err(error) => {
                let (valid, after) = rest.split_at(error.valid_up_to());
                out.push_str(std::str::from_utf8(valid).ok()?);
                match after {
                    [0xed, 0xa0..=0xbf, 0x80..=0xbf, tail @ ..] => {
                        out.push('?');
                        rest = tail;
                    }
                    _ => return None,
                }
            }
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::str(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value.into())
    }
}

impl From<Dict> for Value {
    fn from(value: Dict) -> Self {
        Self::dict(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::Value;

    #[test]
    fn form_equality_distinguishes_what_python_equality_does_not() {
        assert_ne!(Value::from(true), Value::from(1));
        assert_ne!(Value::from(0.0), Value::from(-0.0));
        assert_eq!(Value::from(f64::NAN), Value::from(f64::NAN));
        assert_ne!(Value::list(vec![]), Value::tuple(vec![]));
        assert_ne!(Value::list(vec![Value::None]), Value::list(vec![]));
    }

    #[test]
    fn a_million_levels_drop_and_compare_without_recursion() {
        let deep = || (0..1_000_000).fold(Value::None, |inner, _| Value::list(vec![inner]));
        assert_eq!(deep(), deep());
        let boxed = (0..1_000_000).fold(Value::None, |inner, _| Value::DeltaSnapshot(inner.into()));
        drop(boxed);
        let objects =
            (0..1_000_000).fold(Value::None, |inner, _| Value::object(0, "m", "n", inner));
        drop(objects);
    }

    #[test]
    fn surrogates_are_accepted_and_other_damage_is_not() {
        assert!(matches!(
            Value::from_surrogatepass(b"abc"),
            Some(Value::Str(_))
        ));
        assert!(matches!(
            Value::from_surrogatepass(b"a\xed\xa0\x80b"),
            Some(Value::Surrogates(_))
        ));
        assert_eq!(
            super::replace_surrogates(b"\xed\xa0\x80\xed\xb0\x80x").as_deref(),
            Some("??x")
        );
        assert!(Value::from_surrogatepass(b"\xff").is_none());
        assert!(Value::from_surrogatepass(b"\xed\xa0").is_none());
        assert!(Value::from_surrogatepass(b"\xed\xa0\x80\xff").is_none());
    }
}
