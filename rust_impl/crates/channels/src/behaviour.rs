//! What every channel can do.

use crate::{ChannelError, ChannelResult, Host};

/// The operations of a channel, with the defaults of upstream's `BaseChannel`.
///
/// An operation that fails leaves the channel as upstream's exception leaves it, which is not always as it was.
pub(crate) trait Behaviour<H: Host>: Sized {
    /// The name of the state key that the channel stands for, as error messages show it.
    fn key(&self) -> &str;

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
    fn heeds_step(&self) -> bool {
        false
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
pub(crate) fn value_or_empty<H: Host>(
    host: &H,
    value: Option<&H::Value>,
) -> ChannelResult<H::Value, H> {
    value
        .map(|value| host.dup(value))
        .ok_or(ChannelError::Empty)
}
