//! The ten Python classes.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::CompareOp;
use pyo3::types::{PyBool, PyDict, PyList, PyTuple, PyType};

use channels::Host;

use super::arguments::Signature;
use super::host::PyHost;
use super::kind::Kind;
use super::live::{self, Live, Parameters};
use super::names::Names;
use super::object::{Core, Field, Slot};
use super::tally::{self, Op};
use crate::protocol;

macro_rules! channel_class {
    (
        $(#[$doc:meta])*
        $class:ident in $module:literal takes $text:literal: $first:literal, $second:literal, $required:literal, $third:expr;
        $($extra:tt)*
    ) => {
        $(#[$doc])*
        #[pyclass(frozen, extends = Core, subclass, module = $module)]
        pub struct $class;

        #[pymethods]
        impl $class {
            // The arguments are the constructor's.
            #[new]
            #[pyo3(signature = (*_args, **_kwargs), text_signature = $text)]
            fn new(
                _args: &Bound<'_, PyTuple>,
                _kwargs: Option<&Bound<'_, PyDict>>,
            ) -> PyClassInitializer<Self> {
                PyClassInitializer::from((Self, Core::default()))
            }

            #[pyo3(signature = (*args, **kwargs))]
            fn __init__(
                slf: &Bound<'_, Self>,
                args: &Bound<'_, PyTuple>,
                kwargs: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<()> {
                const SIGNATURE: Signature = Signature {
                    function: concat!(stringify!($class), ".__init__"),
                    positional: [$first, $second],
                    required: $required,
                    keyword_only: $third,
                };
                construct(&SIGNATURE, slf.as_any(), Kind::$class, args, kwargs)
            }

            fn __richcmp__<'py>(
                slf: &Bound<'py, Self>,
                other: &Bound<'py, PyAny>,
                op: CompareOp,
            ) -> PyResult<Bound<'py, PyAny>> {
                compare(slf.as_any(), Kind::$class, other, op)
            }

            /// The type of the value stored in the channel.
            #[getter(ValueType)]
            fn value_type<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                value_type(slf.as_any(), Kind::$class)
            }

            /// The type of an update of the channel.
            #[getter(UpdateType)]
            fn update_type<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                update_type(slf.as_any(), Kind::$class)
            }

            /// Applies the values of one step; whether the channel was updated.
            fn update<'py>(slf: &Bound<'py, Self>, values: &Bound<'py, PyAny>) -> PyResult<bool> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                let values = updates(&host, &live, Kind::$class, values)?;
                update(&host, live, Kind::$class, values)
            }

            /// The current value. Raises EmptyChannelError if there is none.
            fn get<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                get(&host, live, Kind::$class)
            }

            /// Whether get() would return a value.
            fn is_available<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                available(&host, live, Kind::$class)
            }

            /// A subscribed task ran; whether the channel was updated.
            fn consume(slf: &Bound<'_, Self>) -> PyResult<bool> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                ask(&host, live, Kind::$class, Op::Consume)
            }

            /// The run is about to finish; whether the channel was updated.
            fn finish(slf: &Bound<'_, Self>) -> PyResult<bool> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                ask(&host, live, Kind::$class, Op::Finish)
            }

            /// What a checkpoint stores of the channel, or MISSING.
            fn checkpoint<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                checkpoint(&host, live, Kind::$class)
            }

            /// A new channel of the same parameters and key, with the contents of a checkpoint unless that is MISSING.
            // Upstream's name.
            #[allow(clippy::wrong_self_convention)]
            fn from_checkpoint<'py>(
                slf: &Bound<'py, Self>,
                checkpoint: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, PyAny>> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                from_checkpoint(&host, live, Kind::$class, checkpoint)
            }

            /// A channel independent of this one.
            fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                let host = PyHost::new(slf.py())?;
                let live = Live::new(slf.as_any().clone(), Kind::$class);
                copy(&host, live, Kind::$class)
            }

            $($extra)*
        }
    };
}

channel_class! {
    /// The last value received, at most one per step.
    LastValue in "langgraph.channels.last_value" takes "(typ, key='')": "typ", "key", 1, None;
}

channel_class! {
    /// The last value received, shown only after finish(); once consumed, it is gone.
    LastValueAfterFinish in "langgraph.channels.last_value" takes "(typ, key='')": "typ", "key", 1, None;
}

channel_class! {
    /// The last value received; a step without one clears it.
    AnyValue in "langgraph.channels.any_value" takes "(typ, key='')": "typ", "key", 1, None;
}

channel_class! {
    /// The value of the step immediately before; cleared after.
    EphemeralValue in "langgraph.channels.ephemeral_value" takes "(typ, guard=True)": "typ", "guard", 1, None;
}

