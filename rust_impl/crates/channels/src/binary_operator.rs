//! `BinaryOperatorAggregate`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelError, ChannelResult, Host};

/// Folds each value into the current one (upstream `langgraph.channels.binop.BinaryOperatorAggregate`).
pub struct BinaryOperatorAggregate<H: Host> {
    key: Arc<str>,
    typ: H::Type,
    reducer: H::Reducer,
    value: Option<H::Value>,
}

impl<H: Host> BinaryOperatorAggregate<H> {
    /// A channel that starts with the type's empty value, or without one where the type cannot be called.
    pub fn new(host: &H, key: Arc<str>, typ: H::Type, reducer: H::Reducer) -> Self {
        let value = host.default_of(&typ).ok();
        Self {
            key,
            typ,
            reducer,
            value,
        }
    }

    fn with_value(&self, host: &H, value: Option<H::Value>) -> Self {
        Self {
            key: self.key.clone(),
            typ: host.dup_type(&self.typ),
            reducer: host.dup_reducer(&self.reducer),
            value,
        }
    }
}

impl<H: Host> Behaviour<H> for BinaryOperatorAggregate<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `BinaryOperatorAggregate.update`.
    ///
    /// The first value of an empty channel is stored as it is, be it an `Overwrite`. After an `Overwrite` other values of
    /// the step are dropped and a second one is refused. An error keeps what was applied before it.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.is_empty() {
            return Ok(false);
        }
        let mut overwritten = false;
        for value in values {
            let Some(current) = &self.value else {
                self.value = Some(value);
                continue;
            };
            if let Some(replacement) = host.overwrite(&value)? {
                if overwritten {
                    return Err(ChannelError::concurrent_update(
                        "Can receive only one Overwrite value per super-step.",
                    ));
                }
                self.value = Some(replacement);
                overwritten = true;
            } else if !overwritten {
                self.value = Some(host.reduce(&self.reducer, current, value)?);
            }
        }
        Ok(true)
    }

    /// Mirrors `BinaryOperatorAggregate.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.value.as_ref())
    }

    /// Mirrors `BinaryOperatorAggregate.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.value.is_some())
    }

    /// Mirrors `BinaryOperatorAggregate.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `BinaryOperatorAggregate.from_checkpoint`: `MISSING` starts anew, a `_DeltaSnapshot` yields its value.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let value = match checkpoint {
            Some(checkpoint) => Some(host.snapshot(&checkpoint).unwrap_or(checkpoint)),
            None => host.default_of(&self.typ).ok(),
        };
        Ok(self.with_value(host, value))
    }

    /// Mirrors `BinaryOperatorAggregate.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(self.with_value(host, self.value.as_ref().map(|value| host.dup(value))))
    }

    /// Mirrors `BinaryOperatorAggregate.__eq__`: equal operators; types do not count.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(host.same_reducer(&self.reducer, &other.reducer)?)
    }
}
