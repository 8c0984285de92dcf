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

/// The UTF-8 of a string; `None` if it has surrogates.
#[inline(always)]
pub fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    // SAFETY: it is a string and outlives the result.
    match unsafe { ascii(text.as_ptr()) } {
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
    let text = std::str::from_utf8(text).map_err(|_| ReadError::InvalidStr)?;
    let bytes = text.as_bytes();
    let len = bytes
        .iter()
        .filter(|byte| byte.cast_signed() >= -0x40)
        .count();
    let top = bytes.iter().copied().max().unwrap_or_default();
    // The widest character's first byte is the greatest byte: 0xc2 and 0xc3 begin what Latin-1 has.
    let widest = match top {
        0xf0.. => 0x10_ffff,
        0xc4.. => 0xffff,
        _ => 0xff,
    };
    // SAFETY: a new string of this kind has room for `len` characters, which is how many `chars` gives, each no greater than
    // `widest`; it is nobody else's yet.
    unsafe {
        let new = owned(py, ffi::PyUnicode_New(len.cast_signed(), widest))?;
        let data = ffi::PyUnicode_DATA(new.as_ptr());
        match widest {
            0xff => fill(data.cast::<u8>(), text, |char| char as u8),
            0xffff => fill(data.cast::<u16>(), text, |char| char as u16),
            _ => fill(data.cast::<u32>(), text, |char| char),
        }
        Ok(new)
    }
}

/// # Safety
/// There is room for the characters of `text` at `data`.
#[inline(always)]
unsafe fn fill<T>(mut data: *mut T, text: &str, narrow: impl Fn(u32) -> T) {
    for char in text.chars() {
        // SAFETY: as above.
        unsafe {
            data.write(narrow(char.into()));
            data = data.add(1);
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

#[inline(always)]
fn is_ascii(text: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
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
