//! Keys of dicts, which ormsgpack writes by rules of their own.

use codec::temporal::DateTime;
use codec::write::{WriteError, put_array_len, put_str};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDate, PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyInt, PyMemoryView,
    PyString, PyTime, PyTuple, PyTzInfoAccess,
};

use super::super::raw;
use super::super::tally::{Kind, Reason};
use super::calendar::{clock_of, date_of};
use super::{Encoder, Fault};

impl<'py> Encoder<'_, 'py> {
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
