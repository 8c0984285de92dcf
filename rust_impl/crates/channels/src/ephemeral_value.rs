//! `EphemeralValue`.

use crate::behaviour::{Behaviour, copied, restored, value_or_empty};
use crate::state::Guarded;
use crate::{ChannelError, ChannelResult, Host};

/// Stores the value of the step immediately before and clears after
/// (upstream `langgraph.channels.ephemeral_value.EphemeralValue`).
pub struct EphemeralValue<S>(pub S);

impl<H: Host, S: Guarded<H>> Behaviour<H> for EphemeralValue<S> {
    /// Mirrors `EphemeralValue.update`; refusing several values leaves the value as it was.
    fn update(&mut self, host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.len() > 1 && self.0.guard(host)? {
            return Err(ChannelError::InvalidUpdate(format!(
                "At key '{}': EphemeralValue(guard=True) can receive only one value per step. Use guard=False if you want to store any one of multiple values.",
                self.0.key_text(host)?
            )));
        }
        let last = values.pop();
        if last.is_none() && self.0.value(host)?.is_none() {
            return Ok(false);
        }
        self.0.set_value(host, last)?;
        Ok(true)
    }

    /// Mirrors `EphemeralValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, &self.0)
    }

    /// The value is gone with the next step.
    fn heeds_step(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(true)
    }

    /// Mirrors `EphemeralValue.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.value(host)?.is_some())
    }

    /// Mirrors `EphemeralValue.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.0.value(host)?)
    }

    /// Mirrors `EphemeralValue.from_checkpoint`.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        restored(host, &self.0, checkpoint).map(Self)
    }

    /// Mirrors `EphemeralValue.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        copied(host, &self.0).map(Self)
    }

    /// Mirrors `EphemeralValue.__eq__`: equal guards.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.0.same_guard(host, &other.0)?)
    }
}