channel_class! {
    /// The last value received, never checkpointed.
    UntrackedValue in "langgraph.channels.untracked_value" takes "(typ, guard=True)": "typ", "guard", 1, None;
}

channel_class! {
    /// All values of a step, or with accumulate of all steps.
    Topic in "langgraph.channels.topic" takes "(typ, accumulate=False)": "typ", "accumulate", 1, None;
}

channel_class! {
    /// Each value folded into the current one by an operator.
    BinaryOperatorAggregate in "langgraph.channels.binop" takes "(typ, operator)": "typ", "operator", 2, None;
}

channel_class! {
    /// Waits until all names were received.
    NamedBarrierValue in "langgraph.channels.named_barrier_value" takes "(typ, names)": "typ", "names", 2, None;
}

channel_class! {
    /// Waits until all names were received and then for finish().
    NamedBarrierValueAfterFinish in "langgraph.channels.named_barrier_value" takes "(typ, names)": "typ", "names", 2, None;
}

channel_class! {
    /// All values of a step folded in one reducer call; checkpointed as writes, with a snapshot now and then.
    DeltaChannel in "langgraph.channels.delta" takes "(reducer, typ=None, *, snapshot_frequency=100)":
        "reducer", "typ", 1, Some("snapshot_frequency");

    /// Applies the values of earlier writes, oldest first, in one reducer call.
    fn replay_writes<'py>(slf: &Bound<'py, Self>, writes: &Bound<'py, PyAny>) -> PyResult<()> {
        let host = PyHost::new(slf.py())?;
        let live = Live::new(slf.as_any().clone(), Kind::DeltaChannel);
        let values = writes
            .try_iter()?
            .map(|write| {
                let [_, _, value] = protocol::unpack(&write?)?;
                Ok(value)
            })
            .collect::<PyResult<Vec<_>>>()?;
        replay(&host, live, values)
    }
}

/// An uninitialised channel of exactly this class.
///
/// # Errors
/// `TypeError` for [`Kind::Other`].
pub fn blank(py: Python<'_>, kind: Kind) -> PyResult<Bound<'_, PyAny>> {
    macro_rules! of_class {
        ($($class:ident),*) => {
            match kind {
                $(Kind::$class => {
                    Ok(Bound::new(py, PyClassInitializer::from(($class, Core::default())))?.into_any())
                })*
                Kind::Other => Err(PyTypeError::new_err("not one of the channel classes")),
            }
        };
    }
    of_class!(
        LastValue,
        EphemeralValue,
        BinaryOperatorAggregate,
        Topic,
        NamedBarrierValue,
        LastValueAfterFinish,
        NamedBarrierValueAfterFinish,
        DeltaChannel,
        UntrackedValue,
        AnyValue
    )
}

fn construct<'py>(
    signature: &Signature,
    object: &Bound<'py, PyAny>,
    kind: Kind,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let host = PyHost::new(object.py())?;
    let [Some(first), second, third] = signature.take(args, kwargs)? else {
        return Err(PyTypeError::new_err("missing argument"));
    };
    let parameters = Parameters {
        first,
        second,
        third,
    };
    Live::new(object.clone(), kind).initialise(&host, parameters)
}

/// Mirrors `__eq__`, and the `__ne__` that Python makes of it; channels have no order.
fn compare<'py>(
    object: &Bound<'py, PyAny>,
    kind: Kind,
    other: &Bound<'py, PyAny>,
    op: CompareOp,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let host = PyHost::new(py)?;
    match op {
        CompareOp::Eq => {
            let equal = if other.is_instance(kind.class(py)?)? {
                let left = Live::new(object.clone(), kind).channel()?;
                let right = Live::new(other.clone(), kind).channel()?;
                left.equals(&host, &right)
                    .map_err(|error| host.raise(error))?
            } else {
                false
            };
            Ok(host.bool(equal))
        }
        CompareOp::Ne => {
            let equal = object.call_method1(pyo3::intern!(py, "__eq__"), (other,))?;
            if equal.is(py.NotImplemented()) {
                return Ok(equal);
            }
            Ok(host.bool(!equal.is_truthy()?))
        }
        _ => Ok(py.NotImplemented().into_bound(py)),
    }
}

fn value_type<'py>(object: &Bound<'py, PyAny>, kind: Kind) -> PyResult<Bound<'py, PyAny>> {
    let typ = Live::new(object.clone(), kind).load(Field::Typ)?;
    if kind == Kind::Topic {
        return Names::get(object.py())?
            .sequence
            .bind(object.py())
            .get_item(typ);
    }
    Ok(typ)
}

