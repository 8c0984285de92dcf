//! The live channels of a run, with the sets that spare a superstep from looking at all of them.

use std::cell::Cell;
use std::collections::BTreeSet;

use channels::{Channel, Host};
use indexmap::IndexMap;

use crate::host::{LoopHost, lift};
use crate::names::Name;
use crate::plan::Plan;

/// The live channels of a run.
///
/// Upstream notifies *every* channel of a new step and of the end. Here two sets, in declaration order, hold the channels for
/// which such a notice can do something; each is brought up to date when a channel changes. [`Channels::visits`] counts how
/// often any channel is looked at, so that a test can see that a superstep touches only what it must.
pub struct Channels<H: Host> {
    slots: Vec<Channel<H>>,
    heeding_step: BTreeSet<usize>,
    heeding_finish: BTreeSet<usize>,
    visits: Cell<u64>,
}

impl<H: LoopHost> Channels<H> {
    /// The channels of a plan with the values of a checkpoint (`channels_from_checkpoint`).
    ///
    /// # Errors
    /// A value that its channel cannot hold.
    pub fn load(
        host: &H,
        plan: &Plan<H>,
        mut values: IndexMap<Name, H::Value>,
    ) -> Result<Self, H::Error> {
        let slots = plan
            .specs
            .iter()
            .map(|(name, spec)| spec.from_checkpoint(host, values.swap_remove(&**name)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| lift(host, error))?;
        let mut channels = Self {
            slots,
            heeding_step: BTreeSet::new(),
            heeding_finish: BTreeSet::new(),
            visits: Cell::new(0),
        };
        for index in 0..channels.slots.len() {
            channels.note(host, index)?;
        }
        channels.visits.set(0);
        Ok(channels)
    }

    /// How often any channel was looked at since the run began.
    #[must_use]
    pub fn visits(&self) -> u64 {
        self.visits.get()
    }

    /// The channels, by index, for which the notice of a step can do something; only available ones.
    pub(crate) fn heeding_step(&self) -> Vec<usize> {
        self.heeding_step.iter().copied().collect()
    }

    /// The channels, by index, for which the notice of the end can do something.
    pub(crate) fn heeding_finish(&self) -> Vec<usize> {
        self.heeding_finish.iter().copied().collect()
    }

    fn visit(&self, index: usize) -> Option<&Channel<H>> {
        self.visits.set(self.visits.get() + 1);
        self.slots.get(index)
    }

    /// Runs an operation that may change a channel and brings the sets up to date, also when it fails.
    fn change(
        &mut self,
        host: &H,
        index: usize,
        operation: impl FnOnce(&mut Channel<H>) -> channels::ChannelResult<bool, H>,
    ) -> Result<bool, H::Error> {
        self.visits.set(self.visits.get() + 1);
        let Some(channel) = self.slots.get_mut(index) else {
            return Ok(false);
        };
        let changed = operation(channel).map_err(|error| lift(host, error));
        self.note(host, index)?;
        changed
    }

    fn note(&mut self, host: &H, index: usize) -> Result<(), H::Error> {
        let Some(channel) = self.slots.get(index) else {
            return Ok(());
        };
        let heeds_step = channel
            .heeds_step(host)
            .map_err(|error| lift(host, error))?
            && channel
                .is_available(host)
                .map_err(|error| lift(host, error))?;
        if heeds_step {
            self.heeding_step.insert(index);
        } else {
            self.heeding_step.remove(&index);
        }
        if channel
            .heeds_finish(host)
            .map_err(|error| lift(host, error))?
        {
            self.heeding_finish.insert(index);
        } else {
            self.heeding_finish.remove(&index);
        }
        Ok(())
    }

    pub(crate) fn update(
        &mut self,
        host: &H,
        index: usize,
        values: Vec<H::Value>,
    ) -> Result<bool, H::Error> {
        self.change(host, index, |channel| channel.update(host, values))
    }

    pub(crate) fn consume(&mut self, host: &H, index: usize) -> Result<bool, H::Error> {
        self.change(host, index, |channel| channel.consume(host))
    }

    pub(crate) fn finish(&mut self, host: &H, index: usize) -> Result<bool, H::Error> {
        self.change(host, index, |channel| channel.finish(host))
    }

    pub(crate) fn is_available(&self, host: &H, index: usize) -> Result<bool, H::Error> {
        self.visit(index).map_or(Ok(false), |channel| {
            channel
                .is_available(host)
                .map_err(|error| lift(host, error))
        })
    }

    /// The value of a channel, `None` while it is empty.
    pub(crate) fn read(&self, host: &H, index: usize) -> Result<Option<H::Value>, H::Error> {
        match self.visit(index).map(|channel| channel.get(host)) {
            None | Some(Err(channels::ChannelError::Empty)) => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(error)) => Err(lift(host, error)),
        }
    }

    /// The value that a channel would have after these writes and the notice of a step; the channel itself stays.
    pub(crate) fn read_after(
        &self,
        host: &H,
        index: usize,
        writes: Vec<H::Value>,
    ) -> Result<Option<H::Value>, H::Error> {
        let Some(channel) = self.visit(index) else {
            return Ok(None);
        };
        let mut copy = channel.copy(host).map_err(|error| lift(host, error))?;
        copy.update(host, writes)
            .map_err(|error| lift(host, error))?;
        match copy.get(host) {
            Ok(value) => Ok(Some(value)),
            Err(channels::ChannelError::Empty) => Ok(None),
            Err(error) => Err(lift(host, error)),
        }
    }

    /// What a checkpoint stores of a channel.
    pub(crate) fn checkpoint(&self, host: &H, index: usize) -> Result<Option<H::Value>, H::Error> {
        self.visit(index).map_or(Ok(None), |channel| {
            channel.checkpoint(host).map_err(|error| lift(host, error))
        })
    }
}
