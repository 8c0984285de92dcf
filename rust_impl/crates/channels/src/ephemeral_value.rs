//! `EphemeralValue`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelError, ChannelResult, Host};

/// Stores the value of the step immediately before and clears after
/// (upstream `langgraph.channels.ephemeral_value.EphemeralValue`).
pub struct EphemeralValue<H: Host> {
    key: Arc<str>,
    guard: bool,
    value: Option<H::Value>,
}

impl<H: Host> EphemeralValue<H> {
    /// An empty channel; with `guard` it refuses several values in one step.
    pub fn new(key: Arc<str>, guard: bool) -> Self {
        Self {
            key,
            guard,
            value: None,
        }
    }
}

impl<H: Host> Behaviour<H> for EphemeralValue<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `EphemeralValue.update`; refusing several values leaves the value as it was.
    fn update(&mut self, _host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.len() > 1 && self.guard {
            return Err(ChannelError::InvalidUpdate(format!(
                "At key '{}': EphemeralValue(guard=True) can receive only one value per step. Use guard=False if you want to store any one of multiple values.",
                self.key
            )));
        }
        let previous = std::mem::replace(&mut self.value, values.pop());
        Ok(self.value.is_some() || previous.is_some())
    }

    /// Mirrors `EphemeralValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.value.as_ref())
    }

    /// The value is gone with the next step.
    fn heeds_step(&self) -> bool {
        true
    }

    /// Mirrors `EphemeralValue.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.value.is_some())
    }

    /// Mirrors `EphemeralValue.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `EphemeralValue.from_checkpoint`.
    fn from_checkpoint(&self, _host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            guard: self.guard,
            value: checkpoint,
        })
    }

    /// Mirrors `EphemeralValue.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        self.from_checkpoint(host, self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `EphemeralValue.__eq__`: equal guards.
    fn equals(&self, _host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.guard == other.guard)
    }
}
