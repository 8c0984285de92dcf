//! `Topic`.

use std::sync::Arc;

use crate::behaviour::Behaviour;
use crate::{ChannelError, ChannelResult, Host};

/// Collects all values of a step, or of all steps (upstream `langgraph.channels.topic.Topic`).
pub struct Topic<H: Host> {
    key: Arc<str>,
    accumulate: bool,
    values: H::List,
}

impl<H: Host> Topic<H> {
    /// An empty channel; with `accumulate` values stay over the steps.
    pub fn new(host: &H, key: Arc<str>, accumulate: bool) -> Self {
        Self {
            key,
            accumulate,
            values: host.new_list(),
        }
    }
}

impl<H: Host> Behaviour<H> for Topic<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `Topic.update`: lists among the values are flattened by one level.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        let mut updated = false;
        if !self.accumulate {
            updated = !host.list_is_empty(&self.values)?;
            self.values = host.new_list();
        }
        let mut flat = Vec::with_capacity(values.len());
        for value in values {
            host.flatten(value, &mut flat)?;
        }
        if !flat.is_empty() {
            updated = true;
            host.extend_list(&mut self.values, flat)?;
        }
        Ok(updated)
    }

    /// Mirrors `Topic.get`: a new list.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        if host.list_is_empty(&self.values)? {
            return Err(ChannelError::Empty);
        }
        Ok(host.list_into_value(host.copy_list(&self.values)?))
    }

    /// Values that do not stay are gone with the next step.
    fn heeds_step(&self) -> bool {
        !self.accumulate
    }

    /// Mirrors `Topic.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(!host.list_is_empty(&self.values)?)
    }

    /// Mirrors `Topic.checkpoint`: the channel's own list, never `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(Some(host.list_into_value(host.dup_list(&self.values))))
    }

    /// Mirrors `Topic.from_checkpoint`, with the old form: a tuple, whose second item is the list.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = Self::new(host, self.key.clone(), self.accumulate);
        if let Some(checkpoint) = checkpoint {
            let list = host.second_of_tuple(&checkpoint)?.unwrap_or(checkpoint);
            channel.values = host.adopt_list(list)?;
        }
        Ok(channel)
    }

    /// Mirrors `Topic.copy`: the copy holds a new list.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            accumulate: self.accumulate,
            values: host.copy_list(&self.values)?,
        })
    }

    /// Mirrors `Topic.__eq__`: both accumulate or neither does.
    fn equals(&self, _host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.accumulate == other.accumulate)
    }
}
