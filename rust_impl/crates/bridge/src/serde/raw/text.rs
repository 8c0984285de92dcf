//! Strings as their UTF-8, and back.

use codec::read::ReadError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The UTF-8 of a string that is ASCII, which is how it is stored; `None` for any other.
///
/// # Safety
/// `text` is a `str` or of a subclass, and is alive for as long as the result is used.
#[inline(always)]
pub(super) unsafe fn ascii<'a>(text: *mut ffi::PyObject) -> Option<&'a [u8]> {
    // SAFETY: it is a string, so it begins with this structure; a compact ASCII string's bytes follow it, and strings do not
    // change.
    unsafe {
        let head = text.cast::<ffi::PyASCIIObject>();
        if ffi::PyUnicode_IS_COMPACT_ASCII(text) == 0 {
            return None;
        }
        let len = usize::try_from((*head).length).ok()?;
        Some(std::slice::from_raw_parts(head.add(1).cast::<u8>(), len))
    }
}

/// The UTF-8 of a string that is at hand: stored so, or kept since it was last asked for.
///
/// # Safety
/// As for [`ascii`].
#[inline(always)]
pub(super) unsafe fn at_hand<'a>(text: *mut ffi::PyObject) -> Option<&'a [u8]> {
    // SAFETY: a compact string that is not ASCII begins with the larger structure; what it keeps stays as long as it does.
    unsafe {
        if let Some(text) = ascii(text) {
            return Some(text);
        }
        if ffi::PyUnicode_IS_COMPACT(text) == 0 {
            return None;
        }
        let head = text.cast::<ffi::PyCompactUnicodeObject>();
        let len = usize::try_from((*head).utf8_length).ok()?;
        let kept = (*head).utf8;
        (!kept.is_null()).then(|| std::slice::from_raw_parts(kept.cast::<u8>(), len))
    }
}

/// The UTF-8 of a string; `None` if it has surrogates.
#[inline(always)]
pub fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    // SAFETY: it is a string and outlives the result.
    match unsafe { at_hand(text.as_ptr()) } {
        Some(text) => Some(text),
        None => wide_utf8(text),
    }
}

#[inline(never)]
fn wide_utf8<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    text.to_str().ok().map(str::as_bytes)
}

/// `bytes.decode()`. As ormsgpack does, every string but the empty one is a new object.
///
/// # Errors
/// [`ReadError::InvalidStr`] if it is no UTF-8; also where no memory is left.
#[inline(always)]
pub fn new_text<'py>(py: Python<'py>, text: &[u8]) -> Result<Bound<'py, PyString>, ReadError> {
    if !is_ascii(text) {
        return new_wide_text(py, text);
    }
    // SAFETY: a new ASCII string has room for its length and is nobody else's yet; the empty one is written nothing to.
    unsafe {
        let new = ffi::PyUnicode_New(text.len().cast_signed(), 0x7f);
        let new = owned(py, new)?;
        copy(
            text,
            new.as_ptr().cast::<ffi::PyASCIIObject>().add(1).cast(),
        );
        Ok(new)
    }
}

/// # Safety
/// `new` is null with an exception set or an owned string.
unsafe fn owned(py: Python<'_>, new: *mut ffi::PyObject) -> Result<Bound<'_, PyString>, ReadError> {
    // SAFETY: as above.
    unsafe {
        match Bound::from_owned_ptr_or_opt(py, new) {
            Some(new) => Ok(new.cast_into_unchecked()),
            None => {
                ffi::PyErr_Clear();
                Err(ReadError::InvalidStr)
            }
        }
    }
}

#[inline(never)]
fn new_wide_text<'py>(py: Python<'py>, text: &[u8]) -> Result<Bound<'py, PyString>, ReadError> {
    let text = simdutf8::basic::from_utf8(text).map_err(|_| ReadError::InvalidStr)?;
    // As many characters as there are bytes that do not continue one; few enough at once for a byte to count them.
    let (mut len, mut top) = (0, 0);
    for part in text.as_bytes().chunks(192) {
        let starts = |count: u8, byte: &u8| count + u8::from(byte.cast_signed() >= -0x40);
        len += usize::from(part.iter().fold(0, starts));
        top = part.iter().fold(top, |top: u8, byte| top.max(*byte));
    }
    // The widest character's first byte is the greatest byte: 0xc2 and 0xc3 begin what Latin-1 has.
    let widest = match top {
        0xf0.. => 0x10_ffff,
        0xc4.. => 0xffff,
        _ => 0xff,
    };
    // SAFETY: a new string of this kind has room for `len` characters, each no greater than `widest`; it is nobody else's yet,
    // and all of them are written.
    unsafe {
        let new = owned(py, ffi::PyUnicode_New(len.cast_signed(), widest))?;
        let data = ffi::PyUnicode_DATA(new.as_ptr());
        match widest {
            0xff => fill::<u8>(data.cast(), text, |char| char as u8),
            0xffff => fill::<u16>(data.cast(), text, |char| char as u16),
            _ => fill::<u32>(data.cast(), text, |char| char),
        }
        Ok(new)
    }
}

