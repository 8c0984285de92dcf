//! Python objects to bytes.
//!
//! Mirrors `_msgpack_enc`: ormsgpack's rules by exact type, and `_msgpack_default`'s questions in their observable order for the rest.

use codec::address::{v4_text, v6_text};
use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, DELTA_SNAPSHOT,
    METHOD_SINGLE_ARG, NUMPY_ARRAY, PYDANTIC_V1, PYDANTIC_V2,
};
use codec::temporal::{Clock, Date, DateTime};
use codec::value::Float;
use codec::write::{
    MAX_DEPTH, MAX_EXT_DEPTH, Sink, WriteError, put_array_len, put_bin, put_ext_head, put_float,
    put_map_len, put_signed, put_str, put_unsigned,
};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyDict,
    PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTime, PyTimeAccess, PyTuple, PyType,
    PyTzInfoAccess,
};

use super::lowering::{self, Lowering, Lowerings, Then};
use super::models::Plans;
use super::raw;
use super::tally::{ENCODED, Kind, Kinds, Reason, Tally};
use super::types::{Exact, Family, Types};

/// Containers and extensions open at once in all, whatever the limits of each document: what the native stack holds.
const MAX_NESTED: usize = 6000;

/// Room for the longest head that most extensions need; a longer one moves the data.
const HEAD: usize = 3;

/// `_msgpack_enc(value)`; raises `TypeError` (ormsgpack's `MsgpackEncodeError`) with ormsgpack's texts.
#[pyfunction]
pub fn encode_msgpack<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    encode(value)
}

/// `_msgpack_enc(value)`
pub fn encode<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = value.py();
    let mut scratch: raw::Scratch = raw::scratch();
    let mut encoder = Encoder {
        py,
        types: Types::get(py)?,
        out: raw::Out::new(py, &mut scratch),
        head: Vec::with_capacity(8),
        depth: 0,
        extensions: 0,
        nested: 0,
        plans: Plans::default(),
        lowerings: Lowerings::default(),
        tally: Tally::of(py, &ENCODED),
    };
    let result = encoder.value(value);
    encoder.tally.call(encoder.out.len(), result.is_err());
    match result {
        Ok(()) => encoder.out.finish(),
        Err(fault) => Err(PyTypeError::new_err(fault.0.into_string())),
    }
}

/// Why the outermost document cannot be written, in words. Boxed, as every value's outcome could be one.
pub struct Fault(Box<str>);

impl Fault {
    #[cold]
    pub fn told(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<WriteError> for Fault {
    #[cold]
    fn from(error: WriteError) -> Self {
        Self(error.to_string().into())
    }
}

/// Anything that went wrong while an object was lowered: upstream tells only whose lowering it was.
pub struct Raised;

impl From<PyErr> for Raised {
    fn from(_: PyErr) -> Self {
        Self
    }
}

impl From<Fault> for Raised {
    fn from(_: Fault) -> Self {
        Self
    }
}

impl From<WriteError> for Raised {
    fn from(_: WriteError) -> Self {
        Self
    }
}

/// Writes one value.
pub struct Encoder<'s, 'py> {
    pub(super) py: Python<'py>,
    pub(super) types: &'py Types,
    pub(super) out: raw::Out<'s, 'py>,
    /// The head of an extension that is being sealed.
    head: Vec<u8>,
    /// Open containers of the present document.
    depth: u8,
    /// Open extensions.
    extensions: usize,
    /// Open containers and extensions of all documents.
    nested: usize,
    pub(super) plans: Plans,
    lowerings: Lowerings,
    pub(super) tally: Tally,
}

/// The module and name of an object's class.
#[derive(Clone, Copy)]
enum Names<'n, 'py> {
    /// As it tells them.
    Told(&'n Bound<'py, PyAny>, &'n Bound<'py, PyAny>),
    /// As they are written.
    Known(&'n [u8]),
}

/// Where an extension began, and the depth of the document that it is in.
pub struct Opened {
    start: usize,
    depth: u8,
}

/// What had been written at some time.
pub struct Mark {
    written: usize,
    depth: u8,
    extensions: usize,
    nested: usize,
    kinds: Kinds,
}

impl<'py> Encoder<'_, 'py> {
    /// Where [`Self::back_to`] goes back to.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            written: self.out.len(),
            depth: self.depth,
            extensions: self.extensions,
            nested: self.nested,
            kinds: self.tally.kinds(),
        }
    }

    /// Forgets what was written since.
    pub(super) fn back_to(&mut self, mark: &Mark) {
        self.out.truncate(mark.written);
        self.depth = mark.depth;
        self.extensions = mark.extensions;
        self.nested = mark.nested;
        self.tally.back_to(&mark.kinds);
    }

