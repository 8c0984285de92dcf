//! `NamedBarrierValue`.

use std::sync::Arc;

use crate::barrier::Barrier;
use crate::behaviour::Behaviour;
use crate::{ChannelError, ChannelResult, Host};

/// Waits until all names were received (upstream `langgraph.channels.named_barrier_value.NamedBarrierValue`).
pub struct NamedBarrierValue<H: Host> {
    key: Arc<str>,
    barrier: Barrier<H>,
}

impl<H: Host> NamedBarrierValue<H> {
    /// A barrier that waits for `names`.
    pub fn new(host: &H, key: Arc<str>, names: H::Set) -> Self {
        Self {
            key,
            barrier: Barrier::new(host, names),
        }
    }
}

impl<H: Host> Behaviour<H> for NamedBarrierValue<H> {
    fn key(&self) -> &str {
        &self.key
    }

    /// Mirrors `NamedBarrierValue.update`.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        self.barrier.see(host, &self.key, values)
    }

    /// Mirrors `NamedBarrierValue.get`: `None` when the barrier is open.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        if self.barrier.is_open(host)? {
            Ok(host.none())
        } else {
            Err(ChannelError::Empty)
        }
    }

    /// Mirrors `NamedBarrierValue.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        self.barrier.is_open(host)
    }

    /// Mirrors `NamedBarrierValue.checkpoint`: the channel's own set of seen names, never `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(Some(self.barrier.seen(host)))
    }

    /// Mirrors `NamedBarrierValue.from_checkpoint`.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            barrier: self.barrier.restored(host, checkpoint)?,
        })
    }

    /// Mirrors `NamedBarrierValue.copy`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self {
            key: self.key.clone(),
            barrier: self.barrier.copy(host)?,
        })
    }

    /// Mirrors `NamedBarrierValue.__eq__`: equal names.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        self.barrier.same_names(host, &other.barrier)
    }

    /// Mirrors `NamedBarrierValue.consume`: an open barrier closes.
    fn consume(&mut self, host: &H) -> ChannelResult<bool, H> {
        let open = self.barrier.is_open(host)?;
        if open {
            self.barrier.reset(host);
        }
        Ok(open)
    }
}
