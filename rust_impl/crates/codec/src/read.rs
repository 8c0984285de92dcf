//! The msgpack reader: any bytes end in a value or in a [`ReadError`] with ormsgpack's text.
//!
//! Nothing here recurses: open containers are frames on an explicit stack, and so are extensions that are read inside.
//! Memory is bounded by the input: a claimed length is believed only as far as there are bytes for it.

use std::fmt;

use crate::dict::Dict;
use crate::marker::Marker;
use crate::value::Value;

/// Values nested this deep are refused; a leaf counts (ormsgpack's limit). The count starts anew inside an extension.
pub const MAX_DEPTH: usize = 1024;

/// Extensions are read inside each other at most this deep.
///
/// Upstream's own limit is Python's recursion limit (some 990 levels under CPython 3.11's default), where the innermost
/// hook fails; here it fails in the same way, as [`ReadError::ExtHookFailed`].
pub const MAX_EXT_DEPTH: usize = 980;

/// Why bytes could not be read, in ormsgpack's words (its `MsgpackDecodeError` is `ValueError`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The input ends inside an item.
    UnexpectedEof,
    /// A string that is not UTF-8.
    InvalidStr,
    /// A marker that cannot stand there.
    InvalidType(Marker),
    /// An extension as a map key.
    InvalidValue,
    /// More than [`MAX_DEPTH`] levels.
    RecursionLimitReached,
    /// An extension whose hook failed.
    ExtHookFailed,
    /// A map key that cannot be hashed.
    Internal,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEof => f.write_str("unexpected end of file"),
            Self::InvalidStr => f.write_str("invalid UTF-8 string"),
            Self::InvalidType(marker) => write!(f, "invalid type {marker:?}"),
            Self::InvalidValue => f.write_str("invalid value"),
            Self::RecursionLimitReached => f.write_str("Recursion limit reached"),
            Self::ExtHookFailed => f.write_str("ext_hook failed"),
            Self::Internal => f.write_str("internal error"),
        }
    }
}

impl std::error::Error for ReadError {}

impl ReadError {
    /// The bare class name of the Python exception.
    pub const TYPE: &'static str = "ValueError";
}

/// What happens at an extension.
pub trait ExtVisitor {
    /// Whether the data of this extension are msgpack, to be read before [`ExtVisitor::visit`].
    fn reads(&self, code: i8) -> bool;

    /// The value of an extension.
    ///
    /// `inner` is what its data decoded to, or why they did not; `None` if [`ExtVisitor::reads`] said no.
    ///
    /// # Errors
    /// An error fails the item that the extension is in, as an exception in an `ext_hook` does.
    fn visit(
        &mut self,
        code: i8,
        data: &[u8],
        inner: Option<Result<Value, ReadError>>,
    ) -> Result<Value, ReadError>;
}

