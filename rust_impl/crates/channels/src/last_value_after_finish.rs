//! `LastValueAfterFinish`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelResult, Host};

/// Stores the last value received and shows it only after `finish()`; once consumed, it is gone
/// (upstream `langgraph.channels.last_value.LastValueAfterFinish`).
pub struct LastValueAfterFinish<H: Host> {
    key: Arc<str>,
    value: Option<H::Value>,
    finished: bool,
}

impl<H: Host> LastValueAfterFinish<H> {
    /// An empty channel.
    pub fn new(key: Arc<str>) -> Self {
        Self {
            key,
            value: None,
            finished: false,
        }
    }

    fn visible(&self) -> Option<&H::Value> {
        self.value.as_ref().filter(|_| self.finished)
    }
}

impl<H: Host> Behaviour<H> for LastValueAfterFinish<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `LastValueAfterFinish.update`: a new value hides again until the next `finish`.
    fn update(&mut self, _host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        let Some(value) = values.pop() else {
            return Ok(false);
        };
        self.finished = false;
        self.value = Some(value);
        Ok(true)
    }

    /// Mirrors `LastValueAfterFinish.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.visible())
    }

    /// Mirrors `LastValueAfterFinish.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.visible().is_some())
    }

    /// Mirrors `LastValueAfterFinish.checkpoint`: the tuple `(value, finished)`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(self
            .value
            .as_ref()
            .map(|value| host.pair(host.dup(value), host.bool(self.finished))))
    }

    /// Mirrors `LastValueAfterFinish.from_checkpoint`: unpacks two values or fails as unpacking does.
    ///
    /// Upstream keeps the second as it is and tests its truth; here it becomes a bool at once, so a checkpoint that upstream
    /// did not write (say `(1, "yes")`) reads the same but is checkpointed again as `(1, True)`.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = Self::new(self.key.clone());
        if let Some(checkpoint) = checkpoint {
            let (value, finished) = host.unpack_pair(checkpoint)?;
            channel.value = Some(value);
            channel.finished = host.truthy(&finished)?;
        }
        Ok(channel)
    }

    /// Mirrors `BaseChannel.copy`, that is `from_checkpoint(checkpoint())`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            value: self.value.as_ref().map(|value| host.dup(value)),
            finished: self.finished,
        })
    }

    /// Mirrors `LastValueAfterFinish.__eq__`: any two are equal.
    fn equals(&self, _host: &H, _other: &Self) -> ChannelResult<bool, H> {
        Ok(true)
    }

    /// Mirrors `LastValueAfterFinish.consume`: drops a value that was shown.
    fn consume(&mut self, _host: &H) -> ChannelResult<bool, H> {
        if !self.finished {
            return Ok(false);
        }
        self.finished = false;
        self.value = None;
        Ok(true)
    }

    /// Mirrors `LastValueAfterFinish.finish`: shows the value, once.
    fn finish(&mut self, host: &H) -> ChannelResult<bool, H> {
        let finishes = self.heeds_finish(host)?;
        self.finished |= finishes;
        Ok(finishes)
    }

    /// A value that is not shown yet.
    fn heeds_finish(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(!self.finished && self.value.is_some())
    }
}
