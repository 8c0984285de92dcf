//! Moments that are written as `datetime.isoformat` does.

use codec::temporal::DateTime;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyString, PyTzInfo};

use super::super::raw;

/// `datetime.fromisoformat(text)` of what `isoformat` writes; `None` for anything else.
pub fn datetime<'py>(text: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
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
