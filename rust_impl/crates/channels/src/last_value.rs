//! `LastValue`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelError, ChannelResult, Host};

/// Stores the last value received, at most one per step (upstream `langgraph.channels.last_value.LastValue`).
pub struct LastValue<H: Host> {
    key: Arc<str>,
    value: Option<H::Value>,
}

impl<H: Host> LastValue<H> {
    /// An empty channel.
    pub fn new(key: Arc<str>) -> Self {
        Self { key, value: None }
    }
}

impl<H: Host> Behaviour<H> for LastValue<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `LastValue.update`; refusing several values leaves the value as it was.
    fn update(&mut self, _host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.len() > 1 {
            return Err(ChannelError::concurrent_update(&format!(
                "At key '{}': Can receive only one value per step. Use an Annotated key to handle multiple values.",
                self.key
            )));
        }
        let Some(value) = values.pop() else {
            return Ok(false);
        };
        self.value = Some(value);
        Ok(true)
    }

    /// Mirrors `LastValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.value.as_ref())
    }

    /// Mirrors `LastValue.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.value.is_some())
    }

    /// Mirrors `LastValue.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `LastValue.from_checkpoint`.
    fn from_checkpoint(&self, _host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            value: checkpoint,
        })
    }

    /// Mirrors `LastValue.copy`: the copy holds the same value, not a copy of it.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        self.from_checkpoint(host, self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `LastValue.__eq__`: any two are equal.
    fn equals(&self, _host: &H, _other: &Self) -> ChannelResult<bool, H> {
        Ok(true)
    }
}
