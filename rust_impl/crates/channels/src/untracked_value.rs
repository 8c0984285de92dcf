//! `UntrackedValue`.

use crate::behaviour::{Behaviour, copied, value_or_empty};
use crate::state::Guarded;
use crate::{ChannelError, ChannelResult, Host};

/// Stores the last value received and never checkpoints it
/// (upstream `langgraph.channels.untracked_value.UntrackedValue`).
pub struct UntrackedValue<S>(pub S);

impl<H: Host, S: Guarded<H>> Behaviour<H> for UntrackedValue<S> {
    /// Mirrors `UntrackedValue.update`; refusing several values leaves the value as it was.
    fn update(&mut self, host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.len() > 1 && self.0.guard(host)? {
            return Err(ChannelError::InvalidUpdate(format!(
                "At key '{}': UntrackedValue(guard=True) can receive only one value per step. Use guard=False if you want to store any one of multiple values.",
                self.0.key_text(host)?
            )));
        }
        let Some(value) = values.pop() else {
            return Ok(false);
        };
        self.0.set_value(host, Some(value))?;
        Ok(true)
    }

    /// Mirrors `UntrackedValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, &self.0)
    }

    /// Mirrors `UntrackedValue.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.value(host)?.is_some())
    }

    /// Mirrors `UntrackedValue.checkpoint`: always `MISSING`.
    fn checkpoint(&self, _host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(None)
    }

    /// Mirrors `UntrackedValue.from_checkpoint`: empty, whatever the checkpoint holds.
    fn from_checkpoint(&self, host: &H, _checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        self.0.renew(host).map(Self)
    }

    /// Mirrors `UntrackedValue.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        copied(host, &self.0).map(Self)
    }

    /// Mirrors `UntrackedValue.__eq__`: equal guards.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.0.same_guard(host, &other.0)?)
    }
}
