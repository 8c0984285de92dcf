//! States that are plain structs: nobody but the channel can reach them, so only the host's own calls can fail.

use std::sync::Arc;

use crate::state::{
    Awaiting, Backing, Collecting, Finishing, Guarded, Reducing, Replayed, Single, State,
};
use crate::{ChannelResult, Host};

/// Every state is a struct of this module.
pub struct Native;

impl<H: Host> Backing<H> for Native {
    type Single = Plain<H>;
    type Shown = Shown<H>;
    type Guarded = Guard<H>;
    type Collecting = Collected<H>;
    type Reducing = Reduced<H>;
    type Replayed = Delta<H>;
    type Awaiting = Barrier<H>;
    type AwaitingFinish = FinishedBarrier<H>;
}

/// A state whose key is known.
pub(crate) trait Keyed {
    /// The name of the state key that the channel stands for.
    fn key(&self) -> &str;
}

macro_rules! keyed {
    ($($state:ident),*) => {
        $(impl<H: Host> Keyed for $state<H> {
            fn key(&self) -> &str {
                &self.key
            }
        })*
    };
}

keyed!(
    Plain,
    Shown,
    Guard,
    Collected,
    Reduced,
    Delta,
    Barrier,
    FinishedBarrier
);

macro_rules! single {
    ($($state:ident),*) => {
        $(impl<H: Host> Single<H> for $state<H> {
            fn value(&self, host: &H) -> Result<Option<H::Value>, H::Error> {
                Ok(self.value.as_ref().map(|value| host.dup(value)))
            }

            fn set_value(&mut self, _host: &H, value: Option<H::Value>) -> Result<(), H::Error> {
                self.value = value;
                Ok(())
            }
        })*
    };
}

single!(Plain, Shown, Guard, Reduced, Delta);

macro_rules! finishing {
    ($($state:ident),*) => {
        $(impl<H: Host> Finishing<H> for $state<H> {
            fn finished(&self, host: &H) -> Result<H::Value, H::Error> {
                Ok(host.dup(&self.finished))
            }

            fn set_finished(&mut self, _host: &H, finished: H::Value) -> Result<(), H::Error> {
                self.finished = finished;
                Ok(())
            }
        })*
    };
}

finishing!(Shown, FinishedBarrier);

/// A value.
pub struct Plain<H: Host> {
    key: Arc<str>,
    value: Option<H::Value>,
}

impl<H: Host> Plain<H> {
    pub(crate) fn new(key: Arc<str>) -> Self {
        Self { key, value: None }
    }
}

impl<H: Host> State<H> for Plain<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, _host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(self.key.clone()))
    }
}

/// A value, and whether the run has finished since it came.
pub struct Shown<H: Host> {
    key: Arc<str>,
    value: Option<H::Value>,
    finished: H::Value,
}

impl<H: Host> Shown<H> {
    pub(crate) fn new(host: &H, key: Arc<str>) -> Self {
        Self {
            key,
            value: None,
            finished: host.bool(false),
        }
    }
}

impl<H: Host> State<H> for Shown<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(host, self.key.clone()))
    }
}

/// A value, and whether several in one step are refused.
pub struct Guard<H: Host> {
    key: Arc<str>,
    guard: bool,
    value: Option<H::Value>,
}

impl<H: Host> Guard<H> {
    pub(crate) fn new(key: Arc<str>, guard: bool) -> Self {
        Self {
            key,
            guard,
            value: None,
        }
    }
}

impl<H: Host> State<H> for Guard<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, _host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(self.key.clone(), self.guard))
    }
}

impl<H: Host> Guarded<H> for Guard<H> {
    fn guard(&self, _host: &H) -> Result<bool, H::Error> {
        Ok(self.guard)
    }

    fn same_guard(&self, _host: &H, other: &Self) -> Result<bool, H::Error> {
        Ok(self.guard == other.guard)
    }
}

/// A list.
pub struct Collected<H: Host> {
    key: Arc<str>,
    accumulate: bool,
    values: H::List,
}

impl<H: Host> Collected<H> {
    pub(crate) fn new(host: &H, key: Arc<str>, accumulate: bool) -> Self {
        Self {
            key,
            accumulate,
            values: host.new_list(),
        }
    }
}

impl<H: Host> State<H> for Collected<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(host, self.key.clone(), self.accumulate))
    }
}

impl<H: Host> Collecting<H> for Collected<H> {
    fn accumulates(&self, _host: &H) -> Result<bool, H::Error> {
        Ok(self.accumulate)
    }

    fn same_accumulation(&self, _host: &H, other: &Self) -> Result<bool, H::Error> {
        Ok(self.accumulate == other.accumulate)
    }

    fn is_empty(&self, host: &H) -> Result<bool, H::Error> {
        host.list_is_empty(&self.values)
    }

    fn values(&self, host: &H) -> Result<H::List, H::Error> {
        Ok(host.dup_list(&self.values))
    }

    fn set_values(&mut self, _host: &H, values: H::List) -> Result<(), H::Error> {
        self.values = values;
        Ok(())
    }

