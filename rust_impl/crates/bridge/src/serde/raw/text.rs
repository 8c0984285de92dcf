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
    // As many characters as there are bytes that do not continue one; few enough at once for a byte to count them.
    let (mut len, mut top) = (0, 0);
    for part in text.chunks(192) {
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
    // and is dropped unless all of them were written.
    unsafe {
        let new = owned(py, ffi::PyUnicode_New(len.cast_signed(), widest))?;
        let data = ffi::PyUnicode_DATA(new.as_ptr());
        let complete = match widest {
            0xff => fill::<u8>(data.cast(), len, text, |char| char as u8),
            0xffff => fill::<u16>(data.cast(), len, text, |char| char as u16),
            _ => fill::<u32>(data.cast(), len, text, |char| char),
        };
        complete.then_some(new).ok_or(ReadError::InvalidStr)
    }
}

/// Writes the characters of a text; says no if it is no UTF-8.
///
/// # Safety
/// There is room at `target` for `len` characters, which is as many as `text` has bytes that do not continue one.
#[inline(always)]
unsafe fn fill<T: Copy>(
    mut target: *mut T,
    len: usize,
    text: &[u8],
    narrow: impl Fn(u32) -> T,
) -> bool {
    // SAFETY: `source` stays between the ends of `text`: it moves by as much as was checked to be left. Each character that is
    // written is made of just one byte that continues none and of such as do, which is checked, so that no more are written than
    // there is room for.
    unsafe {
        let (end, limit) = (text.as_ptr().add(text.len()), target.add(len));
        let mut source = text.as_ptr();
        while source < end {
            let left = end.offset_from(source);
            let first = *source;
            if first < 0x80 {
                if left < 8 {
                    target.write(narrow(first.into()));
                    (source, target) = (source.add(1), target.add(1));
                    continue;
                }
                // One seldom comes alone.
                let eight = source.cast::<[u8; 8]>().read();
                let high = u64::from_le_bytes(eight) & HIGH;
                let run = (high.trailing_zeros() / 8) as usize;
                // Where there is room for all eight, what is no character yet is written over by the next ones.
                let written = if limit.offset_from(target) >= 8 {
                    8
                } else {
                    run
                };
                for (place, byte) in eight.into_iter().enumerate().take(written) {
                    target.add(place).write(narrow(byte.into()));
                }
                (source, target) = (source.add(run), target.add(run));
                continue;
            }
            // Nor do characters of two bytes, or of three.
            let begun = source;
            while end.offset_from(source) >= 2 {
                let word = u32::from(u16::from_le_bytes(source.cast::<[u8; 2]>().read()));
                let char = (word & 0x1f) << 6 | word >> 8 & 0x3f;
                if word & 0xc0e0 != 0x80c0 || char < 0x80 {
                    break;
                }
                target.write(narrow(char));
                (source, target) = (source.add(2), target.add(1));
            }
            while end.offset_from(source) >= 4 {
                let word = u32::from_le_bytes(source.cast::<[u8; 4]>().read());
                let char = (word & 0xf) << 12 | (word >> 8 & 0x3f) << 6 | word >> 16 & 0x3f;
                if word & 0xc0_c0f0 != 0x80_80e0 || char < 0x800 || char >> 11 == 0x1b {
                    break;
                }
                target.write(narrow(char));
                (source, target) = (source.add(3), target.add(1));
            }
            if source != begun {
                continue;
            }
            let follows = |place: usize| {
                let byte = *source.add(place);
                (u32::from(byte & 0x3f), byte & 0xc0 == 0x80)
            };
            let head = u32::from(first);
            let (char, length, is_good) = if first < 0xe0 {
                if left < 2 {
                    return false;
                }
                let (a, good) = follows(1);
                ((head & 0x1f) << 6 | a, 2, good && first >= 0xc2)
            } else if first < 0xf0 {
                if left < 3 {
                    return false;
                }
                let ((a, one), (b, two)) = (follows(1), follows(2));
                let char = (head & 0xf) << 12 | a << 6 | b;
                // Neither longer than it had to be nor a surrogate.
                (char, 3, one && two && char >= 0x800 && char >> 11 != 0x1b)
            } else {
                if left < 4 {
                    return false;
                }
                let ((a, one), (b, two), (c, three)) = (follows(1), follows(2), follows(3));
                let char = (head & 7) << 18 | a << 12 | b << 6 | c;
                let fits = first <= 0xf4 && (0x1_0000..=0x10_ffff).contains(&char);
                (char, 4, one && two && three && fits)
            };
            if !is_good {
                return false;
            }
            target.write(narrow(char));
            (source, target) = (source.add(length), target.add(1));
        }
        true
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
