//! `AnyValue`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelResult, Host};

/// Stores the last value received, taking all values of a step for equal; a step without one clears it
/// (upstream `langgraph.channels.any_value.AnyValue`).
pub struct AnyValue<H: Host> {
    key: Arc<str>,
    value: Option<H::Value>,
}

impl<H: Host> AnyValue<H> {
    /// An empty channel.
    pub fn new(key: Arc<str>) -> Self {
        Self { key, value: None }
    }
}

impl<H: Host> Behaviour<H> for AnyValue<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `AnyValue.update`.
    fn update(&mut self, _host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        let previous = std::mem::replace(&mut self.value, values.pop());
        Ok(self.value.is_some() || previous.is_some())
    }

    /// Mirrors `AnyValue.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.value.as_ref())
    }

    /// The value is gone with the next step.
    fn heeds_step(&self) -> bool {
        true
    }

    /// Mirrors `AnyValue.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.value.is_some())
    }

    /// Mirrors `AnyValue.checkpoint`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `AnyValue.from_checkpoint`.
    fn from_checkpoint(&self, _host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            value: checkpoint,
        })
    }

    /// Mirrors `AnyValue.copy`: the copy holds the same value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        self.from_checkpoint(host, self.value.as_ref().map(|value| host.dup(value)))
    }

    /// Mirrors `AnyValue.__eq__`: any two are equal.
    fn equals(&self, _host: &H, _other: &Self) -> ChannelResult<bool, H> {
        Ok(true)
    }
}