    /// A value that is not exactly of one of the commonest types.
    #[inline(never)]
    pub fn rarer(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        if self.types.exact(object).is_some() || self.is_enum(object) {
            return self.lowered(object);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return self.text(text);
        }
        if object.is_instance_of::<PyInt>() {
            return self.int(object);
        }
        if let Ok(list) = object.cast::<PyList>() {
            return self.list(list);
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return self.dict(dict);
        }
        let class = object.get_type();
        let [ext, fragment] = &self.types.ready_made;
        if class.is(ext) {
            return self.ready_made(object);
        }
        if let Ok(data) = object.cast_exact::<PyByteArray>() {
            return self.bin(&data.to_vec());
        }
        if object.is_exact_instance_of::<PyMemoryView>() {
            return self.memory_view(object);
        }
        if class.is(fragment) {
            return self.ready_made(object);
        }
        self.lowered(object)
    }

    fn is_enum(&self, object: &Bound<'py, PyAny>) -> bool {
        object.get_type().get_type().is(&self.types.enum_meta)
    }

    fn nil(&mut self) {
        self.tally.value(Kind::Nil);
        self.out.array([0xc0]);
    }

    fn bool(&mut self, flag: bool) {
        self.tally.value(Kind::Bool);
        self.out.array([if flag { 0xc3 } else { 0xc2 }]);
    }

    fn int(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        self.tally.value(Kind::Int);
        if let Ok(int) = object.extract::<i64>() {
            put_signed(&mut self.out, int);
            return Ok(());
        }
        let int: u64 = object.extract().map_err(|_| WriteError::IntegerRange)?;
        put_unsigned(&mut self.out, int);
        Ok(())
    }

    fn float(&mut self, float: &Bound<'py, PyFloat>) {
        self.tally.value(Kind::Float);
        put_float(&mut self.out, Float(float.value().to_bits()));
    }

    fn bin(&mut self, data: &[u8]) -> Result<(), Fault> {
        self.tally.value(Kind::Bin);
        Ok(put_bin(&mut self.out, data)?)
    }

    /// A string; surrogates become `?`.
    pub fn text(&mut self, text: &Bound<'py, PyString>) -> Result<(), Fault> {
        self.tally.value(Kind::Str);
        if let Ok(text) = text.to_str() {
            return Ok(put_str(&mut self.out, text)?);
        }
        self.tally.python(Reason::Surrogates);
        // `str.encode`, whatever a subclass makes of it.
        let replaced = self
            .py
            .get_type::<PyString>()
            .call_method1(intern!(self.py, "encode"), (text, "UTF-8", "replace"));
        let replaced = replaced.and_then(|data| Ok(data.cast_into::<PyBytes>()?));
        let replaced = replaced.map_err(|_| Fault::told("invalid string"))?;
        let replaced =
            std::str::from_utf8(replaced.as_bytes()).map_err(|_| WriteError::Surrogates)?;
        Ok(put_str(&mut self.out, replaced)?)
    }

    fn memory_view(&mut self, view: &Bound<'py, PyAny>) -> Result<(), Fault> {
        let contiguous = view
            .getattr(intern!(self.py, "c_contiguous"))
            .and_then(|flag| flag.is_truthy());
        let data = match contiguous {
            Ok(true) => view.call_method0(intern!(self.py, "tobytes")),
            Ok(false) | Err(_) => return Err(Fault::told("Failed to get buffer from memoryview")),
        };
        match data.and_then(|data| Ok(data.cast_into::<PyBytes>()?)) {
            Ok(data) => self.bin(data.as_bytes()),
            Err(_) => Err(Fault::told("Failed to get buffer from memoryview")),
        }
    }

    #[inline]
    pub fn open(&mut self) -> Result<(), WriteError> {
        if self.depth == MAX_DEPTH || self.nested == MAX_NESTED {
            return Err(WriteError::RecursionLimitReached);
        }
        self.depth += 1;
        self.nested += 1;
        Ok(())
    }

    pub fn close(&mut self) {
        self.depth -= 1;
        self.nested -= 1;
    }

    /// A key of a dict: where it is exactly a string, surrogates are a fault.
    pub fn dict_key(&mut self, key: &Bound<'py, PyAny>) -> Result<(), Fault> {
        match key.cast_exact::<PyString>() {
            Ok(text) => {
                self.tally.value(Kind::Str);
                let text = text.to_str().map_err(|_| WriteError::Surrogates)?;
                Ok(put_str(&mut self.out, text)?)
            }
            Err(_) => self.key(key),
        }
    }

