//! `NamedBarrierValueAfterFinish`.

use crate::behaviour::{Behaviour, copied_barrier, see};
use crate::state::{Awaiting, Finishing};
use crate::{ChannelError, ChannelResult, Host};

/// Waits until all names were received and then for `finish()`
/// (upstream `langgraph.channels.named_barrier_value.NamedBarrierValueAfterFinish`).
pub struct NamedBarrierValueAfterFinish<S>(pub S);

impl<H: Host, S: Awaiting<H> + Finishing<H>> Behaviour<H> for NamedBarrierValueAfterFinish<S> {
    /// Mirrors `NamedBarrierValueAfterFinish.update`.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        see(host, &mut self.0, values)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.get`: `None` when the barrier is open and finished.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        if self.is_available(host)? {
            Ok(host.none())
        } else {
            Err(ChannelError::Empty)
        }
    }

    /// Mirrors `NamedBarrierValueAfterFinish.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.is_finished(host)? && self.0.is_open(host)?)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.checkpoint`: the tuple `(seen, finished)`, never `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        let seen = host.set_into_value(self.0.seen(host)?);
        Ok(Some(host.pair(seen, self.0.finished(host)?)?))
    }

    /// Mirrors `NamedBarrierValueAfterFinish.from_checkpoint`: unpacks two values or fails as unpacking does.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        if let Some(checkpoint) = checkpoint {
            let (seen, finished) = host.unpack_pair(checkpoint)?;
            channel.set_seen(host, host.adopt_set(seen)?)?;
            channel.set_finished(host, finished)?;
        }
        Ok(Self(channel))
    }

    /// Mirrors `NamedBarrierValueAfterFinish.copy`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        let mut channel = copied_barrier(host, &self.0)?;
        channel.set_finished(host, self.0.finished(host)?)?;
        Ok(Self(channel))
    }

    /// Mirrors `NamedBarrierValueAfterFinish.__eq__`: equal names.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.0.same_names(host, &other.0)?)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.consume`: an open and finished barrier closes.
    fn consume(&mut self, host: &H) -> ChannelResult<bool, H> {
        let available = self.is_available(host)?;
        if available {
            self.0.set_finished(host, host.bool(false))?;
            self.0.set_seen(host, host.new_set())?;
        }
        Ok(available)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.finish`: makes an open barrier available, once.
    fn finish(&mut self, host: &H) -> ChannelResult<bool, H> {
        let finishes = self.heeds_finish(host)?;
        if finishes {
            self.0.set_finished(host, host.bool(true))?;
        }
        Ok(finishes)
    }

    /// An open barrier that is not shown yet.
    fn heeds_finish(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(!self.0.is_finished(host)? && self.0.is_open(host)?)
    }
}
