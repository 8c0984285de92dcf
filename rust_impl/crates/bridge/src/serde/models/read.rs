//! Reading a model straight from the bytes of its fields, where these are what its validator would leave as they are.
//!
//! Nothing is done here that anybody could see, so that whatever does not fit is read again in the general way.

use codec::envelope::METHOD_SINGLE_ARG;
use codec::read::{ReadError, Reader, Token, Visit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyString};

use super::super::decode::moment;
use super::super::keys::Keys;
use super::super::raw;
use super::super::tally::{Kind, Kinds};
use super::super::types::Types;
use super::DEEPEST;
use super::kept::Kept;
use super::shape::Shape;

/// A model that was read, and what of.
pub struct Read<'a, 'py> {
    /// The model.
    pub model: Bound<'py, PyAny>,
    /// What is left of the input.
    pub rest: Reader<'a>,
    /// The values that it was made of.
    pub kinds: Kinds,
    /// Whether there are moments among them, which upstream makes by a method that the allowlist may name or not.
    pub has_moments: bool,
}

/// What an item begins with.
enum Head<'a> {
    Nil,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(u64),
    Text(&'a [u8]),
    Bin(&'a [u8]),
    Array(usize),
    Map(usize),
    Ext(i8, &'a [u8]),
}

/// Makes [`Head`]s.
struct Heads;

impl<'a> Visit<'a> for Heads {
    type Item = Head<'a>;

    #[inline(always)]
    fn nil(&mut self) -> Head<'a> {
        Head::Nil
    }

    #[inline(always)]
    fn bool(&mut self, flag: bool) -> Head<'a> {
        Head::Bool(flag)
    }

    #[inline(always)]
    fn signed(&mut self, int: i64) -> Head<'a> {
        Head::Signed(int)
    }

    #[inline(always)]
    fn unsigned(&mut self, int: u64) -> Head<'a> {
        Head::Unsigned(int)
    }

    #[inline(always)]
    fn float(&mut self, bits: u64) -> Head<'a> {
        Head::Float(bits)
    }

    #[inline(always)]
    fn text(&mut self, text: &'a [u8]) -> Result<Head<'a>, ReadError> {
        Ok(Head::Text(text))
    }

    #[inline(always)]
    fn binary(&mut self, data: &'a [u8]) -> Head<'a> {
        Head::Bin(data)
    }

    #[inline(always)]
    fn array(&mut self, len: usize) -> Head<'a> {
        Head::Array(len)
    }

    #[inline(always)]
    fn map(&mut self, len: usize) -> Head<'a> {
        Head::Map(len)
    }

    #[inline(always)]
    fn ext(&mut self, code: i8, data: &'a [u8]) -> Head<'a> {
        Head::Ext(code, data)
    }
}

/// Reads the model whose fields the input begins with. `None` for what does not fit.
pub fn read<'a, 'py>(
    py: Python<'py>,
    types: &Types,
    kept: &Kept,
    keys: &mut Keys,
    items: &mut Vec<Bound<'py, PyAny>>,
    input: Reader<'a>,
) -> Option<Read<'a, 'py>> {
    let open = items.len();
    let mut reading = Reading {
        py,
        types,
        kept,
        keys,
        items,
        rest: input,
        kinds: Kind::NONE,
        has_moments: false,
        last: None,
    };
    reading.items.reserve(LIKELY);
    let model = reading.model(0, 0);
    let Reading {
        items,
        rest,
        kinds,
        has_moments,
        ..
    } = reading;
    items.truncate(open);
    Some(Read {
        model: model?,
        rest,
        kinds,
        has_moments,
    })
}

/// `None` as it is stored.
const NIL: u8 = 0xc0;

/// So many items are open at once in most models.
const LIKELY: usize = 32;

struct Reading<'r, 'a, 'py> {
    py: Python<'py>,
    types: &'r Types,
    kept: &'r Kept,
    keys: &'r mut Keys,
    /// The items of open lists.
    items: &'r mut Vec<Bound<'py, PyAny>>,
    rest: Reader<'a>,
    kinds: Kinds,
    has_moments: bool,
    /// What made the last model, and the place of that.
    last: Option<(usize, raw::Maker<'py>)>,
}