    /// A key that is not exactly a string, an item of a tuple that is a key, or the value of an enum that is one.
    #[inline(never)]
    fn key(&mut self, key: &Bound<'py, PyAny>) -> Result<(), Fault> {
        if let Ok(text) = key.cast_exact::<PyString>() {
            return self.text(text);
        }
        if let Ok(data) = key.cast_exact::<PyBytes>() {
            return self.bin(data.as_bytes());
        }
        if key.is_exact_instance_of::<PyInt>() {
            return self.int(key);
        }
        if let Ok(flag) = key.cast_exact::<PyBool>() {
            self.bool(flag.is_true());
            return Ok(());
        }
        if key.is_none() {
            self.nil();
            return Ok(());
        }
        if let Ok(float) = key.cast_exact::<PyFloat>() {
            self.float(float);
            return Ok(());
        }
        if let Ok(moment) = key.cast_exact::<PyDateTime>() {
            let offset = self.key_offset(moment)?;
            let moment = DateTime {
                date: date_of(moment.as_any())?,
                clock: clock_of(moment),
                offset,
            };
            return self.key_text(&moment.rfc3339());
        }
        if key.is_exact_instance_of::<PyDate>() {
            return self.key_text(&date_of(key)?.to_string());
        }
        if let Ok(time) = key.cast_exact::<PyTime>() {
            if time.get_tzinfo().is_some() {
                return Err(WriteError::AwareTimeKey.into());
            }
            return self.key_text(&clock_of(time).to_string());
        }
        if let Ok(tuple) = key.cast_exact::<PyTuple>() {
            self.tally.value(Kind::Array);
            self.open()?;
            put_array_len(&mut self.out, tuple.len())?;
            for item in tuple.iter_borrowed() {
                self.key(&item)?;
            }
            self.close();
            return Ok(());
        }
        if key.get_type().is(&self.types.uuid) {
            let bits: u128 = key
                .getattr(intern!(self.py, "int"))
                .and_then(|int| int.extract())
                .map_err(|error| self.told(&error))?;
            return self.key_text(&hyphenated(bits));
        }
        if self.is_enum(key) {
            self.tally.python(Reason::Property);
            let value = key
                .getattr(intern!(self.py, "value"))
                .map_err(|error| self.told(&error))?;
            return self.key(&value);
        }
        if let Ok(text) = key.cast::<PyString>() {
            return self.text(text);
        }
        if key.is_instance_of::<PyInt>() {
            return self.int(key);
        }
        if key.is_exact_instance_of::<PyMemoryView>() {
            return self.memory_view(key);
        }
        Err(WriteError::KeyType.into())
    }

    fn told(&self, error: &PyErr) -> Fault {
        Fault::told(&error.value(self.py).to_string())
    }

    fn key_text(&mut self, text: &str) -> Result<(), Fault> {
        self.tally.value(Kind::Str);
        Ok(put_str(&mut self.out, text)?)
    }

