//! How the objects of a class are made: of what was read, where that is all that its constructor does, else by calling it.

use std::sync::Arc;

use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, METHOD_SINGLE_ARG,
};
use codec::read::ReadError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyDate, PyDateTime, PyDelta, PyDict, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTime,
    PyTuple, PyType, PyTzInfo,
};

use super::super::kept::{Kept, State as _, Table};
use super::super::left_out::LeftOut;
use super::super::raw;
use super::super::tally::Reason;
use super::super::types::Types;
use super::Decoder;
use super::found::Found;
use super::library::{self, Version};
use super::moment::datetime;

static MAKINGS: Table<Kept<Making>> = Table::new();

/// How the objects of whatever a name leads to are made.
pub enum Make {
    /// `set`
    Set,
    /// `frozenset`
    FrozenSet,
    /// `datetime.date`
    Date,
    /// `datetime.timedelta`
    TimeDelta,
    /// `datetime.time`
    Time,
    /// `datetime.datetime.fromisoformat`
    DateTime,
    /// A class whose constructor is known.
    Known(Arc<Kept<Making>>),
    /// By calling it.
    Call,
}

/// What a constructor does that is written in Python.
pub enum Making {
    /// It gives the member of this value.
    Enum(LeftOut),
    /// That of `uuid.UUID`.
    Uuid(LeftOut),
    /// That of `ipaddress.IPv4Address` or `IPv6Address`.
    Address(LeftOut, Version),
    /// That of `pathlib.PosixPath`.
    Path(LeftOut),
    /// It makes a tuple of these fields.
    NamedTuple(LeftOut, Vec<Py<PyString>>),
    /// It assigns these fields, and then may call `__post_init__`.
    Dataclass(LeftOut, Vec<Py<PyString>>, bool),
    /// It has to be called.
    Unknown,
}

impl Making {
    fn of(types: &Types, class: &Bound<'_, PyType>) -> PyResult<Self> {
        let py = class.py();
        let found = types
            .recognition
            .bind(py)
            .call_method1(intern!(py, "maker"), (class,))?;
        if found.is_none() {
            return Ok(Self::Unknown);
        }
        let (kind, functions, fields, followed) =
            found.extract::<(String, Vec<_>, Vec<_>, bool)>()?;
        let left_out = LeftOut::new(py, functions);
        Ok(match kind.as_str() {
            "enum" => Self::Enum(left_out),
            "path" => Self::Path(left_out),
            "named tuple" if raw::has_bare_init(class) => Self::NamedTuple(left_out, fields),
            _ if !raw::has_bare_new(class) => Self::Unknown,
            "uuid" => Self::Uuid(left_out),
            "address of 4" => Self::Address(left_out, Version::Four),
            "address of 6" => Self::Address(left_out, Version::Six),
            // A frozen one says so itself, and is assigned to past that.
            "frozen dataclass" => Self::Dataclass(left_out, fields, followed),
            "dataclass" if raw::has_ordinary_assignment(class) => {
                Self::Dataclass(left_out, fields, followed)
            }
            _ => Self::Unknown,
        })
    }
}

impl Make {
    /// How a class's objects are made of extensions of this code.
    pub fn of(
        types: &Types,
        code: i8,
        class: &Bound<'_, PyAny>,
        method: Option<&Bound<'_, PyString>>,
    ) -> Self {
        let Ok(class) = class.cast::<PyType>() else {
            return Self::Call;
        };
        if types.is_known(class) {
            let py = class.py();
            let from_iso = || method.is_some_and(|method| method == "fromisoformat");
            return match code {
                CONSTRUCTOR_SINGLE_ARG if class.is(py.get_type::<PySet>()) => Self::Set,
                CONSTRUCTOR_SINGLE_ARG if class.is(py.get_type::<PyFrozenSet>()) => Self::FrozenSet,
                CONSTRUCTOR_POS_ARGS if class.is(py.get_type::<PyDate>()) => Self::Date,
                CONSTRUCTOR_POS_ARGS if class.is(py.get_type::<PyDelta>()) => Self::TimeDelta,
                CONSTRUCTOR_KW_ARGS if class.is(py.get_type::<PyTime>()) => Self::Time,
                METHOD_SINGLE_ARG if class.is(py.get_type::<PyDateTime>()) && from_iso() => {
                    Self::DateTime
                }
                _ => Self::Call,
            };
        }
        if !matches!(
            code,
            CONSTRUCTOR_SINGLE_ARG | CONSTRUCTOR_POS_ARGS | CONSTRUCTOR_KW_ARGS
        ) {
            return Self::Call;
        }
        let made = || Some(Making::of(types, class).unwrap_or(Making::Unknown));
        let look = |changes| Kept::looked(class, changes, made);
        let Some(kept) = MAKINGS.of(class, look) else {
            return Self::Call;
        };
        match (code, &kept.known) {
            (CONSTRUCTOR_SINGLE_ARG, Making::Enum(_) | Making::Uuid(_) | Making::Address(..))
            | (CONSTRUCTOR_POS_ARGS, Making::Path(_))
            | (CONSTRUCTOR_KW_ARGS, Making::NamedTuple(..) | Making::Dataclass(..)) => {
                Self::Known(kept)
            }
            _ => Self::Call,
        }
    }
}

