//! Any of the ten channels.

use std::sync::Arc;

use crate::behaviour::Behaviour;
use crate::{
    AnyValue, BinaryOperatorAggregate, ChannelResult, DeltaChannel, EphemeralValue, Host,
    LastValue, LastValueAfterFinish, NamedBarrierValue, NamedBarrierValueAfterFinish, Topic,
    UntrackedValue,
};

/// One of the ten channels.
///
/// Every operation mirrors the method of the same name of upstream's class. One that fails leaves the channel as upstream's
/// exception leaves it, which is not always as it was (a reducer that raises midway keeps what was folded before).
pub enum Channel<H: Host> {
    /// The last value, at most one per step.
    LastValue(LastValue<H>),
    /// The last value, shown after `finish`.
    LastValueAfterFinish(LastValueAfterFinish<H>),
    /// The last value, cleared by a step without one.
    AnyValue(AnyValue<H>),
    /// The value of the step before.
    EphemeralValue(EphemeralValue<H>),
    /// The last value, never checkpointed.
    UntrackedValue(UntrackedValue<H>),
    /// All values of a step, or of all steps.
    Topic(Topic<H>),
    /// All values folded by a binary reducer.
    BinaryOperatorAggregate(BinaryOperatorAggregate<H>),
    /// Opens when all names were received.
    NamedBarrierValue(NamedBarrierValue<H>),
    /// Opens when all names were received and the run finishes.
    NamedBarrierValueAfterFinish(NamedBarrierValueAfterFinish<H>),
    /// All values folded by a batch reducer, checkpointed as writes.
    DeltaChannel(DeltaChannel<H>),
}

/// The same expression for whichever channel it is.
macro_rules! each {
    ($self:expr, $channel:ident => $body:expr) => {
        match $self {
            Self::LastValue($channel) => $body,
            Self::LastValueAfterFinish($channel) => $body,
            Self::AnyValue($channel) => $body,
            Self::EphemeralValue($channel) => $body,
            Self::UntrackedValue($channel) => $body,
            Self::Topic($channel) => $body,
            Self::BinaryOperatorAggregate($channel) => $body,
            Self::NamedBarrierValue($channel) => $body,
            Self::NamedBarrierValueAfterFinish($channel) => $body,
            Self::DeltaChannel($channel) => $body,
        }
    };
}

/// The same expression for whichever channel it is, wrapped as that channel again.
macro_rules! rewrap {
    ($self:expr, $channel:ident => $body:expr) => {
        Ok(match $self {
            Self::LastValue($channel) => Self::LastValue($body?),
            Self::LastValueAfterFinish($channel) => Self::LastValueAfterFinish($body?),
            Self::AnyValue($channel) => Self::AnyValue($body?),
            Self::EphemeralValue($channel) => Self::EphemeralValue($body?),
            Self::UntrackedValue($channel) => Self::UntrackedValue($body?),
            Self::Topic($channel) => Self::Topic($body?),
            Self::BinaryOperatorAggregate($channel) => Self::BinaryOperatorAggregate($body?),
            Self::NamedBarrierValue($channel) => Self::NamedBarrierValue($body?),
            Self::NamedBarrierValueAfterFinish($channel) => {
                Self::NamedBarrierValueAfterFinish($body?)
            }
            Self::DeltaChannel($channel) => Self::DeltaChannel($body?),
        })
    };
}

impl<H: Host> Channel<H> {
    /// An empty `LastValue`.
    pub fn last_value(key: impl Into<Arc<str>>) -> Self {
        Self::LastValue(LastValue::new(key.into()))
    }

    /// An empty `LastValueAfterFinish`.
    pub fn last_value_after_finish(key: impl Into<Arc<str>>) -> Self {
        Self::LastValueAfterFinish(LastValueAfterFinish::new(key.into()))
    }

    /// An empty `AnyValue`.
    pub fn any_value(key: impl Into<Arc<str>>) -> Self {
        Self::AnyValue(AnyValue::new(key.into()))
    }

    /// An empty `EphemeralValue`.
    pub fn ephemeral_value(key: impl Into<Arc<str>>, guard: bool) -> Self {
        Self::EphemeralValue(EphemeralValue::new(key.into(), guard))
    }

    /// An empty `UntrackedValue`.
    pub fn untracked_value(key: impl Into<Arc<str>>, guard: bool) -> Self {
        Self::UntrackedValue(UntrackedValue::new(key.into(), guard))
    }

    /// An empty `Topic`.
    pub fn topic(host: &H, key: impl Into<Arc<str>>, accumulate: bool) -> Self {
        Self::Topic(Topic::new(host, key.into(), accumulate))
    }

    /// A `BinaryOperatorAggregate` that starts with its type's empty value, if it has one.
    pub fn binary_operator_aggregate(
        host: &H,
        key: impl Into<Arc<str>>,
        typ: H::Type,
        reducer: H::Reducer,
    ) -> Self {
        Self::BinaryOperatorAggregate(BinaryOperatorAggregate::new(host, key.into(), typ, reducer))
    }

    /// A `NamedBarrierValue` that has seen nothing.
    pub fn named_barrier_value(host: &H, key: impl Into<Arc<str>>, names: H::Set) -> Self {
        Self::NamedBarrierValue(NamedBarrierValue::new(host, key.into(), names))
    }

    /// A `NamedBarrierValueAfterFinish` that has seen nothing.
    pub fn named_barrier_value_after_finish(
        host: &H,
        key: impl Into<Arc<str>>,
        names: H::Set,
    ) -> Self {
        Self::NamedBarrierValueAfterFinish(NamedBarrierValueAfterFinish::new(
            host,
            key.into(),
            names,
        ))
    }

