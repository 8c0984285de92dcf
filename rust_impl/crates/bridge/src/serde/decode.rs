//! Bytes to Python objects.
//!
//! Mirrors `ormsgpack.unpackb` with `_create_msgpack_ext_hook`. Nothing here recurses: open containers and extensions are
//! frames on stacks of their own, and no length is believed beyond the bytes that are there for it.

mod found;
mod gate;
mod known;
mod library;
mod make;
mod model;

use std::rc::Rc;

use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, DELTA_SNAPSHOT,
    METHOD_SINGLE_ARG, NUMPY_ARRAY, PYDANTIC_V1, PYDANTIC_V2,
};
use codec::read::{MAX_DEPTH, MAX_EXT_DEPTH, ReadError, Reader, Token, Visit};
use codec::temporal::DateTime;
use pyo3::exceptions::{PyAttributeError, PyException, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyCFunction, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList,
    PyMemoryView, PyString, PyTuple, PyTzInfo,
};

use super::keys::Keys;
use super::models::{Made, Plans};
use super::raw;
use super::tally::{DECODED, Kind, Reason, Tally};
use super::types::Types;
use found::{Finds, Found, Names, Place};
use known::Lent;
use make::{Payload, Wanted};

/// Upstream's extension hook with its allowlist: `True`, `None` or a set of `(module, name)`.
///
/// A reader that is given one does natively what it stands for; called, it reads one extension.
#[pyclass(frozen, module = "langgraph_rs._core")]
pub struct ExtHook {
    allowed: Py<PyAny>,
}

#[pymethods]
impl ExtHook {
    #[new]
    fn new(allowed: Bound<'_, PyAny>) -> Self {
        Self {
            allowed: allowed.unbind(),
        }
    }

    fn __copy__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __deepcopy__<'py>(this: Bound<'py, Self>, _memo: Bound<'py, PyAny>) -> Bound<'py, Self> {
        this
    }

    fn __call__<'py>(
        this: &Bound<'py, Self>,
        code: &Bound<'py, PyAny>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let Ok(code @ 0..=7) = code.extract::<i8>() else {
            return Ok(py.None().into_bound(py));
        };
        with_bytes(data, |bytes| {
            let mut decoder = Decoder::new(py, Hook::Native(this.get().allowed.bind(py).clone()))?;
            let inner = decoder.document(bytes);
            let value = decoder.revive(code, inner);
            decoder.finish(bytes.len(), value)
        })
    }
}

/// `ormsgpack.unpackb(data, ext_hook=hook, option=OPT_NON_STR_KEYS)`; raises `ValueError` (its `MsgpackDecodeError`).
#[pyfunction]
pub fn decode_msgpack<'py>(
    data: &Bound<'py, PyAny>,
    hook: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let hook = match hook.cast_exact::<ExtHook>() {
        Ok(native) => Hook::Native(native.get().allowed.bind(py).clone()),
        Err(_) => Hook::Custom(hook.clone()),
    };
    with_bytes(data, |bytes| {
        let mut decoder = Decoder::new(py, hook)?;
        let value = decoder.document(bytes);
        decoder.finish(bytes.len(), value)
    })
}

/// Bytes are read where they are; what may change meanwhile is copied.
fn with_bytes<'py, T>(
    data: &Bound<'py, PyAny>,
    work: impl FnOnce(&[u8]) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(data) = data.cast_exact::<PyBytes>() {
        return work(data.as_bytes());
    }
    if let Ok(data) = data.cast_exact::<PyByteArray>() {
        return work(&data.to_vec());
    }
    if data.is_exact_instance_of::<PyMemoryView>() {
        let py = data.py();
        let contiguous = data
            .getattr(intern!(py, "c_contiguous"))
            .and_then(|flag| flag.is_truthy());
        if let Ok(true) = contiguous {
            let copy = data
                .call_method0(intern!(py, "tobytes"))?
                .cast_into::<PyBytes>()?;
            return work(copy.as_bytes());
        }
        return Err(PyValueError::new_err(
            "Input type memoryview must be a C contiguous buffer",
        ));
    }
    Err(PyValueError::new_err(
        "Input must be bytes, bytearray, memoryview",
    ))
}

/// What happens at an extension.
enum Hook<'py> {
    /// Upstream's, with this allowlist.
    Native(Bound<'py, PyAny>),
    Custom(Bound<'py, PyAny>),
}

struct Decoder<'py> {
    py: Python<'py>,
    types: &'py Types,
    hook: Hook<'py>,
    frames: Vec<Frame<'py>>,
    /// The items of open lists and tuples, of all frames.
    items: Vec<Bound<'py, PyAny>>,
    keys: Keys,
    plans: Plans,
    finds: Finds<'py>,
    known: Lent,
    numpy: Option<(Bound<'py, PyAny>, Place<'py>)>,
    tally: Tally,
}

