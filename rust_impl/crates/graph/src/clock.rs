//! Checkpoint ids and times.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where checkpoint ids and times come from.
pub trait Clock {
    /// A new checkpoint id for a superstep; later ones sort after earlier ones.
    fn new_id(&mut self, step: i64) -> String;

    /// The time now, in ISO 8601 with an offset.
    fn now(&mut self) -> String;
}

/// The clock of this machine: ids are UUIDs of version 6, as upstream makes them.
#[derive(Clone, Debug, Default)]
pub struct SystemClock {
    last: u64,
}

/// 100-nanosecond intervals between 1582-10-15 and 1970-01-01.
const GREGORIAN: u64 = 0x01b2_1dd2_1381_4000;

impl Clock for SystemClock {
    fn new_id(&mut self, step: i64) -> String {
        let nanoseconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let ticks = u64::try_from(nanoseconds / 100).unwrap_or(u64::MAX);
        let now = ticks.saturating_add(GREGORIAN);
        self.last = now.max(self.last.saturating_add(1));
        // A `RandomState` is seeded at random; hashing nothing with it yields that randomness.
        let node = RandomState::new().build_hasher().finish();
        format!(
            "{:08x}-{:04x}-6{:03x}-{:04x}-{:012x}",
            (self.last >> 28) & 0xffff_ffff,
            (self.last >> 12) & 0xffff,
            self.last & 0xfff,
            0x8000 | (step & 0x3fff),
            node & 0xffff_ffff_ffff
        )
    }

    fn now(&mut self) -> String {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = since.as_secs();
        let (year, month, day) = civil(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}+00:00",
            since.subsec_micros()
        )
    }
}

/// The date that many days after 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Days since 0000-03-01, in eras of 400 years: leap days come last in a year that begins in March.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_six_and_increase() {
        let mut clock = SystemClock::default();
        let ids: Vec<String> = (0..100).map(|step| clock.new_id(step)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            ids.iter()
                .all(|id| id.len() == 36 && id.as_bytes()[14] == b'6')
        );
    }

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_454), (2026, 1, 1));
        assert_eq!(civil(47_541), (2100, 3, 1));
    }
}
