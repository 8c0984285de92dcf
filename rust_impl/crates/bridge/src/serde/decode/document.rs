//! Documents: the input, and the data of extensions, which are documents of their own.

use codec::envelope::{METHOD_SINGLE_ARG, PYDANTIC_V2};
use codec::read::{MAX_EXT_DEPTH, ReadError, Token};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::super::tally::{Kind, Reason};
use super::level::{Envelope, Frame, Level, Step};
use super::make::Payload;
use super::{Decoder, Hook, Revived};

impl<'py> Decoder<'py> {
    /// Reads one document and all that are inside it.
    pub(super) fn document(&mut self, data: &[u8]) -> Revived<'py> {
        let mut outer: Vec<Level<'_, 'py>> = Vec::new();
        let mut level = self.level(0, data);
        let mut ready = None;
        loop {
            let mut outcome = match self.run(&mut level, ready.take()) {
                Ok(Step::Finished(value)) => Ok(value),
                Ok(Step::Ext(code, data)) => {
                    self.tally.value(Kind::of_ext(code));
                    let nests = matches!(self.hook, Hook::Native(_)) && (0..=7).contains(&code);
                    let is_deep = outer.len() + 1 >= MAX_EXT_DEPTH;
                    if code == PYDANTIC_V2
                        && nests
                        && !is_deep
                        && let Some(model) = self.model(data)
                    {
                        match model {
                            Ok(model) => {
                                ready = Some(model);
                                continue;
                            }
                            Err(error) => Err(error),
                        }
                    } else if nests && !is_deep {
                        let inner = self.extension(code, data);
                        outer.push(std::mem::replace(&mut level, inner));
                        continue;
                    } else {
                        match self.leaf_ext(code, data, nests) {
                            Ok(value) => {
                                ready = Some(value);
                                continue;
                            }
                            Err(error) => Err(error),
                        }
                    }
                }
                Err(error) => Err(error),
            };
            // This level is over: hand the outcome to the extension that opened it.
            loop {
                self.frames.truncate(level.frames);
                let revived = match (level.envelope.take(), outcome) {
                    (Some(envelope), Ok(payload)) => {
                        match self.open_envelope(&mut level, envelope, payload) {
                            Some(revived) => revived,
                            // Its method is read like any other value.
                            None => break,
                        }
                    }
                    (_, outcome) => {
                        let outcome = outcome.and_then(|mut payload| self.whole(&mut payload));
                        if outer.is_empty() {
                            return outcome;
                        }
                        self.items.truncate(level.items);
                        self.revive(level.code, outcome)
                    }
                };
                self.items.truncate(level.items);
                let Some(parent) = outer.pop() else {
                    return revived;
                };
                level = parent;
                match revived {
                    Ok(value) => {
                        ready = Some(value);
                        break;
                    }
                    Err(error) => outcome = Err(error),
                }
            }
        }
    }

    /// What an extension comes to whose payload has been read. `None` if what follows the payload is not what upstream writes:
    /// then the level goes on as if nothing had been read ahead.
    fn open_envelope(
        &mut self,
        level: &mut Level<'_, 'py>,
        envelope: Envelope<'_, 'py>,
        mut payload: Payload<'py>,
    ) -> Option<Revived<'py>> {
        let method = match level.code {
            METHOD_SINGLE_ARG | PYDANTIC_V2 => {
                let mut reader = level.reader;
                match reader.token(false) {
                    Ok(Token::Str(method)) => Some(method),
                    _ => {
                        let (module, name) = match self.names(&envelope) {
                            Ok(names) => names,
                            Err(error) => return Some(Err(error)),
                        };
                        let payload = match self.whole(&mut payload) {
                            Ok(payload) => payload,
                            Err(error) => return Some(Err(error)),
                        };
                        self.frames.push(Frame::List {
                            missing: 1,
                            start: self.items.len(),
                        });
                        self.items.extend([module, name, payload]);
                        return None;
                    }
                }
            }
            _ => None,
        };
        self.tally.values(Kind::Str, u64::from(method.is_some()));
        self.tally.value(Kind::Array);
        Some(self.revive_envelope(level.code, envelope, payload, method))
    }

    /// The module and name of an envelope.
    pub(super) fn names(
        &mut self,
        envelope: &Envelope<'_, 'py>,
    ) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>), ReadError> {
        Ok(match envelope {
            Envelope::Read(_, module, name) => (
                self.keys.get(self.py, module.as_bytes())?.into_any(),
                self.keys.get(self.py, name.as_bytes())?.into_any(),
            ),
            Envelope::Known(found) => (found.names.module.clone(), found.names.name.clone()),
        })
    }

    /// An extension that is not read inside: `nests` if that is only because too many are open.
    fn leaf_ext(&mut self, code: i8, data: &[u8], nests: bool) -> Revived<'py> {
        match &self.hook {
            Hook::Native(_) if nests => Err(ReadError::ExtHookFailed),
            Hook::Native(_) => Ok(self.none()),
            Hook::Custom(hook) => {
                self.tally.python(Reason::CustomHook);
                hook.call1((code, PyBytes::new(self.py, data)))
                    .map_err(|_| ReadError::ExtHookFailed)
            }
        }
    }

    pub(super) fn none(&self) -> Bound<'py, PyAny> {
        self.py.None().into_bound(self.py)
    }
}