    /// An empty `DeltaChannel`.
    ///
    /// # Errors
    /// [`crate::ChannelError::InvalidParameter`] unless the frequency is positive.
    pub fn delta_channel(
        key: impl Into<Arc<str>>,
        typ: H::Type,
        reducer: H::Reducer,
        snapshot_frequency: i64,
    ) -> ChannelResult<Self, H> {
        DeltaChannel::new(key.into(), typ, reducer, snapshot_frequency).map(Self::DeltaChannel)
    }

    /// The name of upstream's class.
    pub fn class(&self) -> &'static str {
        match self {
            Self::LastValue(_) => "LastValue",
            Self::LastValueAfterFinish(_) => "LastValueAfterFinish",
            Self::AnyValue(_) => "AnyValue",
            Self::EphemeralValue(_) => "EphemeralValue",
            Self::UntrackedValue(_) => "UntrackedValue",
            Self::Topic(_) => "Topic",
            Self::BinaryOperatorAggregate(_) => "BinaryOperatorAggregate",
            Self::NamedBarrierValue(_) => "NamedBarrierValue",
            Self::NamedBarrierValueAfterFinish(_) => "NamedBarrierValueAfterFinish",
            Self::DeltaChannel(_) => "DeltaChannel",
        }
    }

    /// The name of the state key that the channel stands for.
    pub fn key(&self) -> &str {
        each!(self, channel => channel.key())
    }

    /// Applies the values of one step, in their order; whether the channel was updated.
    ///
    /// # Errors
    /// [`crate::ChannelError::InvalidUpdate`] for values that do not fit the channel; whatever the host raises.
    pub fn update(&mut self, host: &H, values: Vec<H::Value>) -> ChannelResult<bool, H> {
        each!(self, channel => channel.update(host, values))
    }

    /// The current value.
    ///
    /// # Errors
    /// [`crate::ChannelError::Empty`] if there is none (yet, or any more).
    pub fn get(&self, host: &H) -> ChannelResult<H::Value, H> {
        each!(self, channel => channel.get(host))
    }

    /// Whether [`Channel::get`] would yield a value.
    ///
    /// # Errors
    /// Whatever the host raises; a host of plain values never does.
    pub fn is_available(&self, host: &H) -> ChannelResult<bool, H> {
        each!(self, channel => channel.is_available(host))
    }

    /// A subscribed task ran; whether the channel was updated.
    ///
    /// # Errors
    /// Whatever the host raises; a host of plain values never does.
    pub fn consume(&mut self, host: &H) -> ChannelResult<bool, H> {
        each!(self, channel => channel.consume(host))
    }

    /// The run is about to finish; whether the channel was updated.
    ///
    /// # Errors
    /// Whatever the host raises; a host of plain values never does.
    pub fn finish(&mut self, host: &H) -> ChannelResult<bool, H> {
        each!(self, channel => channel.finish(host))
    }

    /// Whether the notice of a step (`update([])`) may change the channel while it is available. False where it never does, so a
    /// loop need not give it.
    pub fn heeds_step(&self) -> bool {
        each!(self, channel => channel.heeds_step())
    }

    /// Whether [`Channel::finish`] would change the channel now.
    ///
    /// # Errors
    /// Whatever the host raises; a host of plain values never does.
    pub fn heeds_finish(&self, host: &H) -> ChannelResult<bool, H> {
        each!(self, channel => channel.heeds_finish(host))
    }

    /// What a checkpoint stores of the channel; `None` is upstream's `MISSING`.
    ///
    /// # Errors
    /// Whatever the host raises; a host of plain values never does.
    pub fn checkpoint(&self, host: &H) -> ChannelResult<Option<H::Value>, H> {
        each!(self, channel => channel.checkpoint(host))
    }

    /// A new channel of the same parameters with the contents of a checkpoint; `None` is upstream's `MISSING`.
    ///
    /// # Errors
    /// A checkpoint that the channel cannot hold.
    pub fn from_checkpoint(
        &self,
        host: &H,
        checkpoint: Option<H::Value>,
    ) -> ChannelResult<Self, H> {
        rewrap!(self, channel => channel.from_checkpoint(host, checkpoint))
    }

    /// A copy, independent of this channel.
    ///
    /// # Errors
    /// Whatever copying a value raises.
    pub fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        rewrap!(self, channel => channel.copy(host))
    }

    /// Whether both are of one class and were made with equal parameters; contents and keys do not count.
    ///
    /// # Errors
    /// Whatever comparing parameters raises.
    pub fn equals(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        macro_rules! same_class {
            ($($class:ident),*) => {
                match (self, other) {
                    $((Self::$class(left), Self::$class(right)) => left.equals(host, right),)*
                    _ => Ok(false),
                }
            };
        }
        same_class!(
            LastValue,
            LastValueAfterFinish,
            AnyValue,
            EphemeralValue,
            UntrackedValue,
            Topic,
            BinaryOperatorAggregate,
            NamedBarrierValue,
            NamedBarrierValueAfterFinish,
            DeltaChannel
        )
    }

    /// The channel as a `DeltaChannel`, whose writes can be replayed; `None` for any other class.
    pub fn as_delta(&self) -> Option<&DeltaChannel<H>> {
        match self {
            Self::DeltaChannel(channel) => Some(channel),
            _ => None,
        }
    }

    /// The channel as a `DeltaChannel`, whose writes can be replayed; `None` for any other class.
    pub fn as_delta_mut(&mut self) -> Option<&mut DeltaChannel<H>> {
        match self {
            Self::DeltaChannel(channel) => Some(channel),
            _ => None,
        }
    }
}
