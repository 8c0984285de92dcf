//! The state of a channel that is a Python object: a handle, which reads and assigns one attribute at a time.

use channels::state::{
    Awaiting, Backing, Collecting, Finishing, Guarded, Reducing, Replayed, Single, State,
};
use channels::{
    AnyValue, BinaryOperatorAggregate, Channel, ChannelResult, DeltaChannel, EphemeralValue, Host,
    LastValue, LastValueAfterFinish, NamedBarrierValue, NamedBarrierValueAfterFinish, Topic,
    UntrackedValue,
};
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::classes;
use super::host::PyHost;
use super::kind::Kind;
use super::names::Names;
use super::object::{Core, Field};

/// Where the state of channels is that are Python objects.
pub struct Objects;

impl<'py> Backing<PyHost<'py>> for Objects {
    type Single = Live<'py>;
    type Shown = Live<'py>;
    type Guarded = Live<'py>;
    type Collecting = Live<'py>;
    type Reducing = Live<'py>;
    type Replayed = Live<'py>;
    type Awaiting = Live<'py>;
    type AwaitingFinish = Live<'py>;
}

/// A channel object and the class whose methods are meant.
///
/// The attributes of an object of exactly that class are reached straight; those of a subclass as Python reaches them, since
/// it may have made them anything.
#[derive(Clone)]
pub struct Live<'py> {
    object: Bound<'py, PyAny>,
    kind: Kind,
    exact: bool,
}

impl<'py> Live<'py> {
    /// `object` as a channel of this class, of which it is an instance.
    #[inline]
    pub fn new(object: Bound<'py, PyAny>, kind: Kind) -> Self {
        let exact = Kind::of(&object) == kind;
        Self {
            object,
            kind,
            exact,
        }
    }

    /// `object`, which is exactly of this class.
    #[inline]
    pub fn exactly(object: Bound<'py, PyAny>, kind: Kind) -> Self {
        Self {
            object,
            kind,
            exact: true,
        }
    }

