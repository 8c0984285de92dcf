//! Python's `int`: exact at any size, compact where it matters.

use std::cmp::Ordering;
use std::fmt;

/// An exact integer. Values that fit an `i128` are always `Small`, so equal integers have equal representations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Int(Repr);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Small(i128),
    /// Outside `i128`.
    Big {
        negative: bool,
        /// Decimal digits without leading zeros.
        digits: Box<str>,
    },
}

impl Int {
    /// Reads decimal text: an optional `-` or `+`, then digits. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self::from_digits(negative, digits))
    }

    fn from_digits(negative: bool, digits: &str) -> Self {
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Self(Repr::Small(0));
        }
        let signed = if negative {
            format!("-{digits}")
        } else {
            digits.to_owned()
        };
        match signed.parse::<i128>() {
            Ok(small) => Self(Repr::Small(small)),
            Err(_) => Self(Repr::Big {
                negative,
                digits: digits.into(),
            }),
        }
    }

    /// The exact value of an integral float; `None` if it is not integral (or not finite).
    #[must_use]
    pub fn from_float(value: f64) -> Option<Self> {
        if !value.is_finite() || value.fract() != 0.0 {
            return None;
        }
        // Rust prints a float exactly, so this is the integer and no approximation of it.
        Self::parse(&format!("{value:.0}"))
    }

    /// As an `i64`, if it fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.to_i128().and_then(|value| i64::try_from(value).ok())
    }

    /// As an `i128`, if it fits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        match self.0 {
            Repr::Small(value) => Some(value),
            Repr::Big { .. } => None,
        }
    }

    /// Whether the value is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0))
    }

    /// The exact sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self(Repr::Small(sum));
        }
        let (left_negative, left) = self.sign_and_digits();
        let (right_negative, right) = other.sign_and_digits();
        if left_negative == right_negative {
            return Self::from_digits(left_negative, &add_digits(&left, &right));
        }
        match compare_digits(&left, &right) {
            Ordering::Equal => Self(Repr::Small(0)),
            Ordering::Greater => Self::from_digits(left_negative, &subtract_digits(&left, &right)),
            Ordering::Less => Self::from_digits(right_negative, &subtract_digits(&right, &left)),
        }
    }

    fn sign_and_digits(&self) -> (bool, String) {
        match &self.0 {
            Repr::Small(value) => (*value < 0, value.unsigned_abs().to_string()),
            Repr::Big { negative, digits } => (*negative, digits.to_string()),
        }
    }
}

fn compare_digits(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn add_digits(left: &str, right: &str) -> String {
    let mut left = left.bytes().rev();
    let mut right = right.bytes().rev();
    let mut out = Vec::new();
    let mut carry = 0;
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            break;
        }
        let sum = a.map_or(0, |d| d - b'0') + b.map_or(0, |d| d - b'0') + carry;
        carry = sum / 10;
        out.push(char::from(b'0' + sum % 10));
    }
    if carry > 0 {
        out.push('1');
    }
    out.iter().rev().collect()
}

/// `left - right` where `left >= right`.
fn subtract_digits(left: &str, right: &str) -> String {
    let mut right = right.bytes().rev();
    let mut out = Vec::new();
    let mut borrow = 0;
    for digit in left.bytes().rev() {
        let take = right.next().map_or(0, |d| d - b'0') + borrow;
        let digit = digit - b'0';
        borrow = u8::from(digit < take);
        out.push(char::from(b'0' + digit + 10 * borrow - take));
    }
    out.iter().rev().collect()
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let (left_negative, left) = self.sign_and_digits();
        let (right_negative, right) = other.sign_and_digits();
        match (left_negative, right_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => compare_digits(&left, &right),
            (true, true) => compare_digits(&right, &left),
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => write!(f, "{value}"),
            Repr::Big { negative, digits } => {
                write!(f, "{}{digits}", if *negative { "-" } else { "" })
            }
        }
    }
}

macro_rules! from_primitive {
    ($($primitive:ty),*) => {$(
        impl From<$primitive> for Int {
            fn from(value: $primitive) -> Self {
                Self(Repr::Small(i128::from(value)))
            }
        }
    )*};
}
from_primitive!(i8, i16, i32, i64, i128, u8, u16, u32, u64);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::Int;
    use proptest::prelude::*;

    #[test]
    fn equal_integers_have_one_representation() {
        assert_eq!(Int::parse("-000"), Some(Int::from(0_i64)));
        assert_eq!(Int::parse("+7"), Some(Int::from(7_i64)));
        assert_eq!(
            Int::parse(&i128::MIN.to_string()).unwrap().to_i128(),
            Some(i128::MIN)
        );
        assert_eq!(Int::parse(""), None);
        assert_eq!(Int::parse("-"), None);
        assert_eq!(Int::parse("1_0"), None);
    }

    #[test]
    fn sums_leave_and_reenter_the_small_range() {
        let max = Int::from(i128::MAX);
        let over = max.add(&Int::from(1_i64));
        assert_eq!(over.to_string(), "170141183460469231731687303715884105728");
        assert_eq!(over.to_i128(), None);
        assert_eq!(over.add(&Int::from(-1_i64)), max);
        let huge = Int::parse(&"9".repeat(100)).unwrap();
        assert_eq!(
            huge.add(&Int::from(1_i64)).to_string(),
            format!("1{}", "0".repeat(100))
        );
        assert!(huge > over);
        assert!(Int::parse(&format!("-{huge}")).unwrap() < Int::from(i128::MIN));
    }

    proptest! {
        #[test]
        fn digit_arithmetic_agrees_with_i128(a in -(1_i128 << 120)..(1_i128 << 120), b in -(1_i128 << 120)..(1_i128 << 120)) {
            // Shifting both far outside i128 forces the digit path: (a + K) + (b - K) == a + b.
            let k = Int::parse(&format!("1{}", "0".repeat(60))).unwrap();
            let minus_k = Int::parse(&format!("-1{}", "0".repeat(60))).unwrap();
            let sum = Int::from(a).add(&k).add(&Int::from(b).add(&minus_k));
            prop_assert_eq!(sum, Int::from(a + b));
        }

        #[test]
        fn an_integral_float_converts_exactly(value in -9_007_199_254_740_992_i64..9_007_199_254_740_992) {
            #[allow(clippy::cast_precision_loss)]
            let float = value as f64;
            prop_assert_eq!(Int::from_float(float), Some(Int::from(value)));
        }
    }
}