/// What of a payload is wanted where it is a container: the container, or what is in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The list or dict.
    Whole,
    /// The items of a list.
    Items,
    /// The keys and values of a dict, one after the other.
    Pairs,
}

impl Make {
    /// What it makes objects of best.
    #[inline]
    pub fn wants(&self, code: i8) -> Wanted {
        match self {
            Self::Set | Self::FrozenSet => Wanted::Items,
            Self::Time => Wanted::Pairs,
            Self::Known(_) if code == CONSTRUCTOR_KW_ARGS => Wanted::Pairs,
            _ if code == CONSTRUCTOR_POS_ARGS => Wanted::Items,
            _ => Wanted::Whole,
        }
    }
}

/// What an extension holds beside its names.
pub enum Payload<'py> {
    /// A value.
    Whole(Bound<'py, PyAny>),
    /// The items from here on are those of a list.
    Items(usize),
    /// The items from here on are keys, all of them strings, and values.
    Pairs(usize),
}

impl<'py> Decoder<'py> {
    /// The payload as one value.
    pub fn whole(&mut self, payload: &mut Payload<'py>) -> Result<Bound<'py, PyAny>, ReadError> {
        let value = match payload {
            Payload::Whole(value) => return Ok(value.clone()),
            Payload::Items(start) => raw::list(self.py, &mut self.items, *start)?.into_any(),
            Payload::Pairs(start) => self.dict_of(*start)?.into_any(),
        };
        *payload = Payload::Whole(value.clone());
        Ok(value)
    }

    /// A dict of the keys and values from `start` on, which are taken away.
    pub fn dict_of(&mut self, start: usize) -> Result<Bound<'py, PyDict>, ReadError> {
        let dict = PyDict::new(self.py);
        let mut items = self.items.drain(start.min(self.items.len())..);
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            raw::insert(&dict, &key, value)?;
        }
        Ok(dict)
    }

    /// Takes a payload that is one value apart, if it is wanted so.
    pub fn spread(&mut self, payload: &mut Payload<'py>, wanted: Wanted) {
        let start = self.items.len();
        let Payload::Whole(value) = payload else {
            return;
        };
        match wanted {
            Wanted::Whole => {}
            Wanted::Items => {
                if let Ok(list) = value.cast_exact::<PyList>() {
                    self.items.extend(list.iter());
                    *payload = Payload::Items(start);
                }
            }
            Wanted::Pairs => {
                if let Ok(dict) = value.cast_exact::<PyDict>() {
                    let are_texts = raw::pairs_are(dict, |key, value| {
                        self.items.extend([key.clone(), value.clone()]);
                        key.is_exact_instance_of::<PyString>()
                    });
                    if are_texts {
                        *payload = Payload::Pairs(start);
                    } else {
                        self.items.truncate(start);
                    }
                }
            }
        }
    }

    /// An object of a class that may be made, of the codes that name constructors.
    pub fn make(
        &mut self,
        code: i8,
        found: &Found<'py>,
        payload: &mut Payload<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        match (&found.make, &*payload) {
            (Make::Set, Payload::Items(start)) => {
                return Ok(raw::set(py, self.from(*start))?.into_any());
            }
            (Make::FrozenSet, Payload::Items(start)) => {
                return Ok(raw::frozen_set(py, self.from(*start))?.into_any());
            }
            (Make::Date, Payload::Items(start)) => {
                if let Some(date) = date(py, self.from(*start)) {
                    return Ok(date);
                }
            }
            (Make::TimeDelta, Payload::Items(start)) => {
                if let Some(delta) = delta(py, self.from(*start)) {
                    return Ok(delta);
                }
            }
            (Make::Time, Payload::Pairs(start)) => {
                if let Some(time) = time(py, self.from(*start)) {
                    return Ok(time);
                }
            }
            (Make::DateTime, Payload::Whole(text)) => {
                if let Some(moment) = datetime(text) {
                    return Ok(moment);
                }
            }
            (Make::Known(kept), payload) => {
                if let Ok(class) = found.class.cast::<PyType>()
                    && kept.is_of(class)
                    && let Some(object) = self.known(class, &kept.known, payload)?
                {
                    return Ok(object);
                }
            }
            _ => {}
        }
        if let (CONSTRUCTOR_POS_ARGS, Payload::Items(start)) = (code, &*payload) {
            self.count_call(&found.class);
            return raw::call_with(&found.class, self.from(*start));
        }
        let payload = self
            .whole(payload)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        match &found.method {
            Some(method) => {
                self.tally.python(Reason::Construct);
                found.class.getattr(method)?.call1((payload,))
            }
            None => self.instance(code, &found.class, &payload),
        }
    }

    #[inline]
    fn from(&self, start: usize) -> &[Bound<'py, PyAny>] {
        self.items.get(start..).unwrap_or_default()
    }

    /// What a known constructor makes; `None` if it would do something else with these data.
    fn known(
        &self,
        class: &Bound<'py, PyType>,
        making: &Making,
        payload: &Payload<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        match (making, payload) {
            (Making::Enum(left_out), Payload::Whole(value))
                if raw::is_scalar(value) && left_out.are_as_they_were(class) =>
            {
                let members = raw::class_attribute(class, intern!(py, "_value2member_map_"));
                match members
                    .as_ref()
                    .map(|members| members.cast_exact::<PyDict>())
                {
                    // What comparing raises it has to raise where upstream would meet it.
                    Some(Ok(members)) => Ok(members.get_item(value).ok().flatten()),
                    _ => Ok(None),
                }
            }
            (Making::Uuid(left_out), Payload::Whole(text)) if left_out.are_as_they_were(class) => {
                self.uuid(text)
            }
            (Making::Address(left_out, version), Payload::Whole(text))
                if left_out.are_as_they_were(class) =>
            {
                library::address(class, *version, text)
            }
            (Making::Path(left_out), Payload::Items(start)) if left_out.are_as_they_were(class) => {
                library::path(class, self.from(*start))
            }
            (Making::NamedTuple(left_out, fields), Payload::Pairs(start)) => {
                let Some(values) = values(self.from(*start), fields) else {
                    return Ok(None);
                };
                if !left_out.are_as_they_were(class) {
                    return Ok(None);
                }
                raw::new_tuple_of(class, &PyTuple::new(py, values)?).map(Some)
            }
            (Making::Dataclass(left_out, fields, followed), Payload::Pairs(start)) => {
                let Some(values) = values(self.from(*start), fields) else {
                    return Ok(None);
                };
                if !left_out.are_as_they_were(class) {
                    return Ok(None);
                }
                let object = raw::new_slots(class)?;
                for (name, value) in fields.iter().zip(values) {
                    raw::set_attr(&object, name.bind(py), value)?;
                }
                if *followed {
                    self.tally.python(Reason::Construct);
                    object.call_method0(intern!(py, "__post_init__"))?;
                }
                Ok(Some(object))
            }
            _ => Ok(None),
        }
    }
}

