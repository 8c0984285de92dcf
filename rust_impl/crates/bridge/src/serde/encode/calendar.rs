//! The parts of dates and times.

use codec::temporal::{Clock, Date};
use codec::write::WriteError;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateAccess, PyTimeAccess};

pub fn date_of(object: &Bound<'_, PyAny>) -> Result<Date, WriteError> {
    let date = object.cast::<PyDate>().map_err(|_| WriteError::KeyType)?;
    let year = u16::try_from(date.get_year()).map_err(|_| WriteError::KeyType)?;
    Ok(Date {
        year,
        month: date.get_month(),
        day: date.get_day(),
    })
}

pub fn clock_of(object: &impl PyTimeAccess) -> Clock {
    Clock {
        hour: object.get_hour(),
        minute: object.get_minute(),
        second: object.get_second(),
        micro: object.get_microsecond(),
    }
}
