//! `AnyValue`.

use crate::behaviour::{Behaviour, copied, restored, value_or_empty};
use crate::state::Single;
use crate::{ChannelResult, Host};

/// Stores the last value received, taking all values of a step for equal; a step without one clears it
/// (upstream `langgraph.channels.any_value.AnyValue`).
pub struct AnyValue<S>(pub S);

impl<H: Host, S: Single<H>> Behaviour<H> for AnyValue<S> {
    /// Mirrors `AnyValue.update`.
    fn update(&mut self, host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        let last = values.pop();
        if last.is_none() && self.0.value(host)?.is_none() {
            return Ok(false);
        }
        self.0.set_value(host, last)?;
        Ok(true)
    }

    /// Mirrors `AnyValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, &self.0)
    }

    /// The value is gone with the next step.
    fn heeds_step(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(true)
    }

    /// Mirrors `AnyValue.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.value(host)?.is_some())
    }

    /// Mirrors `AnyValue.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.0.value(host)?)
    }

    /// Mirrors `AnyValue.from_checkpoint`.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        restored(host, &self.0, checkpoint).map(Self)
    }

    /// Mirrors `AnyValue.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        copied(host, &self.0).map(Self)
    }

    /// Mirrors `AnyValue.__eq__`: any two are equal.
    fn equals(&self, _host: &H, _other: &Self) -> ChannelResult<bool, H> {
        Ok(true)
    }
}