/// The values of exactly these fields, in their order.
fn values<'i, 'py>(
    pairs: &'i [Bound<'py, PyAny>],
    fields: &[Py<PyString>],
) -> Option<impl ExactSizeIterator<Item = &'i Bound<'py, PyAny>>> {
    let (pairs, rest) = pairs.as_chunks::<2>();
    let fit = rest.is_empty()
        && pairs.len() == fields.len()
        && pairs
            .iter()
            .zip(fields)
            .all(|([key, _], name)| raw::is_text(key, name));
    fit.then(|| pairs.iter().map(|[_, value]| value))
}

/// An exact integer.
#[inline]
fn int<T: for<'a> FromPyObject<'a, 'a>>(object: &Bound<'_, PyAny>) -> Option<T> {
    if !object.is_exact_instance_of::<PyInt>() {
        return None;
    }
    object.extract().ok()
}

fn date<'py>(py: Python<'py>, items: &[Bound<'py, PyAny>]) -> Option<Bound<'py, PyAny>> {
    let [year, month, day] = items else {
        return None;
    };
    let date = PyDate::new(py, int(year)?, int(month)?, int(day)?);
    Some(date.ok()?.into_any())
}

fn delta<'py>(py: Python<'py>, items: &[Bound<'py, PyAny>]) -> Option<Bound<'py, PyAny>> {
    let [days, seconds, micros] = items else {
        return None;
    };
    let (days, seconds, micros) = (int::<i32>(days)?, int(seconds)?, int(micros)?);
    // As they are written; what has to be carried over may be more than the interface takes.
    if !(0..86_400).contains(&seconds) || !(0..1_000_000).contains(&micros) {
        return None;
    }
    let delta = PyDelta::new(py, days, seconds, micros, true);
    Some(delta.ok()?.into_any())
}

fn time<'py>(py: Python<'py>, pairs: &[Bound<'py, PyAny>]) -> Option<Bound<'py, PyAny>> {
    const NAMES: [&str; 6] = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
    let (pairs, _) = pairs.as_chunks::<2>();
    let [
        [_, hour],
        [_, minute],
        [_, second],
        [_, micro],
        [_, zone],
        [_, fold],
    ] = pairs
    else {
        return None;
    };
    let are_named = pairs.iter().zip(NAMES).all(|([key, _], name)| {
        key.cast_exact::<PyString>()
            .is_ok_and(|key| raw::utf8(key) == Some(name.as_bytes()))
    });
    let zone = match zone.cast::<PyTzInfo>() {
        Ok(zone) => Some(zone),
        Err(_) if zone.is_none() => None,
        Err(_) => return None,
    };
    let fold = match int::<u8>(fold)? {
        0 => false,
        1 => true,
        _ => return None,
    };
    if !are_named {
        return None;
    }
    let time = PyTime::new_with_fold(
        py,
        int(hour)?,
        int(minute)?,
        int(second)?,
        int(micro)?,
        zone,
        fold,
    );
    Some(time.ok()?.into_any())
}
