//! `NamedBarrierValue`.

use crate::behaviour::{Behaviour, copied_barrier, see};
use crate::state::Awaiting;
use crate::{ChannelError, ChannelResult, Host};

/// Waits until all names were received (upstream `langgraph.channels.named_barrier_value.NamedBarrierValue`).
pub struct NamedBarrierValue<S>(pub S);

impl<H: Host, S: Awaiting<H>> Behaviour<H> for NamedBarrierValue<S> {
    /// Mirrors `NamedBarrierValue.update`.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        see(host, &mut self.0, values)
    }

    /// Mirrors `NamedBarrierValue.get`: `None` when all names were received.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        if self.0.is_open(host)? {
            Ok(host.none())
        } else {
            Err(ChannelError::Empty)
        }
    }

    /// Mirrors `NamedBarrierValue.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.is_open(host)?)
    }

    /// Mirrors `NamedBarrierValue.checkpoint`: the set of what was seen, never `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(Some(host.set_into_value(self.0.seen(host)?)))
    }

    /// Mirrors `NamedBarrierValue.from_checkpoint`.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        if let Some(checkpoint) = checkpoint {
            channel.set_seen(host, host.adopt_set(checkpoint)?)?;
        }
        Ok(Self(channel))
    }

    /// Mirrors `NamedBarrierValue.copy`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        copied_barrier(host, &self.0).map(Self)
    }

    /// Mirrors `NamedBarrierValue.__eq__`: equal names.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.0.same_names(host, &other.0)?)
    }

    /// Mirrors `NamedBarrierValue.consume`: an open barrier closes.
    fn consume(&mut self, host: &H) -> ChannelResult<bool, H> {
        let open = self.0.is_open(host)?;
        if open {
            self.0.set_seen(host, host.new_set())?;
        }
        Ok(open)
    }
}