/// An open container.
enum Frame<'py> {
    /// Its items are those from `start` on.
    List {
        missing: usize,
        start: usize,
    },
    KeyTuple {
        missing: usize,
        start: usize,
    },
    Map {
        missing: usize,
        dict: Bound<'py, PyDict>,
        key: Option<Bound<'py, PyAny>>,
    },
    /// A map whose keys and values are those from `start` on, one after the other; so many of both are missing.
    Pairs {
        missing: usize,
        start: usize,
    },
}

/// The input, or the data of an extension, with what was open when it began.
struct Level<'a, 'py> {
    code: i8,
    reader: Reader<'a>,
    frames: usize,
    items: usize,
    /// The head of the extension, where it was read ahead: the document is then its payload alone.
    envelope: Option<Envelope<'a, 'py>>,
    /// What is wanted of the payload.
    wanted: Wanted,
}

impl Level<'_, '_> {
    /// Whether so many open containers in all leave no level for what is in the innermost.
    fn is_too_deep(&self, frames: usize) -> bool {
        frames - self.frames + usize::from(self.envelope.is_some()) + 1 >= MAX_DEPTH
    }
}

/// The module and name that most extensions begin with.
enum Envelope<'a, 'py> {
    /// The data that hold them, and what they are.
    Read(&'a [u8], &'a str, &'a str),
    /// What they led to before.
    Known(Rc<Found<'py>>),
}

impl<'a> Envelope<'a, '_> {
    /// Reads it, if the extension has the form that upstream writes; its payload is what follows.
    fn read(code: i8, data: &'a [u8]) -> Option<(Self, Reader<'a>)> {
        let parts = match code {
            CONSTRUCTOR_SINGLE_ARG | CONSTRUCTOR_POS_ARGS | CONSTRUCTOR_KW_ARGS | PYDANTIC_V1 => 3,
            METHOD_SINGLE_ARG | PYDANTIC_V2 => 4,
            _ => return None,
        };
        let mut reader = Reader::new(data);
        let text = |reader: &mut Reader<'a>| match reader.token(true) {
            Ok(Token::Str(text)) => Some(text),
            _ => None,
        };
        match reader.token(false) {
            Ok(Token::Array(len)) if len == parts => {}
            _ => return None,
        }
        let (module, name) = (text(&mut reader)?, text(&mut reader)?);
        let head = data.get(..data.len() - reader.remaining())?;
        Some((Self::Read(head, module, name), reader))
    }
}

