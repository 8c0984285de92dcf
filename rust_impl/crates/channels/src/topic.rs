//! `Topic`.

use crate::behaviour::Behaviour;
use crate::state::Collecting;
use crate::{ChannelError, ChannelResult, Host};

/// Collects all values of a step, or of all steps (upstream `langgraph.channels.topic.Topic`).
pub struct Topic<S>(pub S);

impl<H: Host, S: Collecting<H>> Behaviour<H> for Topic<S> {
    /// Mirrors `Topic.update`: lists among the values are flattened by one level.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        let mut updated = false;
        if !self.0.accumulates(host)? {
            updated = !self.0.is_empty(host)?;
            self.0.set_values(host, host.new_list())?;
        }
        let mut flat = Vec::with_capacity(values.len());
        for value in values {
            host.flatten(value, &mut flat)?;
        }
        if !flat.is_empty() {
            updated = true;
            self.0.extend(host, flat)?;
        }
        Ok(updated)
    }

    /// Mirrors `Topic.get`: a new list.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        if self.0.is_empty(host)? {
            return Err(ChannelError::Empty);
        }
        Ok(host.list_into_value(host.list_of(&self.0.values(host)?)?))
    }

    /// Values that do not stay are gone with the next step.
    fn heeds_step(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(!self.0.accumulates(host)?)
    }

    /// Mirrors `Topic.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(!self.0.is_empty(host)?)
    }

    /// Mirrors `Topic.checkpoint`: the channel's own list, never `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(Some(host.list_into_value(self.0.values(host)?)))
    }

    /// Mirrors `Topic.from_checkpoint`, with the old form: a tuple, whose second item is the list.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        if let Some(checkpoint) = checkpoint {
            let list = host.second_of_tuple(&checkpoint)?.unwrap_or(checkpoint);
            channel.set_values(host, host.adopt_list(list)?)?;
        }
        Ok(Self(channel))
    }

    /// Mirrors `Topic.copy`: the copy holds a new list.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        channel.set_values(host, host.copy_list(&self.0.values(host)?)?)?;
        Ok(Self(channel))
    }

    /// Mirrors `Topic.__eq__`: both accumulate or neither does.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.0.same_accumulation(host, &other.0)?)
    }
}