/// Writes the characters of a text.
///
/// # Safety
/// There is room at `target` for as many characters as `text` has.
#[inline(always)]
unsafe fn fill<T: Copy>(target: *mut T, text: &str, narrow: impl Fn(u32) -> T) {
    // The six bits of each byte that continues a character of three.
    let three =
        |word: u32| narrow((word & 0xf) << 12 | (word >> 8 & 0x3f) << 6 | word >> 16 & 0x3f);
    // SAFETY: `source` is at the beginning of a character, moves by whole characters, and `text` is UTF-8, so a first byte tells
    // how many follow. Nothing is read beyond the 13 bytes that are left. As many are written as there are characters in what
    // was read.
    unsafe {
        let end = text.as_ptr().add(text.len());
        let (mut source, mut target) = (text.as_ptr(), target);
        while end.offset_from(source) >= 13 {
            let word = u64::from_le_bytes(source.cast::<[u8; 8]>().read());
            let first = (word & 0xff) as u32;
            let (length, written) = if first < 0x80 {
                // Each step is one that a processor can foresee: a length that is computed would have to be waited for.
                let chars = word.to_le_bytes().map(|byte| narrow(byte.into()));
                if word & 0x8000 != 0 {
                    target.write(chars[0]);
                    (1, 1)
                } else if word & HIGH == 0 {
                    target.cast::<[T; 8]>().write(chars);
                    (8, 8)
                } else if word & 0x8080_8080 == 0 {
                    target
                        .cast::<[T; 4]>()
                        .write([chars[0], chars[1], chars[2], chars[3]]);
                    (4, 4)
                } else {
                    target.cast::<[T; 2]>().write([chars[0], chars[1]]);
                    (2, 2)
                }
            } else if first < 0xe0 {
                let chars = (word & 0x001f_001f_001f_001f) << 6 | word >> 8 & 0x003f_003f_003f_003f;
                let char = |place: u32| narrow((chars >> (16 * place) & 0xffff) as u32);
                if word & 0x00e0_00e0_00e0_00e0 == 0x00c0_00c0_00c0_00c0 {
                    let four = [char(0), char(1), char(2), char(3)];
                    target.cast::<[T; 4]>().write(four);
                    (8, 4)
                } else if word & 0x00e0_00e0 == 0x00c0_00c0 {
                    target.cast::<[T; 2]>().write([char(0), char(1)]);
                    (4, 2)
                } else {
                    target.write(char(0));
                    (2, 1)
                }
            } else if first < 0xf0 {
                let at = |place| u32::from_le_bytes(source.add(place).cast::<[u8; 4]>().read());
                let (a, b, c, d) = (at(0), at(3), at(6), at(9));
                if (a & b & c & d) & 0xf0 == 0xe0 && (a | b | c | d) & 0x10 == 0 {
                    let four = [three(a), three(b), three(c), three(d)];
                    target.cast::<[T; 4]>().write(four);
                    (12, 4)
                } else if (a & b) & 0xf0 == 0xe0 && (a | b) & 0x10 == 0 {
                    target.cast::<[T; 2]>().write([three(a), three(b)]);
                    (6, 2)
                } else {
                    target.write(three(a));
                    (3, 1)
                }
            } else {
                let word = word as u32;
                let high = (word & 7) << 18 | (word >> 8 & 0x3f) << 12;
                target.write(narrow(high | (word >> 16 & 0x3f) << 6 | word >> 24 & 0x3f));
                (4, 1)
            };
            (source, target) = (source.add(length), target.add(written));
        }
        let rest = std::slice::from_raw_parts(source, end.offset_from(source).cast_unsigned());
        for (place, char) in std::str::from_utf8_unchecked(rest).chars().enumerate() {
            target.add(place).write(narrow(char.into()));
        }
    }
}

/// Copies bytes; a few of them without a call.
///
/// # Safety
/// There is room for them at `target`, which is elsewhere.
#[inline(always)]
pub(super) unsafe fn copy(bytes: &[u8], target: *mut u8) {
    let (source, len) = (bytes.as_ptr(), bytes.len());
    // SAFETY: each of the two reads and writes is within the `len` bytes; together they cover them.
    unsafe {
        match len {
            0 => {}
            1..=3 => {
                let (first, middle, last) = (*source, *source.add(len / 2), *source.add(len - 1));
                target.write(first);
                target.add(len / 2).write(middle);
                target.add(len - 1).write(last);
            }
            4..=7 => twice::<u32>(source, target, len - 4),
            8..=16 => twice::<u64>(source, target, len - 8),
            17..=32 => twice::<u128>(source, target, len - 16),
            _ => target.copy_from_nonoverlapping(source, len),
        }
    }
}

/// # Safety
/// At `source` and `target`, and `shift` bytes further, a `T` can be read and written.
#[inline(always)]
unsafe fn twice<T: Copy>(source: *const u8, target: *mut u8, shift: usize) {
    // SAFETY: as above.
    unsafe {
        let first = source.cast::<T>().read_unaligned();
        let last = source.add(shift).cast::<T>().read_unaligned();
        target.cast::<T>().write_unaligned(first);
        target.add(shift).cast::<T>().write_unaligned(last);
    }
}

/// The bits that ASCII does not use, of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline(always)]
fn is_ascii(text: &[u8]) -> bool {
    if text.len() > 64 {
        return text.is_ascii();
    }
    let (words, rest) = text.as_chunks::<8>();
    let mut bits = words
        .iter()
        .fold(0, |bits, word| bits | u64::from_ne_bytes(*word));
    if let (Some(last), false) = (text.last_chunk::<8>(), rest.is_empty()) {
        bits |= u64::from_ne_bytes(*last);
    } else {
        for byte in rest {
            bits |= u64::from(*byte);
        }
    }
    bits & HIGH == 0
}
