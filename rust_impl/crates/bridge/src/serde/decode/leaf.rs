//! Items of the input that are objects by themselves.

use codec::read::{ReadError, Visit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyTuple};

use super::super::keys::Keys;
use super::super::raw;
use super::super::tally::{Kind, Tally};

/// What an item of the input is: an object, or something that needs more of the input.
pub enum Item<'a, 'py> {
    Leaf(Bound<'py, PyAny>),
    Array(usize),
    Map(usize),
    Ext(i8, &'a [u8]),
}

/// Makes the items of values, or of keys.
pub struct Leaf<'k, 'py, const KEY: bool> {
    pub py: Python<'py>,
    pub keys: &'k mut Keys,
    pub tally: Tally,
}

impl<'a, 'py, const KEY: bool> Visit<'a> for Leaf<'_, 'py, KEY> {
    type Item = Item<'a, 'py>;

    #[inline(always)]
    fn nil(&mut self) -> Self::Item {
        self.tally.value(Kind::Nil);
        Item::Leaf(self.py.None().into_bound(self.py))
    }

    #[inline(always)]
    fn bool(&mut self, flag: bool) -> Self::Item {
        self.tally.value(Kind::Bool);
        Item::Leaf(PyBool::new(self.py, flag).to_owned().into_any())
    }

    #[inline(always)]
    fn signed(&mut self, int: i64) -> Self::Item {
        self.tally.value(Kind::Int);
        Item::Leaf(raw::new_int(self.py, int))
    }

    #[inline(always)]
    fn unsigned(&mut self, int: u64) -> Self::Item {
        self.tally.value(Kind::Int);
        Item::Leaf(match i64::try_from(int) {
            Ok(int) => raw::new_int(self.py, int),
            Err(_) => PyInt::new(self.py, int).into_any(),
        })
    }

    #[inline(always)]
    fn float(&mut self, bits: u64) -> Self::Item {
        self.tally.value(Kind::Float);
        Item::Leaf(PyFloat::new(self.py, f64::from_bits(bits)).into_any())
    }

    #[inline(always)]
    fn text(&mut self, text: &'a [u8]) -> Result<Self::Item, ReadError> {
        let text = if KEY {
            self.keys.get(self.py, text)?
        } else {
            raw::new_text(self.py, text)?
        };
        self.tally.value(Kind::Str);
        Ok(Item::Leaf(text.into_any()))
    }

    #[inline(always)]
    fn binary(&mut self, data: &'a [u8]) -> Self::Item {
        self.tally.value(Kind::Bin);
        Item::Leaf(PyBytes::new(self.py, data).into_any())
    }

    #[inline(always)]
    fn array(&mut self, len: usize) -> Self::Item {
        if len > 0 {
            return Item::Array(len);
        }
        self.tally.value(Kind::Array);
        Item::Leaf(if KEY {
            PyTuple::empty(self.py).into_any()
        } else {
            PyList::empty(self.py).into_any()
        })
    }

    #[inline(always)]
    fn map(&mut self, len: usize) -> Self::Item {
        if len > 0 {
            return Item::Map(len);
        }
        self.tally.value(Kind::Map);
        Item::Leaf(PyDict::new(self.py).into_any())
    }

    #[inline(always)]
    fn ext(&mut self, code: i8, data: &'a [u8]) -> Self::Item {
        Item::Ext(code, data)
    }
}