/// Reads the first item of `data`; what follows it is ignored, as upstream does.
///
/// # Errors
/// [`ReadError`] in the order in which ormsgpack meets the faults.
pub fn read(data: &[u8], visitor: &mut dyn ExtVisitor) -> Result<Value, ReadError> {
    let mut outer: Vec<Level<'_>> = Vec::new();
    let mut level = Level::new(0, data);
    loop {
        let finished = match level.run() {
            Ok(Step::Finished(value)) => Ok(value),
            Ok(Step::Ext(code, data)) if visitor.reads(code) => {
                if outer.len() + 1 >= MAX_EXT_DEPTH {
                    Err(ReadError::ExtHookFailed)
                } else {
                    outer.push(std::mem::replace(&mut level, Level::new(code, data)));
                    continue;
                }
            }
            Ok(Step::Ext(code, data)) => match visitor.visit(code, data, None) {
                Ok(value) => {
                    level.ready = Some(value);
                    continue;
                }
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        // This level is over: hand the outcome to the extension that opened it.
        let mut outcome = finished;
        loop {
            let Some(parent) = outer.pop() else {
                return outcome;
            };
            let (code, data) = (level.code, level.all);
            level = parent;
            match visitor.visit(code, data, Some(outcome)) {
                Ok(value) => {
                    level.ready = Some(value);
                    break;
                }
                Err(error) => outcome = Err(error),
            }
        }
    }
}

/// One msgpack document: the input, or the data of an extension.
struct Level<'a> {
    /// The extension that these are the data of.
    code: i8,
    all: &'a [u8],
    rest: Reader<'a>,
    frames: Vec<Frame>,
    /// A value that was made outside (by an extension's hook) and has to be put in its place.
    ready: Option<Value>,
}

/// An open container.
enum Frame {
    List {
        missing: usize,
        items: Vec<Value>,
    },
    Map {
        missing: usize,
        dict: Dict,
        key: Option<Value>,
    },
    KeyTuple {
        missing: usize,
        items: Vec<Value>,
    },
}

enum Step<'a> {
    Finished(Value),
    Ext(i8, &'a [u8]),
}

/// One item: a whole value, a container to be filled, or an extension.
enum Item<'a> {
    Value(Value),
    Array(usize),
    Map(usize),
    Ext(i8, &'a [u8]),
}

impl<'a> Level<'a> {
    fn new(code: i8, data: &'a [u8]) -> Self {
        Self {
            code,
            all: data,
            rest: Reader::new(data),
            frames: Vec::new(),
            ready: None,
        }
    }

    /// Reads on until the document is complete or an extension needs its visitor.
    fn run(&mut self) -> Result<Step<'a>, ReadError> {
        loop {
            let mut value = match self.ready.take() {
                Some(value) => value,
                None => {
                    let in_key = self.expects_key();
                    if self.frames.len() + 1 >= MAX_DEPTH {
                        return Err(ReadError::RecursionLimitReached);
                    }
                    match self.item(in_key)? {
                        Item::Value(value) => value,
                        Item::Ext(code, data) => return Ok(Step::Ext(code, data)),
                        Item::Array(0) if in_key => Value::tuple(Vec::new()),
                        Item::Array(0) => Value::list(Vec::new()),
                        Item::Map(0) => Value::dict(Dict::new()),
                        Item::Array(missing) => {
                            // Every item takes at least one byte.
                            let items =
                                Vec::with_capacity(missing.min(self.rest.remaining()).min(1 << 12));
                            self.frames.push(if in_key {
                                Frame::KeyTuple { missing, items }
                            } else {
                                Frame::List { missing, items }
                            });
                            continue;
                        }
                        Item::Map(missing) => {
                            self.frames.push(Frame::Map {
                                missing,
                                dict: Dict::new(),
                                key: None,
                            });
                            continue;
                        }
                    }
                }
            };
            // Put the value in its place; a container that it completes is the next value.
            loop {
                let Some(frame) = self.frames.last_mut() else {
                    return Ok(Step::Finished(value));
                };
                if !frame.put(value)? {
                    break;
                }
                match self.frames.pop() {
                    Some(frame) => value = frame.finish(),
                    None => return Err(ReadError::Internal),
                }
            }
        }
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.frames.last(),
            Some(Frame::KeyTuple { .. } | Frame::Map { key: None, .. })
        )
    }

    fn item(&mut self, in_key: bool) -> Result<Item<'a>, ReadError> {
        Ok(match self.rest.token(in_key)? {
            Token::Nil => Item::Value(Value::None),
            Token::Bool(flag) => Item::Value(Value::Bool(flag)),
            Token::Signed(int) => Item::Value(Value::int(int)),
            Token::Unsigned(int) => Item::Value(Value::int(int)),
            Token::Float(bits) => Item::Value(Value::Float(crate::value::Float(bits))),
            Token::Str(text) => Item::Value(Value::str(text)),
            Token::Bin(data) => Item::Value(Value::bytes(data)),
            Token::Array(len) => Item::Array(len),
            Token::Map(len) => Item::Map(len),
            Token::Ext(code, data) => Item::Ext(code, data),
        })
    }
}

