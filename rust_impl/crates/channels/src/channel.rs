//! Any of the ten channels.

use std::sync::Arc;

use crate::behaviour::Behaviour;
use crate::native::{
    Barrier, Collected, Delta, FinishedBarrier, Guard, Keyed, Native, Plain, Reduced, Shown,
};
use crate::state::Backing;
use crate::{
    AnyValue, BinaryOperatorAggregate, ChannelError, ChannelResult, DeltaChannel, EphemeralValue,
    Host, LastValue, LastValueAfterFinish, NamedBarrierValue, NamedBarrierValueAfterFinish, Topic,
    UntrackedValue,
};

/// One of the ten channels.
///
/// Every operation mirrors the method of the same name of upstream's class. One that fails leaves the channel as upstream's
/// exception leaves it, which is not always as it was (a reducer that raises midway keeps what was folded before).
///
/// `B` says where the state is: in the channel itself, or somewhere else, to which the channel is but a handle.
pub enum Channel<H: Host, B: Backing<H> = Native> {
    /// The last value, at most one per step.
    LastValue(LastValue<B::Single>),
    /// The last value, shown after `finish`.
    LastValueAfterFinish(LastValueAfterFinish<B::Shown>),
    /// The last value, cleared by a step without one.
    AnyValue(AnyValue<B::Single>),
    /// The value of the step before.
    EphemeralValue(EphemeralValue<B::Guarded>),
    /// The last value, never checkpointed.
    UntrackedValue(UntrackedValue<B::Guarded>),
    /// All values of a step, or of all steps.
    Topic(Topic<B::Collecting>),
    /// All values folded by a binary reducer.
    BinaryOperatorAggregate(BinaryOperatorAggregate<B::Reducing>),
    /// Opens when all names were received.
    NamedBarrierValue(NamedBarrierValue<B::Awaiting>),
    /// Opens when all names were received and the run finishes.
    NamedBarrierValueAfterFinish(NamedBarrierValueAfterFinish<B::AwaitingFinish>),
    /// All values folded by a batch reducer, checkpointed as writes.
    DeltaChannel(DeltaChannel<B::Replayed>),
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
        Self::LastValue(LastValue(Plain::new(key.into())))
    }

    /// An empty `LastValueAfterFinish`.
    pub fn last_value_after_finish(host: &H, key: impl Into<Arc<str>>) -> Self {
        Self::LastValueAfterFinish(LastValueAfterFinish(Shown::new(host, key.into())))
    }

    /// An empty `AnyValue`.
    pub fn any_value(key: impl Into<Arc<str>>) -> Self {
        Self::AnyValue(AnyValue(Plain::new(key.into())))
    }

    /// An empty `EphemeralValue`; with `guard` it refuses several values in one step.
    pub fn ephemeral_value(key: impl Into<Arc<str>>, guard: bool) -> Self {
        Self::EphemeralValue(EphemeralValue(Guard::new(key.into(), guard)))
    }

    /// An empty `UntrackedValue`; with `guard` it refuses several values in one step.
    pub fn untracked_value(key: impl Into<Arc<str>>, guard: bool) -> Self {
        Self::UntrackedValue(UntrackedValue(Guard::new(key.into(), guard)))
    }

    /// An empty `Topic`; with `accumulate` values stay over the steps.
    pub fn topic(host: &H, key: impl Into<Arc<str>>, accumulate: bool) -> Self {
        Self::Topic(Topic(Collected::new(host, key.into(), accumulate)))
    }

    /// A `BinaryOperatorAggregate` that starts with its type's empty value, or without one where the type cannot be called.
    pub fn binary_operator_aggregate(
        host: &H,
        key: impl Into<Arc<str>>,
        typ: H::Type,
        reducer: H::Reducer,
    ) -> Self {
        let state = Reduced::new(host, key.into(), typ, reducer);
        Self::BinaryOperatorAggregate(BinaryOperatorAggregate(state))
    }

    /// A `NamedBarrierValue` that has seen nothing.
    pub fn named_barrier_value(host: &H, key: impl Into<Arc<str>>, names: H::Set) -> Self {
        Self::NamedBarrierValue(NamedBarrierValue(Barrier::new(host, key.into(), names)))
    }

    /// A `NamedBarrierValueAfterFinish` that has seen nothing.
    pub fn named_barrier_value_after_finish(
        host: &H,
        key: impl Into<Arc<str>>,
        names: H::Set,
    ) -> Self {
        Self::NamedBarrierValueAfterFinish(NamedBarrierValueAfterFinish(FinishedBarrier::new(
            host,
            key.into(),
            names,
        )))
    }

    /// An empty `DeltaChannel` that is due for a snapshot every `snapshot_frequency` updates.
    ///
    /// # Errors
    /// [`ChannelError::InvalidParameter`] unless the frequency is positive.
    pub fn delta_channel(
        key: impl Into<Arc<str>>,
        typ: H::Type,
        reducer: H::Reducer,
        snapshot_frequency: i64,
    ) -> ChannelResult<Self, H> {
        if snapshot_frequency <= 0 {
            return Err(ChannelError::frequency(&snapshot_frequency));
        }
        let state = Delta::new(key.into(), typ, reducer, snapshot_frequency);
        Ok(Self::DeltaChannel(DeltaChannel(state)))
    }

    /// The name of the state key that the channel stands for.
    pub fn key(&self) -> &str {
        each!(self, channel => channel.0.key())
    }
}

impl<H: Host, B: Backing<H>> Channel<H, B> {
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
    ///
    /// # Errors
    /// Whatever the host raises; a host of plain values never does.
    pub fn heeds_step(&self, host: &H) -> ChannelResult<bool, H> {
        each!(self, channel => channel.heeds_step(host))
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
    pub fn as_delta(&self) -> Option<&DeltaChannel<B::Replayed>> {
        match self {
            Self::DeltaChannel(channel) => Some(channel),
            _ => None,
        }
    }

    /// The channel as a `DeltaChannel`, whose writes can be replayed; `None` for any other class.
    pub fn as_delta_mut(&mut self) -> Option<&mut DeltaChannel<B::Replayed>> {
        match self {
            Self::DeltaChannel(channel) => Some(channel),
            _ => None,
        }
    }
}
