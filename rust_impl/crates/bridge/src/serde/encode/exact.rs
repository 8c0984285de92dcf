//! Objects of classes written in C, about which there is nothing to ask.

use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, METHOD_SINGLE_ARG,
};
use codec::temporal::DateTime;
use codec::write::{put_array_len, put_map_len, put_signed, put_str, put_unsigned};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyDateTime, PyDelta, PyDeltaAccess, PyTime, PyTimeAccess, PyTuple, PyTzInfoAccess,
};

use super::super::tally::Reason;
use super::super::types::Exact;
use super::calendar::{clock_of, date_of};
use super::{Encoder, Raised};

impl<'py> Encoder<'_, 'py> {
    pub(super) fn lower_exact(
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

    pub(super) fn pattern(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
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

    pub(super) fn ints(&mut self, ints: &[i64]) -> Result<(), Raised> {
        put_array_len(&mut self.out, ints.len())?;
        for int in ints {
            put_signed(&mut self.out, *int);
        }
        Ok(())
    }
}
