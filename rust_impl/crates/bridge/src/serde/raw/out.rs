//! Bytes that grow into a `bytes` object.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

use codec::write::Sink;
use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Where short documents are written before their size is known.
pub type Scratch = [MaybeUninit<u8>; 2048];

/// A new scratch.
pub fn scratch() -> Scratch {
    [MaybeUninit::uninit(); 2048]
}

/// The least that is allocated once the scratch is full.
const LEAST: usize = 8192;

unsafe extern "C" {
    // Documented, but PyO3 keeps it to itself.
    fn _PyBytes_Resize(bytes: *mut *mut ffi::PyObject, size: ffi::Py_ssize_t) -> std::ffi::c_int;
}

/// Written bytes: first in the scratch, then in a `bytes` object that is as long as its room and shown to nobody.
///
/// Where no memory is left nothing more is written, and [`Out::finish`] says so.
pub struct Out<'s, 'py> {
    py: Python<'py>,
    start: *mut u8,
    len: usize,
    room: usize,
    /// What `start` is the data of; null while that is the scratch.
    bytes: *mut ffi::PyObject,
    failed: bool,
    scratch: PhantomData<&'s mut Scratch>,
}

impl<'s, 'py> Out<'s, 'py> {
    /// Nothing, yet.
    pub fn new(py: Python<'py>, scratch: &'s mut Scratch) -> Self {
        Self {
            py,
            start: scratch.as_mut_ptr().cast(),
            len: 0,
            room: scratch.len(),
            bytes: std::ptr::null_mut(),
            failed: false,
            scratch: PhantomData,
        }
    }

    /// How many bytes were written.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Forgets all but the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Writes over what was written; nothing happens outside of it.
    pub fn overwrite(&mut self, at: usize, data: &[u8]) {
        if at
            .checked_add(data.len())
            .is_some_and(|end| end <= self.len)
        {
            // SAFETY: `at..at + data.len()` is within the `len` bytes that start at `start`, which nobody else has.
            unsafe {
                self.start
                    .add(at)
                    .copy_from_nonoverlapping(data.as_ptr(), data.len())
            };
        }
    }

    /// Puts other bytes, of whichever number, in the place of some that were written.
    pub fn replace(&mut self, place: Range<usize>, data: &[u8]) {
        if place.start > place.end || place.end > self.len {
            return;
        }
        let moved = self.len - place.end;
        let Some(_) = self.at_end(data.len()) else {
            return;
        };
        // SAFETY: there is room for `data` behind the end, so what follows `place` may move by that much; all is within
        // the room that starts at `start`, and `data` is not, as this is borrowed mutably.
        unsafe {
            let target = self.start.add(place.start);
            target
                .add(data.len())
                .copy_from(self.start.add(place.end), moved);
            target.copy_from_nonoverlapping(data.as_ptr(), data.len());
        }
        self.len = place.start + data.len() + moved;
    }

    /// The `bytes` object.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn finish(mut self) -> PyResult<Bound<'py, PyBytes>> {
        if self.failed {
            return Err(PyMemoryError::new_err(()));
        }
        if self.bytes.is_null() {
            // SAFETY: the first `len` bytes from `start` were written.
            let written = unsafe { std::slice::from_raw_parts(self.start, self.len) };
            return Ok(PyBytes::new(self.py, written));
        }
        let mut bytes = std::mem::replace(&mut self.bytes, std::ptr::null_mut());
        // SAFETY: `bytes` is an owned `bytes` object of the only reference, no shorter than `len`, which is all written. It is
        // given away, and a new or the same one or, with an exception, null comes back.
        unsafe {
            _PyBytes_Resize(&raw mut bytes, self.len.cast_signed());
            Ok(Bound::from_owned_ptr_or_err(self.py, bytes)?.cast_into_unchecked())
        }
    }

    /// Where the next bytes go: so many fit there. Nothing, if no memory is left.
    #[inline(always)]
    fn at_end(&mut self, more: usize) -> Option<*mut u8> {
        if more > self.room - self.len && !self.grow(more) {
            return None;
        }
        // SAFETY: `len` is at most `room`.
        Some(unsafe { self.start.add(self.len) })
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> bool {
        if self.failed {
            return false;
        }
        let wanted = self
            .len
            .checked_add(more)
            .map(|least| least.max(2 * self.room).max(LEAST));
        let Some(wanted) = wanted.filter(|wanted| ffi::Py_ssize_t::try_from(*wanted).is_ok())
        else {
            self.fail();
            return false;
        };
        // SAFETY: the GIL is held. In the first case `wanted` bytes are new and more than the `len` written ones that are
        // copied; in the second an owned `bytes` object of the only reference is given away, and null or one comes back.
        unsafe {
            if self.bytes.is_null() {
                let bytes = ffi::PyBytes_FromStringAndSize(std::ptr::null(), wanted.cast_signed());
                if !bytes.is_null() {
                    ffi::PyBytes_AsString(bytes)
                        .cast::<u8>()
                        .copy_from_nonoverlapping(self.start, self.len);
                }
                self.bytes = bytes;
            } else {
                _PyBytes_Resize(&raw mut self.bytes, wanted.cast_signed());
            }
            if self.bytes.is_null() {
                ffi::PyErr_Clear();
                self.fail();
                return false;
            }
            self.start = ffi::PyBytes_AsString(self.bytes).cast();
        }
        self.room = wanted;
        true
    }

    fn fail(&mut self) {
        self.failed = true;
        self.len = 0;
        self.room = 0;
    }
}

impl Drop for Out<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: it is null or owned, and the GIL is held.
        unsafe { ffi::Py_XDECREF(self.bytes) };
    }
}

impl Sink for Out<'_, '_> {
    #[inline(always)]
    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(end) = self.at_end(N) {
            // SAFETY: there is room for `N` bytes.
            unsafe { end.copy_from_nonoverlapping(bytes.as_ptr(), N) };
            self.len += N;
        }
    }

    #[inline(always)]
    fn slice(&mut self, bytes: &[u8]) {
        if let Some(end) = self.at_end(bytes.len()) {
            // SAFETY: there is room for so many bytes, and `bytes` is elsewhere, as this is borrowed mutably.
            unsafe { super::text::copy(bytes, end) };
            self.len += bytes.len();
        }
    }
}
