//! `DeltaChannel`.

use std::sync::Arc;

use crate::behaviour::{Behaviour, value_or_empty};
use crate::{ChannelError, ChannelResult, Host};

/// Folds the values of a step in one reducer call and is checkpointed as its writes, not as its value
/// (upstream `langgraph.channels.delta.DeltaChannel`).
pub struct DeltaChannel<H: Host> {
    key: Arc<str>,
    typ: H::Type,
    reducer: H::Reducer,
    snapshot_frequency: i64,
    value: Option<H::Value>,
}

impl<H: Host> DeltaChannel<H> {
    /// An empty channel that is due for a snapshot every `snapshot_frequency` updates.
    ///
    /// # Errors
    /// [`ChannelError::InvalidParameter`] unless the frequency is positive.
    pub fn new(
        key: Arc<str>,
        typ: H::Type,
        reducer: H::Reducer,
        snapshot_frequency: i64,
    ) -> ChannelResult<Self, H> {
        if snapshot_frequency <= 0 {
            return Err(ChannelError::InvalidParameter(format!(
                "snapshot_frequency must be a positive int, got {snapshot_frequency}"
            )));
        }
        Ok(Self {
            key,
            typ,
            reducer,
            snapshot_frequency,
            value: None,
        })
    }

    /// Every how many updates a snapshot is due.
    pub fn snapshot_frequency(&self) -> i64 {
        self.snapshot_frequency
    }

    /// Mirrors `DeltaChannel.replay_writes`: applies the values of earlier writes, oldest first, in one reducer call.
    ///
    /// The last `Overwrite` among them is the base and drops the values before it. A failing reducer leaves the value as
    /// it was. On a channel without a value the reducer gets `None`, upstream's `MISSING`.
    ///
    /// # Errors
    /// Whatever the reducer, the type or copying an overwriting value raises.
    pub fn replay_writes(&mut self, host: &H, mut values: Vec<H::Value>) -> ChannelResult<(), H> {
        if values.is_empty() {
            return Ok(());
        }
        let mut replacement = None;
        let mut start = 0;
        for (index, value) in values.iter().enumerate() {
            if let Some(overwriting) = host.overwrite(value)? {
                replacement = Some(self.fresh_base(host, &overwriting)?);
                start = index + 1;
            }
        }
        let remaining = values.split_off(start);
        if remaining.is_empty() {
            self.value = replacement;
        } else {
            let base = replacement.as_ref().or(self.value.as_ref());
            self.value = Some(host.reduce_batch(&self.reducer, base, remaining)?);
        }
        Ok(())
    }

    /// A copy of an overwriting value, or the type's empty value in place of `None`.
    fn fresh_base(&self, host: &H, overwriting: &H::Value) -> ChannelResult<H::Value, H> {
        if host.is_none(overwriting) {
            Ok(host.default_of(&self.typ)?)
        } else {
            Ok(host.shallow_copy(overwriting)?)
        }
    }

    fn with_value(&self, host: &H, value: Option<H::Value>) -> Self {
        Self {
            key: self.key.clone(),
            typ: host.dup_type(&self.typ),
            reducer: host.dup_reducer(&self.reducer),
            snapshot_frequency: self.snapshot_frequency,
            value,
        }
    }
}

impl<H: Host> Behaviour<H> for DeltaChannel<H> {
    fn key(&self) -> &str {
        &self.key
    }

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
        let value = match (replacement, &self.value) {
            (Some(overwriting), _) => self.fresh_base(host, &overwriting)?,
            (None, Some(current)) => host.reduce_batch(&self.reducer, Some(current), values)?,
            (None, None) => {
                let base = host.default_of(&self.typ)?;
                host.reduce_batch(&self.reducer, Some(&base), values)?
            }
        };
        self.value = Some(value);
        Ok(true)
    }

    /// Mirrors `DeltaChannel.get`.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        value_or_empty(host, self.value.as_ref())
    }

    /// Mirrors `DeltaChannel.is_available`.
    fn is_available(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(self.value.is_some())
    }

    /// Mirrors `DeltaChannel.checkpoint`: always `MISSING`.
    fn checkpoint(&self, _host: &H) -> ChannelResult<Option<H::Value>, H> {
        Ok(None)
    }

    /// Mirrors `DeltaChannel.from_checkpoint`: `MISSING` starts with the type's empty value, a `_DeltaSnapshot` with its
    /// value, anything else is the value.
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H> {
        let value = match checkpoint {
            Some(checkpoint) => host.snapshot(&checkpoint).unwrap_or(checkpoint),
            None => host.default_of(&self.typ)?,
        };
        Ok(self.with_value(host, Some(value)))
    }

    /// Mirrors `DeltaChannel.copy`: the copy holds a shallow copy of the value.
    fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        let value = match &self.value {
            Some(value) => Some(host.shallow_copy(value)?),
            None => None,
        };
        Ok(self.with_value(host, value))
    }

    /// Mirrors `DeltaChannel.__eq__`: equal frequencies and reducers.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(self.snapshot_frequency == other.snapshot_frequency
            && host.same_reducer(&self.reducer, &other.reducer)?)
    }
}
