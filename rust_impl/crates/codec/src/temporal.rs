//! `datetime`'s value types: their fields, and the texts that Python makes of them.

use std::fmt;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// `datetime.date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// 1..=9999
    pub year: u16,
    /// 1..=12
    pub month: u8,
    /// 1..=31
    pub day: u8,
}

impl Date {
    /// `None` if there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=last).contains(&day)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Days since 0000-03-01, for differences only.
    fn days(self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let shifted = (month + 9) % 12;
        365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * shifted + 2) / 5
            + i64::from(self.day)
    }
}

impl fmt::Display for Date {
    /// `isoformat()`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The wall-clock fields shared by `datetime` and `time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clock {
    /// 0..=23
    pub hour: u8,
    /// 0..=59
    pub minute: u8,
    /// 0..=59
    pub second: u8,
    /// 0..=999999
    pub micro: u32,
}

impl Clock {
    /// `None` if a field is out of range.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8, micro: u32) -> Option<Self> {
        (hour < 24 && minute < 60 && second < 60 && micro < 1_000_000).then_some(Self {
            hour,
            minute,
            second,
            micro,
        })
    }

    /// Microseconds since midnight.
    #[must_use]
    pub fn micros(self) -> i64 {
        ((i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second))
            * 1_000_000
            + i64::from(self.micro)
    }
}

impl fmt::Display for Clock {
    /// `isoformat()` of a naive time; also the RFC 3339 text that a map key gets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        if self.micro != 0 {
            write!(f, ".{:06}", self.micro)?;
        }
        Ok(())
    }
}

/// `datetime.datetime`, naive or with a fixed offset (all that `isoformat()` can carry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The calendar day.
    pub date: Date,
    /// The wall clock.
    pub clock: Clock,
    /// Microseconds east of UTC, strictly within a day; `None` if naive.
    pub offset: Option<i64>,
}

impl DateTime {
    /// Reads exactly what `isoformat()` writes; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !text.is_ascii()
            || bytes.len() < 19
            || bytes[4] != b'-'
            || bytes[7] != b'-'
            || bytes[10] != b'T'
        {
            return None;
        }
        let date = Date::new(
            number(&bytes[..4])?,
            number(&bytes[5..7])?,
            number(&bytes[8..10])?,
        )?;
        let rest = &bytes[11..];
        let end = rest
            .iter()
            .position(|b| matches!(b, b'+' | b'-'))
            .unwrap_or(rest.len());
        let clock = parse_clock(&rest[..end])?;
        let offset = match rest.get(end) {
            None => None,
            Some(sign) => {
                let zone = &rest[end + 1..];
                // An offset may leave its seconds out.
                let clock = if zone.len() == 5 {
                    Clock::new(number(&zone[..2])?, number(&zone[3..])?, 0, 0)
                        .filter(|_| zone[2] == b':')?
                } else {
                    parse_clock(zone)?
                };
                Some(if *sign == b'-' {
                    -clock.micros()
                } else {
                    clock.micros()
                })
            }
        };
        Some(Self {
            date,
            clock,
            offset,
        })
    }

    /// Microseconds of the instant since a fixed epoch, if the datetime is aware.
    #[must_use]
    pub fn instant(&self) -> Option<i64> {
        let local = self.date.days() * DAY + self.clock.micros();
        self.offset.map(|offset| local - offset)
    }

    /// The text that a map key gets: RFC 3339 with the offset rounded to minutes.
    ///
    /// Mirrors ormsgpack's `DateTimeLike::write_rfc3339`, which drops the offset's microseconds and can write a
    /// minute of 60.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        let mut text = format!("{}T{}", self.date, self.clock);
        if let Some(offset) = self.offset {
            let seconds = offset.div_euclid(1_000_000);
            if seconds == 0 {
                text.push_str("+00:00");
            } else {
                let sign = if seconds < 0 { '-' } else { '+' };
                let seconds = seconds.abs();
                let minutes = seconds / 60 % 60 + i64::from(seconds % 60 >= 30);
                text.push_str(&format!("{sign}{:02}:{minutes:02}", seconds / 3600));
            }
        }
        text
    }
}

impl fmt::Display for DateTime {
    /// `isoformat()`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.iso().as_str())
    }
}

/// What `isoformat()` gives, without a string of its own.
#[derive(Clone, Copy, Debug)]
pub struct Iso {
    /// ASCII.
    bytes: [u8; 48],
    len: usize,
}

impl Iso {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// A mark, then so many digits.
    fn part<const DIGITS: usize>(&mut self, mark: u8, mut number: u32) {
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit += (number % 10) as u8;
            number /= 10;
        }
        self.push(mark);
        digits.into_iter().for_each(|digit| self.push(digit));
    }
}