/// One item as it stands in the input, borrowed from it; the heads of containers say how many items follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `None`
    Nil,
    /// `True` or `False`
    Bool(bool),
    /// An integer of a signed form.
    Signed(i64),
    /// An integer of an unsigned form.
    Unsigned(u64),
    /// The bits of a double.
    Float(u64),
    /// Text.
    Str(&'a str),
    /// Binary data.
    Bin(&'a [u8]),
    /// So many items follow.
    Array(usize),
    /// So many pairs follow.
    Map(usize),
    /// An extension's code and data.
    Ext(i8, &'a [u8]),
}

/// What is made of the items that a [`Reader`] meets.
pub trait Visit<'a> {
    /// An item.
    type Item;

    /// `None`
    fn nil(&mut self) -> Self::Item;
    /// `True` or `False`
    fn bool(&mut self, flag: bool) -> Self::Item;
    /// An integer of a signed form.
    fn signed(&mut self, int: i64) -> Self::Item;
    /// An integer of an unsigned form.
    fn unsigned(&mut self, int: u64) -> Self::Item;
    /// The bits of a double.
    fn float(&mut self, bits: u64) -> Self::Item;
    /// Text that has not been checked yet.
    ///
    /// # Errors
    /// [`ReadError::InvalidStr`] if it is no UTF-8.
    fn text(&mut self, text: &'a [u8]) -> Result<Self::Item, ReadError>;
    /// Binary data.
    fn binary(&mut self, data: &'a [u8]) -> Self::Item;
    /// So many items follow.
    fn array(&mut self, len: usize) -> Self::Item;
    /// So many pairs follow.
    fn map(&mut self, len: usize) -> Self::Item;
    /// An extension's code and data.
    fn ext(&mut self, code: i8, data: &'a [u8]) -> Self::Item;
}

/// Equality of what is mostly short and of the same length, without a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
        a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
    }
    match a.len() {
        2..4 => ends::<2>(a, b),
        4..8 => ends::<4>(a, b),
        8..=16 => ends::<8>(a, b),
        _ => a == b,
    }
}

/// Makes [`Token`]s.
struct Tokens;

impl<'a> Visit<'a> for Tokens {
    type Item = Token<'a>;

    fn nil(&mut self) -> Token<'a> {
        Token::Nil
    }

    fn bool(&mut self, flag: bool) -> Token<'a> {
        Token::Bool(flag)
    }

    fn signed(&mut self, int: i64) -> Token<'a> {
        Token::Signed(int)
    }

    fn unsigned(&mut self, int: u64) -> Token<'a> {
        Token::Unsigned(int)
    }

    fn float(&mut self, bits: u64) -> Token<'a> {
        Token::Float(bits)
    }

    fn text(&mut self, text: &'a [u8]) -> Result<Token<'a>, ReadError> {
        std::str::from_utf8(text)
            .map(Token::Str)
            .map_err(|_| ReadError::InvalidStr)
    }

    fn binary(&mut self, data: &'a [u8]) -> Token<'a> {
        Token::Bin(data)
    }

    fn array(&mut self, len: usize) -> Token<'a> {
        Token::Array(len)
    }

    fn map(&mut self, len: usize) -> Token<'a> {
        Token::Map(len)
    }

    fn ext(&mut self, code: i8, data: &'a [u8]) -> Token<'a> {
        Token::Ext(code, data)
    }
}