enum Step<'a, 'py> {
    Finished(Payload<'py>),
    Ext(i8, &'a [u8]),
}

/// What an item of the input is: an object, or something that needs more of the input.
enum Item<'a, 'py> {
    Leaf(Bound<'py, PyAny>),
    Array(usize),
    Map(usize),
    Ext(i8, &'a [u8]),
}

/// Makes the items of values, or of keys.
struct Leaf<'k, 'py, const KEY: bool> {
    py: Python<'py>,
    keys: &'k mut Keys,
    tally: Tally,
}

impl<'a, 'py, const KEY: bool> Visit<'a> for Leaf<'_, 'py, KEY> {
    type Item = Item<'a, 'py>;

    #[inline(always)]
    fn nil(&mut self) -> Self::Item {
        self.tally.value(Kind::Nil);
        Item::Leaf(self.py.None().into_bound(self.py))
    }

    #[inline(always)]
    fn bool(&mut self, flag: bool) -> Self::Item {
        self.tally.value(Kind::Bool);
        Item::Leaf(PyBool::new(self.py, flag).to_owned().into_any())
    }

    #[inline(always)]
    fn signed(&mut self, int: i64) -> Self::Item {
        self.tally.value(Kind::Int);
        Item::Leaf(raw::new_int(self.py, int))
    }

    #[inline(always)]
    fn unsigned(&mut self, int: u64) -> Self::Item {
        self.tally.value(Kind::Int);
        Item::Leaf(match i64::try_from(int) {
            Ok(int) => raw::new_int(self.py, int),
            Err(_) => PyInt::new(self.py, int).into_any(),
        })
    }

    #[inline(always)]
    fn float(&mut self, bits: u64) -> Self::Item {
        self.tally.value(Kind::Float);
        Item::Leaf(PyFloat::new(self.py, f64::from_bits(bits)).into_any())
    }

    #[inline(always)]
    fn text(&mut self, text: &'a [u8]) -> Result<Self::Item, ReadError> {
        let text = if KEY {
            self.keys.get(self.py, text)?
        } else {
            raw::new_text(self.py, text)?
        };
        self.tally.value(Kind::Str);
        Ok(Item::Leaf(text.into_any()))
    }

    #[inline(always)]
    fn binary(&mut self, data: &'a [u8]) -> Self::Item {
        self.tally.value(Kind::Bin);
        Item::Leaf(PyBytes::new(self.py, data).into_any())
    }

    #[inline(always)]
    fn array(&mut self, len: usize) -> Self::Item {
        if len > 0 {
            return Item::Array(len);
        }
        self.tally.value(Kind::Array);
        Item::Leaf(if KEY {
            PyTuple::empty(self.py).into_any()
        } else {
            PyList::empty(self.py).into_any()
        })
    }

    #[inline(always)]
    fn map(&mut self, len: usize) -> Self::Item {
        if len > 0 {
            return Item::Map(len);
        }
        self.tally.value(Kind::Map);
        Item::Leaf(PyDict::new(self.py).into_any())
    }

    #[inline(always)]
    fn ext(&mut self, code: i8, data: &'a [u8]) -> Self::Item {
        Item::Ext(code, data)
    }
}

type Revived<'py> = Result<Bound<'py, PyAny>, ReadError>;

impl<'py> Decoder<'py> {
    fn new(py: Python<'py>, hook: Hook<'py>) -> PyResult<Self> {
        Ok(Self {
            py,
            types: Types::get(py)?,
            hook,
            frames: Vec::new(),
            items: Vec::new(),
            keys: Keys::lent(),
            plans: Plans::default(),
            finds: Finds::default(),
            known: Lent::default(),
            numpy: None,
            tally: Tally::of(py, &DECODED),
        })
    }

    fn finish(&self, bytes: usize, value: Revived<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.tally.call(bytes, value.is_err());
        value.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn level<'a>(&self, code: i8, data: &'a [u8]) -> Level<'a, 'py> {
        Level {
            code,
            reader: Reader::new(data),
            frames: self.frames.len(),
            items: self.items.len(),
            envelope: None,
            wanted: Wanted::Whole,
        }
    }

    /// The document of an extension, whose head is read if it has the form that upstream writes.
    fn extension<'a>(&mut self, code: i8, data: &'a [u8]) -> Level<'a, 'py> {
        let mut level = self.level(code, data);
        if let Some((found, rest)) = self.finds.begin(code, data) {
            level.reader = Reader::new(rest);
            level.wanted = found.make.wants(code);
            level.envelope = Some(Envelope::Known(found));
        } else if let Some((envelope, reader)) = Envelope::read(code, data) {
            level.reader = reader;
            level.envelope = Some(envelope);
        } else {
            return level;
        }
        self.tally.values(Kind::Str, 2);
        level
    }

    /// Reads one document and all that are inside it.
    fn document(&mut self, data: &[u8]) -> Revived<'py> {
        let mut outer: Vec<Level<'_, 'py>> = Vec::new();
        let mut level = self.level(0, data);
        let mut ready = None;
        loop {
            let mut outcome = match self.run(&mut level, ready.take()) {
                Ok(Step::Finished(value)) => Ok(value),
                Ok(Step::Ext(code, data)) => {
                    self.tally.value(Kind::of_ext(code));
                    let nests = matches!(self.hook, Hook::Native(_)) && (0..=7).contains(&code);
                    let is_deep = outer.len() + 1 >= MAX_EXT_DEPTH;
                    if code == PYDANTIC_V2
                        && nests
                        && !is_deep
                        && let Some(model) = self.model(data)
                    {
                        match model {
                            Ok(model) => {
                                ready = Some(model);
                                continue;
                            }
                            Err(error) => Err(error),
                        }
                    } else if nests && !is_deep {
                        let inner = self.extension(code, data);
                        outer.push(std::mem::replace(&mut level, inner));
                        continue;
                    } else {
                        match self.leaf_ext(code, data, nests) {
                            Ok(value) => {
                                ready = Some(value);
                                continue;
                            }
                            Err(error) => Err(error),
                        }
                    }
                }
                Err(error) => Err(error),
            };
            // This level is over: hand the outcome to the extension that opened it.
            loop {
                self.frames.truncate(level.frames);
                let revived = match (level.envelope.take(), outcome) {
                    (Some(envelope), Ok(payload)) => {
                        match self.open_envelope(&mut level, envelope, payload) {
                            Some(revived) => revived,
                            // Its method is read like any other value.
                            None => break,
                        }
                    }
                    (_, outcome) => {
                        let outcome = outcome.and_then(|mut payload| self.whole(&mut payload));
                        if outer.is_empty() {
                            return outcome;
                        }
                        self.items.truncate(level.items);
                        self.revive(level.code, outcome)
                    }
                };
                self.items.truncate(level.items);
                let Some(parent) = outer.pop() else {
                    return revived;
                };
                level = parent;
                match revived {
                    Ok(value) => {
                        ready = Some(value);
                        break;
                    }
                    Err(error) => outcome = Err(error),
                }
            }
        }
    }

    /// What an extension comes to whose payload has been read. `None` if what follows the payload is not what upstream writes:
    /// then the level goes on as if nothing had been read ahead.
    fn open_envelope(
        &mut self,
        level: &mut Level<'_, 'py>,
        envelope: Envelope<'_, 'py>,
        mut payload: Payload<'py>,
    ) -> Option<Revived<'py>> {
        let method = match level.code {
            METHOD_SINGLE_ARG | PYDANTIC_V2 => {
                let mut reader = level.reader;
                match reader.token(false) {
                    Ok(Token::Str(method)) => Some(method),
                    _ => {
                        let (module, name) = match self.names(&envelope) {
                            Ok(names) => names,
                            Err(error) => return Some(Err(error)),
                        };
                        let payload = match self.whole(&mut payload) {
                            Ok(payload) => payload,
                            Err(error) => return Some(Err(error)),
                        };
                        self.frames.push(Frame::List {
                            missing: 1,
                            start: self.items.len(),
                        });
                        self.items.extend([module, name, payload]);
                        return None;
                    }
                }
            }
            _ => None,
        };
        self.tally.values(Kind::Str, u64::from(method.is_some()));
        self.tally.value(Kind::Array);
        Some(self.revive_envelope(level.code, envelope, payload, method))
    }

