//! `NamedBarrierValueAfterFinish`.

use std::sync::Arc;

use crate::barrier::Barrier;
use crate::behaviour::Behaviour;
use crate::{ChannelError, ChannelResult, Host};

/// Waits until all names were received and then for `finish()`
/// (upstream `langgraph.channels.named_barrier_value.NamedBarrierValueAfterFinish`).
pub struct NamedBarrierValueAfterFinish<H: Host> {
    key: Arc<str>,
    barrier: Barrier<H>,
    finished: bool,
}

impl<H: Host> NamedBarrierValueAfterFinish<H> {
    /// A barrier that waits for `names`.
    pub fn new(host: &H, key: Arc<str>, names: H::Set) -> Self {
        Self {
            key,
            barrier: Barrier::new(host, names),
            finished: false,
        }
    }
}

impl<H: Host> Behaviour<H> for NamedBarrierValueAfterFinish<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `NamedBarrierValueAfterFinish.update`.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        self.barrier.see(host, &self.key, values)
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
        Ok(self.finished && self.barrier.is_open(host)?)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.checkpoint`: the tuple `(seen, finished)`, never `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(Some(
            host.pair(self.barrier.seen(host), host.bool(self.finished)),
        ))
    }

    /// Mirrors `NamedBarrierValueAfterFinish.from_checkpoint`: unpacks two values or fails as unpacking does.
    ///
    /// The second becomes a bool at once; see [`crate::LastValueAfterFinish`].
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let (seen, finished) = match checkpoint {
            Some(checkpoint) => {
                let (seen, finished) = host.unpack_pair(checkpoint)?;
                (Some(seen), host.truthy(&finished)?)
            }
            None => (None, false),
        };
        Ok(Self {
            key: self.key.clone(),
            barrier: self.barrier.restored(host, seen)?,
            finished,
        })
    }

    /// Mirrors `NamedBarrierValueAfterFinish.copy`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            barrier: self.barrier.copy(host)?,
            finished: self.finished,
        })
    }

    /// Mirrors `NamedBarrierValueAfterFinish.__eq__`: equal names.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        self.barrier.same_names(host, &other.barrier)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.consume`: an open and finished barrier closes.
    fn consume(&mut self, host: &H) -> ChannelResult<bool, H> {
        let available = self.is_available(host)?;
        if available {
            self.finished = false;
            self.barrier.reset(host);
        }
        Ok(available)
    }

    /// Mirrors `NamedBarrierValueAfterFinish.finish`: makes an open barrier available, once.
    fn finish(&mut self, host: &H) -> ChannelResult<bool, H> {
        let finishes = self.heeds_finish(host)?;
        self.finished |= finishes;
        Ok(finishes)
    }

    /// An open barrier that is not shown yet.
    fn heeds_finish(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(!self.finished && self.barrier.is_open(host)?)
    }
}