    fn extend(&mut self, host: &H, items: Vec<H::Value>) -> Result<(), H::Error> {
        host.extend_list(&mut self.values, items)
    }
}

/// A value and its operator.
pub struct Reduced<H: Host> {
    key: Arc<str>,
    typ: H::Type,
    reducer: H::Reducer,
    value: Option<H::Value>,
}

impl<H: Host> Reduced<H> {
    pub(crate) fn new(host: &H, key: Arc<str>, typ: H::Type, reducer: H::Reducer) -> Self {
        let value = host.default_of(&typ).ok();
        Self {
            key,
            typ,
            reducer,
            value,
        }
    }
}

impl<H: Host> State<H> for Reduced<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(
            host,
            self.key.clone(),
            host.dup_type(&self.typ),
            host.dup_reducer(&self.reducer),
        ))
    }
}

impl<H: Host> Reducing<H> for Reduced<H> {
    fn reducer(&self, host: &H) -> Result<H::Reducer, H::Error> {
        Ok(host.dup_reducer(&self.reducer))
    }
}

/// A value, its batch reducer and how often a snapshot is due.
pub struct Delta<H: Host> {
    key: Arc<str>,
    typ: H::Type,
    reducer: H::Reducer,
    frequency: i64,
    value: Option<H::Value>,
}

impl<H: Host> Delta<H> {
    pub(crate) fn new(key: Arc<str>, typ: H::Type, reducer: H::Reducer, frequency: i64) -> Self {
        Self {
            key,
            typ,
            reducer,
            frequency,
            value: None,
        }
    }

    /// Every how many updates a snapshot is due.
    pub(crate) fn frequency(&self) -> i64 {
        self.frequency
    }
}

impl<H: Host> State<H> for Delta<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(
            self.key.clone(),
            host.dup_type(&self.typ),
            host.dup_reducer(&self.reducer),
            self.frequency,
        ))
    }
}

impl<H: Host> Reducing<H> for Delta<H> {
    fn reducer(&self, host: &H) -> Result<H::Reducer, H::Error> {
        Ok(host.dup_reducer(&self.reducer))
    }
}

impl<H: Host> Replayed<H> for Delta<H> {
    fn typ(&self, host: &H) -> Result<H::Type, H::Error> {
        Ok(host.dup_type(&self.typ))
    }

    fn same_frequency(&self, _host: &H, other: &Self) -> Result<bool, H::Error> {
        Ok(self.frequency == other.frequency)
    }
}

/// Names, and those seen so far.
pub struct Barrier<H: Host> {
    key: Arc<str>,
    names: H::Set,
    seen: H::Set,
}

impl<H: Host> Barrier<H> {
    pub(crate) fn new(host: &H, key: Arc<str>, names: H::Set) -> Self {
        Self {
            key,
            names,
            seen: host.new_set(),
        }
    }
}

impl<H: Host> State<H> for Barrier<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(host, self.key.clone(), host.dup_set(&self.names)))
    }
}

/// Names, those seen so far, and whether the run has finished since.
pub struct FinishedBarrier<H: Host> {
    key: Arc<str>,
    names: H::Set,
    seen: H::Set,
    finished: H::Value,
}

impl<H: Host> FinishedBarrier<H> {
    pub(crate) fn new(host: &H, key: Arc<str>, names: H::Set) -> Self {
        Self {
            key,
            names,
            seen: host.new_set(),
            finished: host.bool(false),
        }
    }
}

impl<H: Host> State<H> for FinishedBarrier<H> {
    fn key_text(&self, _host: &H) -> Result<String, H::Error> {
        Ok(self.key.to_string())
    }

    fn renew(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self::new(host, self.key.clone(), host.dup_set(&self.names)))
    }
}

macro_rules! awaiting {
    ($($state:ident),*) => {
        $(impl<H: Host> Awaiting<H> for $state<H> {
            fn is_name(&self, host: &H, value: &H::Value) -> Result<bool, H::Error> {
                host.set_contains(&self.names, value)
            }

            fn names_text(&self, host: &H) -> Result<String, H::Error> {
                host.display_set(&self.names)
            }

            fn same_names(&self, host: &H, other: &Self) -> Result<bool, H::Error> {
                host.same_set(&other.names, &self.names)
            }

            fn is_seen(&self, host: &H, value: &H::Value) -> Result<bool, H::Error> {
                host.set_contains(&self.seen, value)
            }

            fn see(&mut self, host: &H, value: H::Value) -> Result<(), H::Error> {
                host.set_add(&mut self.seen, value)
            }

            fn seen(&self, host: &H) -> Result<H::Set, H::Error> {
                Ok(host.dup_set(&self.seen))
            }

            fn set_seen(&mut self, _host: &H, seen: H::Set) -> Result<(), H::Error> {
                self.seen = seen;
                Ok(())
            }

            fn is_open(&self, host: &H) -> Result<bool, H::Error> {
                host.same_set(&self.seen, &self.names)
            }
        })*
    };
}

awaiting!(Barrier, FinishedBarrier);