    /// The module and name of an envelope.
    fn names(
        &mut self,
        envelope: &Envelope<'_, 'py>,
    ) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>), ReadError> {
        Ok(match envelope {
            Envelope::Read(_, module, name) => (
                self.keys.get(self.py, module.as_bytes())?.into_any(),
                self.keys.get(self.py, name.as_bytes())?.into_any(),
            ),
            Envelope::Known(found) => (found.names.module.clone(), found.names.name.clone()),
        })
    }

    /// Reads on until the level's document is complete or an extension is met. `ready` is what the last one came to.
    fn run<'a>(
        &mut self,
        level: &mut Level<'a, 'py>,
        mut ready: Option<Bound<'py, PyAny>>,
    ) -> Result<Step<'a, 'py>, ReadError> {
        let py = self.py;
        loop {
            let mut value = match ready.take() {
                Some(value) => value,
                None => {
                    if level.is_too_deep(self.frames.len()) {
                        return Err(ReadError::RecursionLimitReached);
                    }
                    let tally = self.tally;
                    let Self {
                        frames,
                        items,
                        keys,
                        ..
                    } = self;
                    let frame = if frames.len() > level.frames {
                        frames.last_mut()
                    } else {
                        None
                    };
                    let reader = &mut level.reader;
                    let (item, in_key) = match frame {
                        // As many pairs of leaves as there are.
                        Some(Frame::Map { missing, dict, key }) => loop {
                            let known = match key.take() {
                                Some(key) => key,
                                None => {
                                    let make = &mut Leaf::<true> { py, keys, tally };
                                    match reader.item(true, make)? {
                                        Item::Leaf(key) => key,
                                        item => break (item, true),
                                    }
                                }
                            };
                            match reader.item(false, &mut Leaf::<false> { py, keys, tally })? {
                                Item::Leaf(value) => {
                                    if *missing == 1 {
                                        *key = Some(known);
                                        break (Item::Leaf(value), false);
                                    }
                                    raw::insert(dict, &known, value)?;
                                    *missing -= 1;
                                }
                                item => {
                                    *key = Some(known);
                                    break (item, false);
                                }
                            }
                        },
                        // As many leaves as there are.
                        Some(Frame::Pairs { missing, .. }) => loop {
                            let item = if *missing % 2 == 0 {
                                reader.item(true, &mut Leaf::<true> { py, keys, tally })?
                            } else {
                                reader.item(false, &mut Leaf::<false> { py, keys, tally })?
                            };
                            match item {
                                Item::Leaf(value) if *missing > 1 => {
                                    items.push(value);
                                    *missing -= 1;
                                }
                                item => break (item, *missing % 2 == 0),
                            }
                        },
                        Some(Frame::List { missing, .. }) => loop {
                            match reader.item(false, &mut Leaf::<false> { py, keys, tally })? {
                                Item::Leaf(value) if *missing > 1 => {
                                    items.push(value);
                                    *missing -= 1;
                                }
                                item => break (item, false),
                            }
                        },
                        Some(Frame::KeyTuple { .. }) => (
                            reader.item(true, &mut Leaf::<true> { py, keys, tally })?,
                            true,
                        ),
                        None => (
                            reader.item(false, &mut Leaf::<false> { py, keys, tally })?,
                            false,
                        ),
                    };
                    match item {
                        Item::Leaf(value) => value,
                        Item::Ext(code, data) => return Ok(Step::Ext(code, data)),
                        Item::Array(missing) => {
                            let start = self.items.len();
                            self.frames.push(if in_key {
                                Frame::KeyTuple { missing, start }
                            } else {
                                Frame::List { missing, start }
                            });
                            continue;
                        }
                        Item::Map(missing)
                            if level.wanted == Wanted::Pairs
                                && self.frames.len() == level.frames =>
                        {
                            self.frames.push(Frame::Pairs {
                                missing: missing.saturating_mul(2),
                                start: self.items.len(),
                            });
                            continue;
                        }
                        Item::Map(missing) => {
                            self.frames.push(Frame::Map {
                                missing,
                                dict: PyDict::new(py),
                                key: None,
                            });
                            continue;
                        }
                    }
                }
            };
            // Put the value in its place; a container that it completes is the next value.
            loop {
                if self.frames.len() == level.frames {
                    return Ok(Step::Finished(Payload::Whole(value)));
                }
                let Some(frame) = self.frames.last_mut() else {
                    return Ok(Step::Finished(Payload::Whole(value)));
                };
                let missing = match frame {
                    Frame::List { missing, .. }
                    | Frame::KeyTuple { missing, .. }
                    | Frame::Pairs { missing, .. } => {
                        self.items.push(value);
                        missing
                    }
                    Frame::Map { missing, dict, key } => {
                        let Some(key) = key.take() else {
                            *key = Some(value);
                            break;
                        };
                        raw::insert(dict, &key, value)?;
                        missing
                    }
                };
                *missing -= 1;
                if *missing > 0 {
                    break;
                }
                if level.wanted != Wanted::Whole
                    && self.frames.len() == level.frames + 1
                    && let Some(payload) = self.complete_apart()?
                {
                    return Ok(Step::Finished(payload));
                }
                value = self.complete()?;
            }
        }
    }

    /// An extension that is not read inside: `nests` if that is only because too many are open.
    fn leaf_ext(&mut self, code: i8, data: &[u8], nests: bool) -> Revived<'py> {
        match &self.hook {
            Hook::Native(_) if nests => Err(ReadError::ExtHookFailed),
            Hook::Native(_) => Ok(self.none()),
            Hook::Custom(hook) => {
                self.tally.python(Reason::CustomHook);
                hook.call1((code, PyBytes::new(self.py, data)))
                    .map_err(|_| ReadError::ExtHookFailed)
            }
        }
    }

    fn none(&self) -> Bound<'py, PyAny> {
        self.py.None().into_bound(self.py)
    }

    /// What is in the innermost container, which has all it needs, if it is one that is wanted so.
    fn complete_apart(&mut self) -> Result<Option<Payload<'py>>, ReadError> {
        let (kind, payload) = match self.frames.last() {
            Some(Frame::List { start, .. }) => (Kind::Array, Payload::Items(*start)),
            // Other keys may turn out to be none.
            Some(Frame::Pairs { start, .. }) if self.are_texts(*start) => {
                (Kind::Map, Payload::Pairs(*start))
            }
            _ => return Ok(None),
        };
        self.frames.pop();
        self.tally.value(kind);
        Ok(Some(payload))
    }

    /// Whether every other item from `start` on is a string.
    fn are_texts(&self, start: usize) -> bool {
        let pairs = self.items.get(start..).unwrap_or_default();
        pairs
            .iter()
            .step_by(2)
            .all(|key| key.is_exact_instance_of::<PyString>())
    }

    /// The innermost container, which has all it needs.
    fn complete(&mut self) -> Revived<'py> {
        let (kind, value) = match self.frames.pop() {
            Some(Frame::List { start, .. }) => (
                Kind::Array,
                raw::list(self.py, &mut self.items, start)?.into_any(),
            ),
            Some(Frame::KeyTuple { start, .. }) => (
                Kind::Array,
                raw::tuple(self.py, &mut self.items, start)?.into_any(),
            ),
            Some(Frame::Pairs { start, .. }) => (Kind::Map, self.dict_of(start)?.into_any()),
            Some(Frame::Map { dict, .. }) => (Kind::Map, dict.into_any()),
            None => return Err(ReadError::Internal),
        };
        self.tally.value(kind);
        Ok(value)
    }

    /// The value of an extension of codes 0 to 5 whose parts are known.
    fn revive_envelope(
        &mut self,
        code: i8,
        envelope: Envelope<'_, 'py>,
        mut payload: Payload<'py>,
        method: Option<&str>,
    ) -> Revived<'py> {
        let py = self.py;
        let error = match self.construct_known(code, &envelope, &mut payload, method) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if !error.is_instance_of::<PyException>(py) {
            return Err(ReadError::ExtHookFailed);
        }
        let payload = self.whole(&mut payload)?;
        if matches!(code, PYDANTIC_V1 | PYDANTIC_V2) {
            return Ok(payload);
        }
        let (module, name) = self.names(&envelope)?;
        let parts = match method {
            Some(method) => PyList::new(
                py,
                [module, name, payload, PyString::new(py, method).into_any()],
            ),
            None => PyList::new(py, [module, name, payload]),
        };
        let parts = parts.map_err(|_| ReadError::Internal)?;
        self.fall_back(parts.as_any(), error)
    }

    fn construct_known(
        &mut self,
        code: i8,
        envelope: &Envelope<'_, 'py>,
        payload: &mut Payload<'py>,
        method: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let told = |error: ReadError| PyValueError::new_err(error.to_string());
        if let Envelope::Known(found) = envelope
            && found.is_as_it_was(self.types)
        {
            if code != METHOD_SINGLE_ARG {
                if !found.is_safe && !self.type_allowed(&found.names)? {
                    return self.whole(payload).map_err(told);
                }
                return self.make_of(code, found, payload);
            }
            if found.is_safe
                && found
                    .method
                    .as_ref()
                    .is_some_and(|own| method.is_some_and(|method| own == method))
            {
                return self.make_of(code, found, payload);
            }
        }
        let (module, name) = self.names(envelope).map_err(told)?;
        let names = Names::new(module, name)?;
        let method = match method {
            Some(method) if code == METHOD_SINGLE_ARG => {
                Some(self.keys.get(self.py, method.as_bytes()).map_err(told)?)
            }
            _ => None,
        };
        let is_allowed = match &method {
            Some(method) => self.method_allowed(&names, method.as_any())?,
            None => self.type_allowed(&names)?,
        };
        if !is_allowed {
            return self.whole(payload).map_err(told);
        }
        let (class, place) = self.class(&names.module, &names.name)?;
        let head: &[u8] = match envelope {
            Envelope::Read(head, ..) => head,
            Envelope::Known(found) => &found.head,
        };
        let found = Found::new(self.types, (code, head), names, method, class, place)?;
        let found = Rc::new(found);
        self.finds.add(&found);
        self.spread(payload, found.make.wants(code));
        self.make_of(code, &found, payload)
    }

    fn make_of(
        &mut self,
        code: i8,
        found: &Found<'py>,
        payload: &mut Payload<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !found.is_send {
            return self.make(code, found, payload);
        }
        if let Payload::Items(start) = payload
            && let Some(arguments @ [_, _]) = self.items.get(*start..)
        {
            return raw::call_with(&found.class, arguments);
        }
        let payload = self
            .whole(payload)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        send(&found.class, &payload)
    }

    /// The value of an extension of codes 0 to 7 whose data came to `inner`.
    fn revive(&mut self, code: i8, inner: Revived<'py>) -> Revived<'py> {
        let parts = match inner {
            Ok(parts) => parts,
            Err(_) if code == DELTA_SNAPSHOT => return Err(ReadError::ExtHookFailed),
            // There is no payload to fall back to.
            Err(_) => return Ok(self.none()),
        };
        let error = match self.construct(code, &parts) {
            Ok(value) => return Ok(value),
            Err(error)
                if code != DELTA_SNAPSHOT && error.is_instance_of::<PyException>(self.py) =>
            {
                error
            }
            Err(_) => return Err(ReadError::ExtHookFailed),
        };
        match code {
            NUMPY_ARRAY => Ok(self.none()),
            // Upstream guards only against a missing name here, so a payload that is not there is an error.
            PYDANTIC_V1 | PYDANTIC_V2 => index(&parts, 2).map_err(|_| ReadError::ExtHookFailed),
            _ => self.fall_back(&parts, error),
        }
    }

    /// `_reconstruction_fallback(parts, error)`
    fn fall_back(&mut self, parts: &Bound<'py, PyAny>, error: PyErr) -> Revived<'py> {
        self.tally.python(Reason::Fallback);
        let error = error.into_value(self.py);
        self.types
            .jsonplus
            .bind(self.py)
            .call_method1(intern!(self.py, "_reconstruction_fallback"), (parts, error))
            .map_err(|_| ReadError::ExtHookFailed)
    }

    fn construct(&mut self, code: i8, parts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        if code == DELTA_SNAPSHOT {
            return self.types.delta_snapshot.bind(py).call1((parts,));
        }
        if code == NUMPY_ARRAY {
            return self.array(parts);
        }
        let names = Names::new(index(parts, 0)?, index(parts, 1)?)?;
        let (module, name) = (&names.module, &names.name);
        if code == METHOD_SINGLE_ARG {
            let method = index(parts, 3)?;
            if !self.method_allowed(&names, &method)? {
                return index(parts, 2);
            }
            let (owner, _) = self.class(module, name)?;
            let method = owner.getattr(method.cast::<PyString>()?)?;
            return method.call1((index(parts, 2)?,));
        }
        if !self.type_allowed(&names)? {
            return index(parts, 2);
        }
        let (class, _) = self.class(module, name)?;
        let payload = index(parts, 2)?;
        if code == CONSTRUCTOR_POS_ARGS
            && is_text(module, "langgraph.types")
            && is_text(name, "Send")
        {
            return send(&class, &payload);
        }
        self.instance(code, &class, &payload)
    }

    /// An object of a class that may be constructed.
    fn instance(
        &mut self,
        code: i8,
        class: &Bound<'py, PyAny>,
        payload: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        match code {
            CONSTRUCTOR_SINGLE_ARG => {
                self.count_call(class);
                class.call1((payload,))
            }
            CONSTRUCTOR_POS_ARGS => {
                self.count_call(class);
                class.call1(spread(payload)?)
            }
            CONSTRUCTOR_KW_ARGS => {
                self.count_call(class);
                class.call((), Some(&named(payload)?))
            }
            _ => {
                let made = match self.by_validator(code, class, payload) {
                    Some(made) => made,
                    None => {
                        self.tally.python(Reason::Construct);
                        named(payload).and_then(|fields| class.call((), Some(&fields)))
                    }
                };
                match made {
                    Err(error) if error.is_instance_of::<PyException>(py) => {
                        let without_checks = match code {
                            PYDANTIC_V1 => intern!(py, "construct"),
                            _ => intern!(py, "model_construct"),
                        };
                        class
                            .getattr(without_checks)?
                            .call((), Some(&named(payload)?))
                    }
                    made => made,
                }
            }
        }
    }

    /// Counts a constructor that is no C code that the codec knows.
    fn count_call(&mut self, class: &Bound<'py, PyAny>) {
        if !self.types.is_known(class) {
            self.tally.python(Reason::Construct);
        }
    }

    /// What a pydantic model's validator makes of its fields, where that is all that its constructor does.
    fn by_validator(
        &mut self,
        code: i8,
        class: &Bound<'py, PyAny>,
        payload: &Bound<'py, PyAny>,
    ) -> Option<PyResult<Bound<'py, PyAny>>> {
        let (class, fields) = match (code, class.cast(), payload.cast_exact()) {
            (PYDANTIC_V2, Ok(class), Ok(fields)) => (class, fields),
            _ => return None,
        };
        let plan = self.plans.of(self.types, class)?;
        let made = plan.init.as_ref()?.make(self.types, class, fields)?;
        Some(made.map(|made| match made {
            Made::Taken(model) => model,
            Made::Validated(model) => {
                self.tally.python(Reason::Validate);
                model
            }
        }))
    }

    /// `getattr(importlib.import_module(module), name)`, and where it was found, if that may be remembered.
    fn class(
        &mut self,
        module: &Bound<'py, PyAny>,
        name: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Option<Place<'py>>)> {
        let name = name.cast::<PyString>()?;
        if let Some((module, place)) = self.imported(module)? {
            return Ok((module.getattr(name)?, place));
        }
        self.tally.python(Reason::Import);
        let importlib = self.types.importlib.bind(self.py);
        let import = importlib.get_item(intern!(self.py, "import_module"))?;
        let import = import.ok_or_else(|| PyAttributeError::new_err("import_module"))?;
        Ok((import.call1((module,))?.getattr(name)?, None))
    }

    /// A module that is in `sys.modules` and not just being imported: what `import_module` would give.
    fn imported(
        &mut self,
        name: &Bound<'py, PyAny>,
    ) -> PyResult<Option<(Bound<'py, PyAny>, Option<Place<'py>>)>> {
        let (py, types) = (self.py, self.types);
        let Ok(name) = name.cast_exact::<PyString>() else {
            return Ok(None);
        };
        let text = name.to_str()?;
        let import = types
            .importlib
            .bind(py)
            .get_item(intern!(py, "import_module"))?;
        let is_own = import.is_some_and(|import| import.is(&types.import_module));
        if text.is_empty() || text.starts_with('.') || !is_own {
            return Ok(None);
        }
        let Some(module) = types.modules.bind(py).get_item(name)? else {
            return Ok(None);
        };
        if module.is_none() {
            return Ok(None);
        }
        let place = Place::of(types, &module);
        let spec = match &place {
            Some(place) => place.get(intern!(py, "__spec__"))?,
            None => None,
        };
        // The builtin makes no exception only to drop it, as for the modules that were there from the beginning.
        let get = types.getattr.bind(py);
        let spec = match spec {
            Some(spec) => spec,
            None => get.call1((&module, intern!(py, "__spec__"), py.None()))?,
        };
        let initializing =
            get.call1((&spec, intern!(py, "_initializing"), PyBool::new(py, false)))?;
        // A spec is initializing only before its module has been imported.
        Ok((!initializing.is_truthy()?).then_some((module, place)))
    }

    /// `UUID(text)` of 32 hexadecimal digits, as its `__init__` makes it; `None` for anything else.
    fn uuid(&self, payload: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        let Ok(text) = payload.cast_exact::<PyString>() else {
            return Ok(None);
        };
        let text = text.to_str()?;
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let Ok(bits) = u128::from_str_radix(text, 16) else {
            return Ok(None);
        };
        let uuid = raw::new_slots(self.types.uuid.bind(py))?;
        let bits = bits.into_pyobject(py)?;
        raw::set_slot(&uuid, intern!(py, "int"), &bits)?;
        let unknown = self.types.safe_uuid_unknown.bind(py);
        raw::set_slot(&uuid, intern!(py, "is_safe"), unknown)?;
        Ok(Some(uuid))
    }

    /// `import numpy`
    fn numpy(&mut self) -> PyResult<Bound<'py, PyAny>> {
        if let Some((numpy, place)) = &self.numpy
            && place.is_as_it_was(self.types)
        {
            return Ok(numpy.clone());
        }
        let name = intern!(self.py, "numpy");
        let (numpy, place) = match self.imported(name.as_any())? {
            Some(found) => found,
            None => (self.py.import(name)?.into_any(), None),
        };
        self.numpy = place.map(|place| (numpy.clone(), place));
        Ok(numpy)
    }

    fn array(&mut self, parts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        self.tally.python(Reason::Numpy);
        let numpy = self.numpy()?;
        let parts = parts.try_iter()?.take(5).collect::<PyResult<Vec<_>>>()?;
        let [kind, shape, order, data] = parts.as_slice() else {
            return Err(PyValueError::new_err("not four values to unpack"));
        };
        let kind = numpy.call_method1(intern!(py, "dtype"), (kind,))?;
        let make = numpy.getattr(intern!(py, "frombuffer"))?;
        if !make.is_exact_instance_of::<PyCFunction>() {
            let keyword = PyTuple::new(py, [intern!(py, "dtype")])?;
            let flat = raw::call_method(&numpy, intern!(py, "frombuffer"), data, &keyword, &kind)?;
            return reshaped(&flat, shape, order);
        }
        // By their places, for which numpy needs no dict of keywords.
        let flat = raw::call_with(&make, &[data.clone(), kind])?;
        if is_text(order, "C") {
            return flat.call_method1(intern!(py, "reshape"), (shape,));
        }
        reshaped(&flat, shape, order)
    }
}

