//! `UntrackedValue`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelError, ChannelResult, Host};

/// Stores the last value received and never checkpoints it
/// (upstream `langgraph.channels.untracked_value.UntrackedValue`).
pub struct UntrackedValue<H: Host> {
    key: Arc<str>,
    guard: bool,
    value: Option<H::Value>,
}

impl<H: Host> UntrackedValue<H> {
    /// An empty channel; with `guard` it refuses several values in one step.
    pub fn new(key: Arc<str>, guard: bool) -> Self {
        Self {
            key,
            guard,
            value: None,
        }
    }
}

impl<H: Host> Behaviour<H> for UntrackedValue<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `UntrackedValue.update`; refusing several values leaves the value as it was.
    fn update(&mut self, _host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.len() > 1 && self.guard {
            return Err(ChannelError::InvalidUpdate(format!(
                "At key '{}': UntrackedValue(guard=True) can receive only one value per step. Use guard=False if you want to store any one of multiple values.",
                self.key
            )));
        }
        let Some(value) = values.pop() else {
            return Ok(false);
        };
        self.value = Some(value);
        Ok(true)
    }

    /// Mirrors `UntrackedValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.value.as_ref())
    }

    /// Mirrors `UntrackedValue.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.value.is_some())
    }

    /// Mirrors `UntrackedValue.checkpoint`: always `MISSING`.
    fn checkpoint(&self, _host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(None)
    }

    /// Mirrors `UntrackedValue.from_checkpoint`: empty, whatever the checkpoint holds.
    fn from_checkpoint(&self, _host: &H, _checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        Ok(Self::new(self.key.clone(), self.guard))
    }

    /// Mirrors `UntrackedValue.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            guard: self.guard,
            value: self.value.as_ref().map(|value| host.dup(value)),
        })
    }

    /// Mirrors `UntrackedValue.__eq__`: equal guards.
    fn equals(&self, _host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.guard == other.guard)
    }
}
