//! `LastValue`.

use crate::behaviour::{Behaviour, copied, restored, value_or_empty};
use crate::state::Single;
use crate::{ChannelError, ChannelResult, Host};

/// Stores the last value received, at most one per step (upstream `langgraph.channels.last_value.LastValue`).
pub struct LastValue<S>(pub S);

impl<H: Host, S: Single<H>> Behaviour<H> for LastValue<S> {
    /// Mirrors `LastValue.update`; refusing several values leaves the value as it was.
    fn update(&mut self, host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.len() > 1 {
            return Err(ChannelError::concurrent_update(&format!(
                "At key '{}': Can receive only one value per step. Use an Annotated key to handle multiple values.",
                self.0.key_text(host)?
            )));
        }
        let Some(value) = values.pop() else {
            return Ok(false);
        };
        self.0.set_value(host, Some(value))?;
        Ok(true)
    }

    /// Mirrors `LastValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, &self.0)
    }

    /// Mirrors `LastValue.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.value(host)?.is_some())
    }

    /// Mirrors `LastValue.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.0.value(host)?)
    }

    /// Mirrors `LastValue.from_checkpoint`.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        restored(host, &self.0, checkpoint).map(Self)
    }

    /// Mirrors `LastValue.copy`: the copy holds the same value, not a copy of it.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        copied(host, &self.0).map(Self)
    }

    /// Mirrors `LastValue.__eq__`: any two are equal.
    fn equals(&self, _host: &H, _other: &Self) -> ChannelResult<bool, H> {
        Ok(true)
    }
}
