//! `DeltaChannel`.

use crate::behaviour::{Behaviour, value_or_empty};
use crate::native::Delta;
use crate::state::Replayed;
use crate::{ChannelError, ChannelResult, Host};

/// Folds the values of a step in one reducer call and is checkpointed as its writes, not as its value
/// (upstream `langgraph.channels.delta.DeltaChannel`).
pub struct DeltaChannel<S>(pub S);

impl<H: Host> DeltaChannel<Delta<H>> {
    /// Every how many updates a snapshot is due.
    pub fn snapshot_frequency(&self) -> i64 {
        self.0.frequency()
    }
}

impl<S> DeltaChannel<S> {
    /// Mirrors `DeltaChannel.replay_writes`: applies the values of earlier writes, oldest first, in one reducer call.
    ///
    /// The last `Overwrite` among them is the base and drops the values before it. A failing reducer leaves the value as
    /// it was. On a channel without a value the reducer gets `None`, upstream's `MISSING`.
    ///
    /// # Errors
    /// Whatever the reducer, the type or copying an overwriting value raises.
    pub fn replay_writes<H: Host>(
        &mut self,
        host: &H,
        mut values: Vec<H::Value>,
    ) -> ChannelResult<(), H>
    where
        S: Replayed<H>,
    {
        if values.is_empty() {
            return Ok(());
        }
        let mut base = self.0.value(host)?;
        let mut start = 0;
        for (index, value) in values.iter().enumerate() {
            if let Some(overwriting) = host.overwrite(value)? {
                base = Some(self.fresh_base(host, &overwriting)?);
                start = index + 1;
            }
        }
        let remaining = values.split_off(start);
        if !remaining.is_empty() {
            let reducer = self.0.reducer(host)?;
            base = Some(host.reduce_batch(&reducer, base.as_ref(), remaining)?);
        }
        self.0.set_value(host, base)?;
        Ok(())
    }

    /// A copy of an overwriting value, or the type's empty value in place of `None`.
    fn fresh_base<H: Host>(&self, host: &H, overwriting: &H::Value) -> Result<H::Value, H::Error>
    where
        S: Replayed<H>,
    {
        if host.is_none(overwriting) {
            host.default_of(&self.0.typ(host)?)
        } else {
            host.shallow_copy(overwriting)
        }
    }
}

impl<H: Host, S: Replayed<H>> Behaviour<H> for DeltaChannel<S> {
    /// Mirrors `DeltaChannel.update`: one `Overwrite` replaces the value and drops all other values of the step, two are
    /// refused; else one reducer call. An error leaves the value as it was.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        if values.is_empty() {
            return Ok(false);
        }
        let mut replacement = None;
        for value in &values {
            if let Some(overwriting) = host.overwrite(value)? {
                if replacement.is_some() {
                    return Err(ChannelError::concurrent_update(
                        "Can receive only one Overwrite value per super-step.",
                    ));
                }
                replacement = Some(overwriting);
            }
        }
        let value = if let Some(overwriting) = replacement {
            self.fresh_base(host, &overwriting)?
        } else {
            let base = match self.0.value(host)? {
                Some(current) => current,
                None => host.default_of(&self.0.typ(host)?)?,
            };
            host.reduce_batch(&self.0.reducer(host)?, Some(&base), values)?
        };
        self.0.set_value(host, Some(value))?;
        Ok(true)
    }

    /// Mirrors `DeltaChannel.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, &self.0)
    }

    /// Mirrors `DeltaChannel.is_available`.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(self.0.value(host)?.is_some())
    }

    /// Mirrors `DeltaChannel.checkpoint`: always `MISSING`.
    fn checkpoint(&self, _host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(None)
    }

    /// Mirrors `DeltaChannel.from_checkpoint`: `MISSING` starts with the type's empty value, a `_DeltaSnapshot` with its
    /// value, anything else is the value.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        let value = match checkpoint {
            Some(checkpoint) => host.snapshot(&checkpoint)?.unwrap_or(checkpoint),
            None => host.default_of(&self.0.typ(host)?)?,
        };
        channel.set_value(host, Some(value))?;
        Ok(Self(channel))
    }

    /// Mirrors `DeltaChannel.copy`: the copy holds a shallow copy of the value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        let mut channel = self.0.renew(host)?;
        let value = match self.0.value(host)? {
            Some(value) => Some(host.shallow_copy(&value)?),
            None => None,
        };
        channel.set_value(host, value)?;
        Ok(Self(channel))
    }

    /// Mirrors `DeltaChannel.__eq__`: equal frequencies and reducers.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.0.same_frequency(host, &other.0)?
            && host.same_reducer(&self.0.reducer(host)?, &other.0.reducer(host)?)?)
    }
}
