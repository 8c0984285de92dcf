//! `LastValueAfterFinish`.

use crate::behaviour::Behaviour;
use crate::state::{Finishing, Single};
use crate::{ChannelError, ChannelResult, Host};

/// Stores the last value received and shows it only after `finish()`; once consumed, it is gone
/// (upstream `langgraph.channels.last_value.LastValueAfterFinish`).
pub struct LastValueAfterFinish<S>(pub S);

impl<S> LastValueAfterFinish<S> {
    fn visible<H: Host>(&self, host: &H) -> Result<Option<H::Value>, H::Error>
    where
        S: Single<H> + Finishing<H>,
    {
        match self.0.value(host)? {
            Some(value) if self.0.is_finished(host)? => Ok(Some(value)),
            _ => Ok(None),
        }
    }
}

impl<H: Host, S: Single<H> + Finishing<H>> Behaviour<H> for LastValueAfterFinish<S> {
    /// Mirrors `LastValueAfterFinish.update`: a new value hides again until the next `finish`.
    fn update(&mut self, host: &H, mut values: Vec<H::Value>) -> ChannelResult<bool, H> {
        let Some(value) = values.pop() else {
            return Ok(false);
        };
        self.0.set_finished(host, host.bool(false))?;
        self.0.set_value(host, Some(value))?;
        Ok(true)
    }

    /// Mirrors `LastValueAfterFinish.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        self.visible(host)?.ok_or(ChannelError::Empty)
    }

    /// Mirrors `LastValueAfterFinish.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.visible(host)?.is_some())
    }

    /// Mirrors `LastValueAfterFinish.checkpoint`: the tuple `(value, finished)`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        let Some(value) = self.0.value(host)? else {
            return Ok(None);
        };
        Ok(Some(host.pair(value, self.0.finished(host)?)?))
    }

    /// Mirrors `LastValueAfterFinish.from_checkpoint`: unpacks two values or fails as unpacking does.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        if let Some(checkpoint) = checkpoint {
            let (value, finished) = host.unpack_pair(checkpoint)?;
            channel.set_value(host, Some(value))?;
            channel.set_finished(host, finished)?;
        }
        Ok(Self(channel))
    }

    /// Mirrors `BaseChannel.copy`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        self.from_checkpoint(host, self.checkpoint(host)?)
    }

    /// Mirrors `LastValueAfterFinish.__eq__`: any two are equal.
    fn equals(&self, _host: &H, _other: &Self) -> ChannelResult<bool, H> {
        Ok(true)
    }

    /// Mirrors `LastValueAfterFinish.consume`: drops a value that was shown.
    fn consume(&mut self, host: &H) -> ChannelResult<bool, H> {
        if !self.0.is_finished(host)? {
            return Ok(false);
        }
        self.0.set_finished(host, host.bool(false))?;
        self.0.set_value(host, None)?;
        Ok(true)
    }

    /// Mirrors `LastValueAfterFinish.finish`: shows the value, once.
    fn finish(&mut self, host: &H) -> ChannelResult<bool, H> {
        let finishes = self.heeds_finish(host)?;
        if finishes {
            self.0.set_finished(host, host.bool(true))?;
        }
        Ok(finishes)
    }

    /// A value that is not shown yet.
    fn heeds_finish(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(!self.0.is_finished(host)? && self.0.value(host)?.is_some())
    }
}