impl DateTime {
    /// `isoformat()`
    #[must_use]
    pub fn iso(&self) -> Iso {
        let (date, clock) = (self.date, self.clock);
        let mut text = Iso {
            bytes: [0; 48],
            len: 0,
        };
        text.part::<4>(0, date.year.into());
        text.bytes.copy_within(1..5, 0);
        text.len = 4;
        text.part::<2>(b'-', date.month.into());
        text.part::<2>(b'-', date.day.into());
        text.part::<2>(b'T', clock.hour.into());
        text.part::<2>(b':', clock.minute.into());
        text.part::<2>(b':', clock.second.into());
        if clock.micro != 0 {
            text.part::<6>(b'.', clock.micro);
        }
        if let Some(offset) = self.offset {
            // Within a day, so both fit.
            let seconds = (offset.unsigned_abs() / 1_000_000) as u32;
            let micros = (offset.unsigned_abs() % 1_000_000) as u32;
            text.part::<2>(if offset < 0 { b'-' } else { b'+' }, seconds / 3600);
            text.part::<2>(b':', seconds / 60 % 60);
            if !seconds.is_multiple_of(60) || micros != 0 {
                text.part::<2>(b':', seconds % 60);
            }
            if micros != 0 {
                text.part::<6>(b'.', micros);
            }
        }
        text
    }
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `HH:MM:SS` or `HH:MM:SS.ffffff`
fn parse_clock(bytes: &[u8]) -> Option<Clock> {
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let micro = match &bytes[8..] {
        [] => 0,
        [b'.', digits @ ..] if digits.len() == 6 => number(digits)?,
        _ => return None,
    };
    Clock::new(
        number(&bytes[..2])?,
        number(&bytes[3..5])?,
        number(&bytes[6..8])?,
        micro,
    )
}

/// `datetime.timedelta`, normalised as Python keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeDelta {
    /// −999999999..=999999999
    pub days: i32,
    /// 0..=86399
    pub seconds: u32,
    /// 0..=999999
    pub micros: u32,
}

impl TimeDelta {
    /// `timedelta(days, seconds, microseconds)`; `None` where Python raises `OverflowError`.
    #[must_use]
    pub fn new(days: i128, seconds: i128, micros: i128) -> Option<Self> {
        let total = days
            .checked_mul(i128::from(DAY))?
            .checked_add(seconds.checked_mul(1_000_000)?)?
            .checked_add(micros)?;
        let days = i32::try_from(total.div_euclid(i128::from(DAY))).ok()?;
        if days.unsigned_abs() > 999_999_999 {
            return None;
        }
        let rest = i64::try_from(total.rem_euclid(i128::from(DAY))).ok()?;
        Some(Self {
            days,
            seconds: u32::try_from(rest / 1_000_000).ok()?,
            micros: u32::try_from(rest % 1_000_000).ok()?,
        })
    }

    /// The whole length in microseconds.
    #[must_use]
    pub fn total_micros(self) -> i128 {
        i128::from(self.days) * i128::from(DAY)
            + i128::from(self.seconds) * 1_000_000
            + i128::from(self.micros)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{DateTime, TimeDelta};

    #[test]
    fn isoformat_round_trips() {
        for text in [
            "2024-01-02T03:04:05",
            "0001-01-01T00:00:00.000001",
            "2024-02-29T23:59:59.999999+00:00",
            "2024-01-02T03:04:05-05:30",
            "2024-01-02T03:04:05+23:59:59",
            "2024-01-02T03:04:05-00:00:31.000007",
        ] {
            assert_eq!(DateTime::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_isoformat_never_writes_is_refused() {
        for text in [
            "",
            "2023-02-29T00:00:00",
            "2024-01-02 03:04:05",
            "2024-01-02T03:04",
            "2024-01-02T03:04:05.123",
            "2024-01-02T24:00:00",
            "2024-01-02T03:04:05Z",
            "é024-01-02T03:04:05",
            "2024-01-02T03:04:05+25:00",
        ] {
            assert_eq!(DateTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn key_text_rounds_the_offset_to_minutes() {
        let key = |text: &str| DateTime::parse(text).unwrap().rfc3339();
        assert_eq!(
            key("2020-01-01T00:00:00-05:00:31.000007"),
            "2020-01-01T00:00:00-05:01"
        );
        assert_eq!(
            key("2020-01-01T00:00:00+00:59:30"),
            "2020-01-01T00:00:00+00:60"
        );
        assert_eq!(
            key("2020-01-01T00:00:00.000001"),
            "2020-01-01T00:00:00.000001"
        );
        assert_eq!(
            key("2020-01-01T00:00:00+00:00:00.000001"),
            "2020-01-01T00:00:00+00:00"
        );
    }

    #[test]
    fn equal_instants_in_two_zones() {
        let instant = |text: &str| DateTime::parse(text).unwrap().instant().unwrap();
        assert_eq!(
            instant("2024-03-01T00:30:00+01:00"),
            instant("2024-02-29T23:30:00+00:00")
        );
        assert_ne!(
            instant("2024-03-01T00:30:00+01:00"),
            instant("2024-03-01T00:30:00+02:00")
        );
    }

    #[test]
    fn timedelta_normalises_like_python() {
        let delta = TimeDelta::new(0, -1, -1).unwrap();
        assert_eq!(
            (delta.days, delta.seconds, delta.micros),
            (-1, 86398, 999_999)
        );
        assert_eq!(TimeDelta::new(1_000_000_000, 0, 0), None);
        assert_eq!(TimeDelta::new(i128::MAX, 0, 0), None);
    }
}