/// What is left of the input.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the first byte on.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The first byte of the next item.
    #[must_use]
    #[inline(always)]
    pub fn marker(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next item, if it is text of less than 32 bytes, which have not been checked yet.
    #[inline(always)]
    pub fn short_text(&mut self) -> Option<&'a [u8]> {
        let (marker @ 0xa0..=0xbf, rest) = self.rest.split_first()? else {
            return None;
        };
        let (text, rest) = rest.split_at_checked(usize::from(marker & 0x1f))?;
        self.rest = rest;
        Some(text)
    }

    /// The bits of the next item, if it is a double.
    #[inline(always)]
    pub fn double(&mut self) -> Option<u64> {
        let (0xcb, rest) = self.rest.split_first()? else {
            return None;
        };
        let (bits, rest) = rest.split_first_chunk()?;
        self.rest = rest;
        Some(u64::from_be_bytes(*bits))
    }

    /// How many items follow, if the next item is an array of less than 16.
    #[inline(always)]
    pub fn short_array(&mut self) -> Option<usize> {
        let (marker @ 0x90..=0x9f, rest) = self.rest.split_first()? else {
            return None;
        };
        self.rest = rest;
        Some(usize::from(marker & 0x0f))
    }

    /// How many pairs follow, if the next item is a map of less than 16.
    #[inline(always)]
    pub fn short_map(&mut self) -> Option<usize> {
        let (marker @ 0x80..=0x8f, rest) = self.rest.split_first()? else {
            return None;
        };
        self.rest = rest;
        Some(usize::from(marker & 0x0f))
    }

    /// Leaves out what the input begins with, if that is this.
    #[inline(always)]
    pub fn strip(&mut self, beginning: &[u8]) -> bool {
        match self.rest.split_at_checked(beginning.len()) {
            Some((first, rest)) if same(first, beginning) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// The next item, in a value's place or in a key's (`in_key`), where fewer are allowed.
    ///
    /// # Errors
    /// [`ReadError`]
    #[inline]
    pub fn token(&mut self, in_key: bool) -> Result<Token<'a>, ReadError> {
        self.item(in_key, &mut Tokens)
    }

    /// What the visitor makes of the next item, in a value's place or in a key's (`in_key`), where fewer are allowed.
    ///
    /// # Errors
    /// [`ReadError`]
    #[inline(always)]
    pub fn item<V: Visit<'a>>(&mut self, in_key: bool, make: &mut V) -> Result<V::Item, ReadError> {
        let [marker] = self.take()?;
        Ok(match marker {
            0x00..=0x7f => make.unsigned(u64::from(marker)),
            0xe0..=0xff => make.signed(i64::from(marker.cast_signed())),
            0xa0..=0xbf => make.text(self.slice(usize::from(marker & 0x1f))?)?,
            0x90..=0x9f => make.array(usize::from(marker & 0x0f)),
            0x80..=0x8f if !in_key => make.map(usize::from(marker & 0x0f)),
            0xc0 => make.nil(),
            0xc2 => make.bool(false),
            0xc3 => make.bool(true),
            0xc4 => make.binary(self.length8().and_then(|len| self.slice(len))?),
            0xc5 => make.binary(self.length16().and_then(|len| self.slice(len))?),
            0xc6 => make.binary(self.length32().and_then(|len| self.slice(len))?),
            0xca => make.float(f32_to_f64(u32::from_be_bytes(self.take()?)).to_bits()),
            0xcb => make.float(u64::from_be_bytes(self.take()?)),
            0xcc => make.unsigned(u64::from(u8::from_be_bytes(self.take()?))),
            0xcd => make.unsigned(u64::from(u16::from_be_bytes(self.take()?))),
            0xce => make.unsigned(u64::from(u32::from_be_bytes(self.take()?))),
            0xcf => make.unsigned(u64::from_be_bytes(self.take()?)),
            0xd0 => make.signed(i64::from(i8::from_be_bytes(self.take()?))),
            0xd1 => make.signed(i64::from(i16::from_be_bytes(self.take()?))),
            0xd2 => make.signed(i64::from(i32::from_be_bytes(self.take()?))),
            0xd3 => make.signed(i64::from_be_bytes(self.take()?)),
            0xd9 => make.text(self.length8().and_then(|len| self.slice(len))?)?,
            0xda => make.text(self.length16().and_then(|len| self.slice(len))?)?,
            0xdb => make.text(self.length32().and_then(|len| self.slice(len))?)?,
            0xdc => make.array(self.length16()?),
            0xdd => make.array(self.length32()?),
            // An extension is no key; some of its forms are told apart only after their header has been read.
            0xc7 if in_key => return self.length8().and_then(|_| self.ext_key()),
            0xd6 | 0xd7 if in_key => return self.ext_key(),
            _ if in_key => return Err(ReadError::InvalidType(Marker(marker))),
            0xde => make.map(self.length16()?),
            0xdf => make.map(self.length32()?),
            0xc7 => self.length8().and_then(|len| self.ext(len, make))?,
            0xc8 => self.length16().and_then(|len| self.ext(len, make))?,
            0xc9 => self.length32().and_then(|len| self.ext(len, make))?,
            0xd4 => self.ext(1, make)?,
            0xd5 => self.ext(2, make)?,
            0xd6 => self.ext(4, make)?,
            0xd7 => self.ext(8, make)?,
            0xd8 => self.ext(16, make)?,
            _ => return Err(ReadError::InvalidType(Marker(marker))),
        })
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(ReadError::UnexpectedEof)?;
        self.rest = rest;
        Ok(*head)
    }

    #[inline]
    fn slice(&mut self, len: usize) -> Result<&'a [u8], ReadError> {
        let (head, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(ReadError::UnexpectedEof)?;
        self.rest = rest;
        Ok(head)
    }

    #[inline]
    fn length8(&mut self) -> Result<usize, ReadError> {
        Ok(usize::from(u8::from_be_bytes(self.take()?)))
    }

    #[inline]
    fn length16(&mut self) -> Result<usize, ReadError> {
        Ok(usize::from(u16::from_be_bytes(self.take()?)))
    }

    #[inline]
    fn length32(&mut self) -> Result<usize, ReadError> {
        usize::try_from(u32::from_be_bytes(self.take()?)).map_err(|_| ReadError::UnexpectedEof)
    }

    #[inline]
    fn ext<V: Visit<'a>>(&mut self, len: usize, make: &mut V) -> Result<V::Item, ReadError> {
        let code = i8::from_be_bytes(self.take()?);
        Ok(make.ext(code, self.slice(len)?))
    }

    #[cold]
    fn ext_key<T>(&mut self) -> Result<T, ReadError> {
        let _code: [u8; 1] = self.take()?;
        Err(ReadError::InvalidValue)
    }
}