/// `flat.reshape(shape, order=order)`
fn reshaped<'py>(
    flat: &Bound<'py, PyAny>,
    shape: &Bound<'py, PyAny>,
    order: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = flat.py();
    let keyword = PyTuple::new(py, [intern!(py, "order")])?;
    raw::call_method(flat, intern!(py, "reshape"), shape, &keyword, order)
}

/// `datetime.fromisoformat(text)` of what `isoformat` writes; `None` for anything else.
fn datetime<'py>(text: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = text.py();
    let text = text.cast_exact::<PyString>().ok()?;
    moment(py, std::str::from_utf8(raw::utf8(text)?).ok()?)
}

/// The same of a text.
pub fn moment<'py>(py: Python<'py>, text: &str) -> Option<Bound<'py, PyAny>> {
    let DateTime {
        date,
        clock,
        offset,
    } = DateTime::parse(text)?;
    let zone = match offset {
        None => None,
        Some(0) => Some(PyTzInfo::utc(py).ok()?.to_owned()),
        Some(micros) => {
            let seconds = i32::try_from(micros.div_euclid(1_000_000)).ok()?;
            let micros = i32::try_from(micros.rem_euclid(1_000_000)).ok()?;
            let offset = PyDelta::new(py, 0, seconds, micros, true).ok()?;
            Some(PyTzInfo::fixed_offset(py, offset).ok()?)
        }
    };
    let moment = PyDateTime::new(
        py,
        date.year.into(),
        date.month,
        date.day,
        clock.hour,
        clock.minute,
        clock.second,
        clock.micro,
        zone.as_ref(),
    );
    Some(moment.ok()?.into_any())
}

