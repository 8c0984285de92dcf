//! `BinaryOperatorAggregate`.

use crate::behaviour::{Behaviour, copied, restored, value_or_empty};
use crate::state::Reducing;
use crate::{ChannelError, ChannelResult, Host};

/// Folds each value into the current one (upstream `langgraph.channels.binop.BinaryOperatorAggregate`).
pub struct BinaryOperatorAggregate<S>(pub S);

impl<H: Host, S: Reducing<H>> Behaviour<H> for BinaryOperatorAggregate<S> {
    /// Mirrors `BinaryOperatorAggregate.update`.
    ///
    /// The first value of an empty channel is stored as it is, be it an `Overwrite`. After an `Overwrite` other values of
    /// the step are dropped and a second one is refused. An error keeps what was applied before it.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.is_empty() {
            return Ok(false);
        }
        let mut values = values.into_iter();
        if self.0.value(host)?.is_none() {
            self.0.set_value(host, values.next())?;
        }
        let mut overwritten = false;
        for value in values {
            if let Some(replacement) = host.overwrite(&value)? {
                if overwritten {
                    return Err(ChannelError::concurrent_update(
                        "Can receive only one Overwrite value per super-step.",
                    ));
                }
                self.0.set_value(host, Some(replacement))?;
                overwritten = true;
            } else if !overwritten {
                let reducer = self.0.reducer(host)?;
                let current = self.0.value(host)?;
                let reduced = host.reduce(&reducer, current.as_ref(), value)?;
                self.0.set_value(host, Some(reduced))?;
            }
        }
        Ok(true)
    }

    /// Mirrors `BinaryOperatorAggregate.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, &self.0)
    }

    /// Mirrors `BinaryOperatorAggregate.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.value(host)?.is_some())
    }

    /// Mirrors `BinaryOperatorAggregate.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.0.value(host)?)
    }

    /// Mirrors `BinaryOperatorAggregate.from_checkpoint`: `MISSING` starts anew, a `_DeltaSnapshot` yields its value.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let checkpoint = match checkpoint {
            Some(checkpoint) => host.present(host.snapshot(&checkpoint)?.unwrap_or(checkpoint)),
            None => None,
        };
        restored(host, &self.0, checkpoint).map(Self)
    }

    /// Mirrors `BinaryOperatorAggregate.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        copied(host, &self.0).map(Self)
    }

    /// Mirrors `BinaryOperatorAggregate.__eq__`: equal operators; types do not count.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(host.same_reducer(&self.0.reducer(host)?, &other.0.reducer(host)?)?)
    }
}