    /// Microseconds east of UTC, as ormsgpack asks for them.
    fn key_offset(&mut self, moment: &Bound<'py, PyDateTime>) -> Result<Option<i64>, Fault> {
        const UNSUPPORTED: &str = "datetime's timezone library is not supported: use datetime.timezone.utc, pendulum, pytz, or dateutil";
        let Some(zone) = moment.get_tzinfo() else {
            return Ok(None);
        };
        let py = self.py;
        let ask = || -> PyResult<Bound<'py, PyDelta>> {
            let utcoffset = intern!(py, "utcoffset");
            let delta = if raw::has_attribute(zone.as_any(), intern!(py, "normalize"))? {
                zone.call_method1(intern!(py, "normalize"), (moment,))?
                    .call_method0(utcoffset)?
            } else {
                zone.call_method1(utcoffset, (moment,))?
            };
            Ok(delta.cast_into_exact::<PyDelta>()?)
        };
        let delta = ask().map_err(|_| Fault::told(UNSUPPORTED))?;
        self.tally.python(Reason::Property);
        // A day of -1 is the only one that ormsgpack looks at, which is all that a valid offset can have.
        let seconds =
            i64::from(delta.get_seconds()) - if delta.get_days() == -1 { 86_400 } else { 0 };
        Ok(Some(seconds * 1_000_000))
    }

    /// What ormsgpack has its own wrappers for, which show nobody what they hold.
    fn ready_made(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        self.tally.python(Reason::Ormsgpack);
        let data = self
            .types
            .packb
            .bind(self.py)
            .call1((object,))
            .and_then(|data| Ok(data.cast_into::<PyBytes>()?))
            .map_err(|error| self.told(&error))?;
        self.out.slice(data.as_bytes());
        Ok(())
    }

    /// `_msgpack_default(object)`: an exception in it, whichever, is told by the name of the object's type alone.
    #[inline(never)]
    fn lowered(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Fault> {
        self.lower(object)
            .map_err(|Raised| WriteError::NotSerializable(raw::type_name(object)).into())
    }

    fn lower(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        match self.types.exact(object) {
            Some(known) => self.lower_exact(object, known.exact, known.module, known.name),
            None => self.lower_by_questions(object),
        }
    }

    fn lower_exact(
        &mut self,
        object: &Bound<'py, PyAny>,
        exact: Exact,
        module: &str,
        name: &str,
    ) -> Result<(), Raised> {
        let py = self.py;
        match exact {
            Exact::Collection => {
                let items = py
                    .get_type::<PyTuple>()
                    .call1((object,))?
                    .cast_into::<PyTuple>();
                let items = items.map_err(PyErr::from)?;
                let opened = self.envelope(3, module, name)?;
                self.tuple(&items)?;
                self.seal(opened, CONSTRUCTOR_SINGLE_ARG)
            }
            Exact::DateTime => {
                let moment = object.cast_exact::<PyDateTime>().map_err(PyErr::from)?;
                let offset = match moment.get_tzinfo() {
                    None => Some(None),
                    Some(zone) => self.native_offset(object, zone.as_any())?.map(Some),
                };
                let Some(offset) = offset else {
                    self.tally.python(Reason::IsoFormat);
                    let text = object.call_method0(intern!(py, "isoformat"))?;
                    let opened = self.envelope(4, module, name)?;
                    self.value(&text)?;
                    put_str(&mut self.out, "fromisoformat")?;
                    return self.seal(opened, METHOD_SINGLE_ARG);
                };
                let text = DateTime {
                    date: date_of(object)?,
                    clock: clock_of(moment),
                    offset,
                }
                .iso();
                let opened = self.envelope(4, module, name)?;
                put_str(&mut self.out, text.as_str())?;
                put_str(&mut self.out, "fromisoformat")?;
                self.seal(opened, METHOD_SINGLE_ARG)
            }
            Exact::Date => {
                let date = date_of(object)?;
                let opened = self.envelope(3, module, name)?;
                self.ints(&[
                    i64::from(date.year),
                    i64::from(date.month),
                    i64::from(date.day),
                ])?;
                self.seal(opened, CONSTRUCTOR_POS_ARGS)
            }
            Exact::TimeDelta => {
                let delta = object.cast_exact::<PyDelta>().map_err(PyErr::from)?;
                let parts = [
                    delta.get_days(),
                    delta.get_seconds(),
                    delta.get_microseconds(),
                ];
                let opened = self.envelope(3, module, name)?;
                self.ints(&parts.map(i64::from))?;
                self.seal(opened, CONSTRUCTOR_POS_ARGS)
            }
            Exact::Time => {
                let time = object.cast_exact::<PyTime>().map_err(PyErr::from)?;
                let clock = clock_of(time);
                let opened = self.envelope(3, module, name)?;
                put_map_len(&mut self.out, 6)?;
                self.open()?;
                for (name, number) in [
                    ("hour", u32::from(clock.hour)),
                    ("minute", u32::from(clock.minute)),
                    ("second", u32::from(clock.second)),
                    ("microsecond", clock.micro),
                ] {
                    put_str(&mut self.out, name)?;
                    put_unsigned(&mut self.out, u64::from(number));
                }
                put_str(&mut self.out, "tzinfo")?;
                match time.get_tzinfo() {
                    Some(zone) => self.value(zone.as_any())?,
                    None => self.nil(),
                }
                put_str(&mut self.out, "fold")?;
                put_unsigned(&mut self.out, u64::from(time.get_fold()));
                self.close();
                self.seal(opened, CONSTRUCTOR_KW_ARGS)
            }
            Exact::TimeZone => {
                let arguments = object.call_method0(intern!(py, "__getinitargs__"))?;
                let opened = self.envelope(3, module, name)?;
                self.value(&arguments)?;
                self.seal(opened, CONSTRUCTOR_POS_ARGS)
            }
            Exact::Decimal => {
                let text = object.str()?;
                let opened = self.envelope(3, module, name)?;
                self.text(&text)?;
                self.seal(opened, CONSTRUCTOR_SINGLE_ARG)
            }
            Exact::ZoneInfo => {
                let key = object.getattr(intern!(py, "key"))?;
                let opened = self.envelope(3, module, name)?;
                self.value(&key)?;
                self.seal(opened, CONSTRUCTOR_SINGLE_ARG)
            }
            Exact::Pattern => self.pattern(object),
        }
    }

    /// Microseconds east of UTC, if the zone is one of those written in C, and none of a subclass.
    fn native_offset(
        &mut self,
        moment: &Bound<'py, PyAny>,
        zone: &Bound<'py, PyAny>,
    ) -> PyResult<Option<i64>> {
        match self.types.exact(zone) {
            Some(known) if matches!(known.exact, Exact::TimeZone | Exact::ZoneInfo) => {}
            _ => return Ok(None),
        }
        let offset = zone.call_method1(intern!(self.py, "utcoffset"), (moment,))?;
        let Ok(offset) = offset.cast_exact::<PyDelta>() else {
            return Ok(None);
        };
        let seconds = i64::from(offset.get_days()) * 86_400 + i64::from(offset.get_seconds());
        Ok(Some(
            seconds * 1_000_000 + i64::from(offset.get_microseconds()),
        ))
    }

    fn pattern(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let pattern = object.getattr(intern!(self.py, "pattern"))?;
        let flags = object.getattr(intern!(self.py, "flags"))?;
        let opened = self.envelope(3, "re", "compile")?;
        self.open()?;
        put_array_len(&mut self.out, 2)?;
        self.value(&pattern)?;
        self.value(&flags)?;
        self.close();
        self.seal(opened, CONSTRUCTOR_POS_ARGS)
    }

    fn lower_by_questions(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let (py, types) = (self.py, self.types);
        if self.plain_model(object)? {
            return Ok(());
        }
        if let Some(kept) = lowering::of(&mut self.lowerings, types, object)?
            && let Some(lowering) = &kept.known
            && self.lower_by_class(object, lowering)?
        {
            return Ok(());
        }
        if object.is_instance(types.delta_snapshot.bind(py))? {
            let value = object.getattr(intern!(py, "value"))?;
            let opened = self.begin()?;
            self.value(&value)?;
            return self.seal(opened, DELTA_SNAPSHOT);
        }
        let meanings = [
            (Reason::ModelDump, PYDANTIC_V2),
            (Reason::SecretValue, CONSTRUCTOR_SINGLE_ARG),
            (Reason::DictMethod, PYDANTIC_V1),
            (Reason::AsDict, CONSTRUCTOR_KW_ARGS),
        ];
        for (name, (reason, code)) in lowering::methods(py).into_iter().zip(meanings) {
            if raw::has_attribute(object, name)? && object.getattr(name)?.is_callable() {
                let (module, class) = self.class_names(object)?;
                self.tally.python(reason);
                let payload = object.call_method0(name)?;
                return self.named(code, Names::Told(&module, &class), &payload);
            }
        }
        if object.get_type().is(&types.uuid) {
            return self.uuid(object);
        }
        for (family, classes) in &types.families {
            if object.is_instance(classes.bind(py))? {
                let (module, class) = self.class_names(object)?;
                return self.lower_family(object, *family, Names::Told(&module, &class));
            }
        }
        self.lower_rest(object)
    }

    /// Writes an object of whose class the answers are known; says no, and writes nothing, if they do not tell how.
    fn lower_by_class(
        &mut self,
        object: &Bound<'py, PyAny>,
        lowering: &Lowering,
    ) -> Result<bool, Raised> {
        let py = self.py;
        let names = Names::Known(&lowering.names);
        match &lowering.then {
            Then::Family(Family::Uuid) if object.get_type().is(&self.types.uuid) => {
                self.uuid(object)?;
            }
            Then::Family(family) => self.lower_family(object, *family, names)?,
            Then::NamedTuple(code, fields) => {
                let method = raw::class_attribute(&object.get_type(), intern!(py, "_asdict"));
                let Ok(items) = object.cast::<PyTuple>() else {
                    return Ok(false);
                };
                if !method.is_some_and(|method| raw::has_code(&method, code.bind(py)))
                    || items.len() != fields.len()
                {
                    return Ok(false);
                }
                let opened = self.open_named(3, names)?;
                self.tally.value(Kind::Map);
                self.open()?;
                put_map_len(&mut self.out, fields.len())?;
                for (name, item) in fields.iter().zip(items.iter_borrowed()) {
                    self.dict_key(name.bind(py).as_any())?;
                    self.value(&item)?;
                }
                self.close();
                self.close();
                self.seal(opened, CONSTRUCTOR_KW_ARGS)?;
            }
            Then::Address(left_out, is_v6) => {
                let text = address(object, *is_v6)
                    .filter(|_| left_out.are_as_they_were(&object.get_type()));
                let Some(text) = text else {
                    return Ok(false);
                };
                let opened = self.open_named(3, names)?;
                self.tally.value(Kind::Str);
                put_str(&mut self.out, &text)?;
                self.close();
                self.seal(opened, CONSTRUCTOR_SINGLE_ARG)?;
            }
            Then::Secret => {
                let method = object.getattr(intern!(py, "get_secret_value"))?;
                if !method.is_callable() {
                    return Ok(false);
                }
                self.tally.python(Reason::SecretValue);
                let payload = method.call0()?;
                self.named(CONSTRUCTOR_SINGLE_ARG, names, &payload)?;
            }
            Then::Rest => self.lower_rest(object)?,
        }
        Ok(true)
    }

    /// The questions that follow those of methods and families.
    fn lower_rest(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let (py, types) = (self.py, self.types);
        if self.is_send(object)? {
            let node = object.getattr(intern!(py, "node"))?;
            let argument = object.getattr(intern!(py, "arg"))?;
            let timeout = object
                .getattr_opt(intern!(py, "timeout"))?
                .filter(|timeout| !timeout.is_none());
            let arguments = match timeout {
                // Upstream asks twice.
                Some(timeout) => {
                    let node = object.getattr(intern!(py, "node"))?;
                    let argument = object.getattr(intern!(py, "arg"))?;
                    PyTuple::new(py, [node, argument, timeout])?
                }
                None => PyTuple::new(py, [node, argument])?,
            };
            let (module, class) = self.class_names(object)?;
            return self.named(
                CONSTRUCTOR_POS_ARGS,
                Names::Told(&module, &class),
                arguments.as_any(),
            );
        }
        let fields = intern!(py, "__dataclass_fields__");
        let is_dataclass = match object.cast::<PyType>() {
            Ok(_) => raw::has_attribute(object, fields)?,
            Err(_) => raw::has_attribute(object.get_type().as_any(), fields)?,
        };
        if is_dataclass {
            return self.dataclass(object);
        }
        if object.is_instance(types.item.bind(py))? {
            let (module, class) = self.class_names(object)?;
            let payload = PyDict::new(py);
            for name in object.getattr(intern!(py, "__slots__"))?.try_iter()? {
                let name = name?;
                payload.set_item(
                    &name,
                    object.getattr(name.cast::<PyString>().map_err(PyErr::from)?)?,
                )?;
            }
            return self.named(
                CONSTRUCTOR_KW_ARGS,
                Names::Told(&module, &class),
                payload.as_any(),
            );
        }
        if let Some(numpy) = self.loaded("numpy")?
            && object.is_instance(&numpy.getattr(intern!(py, "ndarray"))?)?
        {
            return self.array(object);
        }
        if object.is_instance_of::<pyo3::exceptions::PyBaseException>() {
            self.tally.python(Reason::Repr);
            let text = object.repr()?;
            return Ok(self.value(text.as_any())?);
        }
        Err(Raised)
    }

    fn lower_family(
        &mut self,
        object: &Bound<'py, PyAny>,
        family: Family,
        names: Names<'_, 'py>,
    ) -> Result<(), Raised> {
        let py = self.py;
        let get = |name: &Bound<'py, PyString>| object.getattr(name);
        if family == Family::Pattern {
            return self.pattern(object);
        }
        self.tally.python(match family {
            Family::Text => Reason::Text,
            _ => Reason::Property,
        });
        let (code, payload) = match family {
            Family::Path => (CONSTRUCTOR_POS_ARGS, get(intern!(py, "parts"))?),
            Family::Uuid => (CONSTRUCTOR_SINGLE_ARG, get(intern!(py, "hex"))?),
            Family::Text => (CONSTRUCTOR_SINGLE_ARG, object.str()?.into_any()),
            Family::Collection => (
                CONSTRUCTOR_SINGLE_ARG,
                py.get_type::<PyTuple>().call1((object,))?,
            ),
            Family::DateTime => {
                let text = object.call_method0(intern!(py, "isoformat"))?;
                let opened = self.open_named(4, names)?;
                self.value(&text)?;
                put_str(&mut self.out, "fromisoformat")?;
                self.close();
                return self.seal(opened, METHOD_SINGLE_ARG);
            }
            Family::TimeDelta => (
                CONSTRUCTOR_POS_ARGS,
                PyTuple::new(
                    py,
                    [
                        get(intern!(py, "days"))?,
                        get(intern!(py, "seconds"))?,
                        get(intern!(py, "microseconds"))?,
                    ],
                )?
                .into_any(),
            ),
            Family::Date => (
                CONSTRUCTOR_POS_ARGS,
                PyTuple::new(
                    py,
                    [
                        get(intern!(py, "year"))?,
                        get(intern!(py, "month"))?,
                        get(intern!(py, "day"))?,
                    ],
                )?
                .into_any(),
            ),
            Family::Time => {
                let fields = PyDict::new(py);
                for name in [
                    intern!(py, "hour"),
                    intern!(py, "minute"),
                    intern!(py, "second"),
                    intern!(py, "microsecond"),
                    intern!(py, "tzinfo"),
                    intern!(py, "fold"),
                ] {
                    fields.set_item(name, get(name)?)?;
                }
                (CONSTRUCTOR_KW_ARGS, fields.into_any())
            }
            Family::TimeZone => (
                CONSTRUCTOR_POS_ARGS,
                object.call_method0(intern!(py, "__getinitargs__"))?,
            ),
            Family::ZoneInfo => (CONSTRUCTOR_SINGLE_ARG, get(intern!(py, "key"))?),
            Family::Enum => (CONSTRUCTOR_SINGLE_ARG, get(intern!(py, "value"))?),
            Family::Pattern => return Err(Raised),
        };
        self.named(code, names, &payload)
    }

    /// A `uuid.UUID` and no subclass: its `hex` is its `int`.
    fn uuid(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let bits: u128 = object.getattr(intern!(self.py, "int"))?.extract()?;
        let mut digits = [0_u8; 32];
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let nibble = (bits >> (4 * place)) & 0xf;
            *digit = b"0123456789abcdef"[nibble as usize];
        }
        let opened = self.envelope(3, "uuid", "UUID")?;
        put_str(
            &mut self.out,
            std::str::from_utf8(&digits).map_err(|_| Raised)?,
        )?;
        self.seal(opened, CONSTRUCTOR_SINGLE_ARG)
    }

    /// `isinstance(object, SendProtocol)`
    ///
    /// Asking the protocol itself is slow. Up to Python 3.11 it asks for its members by `hasattr`, so an object without `node`
    /// is none, unless its class has a metaclass of its own, which may be registered.
    fn is_send(&mut self, object: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = self.py;
        let class = object.get_type();
        if self.types.is_send(&class)? {
            return Ok(true);
        }
        if py.version_info() < (3, 12)
            && class.get_type().is(py.get_type::<PyType>())
            && !raw::has_attribute(object, intern!(py, "node"))?
        {
            return Ok(false);
        }
        self.tally.python(Reason::Protocol);
        object.is_instance(self.types.send_protocol.bind(py))
    }

    fn dataclass(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let py = self.py;
        let (module, class) = self.class_names(object)?;
        let fields = object.getattr(intern!(py, "__dataclass_fields__"))?;
        let payload = PyDict::new(py);
        for field in fields.call_method0(intern!(py, "values"))?.try_iter()? {
            let field = field?;
            if !field
                .getattr(intern!(py, "_field_type"))?
                .is(&self.types.field_marker)
            {
                continue;
            }
            let name = field.getattr(intern!(py, "name"))?;
            let value = object.getattr(name.cast::<PyString>().map_err(PyErr::from)?)?;
            payload.set_item(name, value)?;
        }
        self.named(
            CONSTRUCTOR_KW_ARGS,
            Names::Told(&module, &class),
            payload.as_any(),
        )
    }

    fn array(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let py = self.py;
        self.tally.python(Reason::Numpy);
        let flag = |name: &Bound<'py, PyString>| -> PyResult<bool> {
            object
                .getattr(intern!(py, "flags"))?
                .getattr(name)?
                .is_truthy()
        };
        let in_c_order = flag(intern!(py, "c_contiguous"))?;
        let order = if flag(intern!(py, "f_contiguous"))? && !in_c_order {
            "F"
        } else {
            "C"
        };
        let data = if in_c_order {
            PyMemoryView::from(object)?.call_method0(intern!(py, "tobytes"))?
        } else {
            let options = PyDict::new(py);
            options.set_item("order", "A")?;
            object.call_method(intern!(py, "tobytes"), (), Some(&options))?
        };
        let kind = object
            .getattr(intern!(py, "dtype"))?
            .getattr(intern!(py, "str"))?;
        let shape = object.getattr(intern!(py, "shape"))?;
        let opened = self.begin()?;
        self.open()?;
        put_array_len(&mut self.out, 4)?;
        self.value(&kind)?;
        self.value(&shape)?;
        put_str(&mut self.out, order)?;
        self.value(&data)?;
        self.close();
        self.seal(opened, NUMPY_ARRAY)
    }

    /// `sys.modules.get(name)`
    fn loaded(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let module = self.types.modules.bind(self.py).get_item(name)?;
        Ok(module.filter(|module| !module.is_none()))
    }

    /// `object.__class__.__module__, object.__class__.__name__`
    fn class_names(
        &self,
        object: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let class = intern!(self.py, "__class__");
        let module = object
            .getattr(class)?
            .getattr(intern!(self.py, "__module__"))?;
        let name = object
            .getattr(class)?
            .getattr(intern!(self.py, "__name__"))?;
        Ok((module, name))
    }

    fn named(
        &mut self,
        code: i8,
        names: Names<'_, 'py>,
        payload: &Bound<'py, PyAny>,
    ) -> Result<(), Raised> {
        let opened = self.open_named(if code == PYDANTIC_V2 { 4 } else { 3 }, names)?;
        self.value(payload)?;
        if code == PYDANTIC_V2 {
            put_str(&mut self.out, "model_validate_json")?;
        }
        self.close();
        self.seal(opened, code)
    }

    /// The head of an extension; its outermost array has to be closed before it is sealed.
    fn open_named(&mut self, len: usize, names: Names<'_, 'py>) -> Result<Opened, Raised> {
        let opened = self.begin()?;
        self.open()?;
        put_array_len(&mut self.out, len)?;
        match names {
            Names::Told(module, class) => {
                self.value(module)?;
                self.value(class)?;
            }
            Names::Known(names) => {
                self.tally.values(Kind::Str, 2);
                self.out.slice(names);
            }
        }
        Ok(opened)
    }

    /// The head of an extension whose class is known; its outermost array stays open until it is sealed.
    fn envelope(&mut self, len: usize, module: &str, name: &str) -> Result<Opened, Raised> {
        let opened = self.begin()?;
        self.depth = 1;
        put_array_len(&mut self.out, len)?;
        put_str(&mut self.out, module)?;
        put_str(&mut self.out, name)?;
        Ok(opened)
    }

    fn ints(&mut self, ints: &[i64]) -> Result<(), Raised> {
        put_array_len(&mut self.out, ints.len())?;
        for int in ints {
            put_signed(&mut self.out, *int);
        }
        Ok(())
    }

    /// Begins the data of an extension: a document of its own, in which depth counts anew.
    pub(super) fn begin(&mut self) -> Result<Opened, Raised> {
        if self.extensions == MAX_EXT_DEPTH || self.nested == MAX_NESTED {
            return Err(Raised);
        }
        self.extensions += 1;
        self.nested += 1;
        let opened = Opened {
            start: self.out.len(),
            depth: self.depth,
        };
        self.depth = 0;
        self.out.array([0; HEAD]);
        Ok(opened)
    }

    /// Ends the data of an extension and puts its head before them.
    pub(super) fn seal(&mut self, opened: Opened, code: i8) -> Result<(), Raised> {
        self.tally.value(Kind::of_ext(code));
        self.extensions -= 1;
        self.nested -= 1;
        self.depth = opened.depth;
        let data = opened.start + HEAD;
        self.head.clear();
        put_ext_head(&mut self.head, code, self.out.len().saturating_sub(data))?;
        if self.head.len() == HEAD {
            self.out.overwrite(opened.start, &self.head);
        } else {
            self.out.replace(opened.start..data, &self.head);
        }
        Ok(())
    }
}

/// `str()` of an address that has no scope.
fn address(object: &Bound<'_, PyAny>, is_v6: bool) -> Option<String> {
    let py = object.py();
    let bits = raw::own_attribute(object, intern!(py, "_ip"))?;
    if !bits.is_exact_instance_of::<PyInt>() {
        return None;
    }
    if !is_v6 {
        return Some(v4_text(bits.extract().ok()?));
    }
    let scope = raw::own_attribute(object, intern!(py, "_scope_id"))?;
    scope.is_none().then_some(())?;
    Some(v6_text(bits.extract().ok()?))
}

fn date_of(object: &Bound<'_, PyAny>) -> Result<Date, WriteError> {
    let date = object.cast::<PyDate>().map_err(|_| WriteError::KeyType)?;
    let year = u16::try_from(date.get_year()).map_err(|_| WriteError::KeyType)?;
    Ok(Date {
        year,
        month: date.get_month(),
        day: date.get_day(),
    })
}

fn clock_of(object: &impl PyTimeAccess) -> Clock {
    Clock {
        hour: object.get_hour(),
        minute: object.get_minute(),
        second: object.get_second(),
        micro: object.get_microsecond(),
    }
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