/// `parts[position]`
fn index<'py>(parts: &Bound<'py, PyAny>, position: usize) -> PyResult<Bound<'py, PyAny>> {
    match parts.cast_exact::<PyList>() {
        Ok(list) => list.get_item(position),
        Err(_) => parts.get_item(position),
    }
}

fn is_text(object: &Bound<'_, PyAny>, text: &str) -> bool {
    object
        .cast::<PyString>()
        .is_ok_and(|object| object.to_str().is_ok_and(|object| object == text))
}

/// `*payload`
fn spread<'py>(payload: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    match payload.cast_exact::<PyList>() {
        Ok(list) => Ok(list.to_tuple()),
        Err(_) => Ok(payload
            .py()
            .get_type::<PyTuple>()
            .call1((payload,))?
            .cast_into::<PyTuple>()?),
    }
}

/// `**payload`, as a dict that the callee may keep.
fn named<'py>(payload: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    if let Ok(dict) = payload.cast_exact::<PyDict>() {
        return dict.copy();
    }
    let py = payload.py();
    if payload.getattr_opt(intern!(py, "keys"))?.is_none() {
        return Err(PyTypeError::new_err("argument after ** must be a mapping"));
    }
    let dict = PyDict::new(py);
    match dict.call_method1(intern!(py, "update"), (payload,)) {
        Ok(_) => Ok(dict),
        Err(error) if error.is_instance_of::<PyAttributeError>(py) => {
            Err(PyTypeError::new_err("argument after ** must be a mapping"))
        }
        Err(error) => Err(error),
    }
}

/// `_send_from_args(arguments)`
fn send<'py>(
    class: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if arguments.len()? == 2 {
        return class.call1(spread(arguments)?);
    }
    let options = PyDict::new(class.py());
    options.set_item("timeout", arguments.get_item(2)?)?;
    class.call(
        (arguments.get_item(0)?, arguments.get_item(1)?),
        Some(&options),
    )
}
