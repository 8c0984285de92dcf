//! IP addresses as Python's `ipaddress` writes them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// `str(IPv4Address(bits))`
#[must_use]
pub fn v4_text(bits: u32) -> String {
    Ipv4Addr::from_bits(bits).to_string()
}

/// `str(IPv6Address(bits))`, without a scope. Mapped IPv4 addresses are no exception, which they are from Python 3.13 on.
#[must_use]
pub fn v6_text(bits: u128) -> String {
    let address = Ipv6Addr::from_bits(bits);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

/// The bits of an address that is written as [`v4_text`] writes it; nothing for any other text.
#[must_use]
pub fn v4_bits(text: &str) -> Option<u32> {
    let bits = text.parse::<Ipv4Addr>().ok()?.to_bits();
    (v4_text(bits) == text).then_some(bits)
}

/// The bits of an address that is written as [`v6_text`] writes it; nothing for any other text.
#[must_use]
pub fn v6_bits(text: &str) -> Option<u128> {
    let bits = text.parse::<Ipv6Addr>().ok()?.to_bits();
    (v6_text(bits) == text).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::{v4_bits, v4_text, v6_bits, v6_text};

    #[test]
    fn v4_is_four_decimal_numbers() {
        assert_eq!(v4_text(0x0102_03ff), "1.2.3.255");
        assert_eq!(v4_bits("1.2.3.255"), Some(0x0102_03ff));
        for other in [
            "1.2.3",
            "1.2.3.04",
            "1.2.3.256",
            "",
            " 1.2.3.4",
            "1.2.3.4/8",
        ] {
            assert_eq!(v4_bits(other), None, "{other}");
        }
    }

    #[test]
    fn v6_leaves_out_the_first_of_the_longest_runs_of_zeros() {
        for (bits, text) in [
            (0, "::"),
            (1, "::1"),
            (1 << 112, "1::"),
            (0xffff_0102_0304, "::ffff:102:304"),
            (0x0001_0000_0000_0001_0000_0000_0000_0001, "1:0:0:1::1"),
            (0x0001_0000_0001_0001_0001_0001_0001_0001, "1:0:1:1:1:1:1:1"),
            (0x0102_0304, "::102:304"),
        ] {
            assert_eq!(v6_text(bits), text);
            assert_eq!(v6_bits(text), Some(bits));
        }
        for other in [
            "::ffff:1.2.3.4",
            "0:0::0",
            "1::2::3",
            "::A",
            "fe80::1%a",
            ":::",
            "",
        ] {
            assert_eq!(v6_bits(other), None, "{other}");
        }
    }
}