fn update_type<'py>(object: &Bound<'py, PyAny>, kind: Kind) -> PyResult<Bound<'py, PyAny>> {
    let typ = Live::new(object.clone(), kind).load(Field::Typ)?;
    if kind == Kind::Topic {
        let list = Names::get(object.py())?.list.bind(object.py());
        return typ.bitor(list.get_item(&typ)?);
    }
    Ok(typ)
}

/// The values of a step, from whatever sequence a caller passes, looked at as the class looks at it.
fn updates<'py>(
    host: &PyHost<'py>,
    live: &Live<'py>,
    kind: Kind,
    values: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if let Ok(list) = values.cast_exact::<PyList>() {
        return Ok(list.iter().collect());
    }
    if let Ok(tuple) = values.cast_exact::<PyTuple>() {
        return Ok(tuple.iter().collect());
    }
    let all = |values: &Bound<'py, PyAny>| values.try_iter()?.collect::<PyResult<Vec<_>>>();
    match kind {
        Kind::Topic | Kind::NamedBarrierValue | Kind::NamedBarrierValueAfterFinish => all(values),
        Kind::DeltaChannel if values.is_truthy()? => all(values),
        Kind::BinaryOperatorAggregate if values.is_truthy()? => {
            if host.present(live.load(Field::Value)?).is_some() {
                return all(values);
            }
            let first = values.get_item(0)?;
            let rest = values.get_item(pyo3::types::PySlice::new(host.py(), 1, isize::MAX, 1))?;
            Ok(std::iter::once(first).chain(all(&rest)?).collect())
        }
        Kind::DeltaChannel | Kind::BinaryOperatorAggregate => Ok(Vec::new()),
        _ => {
            // Only how many there are counts, and the last of them, unless several are refused.
            let count = values.len()?;
            let mut items = vec![host.py().None().into_bound(host.py()); count];
            let refused = match kind {
                Kind::LastValue => count > 1,
                Kind::EphemeralValue | Kind::UntrackedValue => {
                    count > 1 && live.load(Field::Guard)?.is_truthy()?
                }
                _ => false,
            };
            if let (false, Some(last)) = (refused, items.last_mut()) {
                *last = values.get_item(-1)?;
            }
            Ok(items)
        }
    }
}

/// `update(values)`
///
/// # Errors
/// What upstream's method raises.
pub fn update<'py>(
    host: &PyHost<'py>,
    live: Live<'py>,
    kind: Kind,
    values: Vec<Bound<'py, PyAny>>,
) -> PyResult<bool> {
    tally::native(
        kind,
        if values.is_empty() {
            Op::Step
        } else {
            Op::Update
        },
    );
    live.channel()?
        .update(host, values)
        .map_err(|error| host.raise(error))
}

/// `get()`
///
/// # Errors
/// `EmptyChannelError`; whatever comparing names raises.
pub fn get<'py>(host: &PyHost<'py>, live: Live<'py>, kind: Kind) -> PyResult<Bound<'py, PyAny>> {
    tally::native(kind, Op::Get);
    live.channel()?.get(host).map_err(|error| host.raise(error))
}

/// `get()`; `None` where it would raise `EmptyChannelError`.
///
/// # Errors
/// Whatever comparing names raises.
pub fn get_if_any<'py>(
    host: &PyHost<'py>,
    live: Live<'py>,
    kind: Kind,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    tally::native(kind, Op::Get);
    match live.channel()?.get(host) {
        Ok(value) => Ok(Some(value)),
        Err(channels::ChannelError::Empty) => Ok(None),
        Err(error) => Err(host.raise(error)),
    }
}

/// `is_available()` as the object that upstream's method returns: where that ends with `finished`, this is whatever a checkpoint
/// once made of it.
fn available<'py>(host: &PyHost<'py>, live: Live<'py>, kind: Kind) -> PyResult<Bound<'py, PyAny>> {
    let finished = match kind {
        Kind::LastValueAfterFinish if host.present(live.load(Field::Value)?).is_some() => {
            live.load(Field::Finished)?
        }
        Kind::NamedBarrierValueAfterFinish => live.load(Field::Finished)?,
        _ => host.bool(true),
    };
    if finished.is_exact_instance_of::<PyBool>()
        || kind == Kind::NamedBarrierValueAfterFinish && finished.is_truthy()?
    {
        return ask(host, live, kind, Op::IsAvailable).map(|answer| host.bool(answer));
    }
    tally::native(kind, Op::IsAvailable);
    Ok(finished)
}

