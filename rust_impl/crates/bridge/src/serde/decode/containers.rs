//! Lists, tuples and dicts, filled with what the input has for them.

use codec::read::ReadError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::super::raw;
use super::super::tally::Kind;
use super::leaf::{Item, Leaf};
use super::level::{Frame, Level, Step};
use super::make::{Payload, Wanted};
use super::{Decoder, Revived};

impl<'py> Decoder<'py> {
    /// Reads on until the level's document is complete or an extension is met. `ready` is what the last one came to.
    pub(super) fn run<'a>(
        &mut self,
        level: &mut Level<'a, 'py>,
        mut ready: Option<Bound<'py, PyAny>>,
    ) -> Result<Step<'a, 'py>, ReadError> {
        let py = self.py;
        loop {
            let mut value = match ready.take() {
                Some(value) => value,
                None => {
                    if level.is_too_deep(self.frames.len()) {
                        return Err(ReadError::RecursionLimitReached);
                    }
                    let tally = self.tally;
                    let Self {
                        frames,
                        items,
                        keys,
                        ..
                    } = self;
                    let frame = if frames.len() > level.frames {
                        frames.last_mut()
                    } else {
                        None
                    };
                    let reader = &mut level.reader;
                    let (item, in_key) = match frame {
                        // As many pairs of leaves as there are.
                        Some(Frame::Map { missing, dict, key }) => loop {
                            let known = match key.take() {
                                Some(key) => key,
                                None => {
                                    let make = &mut Leaf::<true> { py, keys, tally };
                                    match reader.item(true, make)? {
                                        Item::Leaf(key) => key,
                                        item => break (item, true),
                                    }
                                }
                            };
                            match reader.item(false, &mut Leaf::<false> { py, keys, tally })? {
                                Item::Leaf(value) => {
                                    if *missing == 1 {
                                        *key = Some(known);
                                        break (Item::Leaf(value), false);
                                    }
                                    raw::insert(dict, &known, value)?;
                                    *missing -= 1;
                                }
                                item => {
                                    *key = Some(known);
                                    break (item, false);
                                }
                            }
                        },
                        // As many leaves as there are.
                        Some(Frame::Pairs { missing, .. }) => loop {
                            let item = if *missing % 2 == 0 {
                                reader.item(true, &mut Leaf::<true> { py, keys, tally })?
                            } else {
                                reader.item(false, &mut Leaf::<false> { py, keys, tally })?
                            };
                            match item {
                                Item::Leaf(value) if *missing > 1 => {
                                    items.push(value);
                                    *missing -= 1;
                                }
                                item => break (item, *missing % 2 == 0),
                            }
                        },
                        Some(Frame::List { missing, .. }) => loop {
                            match reader.item(false, &mut Leaf::<false> { py, keys, tally })? {
                                Item::Leaf(value) if *missing > 1 => {
                                    items.push(value);
                                    *missing -= 1;
                                }
                                item => break (item, false),
                            }
                        },
                        Some(Frame::KeyTuple { .. }) => (
                            reader.item(true, &mut Leaf::<true> { py, keys, tally })?,
                            true,
                        ),
                        None => (
                            reader.item(false, &mut Leaf::<false> { py, keys, tally })?,
                            false,
                        ),
                    };
                    match item {
                        Item::Leaf(value) => value,
                        Item::Ext(code, data) => return Ok(Step::Ext(code, data)),
                        Item::Array(missing) => {
                            let start = self.items.len();
                            self.frames.push(if in_key {
                                Frame::KeyTuple { missing, start }
                            } else {
                                Frame::List { missing, start }
                            });
                            continue;
                        }
                        Item::Map(missing)
                            if level.wanted == Wanted::Pairs
                                && self.frames.len() == level.frames =>
                        {
                            self.frames.push(Frame::Pairs {
                                missing: missing.saturating_mul(2),
                                start: self.items.len(),
                            });
                            continue;
                        }
                        Item::Map(missing) => {
                            self.frames.push(Frame::Map {
                                missing,
                                dict: PyDict::new(py),
                                key: None,
                            });
                            continue;
                        }
                    }
                }
            };
            // Put the value in its place; a container that it completes is the next value.
            loop {
                if self.frames.len() == level.frames {
                    return Ok(Step::Finished(Payload::Whole(value)));
                }
                let Some(frame) = self.frames.last_mut() else {
                    return Ok(Step::Finished(Payload::Whole(value)));
                };
                let missing = match frame {
                    Frame::List { missing, .. }
                    | Frame::KeyTuple { missing, .. }
                    | Frame::Pairs { missing, .. } => {
                        self.items.push(value);
                        missing
                    }
                    Frame::Map { missing, dict, key } => {
                        let Some(key) = key.take() else {
                            *key = Some(value);
                            break;
                        };
                        raw::insert(dict, &key, value)?;
                        missing
                    }
                };
                *missing -= 1;
                if *missing > 0 {
                    break;
                }
                if level.wanted != Wanted::Whole
                    && self.frames.len() == level.frames + 1
                    && let Some(payload) = self.complete_apart()?
                {
                    return Ok(Step::Finished(payload));
                }
                value = self.complete()?;
            }
        }
    }

    /// What is in the innermost container, which has all it needs, if it is one that is wanted so.
    fn complete_apart(&mut self) -> Result<Option<Payload<'py>>, ReadError> {
        let (kind, payload) = match self.frames.last() {
            Some(Frame::List { start, .. }) => (Kind::Array, Payload::Items(*start)),
            // Other keys may turn out to be none.
            Some(Frame::Pairs { start, .. }) if self.are_texts(*start) => {
                (Kind::Map, Payload::Pairs(*start))
            }
            _ => return Ok(None),
        };
        self.frames.pop();
        self.tally.value(kind);
        Ok(Some(payload))
    }

    /// Whether every other item from `start` on is a string.
    fn are_texts(&self, start: usize) -> bool {
        let pairs = self.items.get(start..).unwrap_or_default();
        pairs
            .iter()
            .step_by(2)
            .all(|key| key.is_exact_instance_of::<PyString>())
    }

    /// The innermost container, which has all it needs.
    fn complete(&mut self) -> Revived<'py> {
        let (kind, value) = match self.frames.pop() {
            Some(Frame::List { start, .. }) => (
                Kind::Array,
                raw::list(self.py, &mut self.items, start)?.into_any(),
            ),
            Some(Frame::KeyTuple { start, .. }) => (
                Kind::Array,
                raw::tuple(self.py, &mut self.items, start)?.into_any(),
            ),
            Some(Frame::Pairs { start, .. }) => (Kind::Map, self.dict_of(start)?.into_any()),
            Some(Frame::Map { dict, .. }) => (Kind::Map, dict.into_any()),
            None => return Err(ReadError::Internal),
        };
        self.tally.value(kind);
        Ok(value)
    }
}
