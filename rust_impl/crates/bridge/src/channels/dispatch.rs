//! One way to call a channel of any class: straight in Rust for exactly one of the ten, by its Python methods otherwise.
//!
//! A `ChannelRef` is a handle: it holds no borrow of the channel and no lock, so any call may re-enter any channel.

// Part of the contract that the algorithm builds on: not all of it has a caller yet.
#![allow(dead_code)]

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple,
};

use super::classes;
use super::host::PyHost;
pub use super::kind::Kind;
use super::live::Live;
use super::names::Names;
use super::object::{Core, Field};
use super::tally::{self, Op};
use crate::algorithm::watch::WatchCell;

/// The sentinel `MISSING`: no checkpoint, as `checkpoint()` returns and `from_checkpoint` takes it.
///
/// # Errors
/// `ImportError` if there is no LangGraph.
pub fn missing(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    Ok(Names::get(py)?.missing.bind(py))
}

/// `isinstance(object, BaseChannel)`: tells channels from managed values.
///
/// # Errors
/// Whatever the check raises.
pub fn is_channel(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if object.cast::<Core>().is_ok() {
        return Ok(true);
    }
    object.is_instance(Names::get(object.py())?.base_channel.bind(object.py()))
}

/// Whether a type can be looked at and called by a reducing channel without running code of a user's: one of Python's own, or
/// what `typing` makes of one.
fn is_quiet_type(typ: &Bound<'_, PyAny>) -> bool {
    if is_builtin(typ) {
        return true;
    }
    let class = typ.get_type();
    let of_typing = class.module().is_ok_and(|module| {
        module == "typing" || module == "types" || module == "typing_extensions"
    });
    of_typing
        && PyHost::new(typ.py())
            .and_then(|host| host.concrete(typ))
            .is_ok_and(|concrete| is_builtin(&concrete))
}

/// Whether this is a class of Python's own values.
fn is_builtin(class: &Bound<'_, PyAny>) -> bool {
    fn same<T: pyo3::PyTypeInfo>(class: &Bound<'_, PyAny>) -> bool {
        class.is(class.py().get_type::<T>())
    }
    same::<PyList>(class)
        || same::<PyDict>(class)
        || same::<PyString>(class)
        || same::<PyInt>(class)
        || same::<PySet>(class)
        || same::<PyFloat>(class)
        || same::<PyBool>(class)
        || same::<PyTuple>(class)
        || same::<PyFrozenSet>(class)
        || same::<PyBytes>(class)
}

/// A channel of any class.
#[derive(Clone, Copy)]
pub struct ChannelRef<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    kind: Kind,
}

impl<'a, 'py> ChannelRef<'a, 'py> {
    /// The channel that `object` is; nothing is checked.
    #[inline]
    pub fn of(object: &'a Bound<'py, PyAny>) -> Self {
        Self {
            object,
            kind: Kind::of(object),
        }
    }

