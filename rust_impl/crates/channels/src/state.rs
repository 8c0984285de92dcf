//! Where a channel keeps its state: what the classes of [`crate::Channel`] are written against.
//!
//! Each trait is the state of one shape of channel, attribute by attribute as upstream's methods read and assign them, so that
//! a call which a channel makes midway (a reducer, a `__eq__`) meets the channel as upstream's would. A native state is a
//! struct ([`crate::native`]); in the bridge it is a handle to a Python object, which may fail at every attribute.

use crate::{ChannelResult, Host};

/// What every channel has.
pub trait State<H: Host>: Sized {
    /// `str(self.key)`, as an error message shows it.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn key_text(&self, host: &H) -> Result<String, H::Error>;

    /// A new channel of this one's class, parameters and key: `self.__class__(…)`.
    ///
    /// # Errors
    /// Whatever constructing raises.
    fn renew(&self, host: &H) -> ChannelResult<Self, H>;
}

/// A channel that holds one value, or `MISSING`.
pub trait Single<H: Host>: State<H> {
    /// `self.value`; `None` is `MISSING`.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn value(&self, host: &H) -> Result<Option<H::Value>, H::Error>;

    /// `self.value = value`.
    ///
    /// # Errors
    /// Whatever assigning it raises.
    fn set_value(&mut self, host: &H, value: Option<H::Value>) -> Result<(), H::Error>;
}

/// A channel that may refuse several values in one step.
pub trait Guarded<H: Host>: Single<H> {
    /// `bool(self.guard)`.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn guard(&self, host: &H) -> Result<bool, H::Error>;

    /// `other.guard == self.guard`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    fn same_guard(&self, host: &H, other: &Self) -> Result<bool, H::Error>;
}

/// A channel that shows what it holds only once the run finishes.
pub trait Finishing<H: Host>: State<H> {
    /// `self.finished`, which a checkpoint may have set to anything.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn finished(&self, host: &H) -> Result<H::Value, H::Error>;

    /// `self.finished = finished`.
    ///
    /// # Errors
    /// Whatever assigning it raises.
    fn set_finished(&mut self, host: &H, finished: H::Value) -> Result<(), H::Error>;

    /// `bool(self.finished)`.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn is_finished(&self, host: &H) -> Result<bool, H::Error> {
        host.truthy(&self.finished(host)?)
    }
}

/// A channel that folds values with a reducer.
pub trait Reducing<H: Host>: Single<H> {
    /// `self.operator` or `self.reducer`.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn reducer(&self, host: &H) -> Result<H::Reducer, H::Error>;
}

/// A channel that is restored by folding earlier writes again.
pub trait Replayed<H: Host>: Reducing<H> {
    /// `self.typ`.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn typ(&self, host: &H) -> Result<H::Type, H::Error>;

    /// `self.snapshot_frequency == other.snapshot_frequency`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    fn same_frequency(&self, host: &H, other: &Self) -> Result<bool, H::Error>;
}

/// A channel that collects values in a list of its own.
pub trait Collecting<H: Host>: State<H> {
    /// `bool(self.accumulate)`.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn accumulates(&self, host: &H) -> Result<bool, H::Error>;

    /// `other.accumulate == self.accumulate`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    fn same_accumulation(&self, host: &H, other: &Self) -> Result<bool, H::Error>;

    /// `not self.values`.
    ///
    /// # Errors
    /// Whatever asking raises.
    fn is_empty(&self, host: &H) -> Result<bool, H::Error>;

    /// `self.values`: the list itself where the host keeps references, else a copy.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn values(&self, host: &H) -> Result<H::List, H::Error>;

    /// `self.values = values`.
    ///
    /// # Errors
    /// Whatever assigning it raises.
    fn set_values(&mut self, host: &H, values: H::List) -> Result<(), H::Error>;

    /// `self.values.extend(items)`.
    ///
    /// # Errors
    /// Whatever extending raises.
    fn extend(&mut self, host: &H, items: Vec<H::Value>) -> Result<(), H::Error>;
}

/// A channel that waits for names.
pub trait Awaiting<H: Host>: State<H> {
    /// `value in self.names`.
    ///
    /// # Errors
    /// Whatever looking it up raises.
    fn is_name(&self, host: &H, value: &H::Value) -> Result<bool, H::Error>;

    /// `str(self.names)`, as an error message shows it.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn names_text(&self, host: &H) -> Result<String, H::Error>;

    /// `other.names == self.names`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    fn same_names(&self, host: &H, other: &Self) -> Result<bool, H::Error>;

    /// `value in self.seen`.
    ///
    /// # Errors
    /// Whatever looking it up raises.
    fn is_seen(&self, host: &H, value: &H::Value) -> Result<bool, H::Error>;

    /// `self.seen.add(value)`.
    ///
    /// # Errors
    /// Whatever adding raises.
    fn see(&mut self, host: &H, value: H::Value) -> Result<(), H::Error>;

    /// `self.seen`: the set itself where the host keeps references, else a copy.
    ///
    /// # Errors
    /// Whatever asking for it raises.
    fn seen(&self, host: &H) -> Result<H::Set, H::Error>;

    /// `self.seen = seen`.
    ///
    /// # Errors
    /// Whatever assigning it raises.
    fn set_seen(&mut self, host: &H, seen: H::Set) -> Result<(), H::Error>;

    /// `self.seen == self.names`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    fn is_open(&self, host: &H) -> Result<bool, H::Error>;
}

/// The kind of state that each of the ten classes has.
pub trait Backing<H: Host> {
    /// `LastValue`, `AnyValue`
    type Single: Single<H>;
    /// `LastValueAfterFinish`
    type Shown: Single<H> + Finishing<H>;
    /// `EphemeralValue`, `UntrackedValue`
    type Guarded: Guarded<H>;
    /// `Topic`
    type Collecting: Collecting<H>;
    /// `BinaryOperatorAggregate`
    type Reducing: Reducing<H>;
    /// `DeltaChannel`
    type Replayed: Replayed<H>;
    /// `NamedBarrierValue`
    type Awaiting: Awaiting<H>;
    /// `NamedBarrierValueAfterFinish`
    type AwaitingFinish: Awaiting<H> + Finishing<H>;
}