    /// Whether the class of the object is the very class.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// The object.
    pub fn into_object(self) -> Bound<'py, PyAny> {
        self.object
    }

    /// `self.field`
    ///
    /// # Errors
    /// `AttributeError` where it was never set; whatever a subclass raises.
    #[inline]
    pub fn load(&self, field: Field) -> PyResult<Bound<'py, PyAny>> {
        let py = self.object.py();
        if self.exact
            && let Ok(core) = self.object.cast::<Core>()
            && let Some(value) = core.get().load(py, field)
        {
            return Ok(value);
        }
        // Python finds the words for an attribute that is not there.
        self.object.getattr(field.name(py))
    }

    /// `self.field = value`
    ///
    /// # Errors
    /// Whatever a subclass raises.
    #[inline]
    pub fn store(&self, field: Field, value: Bound<'py, PyAny>) -> PyResult<()> {
        if self.exact
            && let Ok(core) = self.object.cast::<Core>()
        {
            core.get().store(field, Some(value.unbind()));
            return Ok(());
        }
        self.object.setattr(field.name(self.object.py()), value)
    }

    /// Says that what an attribute refers to changed in place.
    fn touched(&self) {
        if let Ok(core) = self.object.cast::<Core>() {
            core.get().watch().touched();
        }
    }

    /// The channel, to be asked.
    pub fn channel(self) -> PyResult<Channel<PyHost<'py>, Objects>> {
        Ok(match self.kind {
            Kind::LastValue => Channel::LastValue(LastValue(self)),
            Kind::LastValueAfterFinish => Channel::LastValueAfterFinish(LastValueAfterFinish(self)),
            Kind::AnyValue => Channel::AnyValue(AnyValue(self)),
            Kind::EphemeralValue => Channel::EphemeralValue(EphemeralValue(self)),
            Kind::UntrackedValue => Channel::UntrackedValue(UntrackedValue(self)),
            Kind::Topic => Channel::Topic(Topic(self)),
            Kind::BinaryOperatorAggregate => {
                Channel::BinaryOperatorAggregate(BinaryOperatorAggregate(self))
            }
            Kind::NamedBarrierValue => Channel::NamedBarrierValue(NamedBarrierValue(self)),
            Kind::NamedBarrierValueAfterFinish => {
                Channel::NamedBarrierValueAfterFinish(NamedBarrierValueAfterFinish(self))
            }
            Kind::DeltaChannel => Channel::DeltaChannel(DeltaChannel(self)),
            Kind::Other => return Err(PyTypeError::new_err("not one of the channel classes")),
        })
    }

    /// Sets what the constructor of the class sets, from its parameters in the order of its signature.
    ///
    /// # Errors
    /// What upstream's constructor raises.
    pub fn initialise(&self, host: &PyHost<'py>, parameters: Parameters<'py>) -> PyResult<()> {
        let py = host.py();
        let Parameters {
            first,
            second,
            third,
        } = parameters;
        let second_or = |default: Bound<'py, PyAny>| second.clone().unwrap_or(default);
        let no_key = || intern!(py, "").clone().into_any();
        let base = |typ, key| -> PyResult<()> {
            self.store(Field::Typ, typ)?;
            self.store(Field::Key, key)
        };
        match self.kind {
            Kind::LastValue | Kind::AnyValue | Kind::LastValueAfterFinish => {
                base(first, second_or(no_key()))?;
                self.store(Field::Value, host.missing())?;
                if self.kind == Kind::LastValueAfterFinish {
                    self.store(Field::Finished, host.bool(false))?;
                }
            }
            Kind::EphemeralValue | Kind::UntrackedValue => {
                base(first, no_key())?;
                self.store(Field::Guard, second_or(host.bool(true)))?;
                self.store(Field::Value, host.missing())?;
            }
            Kind::Topic => {
                base(first, no_key())?;
                self.store(Field::Accumulate, second_or(host.bool(false)))?;
                self.store(Field::Values, host.new_list())?;
            }
            Kind::NamedBarrierValue | Kind::NamedBarrierValueAfterFinish => {
                base(first, no_key())?;
                self.store(Field::Names, second_or(host.none()))?;
                self.store(Field::Seen, host.new_set())?;
                if self.kind == Kind::NamedBarrierValueAfterFinish {
                    self.store(Field::Finished, host.bool(false))?;
                }
            }
            Kind::BinaryOperatorAggregate => {
                base(first.clone(), no_key())?;
                self.store(Field::Operator, second_or(host.none()))?;
                let value = match host.default_of(&host.concrete(&first)?) {
                    Ok(value) => value,
                    Err(error) if error.is_instance_of::<PyException>(py) => host.missing(),
                    Err(error) => return Err(error),
                };
                self.store(Field::Value, value)?;
            }
            Kind::DeltaChannel => {
                let frequency = match third {
                    Some(frequency) => frequency,
                    None => 100_i64.into_pyobject(py)?.into_any(),
                };
                if frequency.le(0)? {
                    let shown = host.display(&frequency)?;
                    return Err(host.raise(channels::ChannelError::frequency(&shown)));
                }
                let typ = match second {
                    Some(typ) if !typ.is_none() => typ,
                    _ => Names::get(py)?.list.bind(py).clone(),
                };
                base(typ.clone(), no_key())?;
                self.store(Field::Reducer, first)?;
                self.store(Field::Frequency, frequency)?;
                self.store(Field::Typ, host.concrete(&typ)?)?;
                self.store(Field::Value, host.missing())?;
            }
            Kind::Other => return Err(PyTypeError::new_err("not one of the channel classes")),
        }
        Ok(())
    }

    /// `self.__class__(…)` with this channel's parameters.
    fn constructed(&self, host: &PyHost<'py>) -> PyResult<Self> {
        let parameters = match self.kind {
            Kind::LastValue | Kind::AnyValue => {
                Parameters::two(self.load(Field::Typ)?, self.load(Field::Key)?)
            }
            Kind::LastValueAfterFinish => Parameters::one(self.load(Field::Typ)?),
            Kind::EphemeralValue | Kind::UntrackedValue => {
                Parameters::two(self.load(Field::Typ)?, self.load(Field::Guard)?)
            }
            Kind::Topic => Parameters::two(self.load(Field::Typ)?, self.load(Field::Accumulate)?),
            Kind::NamedBarrierValue | Kind::NamedBarrierValueAfterFinish => {
                Parameters::two(self.load(Field::Typ)?, self.load(Field::Names)?)
            }
            Kind::BinaryOperatorAggregate => {
                Parameters::two(self.load(Field::Typ)?, self.load(Field::Operator)?)
            }
            Kind::DeltaChannel => Parameters {
                first: self.load(Field::Reducer)?,
                second: Some(self.load(Field::Typ)?),
                third: Some(self.load(Field::Frequency)?),
            },
            Kind::Other => return Err(PyTypeError::new_err("not one of the channel classes")),
        };
        let py = host.py();
        if self.exact {
            let made = Self::exactly(classes::blank(py, self.kind)?, self.kind);
            made.initialise(host, parameters)?;
            return Ok(made);
        }
        let class = self.object.getattr(intern!(py, "__class__"))?;
        let Parameters {
            first,
            second,
            third,
        } = parameters;
        let made = match (second, third) {
            (None, _) => class.call1((first,))?,
            (Some(second), None) => class.call1((first, second))?,
            (Some(second), Some(third)) => {
                let frequency = PyDict::new(py);
                frequency.set_item(Field::Frequency.name(py), third)?;
                class.call((first, second), Some(&frequency))?
            }
        };
        Ok(Self::new(made, self.kind))
    }
}

