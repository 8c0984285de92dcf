//! Python objects to bytes.
//!
//! Mirrors `_msgpack_enc`: ormsgpack's rules by exact type, and `_msgpack_default`'s questions in their observable order for the rest.

mod calendar;
mod exact;
mod extension;
mod family;
mod fault;
mod key;
mod lower;
mod numpy;
mod rest;
mod scalar;

use codec::write::{MAX_DEPTH, WriteError};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::lowering::Lowerings;
use super::models::Plans;
use super::raw;
use super::tally::{ENCODED, Kinds, Tally};
use super::types::Types;

pub use fault::{Fault, Raised};

/// Containers and extensions open at once in all, whatever the limits of each document: what the native stack holds.
const MAX_NESTED: usize = 6000;

/// `_msgpack_enc(value)`; raises `TypeError` (ormsgpack's `MsgpackEncodeError`) with ormsgpack's texts.
#[pyfunction]
pub fn encode_msgpack<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    encode(value)
}

/// `_msgpack_enc(value)`
pub fn encode<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = value.py();
    let mut scratch: raw::Scratch = raw::scratch();
    let mut encoder = Encoder {
        py,
        types: Types::get(py)?,
        out: raw::Out::new(py, &mut scratch),
        head: Vec::with_capacity(8),
        depth: 0,
        extensions: 0,
        nested: 0,
        plans: Plans::default(),
        lowerings: Lowerings::default(),
        tally: Tally::of(py, &ENCODED),
    };
    let result = encoder.value(value);
    encoder.tally.call(encoder.out.len(), result.is_err());
    match result {
        Ok(()) => encoder.out.finish(),
        Err(fault) => Err(PyTypeError::new_err(fault.0.into_string())),
    }
}
/// Writes one value.
pub struct Encoder<'s, 'py> {
    pub(super) py: Python<'py>,
    pub(super) types: &'py Types,
    pub(super) out: raw::Out<'s, 'py>,
    /// The head of an extension that is being sealed.
    head: Vec<u8>,
    /// Open containers of the present document.
    depth: u8,
    /// Open extensions.
    extensions: usize,
    /// Open containers and extensions of all documents.
    nested: usize,
    pub(super) plans: Plans,
    lowerings: Lowerings,
    pub(super) tally: Tally,
}

/// What had been written at some time.
pub struct Mark {
    written: usize,
    depth: u8,
    extensions: usize,
    nested: usize,
    kinds: Kinds,
}

impl Encoder<'_, '_> {
    /// Where [`Self::back_to`] goes back to.
    pub fn mark(&self) -> Mark {
        Mark {
            written: self.out.len(),
            depth: self.depth,
            extensions: self.extensions,
            nested: self.nested,
            kinds: self.tally.kinds(),
        }
    }

    /// Forgets what was written since.
    pub fn back_to(&mut self, mark: &Mark) {
        self.out.truncate(mark.written);
        self.depth = mark.depth;
        self.extensions = mark.extensions;
        self.nested = mark.nested;
        self.tally.back_to(&mark.kinds);
    }

    #[inline]
    pub fn open(&mut self) -> Result<(), WriteError> {
        if self.depth == MAX_DEPTH || self.nested == MAX_NESTED {
            return Err(WriteError::RecursionLimitReached);
        }
        self.depth += 1;
        self.nested += 1;
        Ok(())
    }

    pub fn close(&mut self) {
        self.depth -= 1;
        self.nested -= 1;
    }
}