/// `is_available()`, `consume()` or `finish()`
///
/// # Errors
/// Whatever comparing names raises.
pub fn ask<'py>(host: &PyHost<'py>, live: Live<'py>, kind: Kind, op: Op) -> PyResult<bool> {
    tally::native(kind, op);
    let mut channel = live.channel()?;
    match op {
        Op::IsAvailable => channel.is_available(host),
        Op::Consume => channel.consume(host),
        _ => channel.finish(host),
    }
    .map_err(|error| host.raise(error))
}

/// `checkpoint()`
///
/// # Errors
/// `AttributeError` where an attribute was deleted.
pub fn checkpoint<'py>(
    host: &PyHost<'py>,
    live: Live<'py>,
    kind: Kind,
) -> PyResult<Bound<'py, PyAny>> {
    tally::native(kind, Op::Checkpoint);
    live.channel()?
        .checkpoint(host)
        .map(|checkpoint| host.or_missing(checkpoint))
        .map_err(|error| host.raise(error))
}

/// `from_checkpoint(checkpoint)`
///
/// # Errors
/// What upstream's method raises.
pub fn from_checkpoint<'py>(
    host: &PyHost<'py>,
    live: Live<'py>,
    kind: Kind,
    checkpoint: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    tally::native(kind, Op::FromCheckpoint);
    live.channel()?
        .from_checkpoint(host, host.present(checkpoint.clone()))
        .map(live::object)
        .map_err(|error| host.raise(error))
}

/// `copy()`
///
/// # Errors
/// What upstream's method raises.
pub fn copy<'py>(host: &PyHost<'py>, live: Live<'py>, kind: Kind) -> PyResult<Bound<'py, PyAny>> {
    tally::native(kind, Op::Copy);
    if kind == Kind::LastValueAfterFinish && !live.is_exact() {
        // It has BaseChannel's, which goes through two methods that a subclass may override.
        let py = host.py();
        let object = live.into_object();
        let checkpoint = object.call_method0(pyo3::intern!(py, "checkpoint"))?;
        return object.call_method1(pyo3::intern!(py, "from_checkpoint"), (checkpoint,));
    }
    live.channel()?
        .copy(host)
        .map(live::object)
        .map_err(|error| host.raise(error))
}

/// `replay_writes(writes)` of a `DeltaChannel`, with the values of the writes.
///
/// # Errors
/// What upstream's method raises.
pub fn replay<'py>(
    host: &PyHost<'py>,
    live: Live<'py>,
    values: Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    tally::native(Kind::DeltaChannel, Op::Replay);
    let mut channel = live.channel()?;
    match channel.as_delta_mut() {
        Some(channel) => channel
            .replay_writes(host, values)
            .map_err(|error| host.raise(error)),
        None => Err(PyTypeError::new_err("not a DeltaChannel")),
    }
}

/// Adds the classes to the extension module and gives them the attributes that upstream's have as slots.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<Core>()?;
    let core = py.get_type::<Core>();
    for field in [Field::Key, Field::Typ] {
        core.setattr(field.name(py), Slot { field })?;
    }
    let classes = [
        (py.get_type::<LastValue>(), &[Field::Value][..]),
        (
            py.get_type::<EphemeralValue>(),
            &[Field::Value, Field::Guard],
        ),
        (
            py.get_type::<BinaryOperatorAggregate>(),
            &[Field::Value, Field::Operator],
        ),
        (py.get_type::<Topic>(), &[Field::Values, Field::Accumulate]),
        (
            py.get_type::<NamedBarrierValue>(),
            &[Field::Names, Field::Seen],
        ),
        (
            py.get_type::<LastValueAfterFinish>(),
            &[Field::Value, Field::Finished],
        ),
        (
            py.get_type::<NamedBarrierValueAfterFinish>(),
            &[Field::Names, Field::Seen, Field::Finished],
        ),
        (
            py.get_type::<DeltaChannel>(),
            &[Field::Value, Field::Reducer, Field::Frequency],
        ),
        (
            py.get_type::<UntrackedValue>(),
            &[Field::Value, Field::Guard],
        ),
        (py.get_type::<AnyValue>(), &[Field::Typ, Field::Value]),
    ];
    for (class, fields) in &classes {
        for field in *fields {
            class.setattr(field.name(py), Slot { field: *field })?;
        }
        let names: Vec<_> = fields.iter().map(|field| field.name(py)).collect();
        class.setattr("__slots__", PyTuple::new(py, names)?)?;
        finish_class(class)?;
        module.add(class.name()?, class)?;
    }
    finish_class(&core)?;
    Kind::remember(py, classes.map(|(class, _)| class));
    Ok(())
}

/// Names the class as one written in Python is named: messages show the bare name.
fn finish_class(class: &Bound<'_, PyType>) -> PyResult<()> {
    class.setattr("__name__", class.name()?)
}