/// What a constructor takes.
pub struct Parameters<'py> {
    /// `typ`, of a `DeltaChannel` the reducer.
    pub first: Bound<'py, PyAny>,
    /// The second positional parameter.
    pub second: Option<Bound<'py, PyAny>>,
    /// `snapshot_frequency`
    pub third: Option<Bound<'py, PyAny>>,
}

impl<'py> Parameters<'py> {
    fn one(first: Bound<'py, PyAny>) -> Self {
        Self {
            first,
            second: None,
            third: None,
        }
    }

    fn two(first: Bound<'py, PyAny>, second: Bound<'py, PyAny>) -> Self {
        Self {
            first,
            second: Some(second),
            third: None,
        }
    }
}

impl<'py> State<PyHost<'py>> for Live<'py> {
    fn key_text(&self, host: &PyHost<'py>) -> PyResult<String> {
        host.display(&self.load(Field::Key)?)
    }

    fn renew(&self, host: &PyHost<'py>) -> ChannelResult<Self, PyHost<'py>> {
        let made = self.constructed(host)?;
        // The other two classes take the key as a parameter.
        if !matches!(self.kind, Kind::LastValue | Kind::AnyValue) {
            made.store(Field::Key, self.load(Field::Key)?)?;
        }
        Ok(made)
    }
}

impl<'py> Single<PyHost<'py>> for Live<'py> {
    fn value(&self, host: &PyHost<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(host.present(self.load(Field::Value)?))
    }

    fn set_value(&mut self, host: &PyHost<'py>, value: Option<Bound<'py, PyAny>>) -> PyResult<()> {
        self.store(Field::Value, host.or_missing(value))
    }
}

impl<'py> Guarded<PyHost<'py>> for Live<'py> {
    fn guard(&self, _host: &PyHost<'py>) -> PyResult<bool> {
        self.load(Field::Guard)?.is_truthy()
    }

    fn same_guard(&self, _host: &PyHost<'py>, other: &Self) -> PyResult<bool> {
        other.load(Field::Guard)?.eq(self.load(Field::Guard)?)
    }
}

impl<'py> Finishing<PyHost<'py>> for Live<'py> {
    fn finished(&self, _host: &PyHost<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.load(Field::Finished)
    }

    fn set_finished(&mut self, _host: &PyHost<'py>, finished: Bound<'py, PyAny>) -> PyResult<()> {
        self.store(Field::Finished, finished)
    }
}