    /// The class, if it is exactly one of the ten.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where a map can have itself told of every change to the channel; only exact ones tell.
    ///
    /// A change to the list of a `Topic` or to the set of a barrier by whoever got hold of it is not told.
    #[inline]
    pub fn watch(&self) -> Option<&'a WatchCell> {
        if self.kind == Kind::Other {
            return None;
        }
        Some(self.object.cast::<Core>().ok()?.get().watch())
    }

    /// The channel in Rust, if it is exactly one of the ten.
    #[inline]
    fn native(&self) -> PyResult<Option<(PyHost<'py>, Live<'py>)>> {
        if self.kind == Kind::Other {
            return Ok(None);
        }
        let host = PyHost::new(self.object.py())?;
        Ok(Some((host, Live::exactly(self.object.clone(), self.kind))))
    }

    /// `update(values)`: applies the values of one step, in their order; whether the channel was updated.
    ///
    /// A channel of another class gets a list; without values it gets the empty tuple, as upstream's loop gives it.
    ///
    /// # Errors
    /// `InvalidUpdateError` for values that do not fit; whatever a reducer or a custom channel raises.
    pub fn update(&self, values: Vec<Bound<'py, PyAny>>) -> PyResult<bool> {
        if let Some((host, live)) = self.native()? {
            return classes::update(&host, live, self.kind, values);
        }
        let py = self.object.py();
        let values = if values.is_empty() {
            tally::python(Op::Step);
            PyTuple::empty(py).into_any()
        } else {
            tally::python(Op::Update);
            PyList::new(py, values)?.into_any()
        };
        self.object
            .call_method1(intern!(py, "update"), (values,))?
            .is_truthy()
    }

    /// The notice of a step, `update(())`; whether the channel was updated.
    ///
    /// # Errors
    /// Whatever a custom channel raises.
    pub fn notify_step(&self) -> PyResult<bool> {
        self.update(Vec::new())
    }

    /// Whether copying the channel and giving the copy the notice of a step can run no code of a user's.
    ///
    /// A fact to remember until someone assigns an attribute of the channel.
    pub fn quiet_copy(&self) -> bool {
        let live = || Live::exactly(self.object.clone(), self.kind);
        let holds = |field, quiet: fn(&Bound<'py, PyAny>) -> bool| {
            live().load(field).is_ok_and(|held| quiet(&held))
        };
        match self.kind {
            Kind::LastValue
            | Kind::AnyValue
            | Kind::EphemeralValue
            | Kind::UntrackedValue
            | Kind::LastValueAfterFinish => true,
            Kind::Topic => {
                holds(Field::Values, |list| list.is_exact_instance_of::<PyList>())
                    && holds(Field::Accumulate, |flag| {
                        flag.is_exact_instance_of::<PyBool>()
                    })
            }
            Kind::NamedBarrierValue | Kind::NamedBarrierValueAfterFinish => {
                holds(Field::Seen, |set| set.is_exact_instance_of::<PySet>())
            }
            Kind::BinaryOperatorAggregate => holds(Field::Typ, is_quiet_type),
            // It copies its value, which a reducer may make anything.
            Kind::DeltaChannel | Kind::Other => false,
        }
    }

    /// `get()`: the value; `None` where the channel raises `EmptyChannelError`.
    ///
    /// # Errors
    /// Whatever else a custom channel raises.
    pub fn get(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some((host, live)) = self.native()? {
            return classes::get_if_any(&host, live, self.kind);
        }
        let py = self.object.py();
        match self.get_or_raise() {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_instance(py, Names::get(py)?.empty_channel_error.bind(py)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// `get()`: the value, or the channel's own `EmptyChannelError`.
    ///
    /// # Errors
    /// `EmptyChannelError` if there is no value; whatever else a custom channel raises.
    pub fn get_or_raise(&self) -> PyResult<Bound<'py, PyAny>> {
        if let Some((host, live)) = self.native()? {
            return classes::get(&host, live, self.kind);
        }
        tally::python(Op::Get);
        self.object.call_method0(intern!(self.object.py(), "get"))
    }

    /// `is_available()`: whether `get` would yield a value.
    ///
    /// # Errors
    /// Whatever comparing the names of a barrier or a custom channel raises.
    pub fn is_available(&self) -> PyResult<bool> {
        self.ask(Op::IsAvailable, intern!(self.object.py(), "is_available"))
    }

    /// `consume()`: a subscribed task ran; whether the channel was updated.
    ///
    /// # Errors
    /// As [`Self::is_available`].
    pub fn consume(&self) -> PyResult<bool> {
        self.ask(Op::Consume, intern!(self.object.py(), "consume"))
    }

    /// `finish()`: the run is about to finish; whether the channel was updated.
    ///
    /// # Errors
    /// As [`Self::is_available`].
    pub fn finish(&self) -> PyResult<bool> {
        self.ask(Op::Finish, intern!(self.object.py(), "finish"))
    }

    /// `checkpoint()`: what a checkpoint stores, or [`missing`].
    ///
    /// # Errors
    /// Whatever a custom channel raises.
    pub fn checkpoint(&self) -> PyResult<Bound<'py, PyAny>> {
        if let Some((host, live)) = self.native()? {
            return classes::checkpoint(&host, live, self.kind);
        }
        tally::python(Op::Checkpoint);
        self.object
            .call_method0(intern!(self.object.py(), "checkpoint"))
    }

    /// `from_checkpoint(checkpoint)`: a new channel of the same parameters and key; `checkpoint` may be [`missing`].
    ///
    /// # Errors
    /// A checkpoint that the channel cannot hold; whatever a value type or a custom channel raises.
    // Upstream's name, so that the two can be read side by side.
    #[allow(clippy::wrong_self_convention)]
    pub fn from_checkpoint(&self, checkpoint: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Some((host, live)) = self.native()? {
            return classes::from_checkpoint(&host, live, self.kind, checkpoint);
        }
        tally::python(Op::FromCheckpoint);
        self.object
            .call_method1(intern!(self.object.py(), "from_checkpoint"), (checkpoint,))
    }

    /// `copy()`: a channel independent of this one.
    ///
    /// # Errors
    /// Whatever copying a value, a value type or a custom channel raises.
    pub fn copy(&self) -> PyResult<Bound<'py, PyAny>> {
        if let Some((host, live)) = self.native()? {
            return classes::copy(&host, live, self.kind);
        }
        tally::python(Op::Copy);
        self.object.call_method0(intern!(self.object.py(), "copy"))
    }

    /// Whether the notice of a step, `update([])`, may change the channel while it is available.
    ///
    /// It depends on nothing that a run changes, so a plan may remember it; only whoever assigns `accumulate` of a `Topic` changes
    /// it. Always true for a channel of another class.
    #[inline]
    pub fn heeds_step(&self) -> bool {
        match self.kind {
            Kind::EphemeralValue | Kind::AnyValue | Kind::Other => true,
            // A truth that cannot be told is met again, and raised, by the notice.
            Kind::Topic => Live::exactly(self.object.clone(), self.kind)
                .load(Field::Accumulate)
                .and_then(|accumulate| accumulate.is_truthy())
                .map_or(true, |accumulate| !accumulate),
            _ => false,
        }
    }

    /// Whether `finish()` may change the channel at all: like [`Self::heeds_step`], a fact to remember.
    #[inline]
    pub fn heeds_finish(&self) -> bool {
        matches!(
            self.kind,
            Kind::LastValueAfterFinish | Kind::NamedBarrierValueAfterFinish | Kind::Other
        )
    }

    fn ask(&self, op: Op, method: &Bound<'py, PyString>) -> PyResult<bool> {
        if let Some((host, live)) = self.native()? {
            return classes::ask(&host, live, self.kind, op);
        }
        tally::python(op);
        self.object.call_method0(method)?.is_truthy()
    }
}
