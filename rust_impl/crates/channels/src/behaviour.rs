//! What every channel can do.

use crate::state::{Awaiting, Single};
use crate::{ChannelError, ChannelResult, Host};

/// The operations of a channel, with the defaults of upstream's `BaseChannel`.
///
/// An operation that fails leaves the channel as upstream's exception leaves it, which is not always as it was.
pub(crate) trait Behaviour<H: Host>: Sized {
    /// `update(values)`: applies the values of one step; whether the channel was updated.
    fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H>;

    /// `get()`: the current value.
    fn get(&self, host: &H) -> ChannelResult<H::Value, H>;

    /// `is_available()`: whether `get` would yield a value.
    fn is_available(&self, host: &H) -> ChannelResult<bool, H>;

    /// `checkpoint()`: what a checkpoint stores; `None` is `MISSING`.
    fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H>;

    /// `from_checkpoint(checkpoint)`: a new channel of the same parameters.
    // Upstream's name, so that the two can be read side by side.
    #[allow(clippy::wrong_self_convention)]
    fn from_checkpoint(&self, host: &H, checkpoint: Option<H::Value>) -> ChannelResult<Self, H>;

    /// `copy()`.
    fn copy(&self, host: &H) -> ChannelResult<Self, H>;

    /// `self == other`: whether the two were made with equal parameters; their contents do not count.
    fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H>;

    /// Whether `update([])` may do something while the channel is available; false where it never does.
    fn heeds_step(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(false)
    }

    /// Whether `finish()` would do something now.
    fn heeds_finish(&self, _host: &H) -> ChannelResult<bool, H> {
        Ok(false)
    }

    /// `consume()`: a subscribed task ran; whether the channel was updated.
    fn consume(&mut self, _host: &H) -> ChannelResult<bool, H> {
        Ok(false)
    }

    /// `finish()`: the run is about to finish; whether the channel was updated.
    fn finish(&mut self, _host: &H) -> ChannelResult<bool, H> {
        Ok(false)
    }
}

/// `get()` of the channels that hold one value or `MISSING`.
pub(crate) fn value_or_empty<H: Host, S: Single<H>>(
    host: &H,
    state: &S,
) -> ChannelResult<H::Value, H> {
    state.value(host)?.ok_or(ChannelError::Empty)
}

/// `from_checkpoint` of the channels whose checkpoint is their value.
pub(crate) fn restored<H: Host, S: Single<H>>(
    host: &H,
    state: &S,
    checkpoint: Option<H::Value>,
) -> ChannelResult<S, H> {
    let mut restored = state.renew(host)?;
    if checkpoint.is_some() {
        restored.set_value(host, checkpoint)?;
    }
    Ok(restored)
}

/// `copy()` of the channels whose copy holds the same value, not a copy of it.
pub(crate) fn copied<H: Host, S: Single<H>>(host: &H, state: &S) -> ChannelResult<S, H> {
    let mut copied = state.renew(host)?;
    copied.set_value(host, state.value(host)?)?;
    Ok(copied)
}

/// `update` of the barriers: marks names as seen; whether one of them is new. A value that is no name is refused; those before
/// it stay seen.
pub(crate) fn see<H: Host, S: Awaiting<H>>(
    host: &H,
    state: &mut S,
    values: Vec<H::Value>,
) -> ChannelResult<bool, H> {
    let mut updated = false;
    for value in values {
        if !state.is_name(host, &value)? {
            return Err(ChannelError::InvalidUpdate(format!(
                "At key '{}': Value {} not in {}",
                state.key_text(host)?,
                host.display(&value)?,
                state.names_text(host)?
            )));
        }
        if !state.is_seen(host, &value)? {
            state.see(host, value)?;
            updated = true;
        }
    }
    Ok(updated)
}

/// What both barriers copy: the parameters and a copy of what was seen.
pub(crate) fn copied_barrier<H: Host, S: Awaiting<H>>(host: &H, state: &S) -> ChannelResult<S, H> {
    let mut copied = state.renew(host)?;
    copied.set_seen(host, host.copy_set(&state.seen(host)?)?)?;
    Ok(copied)
}
