//! What is open while bytes are read: containers, and the documents that they are in.

use std::rc::Rc;

use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, METHOD_SINGLE_ARG,
    PYDANTIC_V1, PYDANTIC_V2,
};
use codec::read::{MAX_DEPTH, Reader, Token};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::super::tally::Kind;
use super::Decoder;
use super::found::Found;
use super::make::{Payload, Wanted};

/// An open container.
pub enum Frame<'py> {
    /// Its items are those from `start` on.
    List {
        missing: usize,
        start: usize,
    },
    KeyTuple {
        missing: usize,
        start: usize,
    },
    Map {
        missing: usize,
        dict: Bound<'py, PyDict>,
        key: Option<Bound<'py, PyAny>>,
    },
    /// A map whose keys and values are those from `start` on, one after the other; so many of both are missing.
    Pairs {
        missing: usize,
        start: usize,
    },
}

/// The input, or the data of an extension, with what was open when it began.
pub struct Level<'a, 'py> {
    pub code: i8,
    pub reader: Reader<'a>,
    pub frames: usize,
    pub items: usize,
    /// The head of the extension, where it was read ahead: the document is then its payload alone.
    pub envelope: Option<Envelope<'a, 'py>>,
    /// What is wanted of the payload.
    pub wanted: Wanted,
}

impl Level<'_, '_> {
    /// Whether so many open containers in all leave no level for what is in the innermost.
    pub fn is_too_deep(&self, frames: usize) -> bool {
        frames - self.frames + usize::from(self.envelope.is_some()) + 1 >= MAX_DEPTH
    }
}

/// The module and name that most extensions begin with.
pub enum Envelope<'a, 'py> {
    /// The data that hold them, and what they are.
    Read(&'a [u8], &'a str, &'a str),
    /// What they led to before.
    Known(Rc<Found<'py>>),
}

impl<'a> Envelope<'a, '_> {
    /// Reads it, if the extension has the form that upstream writes; its payload is what follows.
    pub fn read(code: i8, data: &'a [u8]) -> Option<(Self, Reader<'a>)> {
        let parts = match code {
            CONSTRUCTOR_SINGLE_ARG | CONSTRUCTOR_POS_ARGS | CONSTRUCTOR_KW_ARGS | PYDANTIC_V1 => 3,
            METHOD_SINGLE_ARG | PYDANTIC_V2 => 4,
            _ => return None,
        };
        let mut reader = Reader::new(data);
        let text = |reader: &mut Reader<'a>| match reader.token(true) {
            Ok(Token::Str(text)) => Some(text),
            _ => None,
        };
        match reader.token(false) {
            Ok(Token::Array(len)) if len == parts => {}
            _ => return None,
        }
        let (module, name) = (text(&mut reader)?, text(&mut reader)?);
        let head = data.get(..data.len() - reader.remaining())?;
        Some((Self::Read(head, module, name), reader))
    }
}

pub enum Step<'a, 'py> {
    Finished(Payload<'py>),
    Ext(i8, &'a [u8]),
}

impl<'py> Decoder<'py> {
    pub(super) fn level<'a>(&self, code: i8, data: &'a [u8]) -> Level<'a, 'py> {
        Level {
            code,
            reader: Reader::new(data),
            frames: self.frames.len(),
            items: self.items.len(),
            envelope: None,
            wanted: Wanted::Whole,
        }
    }

    /// The document of an extension, whose head is read if it has the form that upstream writes.
    pub(super) fn extension<'a>(&mut self, code: i8, data: &'a [u8]) -> Level<'a, 'py> {
        let mut level = self.level(code, data);
        if let Some((found, rest)) = self.finds.begin(code, data) {
            level.reader = Reader::new(rest);
            level.wanted = found.make.wants(code);
            level.envelope = Some(Envelope::Known(found));
        } else if let Some((envelope, reader)) = Envelope::read(code, data) {
            level.reader = reader;
            level.envelope = Some(envelope);
        } else {
            return level;
        }
        self.tally.values(Kind::Str, 2);
        level
    }
}