impl<'a, 'py> Reading<'_, 'a, 'py> {
    #[inline(never)]
    fn head(&mut self) -> Option<Head<'a>> {
        self.rest.item(false, &mut Heads).ok()
    }

    #[inline(always)]
    fn count(&mut self, kind: Kind) {
        self.kinds[kind as usize] += 1;
    }

    /// The next item, if it is of a shape.
    #[inline(always)]
    fn shaped(&mut self, shape: &Shape, depth: usize) -> Option<Bound<'py, PyAny>> {
        // What most fields are needs no call.
        match shape {
            Shape::Str => {
                if let Some(text) = self.rest.short_text() {
                    return self.new_text(text);
                }
            }
            Shape::Float => {
                if let Some(bits) = self.rest.double() {
                    self.count(Kind::Float);
                    return Some(PyFloat::new(self.py, f64::from_bits(bits)).into_any());
                }
            }
            _ => {}
        }
        self.other(shape, depth)
    }

    /// The same of any shape.
    fn other(&mut self, shape: &Shape, depth: usize) -> Option<Bound<'py, PyAny>> {
        match shape {
            Shape::Str => {
                let text = self.text()?;
                self.new_text(text)
            }
            Shape::Nullable(_) if self.rest.marker() == Some(NIL) => self.plain_next(depth),
            Shape::Nullable(inner) => self.shaped(inner, depth),
            Shape::Constant(expected) => {
                let text = self.text()?;
                let is_text = |one: &&Py<PyString>| raw::utf8(one.bind(self.py)) == Some(text);
                let one = expected.iter().find(is_text)?.bind(self.py).clone();
                self.count(Kind::Str);
                Some(one.into_any())
            }
            Shape::List(inner) => {
                let len = self.array()?;
                let start = self.open(depth)?;
                self.items(len, |this| this.shaped(inner, depth + 1))?;
                Some(raw::list(self.py, self.items, start).ok()?.into_any())
            }
            // A list becomes a tuple.
            Shape::Tuple(inner) => {
                let len = self.array()?;
                let start = self.open(depth)?;
                self.items(len, |this| this.shaped(inner, depth + 1))?;
                Some(raw::tuple(self.py, self.items, start).ok()?.into_any())
            }
            Shape::Dict(inner) => {
                let len = self.map()?;
                self.open(depth)?;
                self.dict(len, |this| this.shaped(inner, depth + 1))
            }
            Shape::Union(choices) => {
                // All of them begin differently.
                let mut ahead = self.rest;
                let head = ahead.item(false, &mut Heads).ok()?;
                let choice = choices.iter().find(|one| begins(one, &head))?;
                self.shaped(choice, depth)
            }
            Shape::Record(fields) => self.record(fields, depth),
            Shape::Member(place) => self.model(*place, depth),
            Shape::Any => self.plain_next(depth),
            scalar => {
                let head = self.head()?;
                match (scalar, head) {
                    (Shape::Int, head @ (Head::Signed(_) | Head::Unsigned(_)))
                    | (Shape::Float, head @ Head::Float(_))
                    | (Shape::Bool, head @ Head::Bool(_))
                    | (Shape::Bytes, head @ Head::Bin(_))
                    | (Shape::Nil, head @ Head::Nil) => self.plain(head, depth),
                    // The only such class among those that validators leave as they are.
                    (Shape::Closed(_), Head::Ext(METHOD_SINGLE_ARG, data)) => self.moment(data),
                    _ => None,
                }
            }
        }
    }

    fn record(
        &mut self,
        fields: &[(Py<PyString>, bool, Shape)],
        depth: usize,
    ) -> Option<Bound<'py, PyAny>> {
        let len = self.map()?;
        self.open(depth)?;
        self.count(Kind::Map);
        let dict = PyDict::new(self.py);
        let mut fields = fields.iter();
        for _ in 0..len {
            let text = self.name()?;
            let (name, shape) = loop {
                let (name, required, shape) = fields.next()?;
                if raw::utf8(name.bind(self.py)) == Some(text) {
                    break (name, shape);
                }
                if *required {
                    return None;
                }
            };
            let value = self.shaped(shape, depth + 1)?;
            raw::insert(&dict, name.bind(self.py), value).ok()?;
        }
        fields
            .all(|(_, required, _)| !required)
            .then(|| dict.into_any())
    }

    fn model(&mut self, place: usize, depth: usize) -> Option<Bound<'py, PyAny>> {
        let (py, kept) = (self.py, self.kept);
        let member = kept.member(place)?;
        if self.map()? != member.fields.len() {
            return None;
        }
        let start = self.open(depth)?;
        self.count(Kind::Map);
        self.kinds[Kind::Str as usize] += member.fields.len() as u64;
        for field in &member.fields {
            if !self.rest.strip(&field.packed) {
                return None;
            }
            let value = self.shaped(&field.shape, depth + 1)?;
            if place == 0 && !kept.keeps(field.name.bind(py), &value) {
                return None;
            }
            self.items.push(value);
        }
        let fields = member.dict.filled(py, self.items, start)?;
        match &self.last {
            Some((last, maker)) if *last == place => member.made(maker, &fields),
            _ => {
                let maker = self.types.maker(&member.class(py)?)?;
                let made = member.made(&maker, &fields);
                self.last = Some((place, maker));
                made
            }
        }
    }

    /// What is read in the same way wherever it is: scalars, and lists and dicts of them.
    fn plain(&mut self, head: Head<'a>, depth: usize) -> Option<Bound<'py, PyAny>> {
        let py = self.py;
        let (kind, value) = match head {
            Head::Nil => (Kind::Nil, py.None().into_bound(py)),
            Head::Bool(flag) => (Kind::Bool, PyBool::new(py, flag).to_owned().into_any()),
            Head::Signed(int) => (Kind::Int, raw::new_int(py, int)),
            Head::Unsigned(int) => match i64::try_from(int) {
                Ok(int) => (Kind::Int, raw::new_int(py, int)),
                Err(_) => (Kind::Int, PyInt::new(py, int).into_any()),
            },
            Head::Float(bits) => {
                let float = PyFloat::new(py, f64::from_bits(bits));
                (Kind::Float, float.into_any())
            }
            Head::Bin(data) => (Kind::Bin, PyBytes::new(py, data).into_any()),
            Head::Text(text) => return self.new_text(text),
            Head::Array(len) => {
                let start = self.open(depth)?;
                self.items(len, |this| this.plain_next(depth + 1))?;
                return Some(raw::list(py, self.items, start).ok()?.into_any());
            }
            Head::Map(len) => {
                self.open(depth)?;
                return self.dict(len, |this| this.plain_next(depth + 1));
            }
            Head::Ext(..) => return None,
        };
        self.count(kind);
        Some(value)
    }

    fn plain_next(&mut self, depth: usize) -> Option<Bound<'py, PyAny>> {
        let head = self.head()?;
        self.plain(head, depth)
    }

    #[inline(always)]
    fn text(&mut self) -> Option<&'a [u8]> {
        if let Some(text) = self.rest.short_text() {
            return Some(text);
        }
        match self.head()? {
            Head::Text(text) => Some(text),
            _ => None,
        }
    }

    #[inline(always)]
    fn array(&mut self) -> Option<usize> {
        if let Some(len) = self.rest.short_array() {
            return Some(len);
        }
        match self.head()? {
            Head::Array(len) => Some(len),
            _ => None,
        }
    }

    #[inline(always)]
    fn map(&mut self) -> Option<usize> {
        if let Some(len) = self.rest.short_map() {
            return Some(len);
        }
        match self.head()? {
            Head::Map(len) => Some(len),
            _ => None,
        }
    }

    #[inline(always)]
    fn new_text(&mut self, text: &'a [u8]) -> Option<Bound<'py, PyAny>> {
        self.count(Kind::Str);
        Some(raw::new_text(self.py, text).ok()?.into_any())
    }

    /// The text of a key.
    #[inline(always)]
    fn name(&mut self) -> Option<&'a [u8]> {
        self.count(Kind::Str);
        self.text()
    }

    /// Where the items of a new list begin, if there is a level left for it.
    #[inline(always)]
    fn open(&self, depth: usize) -> Option<usize> {
        (depth < DEEPEST).then_some(self.items.len())
    }

    #[inline(always)]
    fn items(
        &mut self,
        len: usize,
        mut read: impl FnMut(&mut Self) -> Option<Bound<'py, PyAny>>,
    ) -> Option<()> {
        self.count(Kind::Array);
        for _ in 0..len {
            let item = read(self)?;
            self.items.push(item);
        }
        Some(())
    }

    #[inline(always)]
    fn dict(
        &mut self,
        len: usize,
        mut read: impl FnMut(&mut Self) -> Option<Bound<'py, PyAny>>,
    ) -> Option<Bound<'py, PyAny>> {
        self.count(Kind::Map);
        let dict = PyDict::new(self.py);
        for _ in 0..len {
            let name = self.name()?;
            let name = self.keys.get(self.py, name).ok()?;
            let value = read(self)?;
            raw::insert(&dict, &name, value).ok()?;
        }
        Some(dict.into_any())
    }

    /// A `datetime` that was written by its `isoformat()`.
    fn moment(&mut self, data: &'a [u8]) -> Option<Bound<'py, PyAny>> {
        let mut rest = Reader::new(data);
        if !matches!(rest.token(false), Ok(Token::Array(4))) {
            return None;
        }
        let mut text = || match rest.token(true) {
            Ok(Token::Str(text)) => Some(text),
            _ => None,
        };
        let parts = [text()?, text()?, text()?, text()?];
        let ["datetime", "datetime", text, "fromisoformat"] = parts else {
            return None;
        };
        let moment = moment(self.py, text)?;
        self.kinds[Kind::Str as usize] += 4;
        self.count(Kind::Array);
        self.count(Kind::Method);
        self.has_moments = true;
        Some(moment)
    }
}

/// Whether what begins so can only be of this choice of a union.
#[inline]
fn begins(shape: &Shape, head: &Head<'_>) -> bool {
    matches!(
        (shape, head),
        (Shape::Str, Head::Text(_))
            | (Shape::Int, Head::Signed(_) | Head::Unsigned(_))
            | (Shape::Float, Head::Float(_))
            | (Shape::Bool, Head::Bool(_))
            | (Shape::Nil, Head::Nil)
            | (Shape::List(_), Head::Array(_))
            | (Shape::Dict(_) | Shape::Member(_), Head::Map(_))
    )
}