impl<'py> Reducing<PyHost<'py>> for Live<'py> {
    fn reducer(&self, _host: &PyHost<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.load(if self.kind == Kind::DeltaChannel {
            Field::Reducer
        } else {
            Field::Operator
        })
    }
}

impl<'py> Replayed<PyHost<'py>> for Live<'py> {
    fn typ(&self, _host: &PyHost<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.load(Field::Typ)
    }

    fn same_frequency(&self, _host: &PyHost<'py>, other: &Self) -> PyResult<bool> {
        Ok(!self
            .load(Field::Frequency)?
            .ne(other.load(Field::Frequency)?)?)
    }
}

impl<'py> Collecting<PyHost<'py>> for Live<'py> {
    fn accumulates(&self, _host: &PyHost<'py>) -> PyResult<bool> {
        self.load(Field::Accumulate)?.is_truthy()
    }

    fn same_accumulation(&self, _host: &PyHost<'py>, other: &Self) -> PyResult<bool> {
        other
            .load(Field::Accumulate)?
            .eq(self.load(Field::Accumulate)?)
    }

    fn is_empty(&self, host: &PyHost<'py>) -> PyResult<bool> {
        host.list_is_empty(&self.load(Field::Values)?)
    }

    fn values(&self, _host: &PyHost<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.load(Field::Values)
    }

    fn set_values(&mut self, _host: &PyHost<'py>, values: Bound<'py, PyAny>) -> PyResult<()> {
        self.store(Field::Values, values)
    }

    fn extend(&mut self, host: &PyHost<'py>, items: Vec<Bound<'py, PyAny>>) -> PyResult<()> {
        let extended = host.extend_list(&mut self.load(Field::Values)?, items);
        self.touched();
        extended
    }
}

impl<'py> Awaiting<PyHost<'py>> for Live<'py> {
    fn is_name(&self, host: &PyHost<'py>, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        host.set_contains(&self.load(Field::Names)?, value)
    }

    fn names_text(&self, host: &PyHost<'py>) -> PyResult<String> {
        host.display_set(&self.load(Field::Names)?)
    }

    fn same_names(&self, host: &PyHost<'py>, other: &Self) -> PyResult<bool> {
        host.same_set(&other.load(Field::Names)?, &self.load(Field::Names)?)
    }

    fn is_seen(&self, host: &PyHost<'py>, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        host.set_contains(&self.load(Field::Seen)?, value)
    }

    fn see(&mut self, host: &PyHost<'py>, value: Bound<'py, PyAny>) -> PyResult<()> {
        let seen = host.set_add(&mut self.load(Field::Seen)?, value);
        self.touched();
        seen
    }

    fn seen(&self, _host: &PyHost<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.load(Field::Seen)
    }

    fn set_seen(&mut self, _host: &PyHost<'py>, seen: Bound<'py, PyAny>) -> PyResult<()> {
        self.store(Field::Seen, seen)
    }

    fn is_open(&self, host: &PyHost<'py>) -> PyResult<bool> {
        host.same_set(&self.load(Field::Seen)?, &self.load(Field::Names)?)
    }
}

/// The object that a channel is a handle to.
pub fn object<'py>(channel: Channel<PyHost<'py>, Objects>) -> Bound<'py, PyAny> {
    match channel {
        Channel::LastValue(LastValue(live))
        | Channel::LastValueAfterFinish(LastValueAfterFinish(live))
        | Channel::AnyValue(AnyValue(live))
        | Channel::EphemeralValue(EphemeralValue(live))
        | Channel::UntrackedValue(UntrackedValue(live))
        | Channel::Topic(Topic(live))
        | Channel::BinaryOperatorAggregate(BinaryOperatorAggregate(live))
        | Channel::NamedBarrierValue(NamedBarrierValue(live))
        | Channel::NamedBarrierValueAfterFinish(NamedBarrierValueAfterFinish(live))
        | Channel::DeltaChannel(DeltaChannel(live)) => live.into_object(),
    }
}