impl Frame {
    /// Takes one value in; whether the container is complete.
    fn put(&mut self, value: Value) -> Result<bool, ReadError> {
        match self {
            Self::List { missing, items } | Self::KeyTuple { missing, items } => {
                items.push(value);
                *missing -= 1;
                Ok(*missing == 0)
            }
            Self::Map { missing, dict, key } => {
                match key.take() {
                    None => {
                        *key = Some(value);
                        return Ok(false);
                    }
                    Some(key) => {
                        dict.insert(key, value).map_err(|_| ReadError::Internal)?;
                    }
                }
                *missing -= 1;
                Ok(*missing == 0)
            }
        }
    }

    fn finish(self) -> Value {
        match self {
            Self::List { items, .. } => Value::list(items),
            Self::KeyTuple { items, .. } => Value::tuple(items),
            Self::Map { dict, .. } => Value::dict(dict),
        }
    }
}

/// The double of a single, as the processor converts it: a signalling NaN becomes quiet and keeps its payload.
fn f32_to_f64(bits: u32) -> f64 {
    if bits & 0x7f80_0000 == 0x7f80_0000 && bits & 0x007f_ffff != 0 {
        let sign = u64::from(bits >> 31) << 63;
        let payload = u64::from(bits & 0x007f_ffff) << 29;
        return f64::from_bits(sign | 0x7ff8_0000_0000_0000 | payload);
    }
    f64::from(f32::from_bits(bits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{ExtVisitor, ReadError, read};
    use crate::value::Value;

    /// Gives the code of every extension; fails on code 99.
    struct Codes;

    impl ExtVisitor for Codes {
        fn reads(&self, code: i8) -> bool {
            code == 1
        }

        fn visit(
            &mut self,
            code: i8,
            _: &[u8],
            inner: Option<Result<Value, ReadError>>,
        ) -> Result<Value, ReadError> {
            match inner {
                Some(inner) => inner,
                None if code == 99 => Err(ReadError::ExtHookFailed),
                None => Ok(Value::int(code)),
            }
        }
    }

    fn error(data: &[u8]) -> String {
        read(data, &mut Codes).unwrap_err().to_string()
    }

    #[test]
    fn faults_have_ormsgpacks_texts() {
        for (data, text) in [
            (&b""[..], "unexpected end of file"),
            (b"\xc1", "invalid type Reserved"),
            (b"\xd9", "unexpected end of file"),
            (b"\xa1\xff", "invalid UTF-8 string"),
            (b"\xa3\xed\xa0\x80", "invalid UTF-8 string"),
            (b"\x81\xd4\x01\x01\x01", "invalid type FixExt1"),
            (b"\x81\xd6\x01\x01\x01", "invalid value"),
            (b"\x81\xd6", "unexpected end of file"),
            (b"\x81\xc7", "unexpected end of file"),
            (b"\x81\xc7\x01", "unexpected end of file"),
            (b"\x81\xc7\x01\x01", "invalid value"),
            (b"\x81\x83", "invalid type FixMap(3)"),
            (b"\x81\xde\x01", "invalid type Map16"),
            (b"\x91\xd4\x63\x00", "ext_hook failed"),
        ] {
            assert_eq!(error(data), text, "{data:02x?}");
        }
    }

    #[test]
    fn a_leaf_counts_as_a_level() {
        let nested = |levels: usize, leaf: &[u8]| [&b"\x91".repeat(levels), leaf].concat();
        assert!(read(&nested(1022, b"\x01"), &mut Codes).is_ok());
        assert_eq!(error(&nested(1022, b"\xc1")), "invalid type Reserved");
        assert_eq!(error(&nested(1023, b"\x01")), "Recursion limit reached");
        assert_eq!(error(&nested(1023, b"")), "Recursion limit reached");
        assert!(read(&nested(1022, b"\x91\x90"), &mut Codes).is_err());
        assert!(read(&nested(1022, b"\x90"), &mut Codes).is_ok());
    }

    #[test]
    fn a_claimed_length_takes_no_memory() {
        for marker in [b"\xdd", b"\xdf", b"\xc6", b"\xdb", b"\xc9"] {
            let data = [&marker[..], b"\xff\xff\xff\xff"].concat();
            assert_eq!(error(&data), "unexpected end of file");
        }
        let many = b"\xdd\xff\xff\xff\xff".repeat(1000);
        assert_eq!(error(&many), "unexpected end of file");
    }

    #[test]
    fn extensions_nest_without_recursion() {
        let mut data = vec![1];
        for _ in 0..100_000 {
            let mut outer = vec![0xc9];
            outer.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            outer.push(1);
            if data.len() > 20_000 {
                break;
            }
            outer.extend(&data);
            data = outer;
        }
        assert_eq!(error(&data), "ext_hook failed");
    }

    #[test]
    fn single_floats_widen_as_the_processor_does() {
        let float =
            |bits: u32| read(&[&[0xca][..], &bits.to_be_bytes()].concat(), &mut Codes).unwrap();
        assert_eq!(float(0x3fc0_0000), Value::from(1.5));
        assert_eq!(
            float(0x7f80_0001),
            Value::Float(crate::value::Float(0x7ff8_0000_2000_0000))
        );
        assert_eq!(
            float(0xffc0_0000),
            Value::Float(crate::value::Float(0xfff8_0000_0000_0000))
        );
        assert_eq!(float(0x0000_0001), Value::from(1.401_298_464_324_817e-45));
    }

    #[test]
    fn keys() {
        let value = read(b"\x83\x91\x91\x01\x02\x01\xa1a\xc3\xa1b", &mut Codes).unwrap();
        let dict = value.as_dict().unwrap();
        assert_eq!(dict.len(), 2);
        let key = Value::tuple(vec![Value::tuple(vec![Value::from(1)])]);
        assert_eq!(dict.get(&key), Some(&Value::from(2)));
        assert_eq!(dict.get(&Value::from(1)), Some(&Value::str("b")));
    }
}
