//! Extensions: documents of their own, of which most begin with the names of a class.

use codec::envelope::PYDANTIC_V2;
use codec::write::{MAX_EXT_DEPTH, Sink, put_array_len, put_ext_head, put_str};
use pyo3::intern;
use pyo3::prelude::*;

use super::super::tally::Kind;
use super::{Encoder, MAX_NESTED, Raised};

/// Room for the longest head that most extensions need; a longer one moves the data.
const HEAD: usize = 3;

/// The module and name of an object's class.
#[derive(Clone, Copy)]
pub(super) enum Names<'n, 'py> {
    /// As it tells them.
    Told(&'n Bound<'py, PyAny>, &'n Bound<'py, PyAny>),
    /// As they are written.
    Known(&'n [u8]),
}

/// Where an extension began, and the depth of the document that it is in.
pub struct Opened {
    start: usize,
    depth: u8,
}

impl<'py> Encoder<'_, 'py> {
    /// Begins the data of an extension: a document of its own, in which depth counts anew.
    pub fn begin(&mut self) -> Result<Opened, Raised> {
        if self.extensions == MAX_EXT_DEPTH || self.nested == MAX_NESTED {
            return Err(Raised);
        }
        self.extensions += 1;
        self.nested += 1;
        let opened = Opened {
            start: self.out.len(),
            depth: self.depth,
        };
        self.depth = 0;
        self.out.array([0; HEAD]);
        Ok(opened)
    }

    /// Ends the data of an extension and puts its head before them.
    pub fn seal(&mut self, opened: Opened, code: i8) -> Result<(), Raised> {
        self.tally.value(Kind::of_ext(code));
        self.extensions -= 1;
        self.nested -= 1;
        self.depth = opened.depth;
        let data = opened.start + HEAD;
        self.head.clear();
        put_ext_head(&mut self.head, code, self.out.len().saturating_sub(data))?;
        if self.head.len() == HEAD {
            self.out.overwrite(opened.start, &self.head);
        } else {
            self.out.replace(opened.start..data, &self.head);
        }
        Ok(())
    }

    /// The head of an extension whose class is known; its outermost array stays open until it is sealed.
    pub(super) fn envelope(
        &mut self,
        len: usize,
        module: &str,
        name: &str,
    ) -> Result<Opened, Raised> {
        let opened = self.begin()?;
        self.depth = 1;
        put_array_len(&mut self.out, len)?;
        put_str(&mut self.out, module)?;
        put_str(&mut self.out, name)?;
        Ok(opened)
    }

    /// The head of an extension; its outermost array has to be closed before it is sealed.
    pub(super) fn open_named(
        &mut self,
        len: usize,
        names: Names<'_, 'py>,
    ) -> Result<Opened, Raised> {
        let opened = self.begin()?;
        self.open()?;
        put_array_len(&mut self.out, len)?;
        match names {
            Names::Told(module, class) => {
                self.value(module)?;
                self.value(class)?;
            }
            Names::Known(names) => {
                self.tally.values(Kind::Str, 2);
                self.out.slice(names);
            }
        }
        Ok(opened)
    }

    pub(super) fn named(
        &mut self,
        code: i8,
        names: Names<'_, 'py>,
        payload: &Bound<'py, PyAny>,
    ) -> Result<(), Raised> {
        let opened = self.open_named(if code == PYDANTIC_V2 { 4 } else { 3 }, names)?;
        self.value(payload)?;
        if code == PYDANTIC_V2 {
            put_str(&mut self.out, "model_validate_json")?;
        }
        self.close();
        self.seal(opened, code)
    }

    /// `object.__class__.__module__, object.__class__.__name__`
    pub(super) fn class_names(
        &self,
        object: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let class = intern!(self.py, "__class__");
        let module = object
            .getattr(class)?
            .getattr(intern!(self.py, "__module__"))?;
        let name = object
            .getattr(class)?
            .getattr(intern!(self.py, "__name__"))?;
        Ok((module, name))
    }
}
