//! What a channel object holds: its attributes, in a cell that no call into Python is made under.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

use super::names::Names;
use crate::algorithm::watch::WatchCell;

/// An attribute of a channel. No class has two of those that share a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `key`
    Key,
    /// `typ`
    Typ,
    /// `value`
    Value,
    /// `values` of a topic
    Values,
    /// `names` of a barrier
    Names,
    /// `guard`
    Guard,
    /// `accumulate`
    Accumulate,
    /// `operator`
    Operator,
    /// `reducer`
    Reducer,
    /// `seen` of a barrier
    Seen,
    /// `finished`
    Finished,
    /// `snapshot_frequency`
    Frequency,
}

const PLACES: usize = 5;

impl Field {
    fn place(self) -> usize {
        match self {
            Self::Key => 0,
            Self::Typ => 1,
            Self::Value | Self::Values | Self::Names => 2,
            Self::Guard | Self::Accumulate | Self::Operator | Self::Reducer | Self::Seen => 3,
            Self::Finished | Self::Frequency => 4,
        }
    }

    /// The name of the attribute.
    pub fn name(self, py: Python<'_>) -> &Bound<'_, PyString> {
        match self {
            Self::Key => intern!(py, "key"),
            Self::Typ => intern!(py, "typ"),
            Self::Value => intern!(py, "value"),
            Self::Values => intern!(py, "values"),
            Self::Names => intern!(py, "names"),
            Self::Guard => intern!(py, "guard"),
            Self::Accumulate => intern!(py, "accumulate"),
            Self::Operator => intern!(py, "operator"),
            Self::Reducer => intern!(py, "reducer"),
            Self::Seen => intern!(py, "seen"),
            Self::Finished => intern!(py, "finished"),
            Self::Frequency => intern!(py, "snapshot_frequency"),
        }
    }
}

/// What the ten channel classes have in common; it stands where upstream's classes have `BaseChannel`.
///
/// The attributes are in a mutex that is held only to copy references in and out: nothing is dropped, compared or called under
/// it, so that whatever a value does when it goes may call the channel again.
#[pyclass(frozen, subclass, module = "langgraph_rs.channels", name = "Channel")]
#[derive(Default)]
pub struct Core {
    places: Mutex<[Option<Py<PyAny>>; PLACES]>,
    watch: WatchCell,
}

impl Core {
    fn places(&self) -> MutexGuard<'_, [Option<Py<PyAny>>; PLACES]> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The attribute, `None` if it was never set or was deleted.
    #[inline]
    pub fn load<'py>(&self, py: Python<'py>, field: Field) -> Option<Bound<'py, PyAny>> {
        let places = self.places();
        let held = places.get(field.place())?.as_ref()?;
        Some(held.bind(py).clone())
    }

    /// Sets or deletes the attribute; whether it was there.
    #[inline]
    pub fn store(&self, field: Field, value: Option<Py<PyAny>>) -> bool {
        let previous = {
            let mut places = self.places();
            match places.get_mut(field.place()) {
                Some(place) => std::mem::replace(place, value),
                None => value,
            }
        };
        self.watch.touched();
        // The lock is gone: dropping the last reference may run anything.
        previous.is_some()
    }

    /// The link to the map that wants to know of changes.
    pub fn watch(&self) -> &WatchCell {
        &self.watch
    }
}

#[pymethods]
impl Core {
    /// `__class_getitem__(parameters)`: the alias that `typing.Generic` would make.
    #[classmethod]
    fn __class_getitem__<'py>(
        cls: &Bound<'py, PyType>,
        params: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        py.import("typing")?
            .getattr("Generic")?
            .getattr("__class_getitem__")?
            .getattr("__func__")?
            .call1((cls, params))
    }

    /// Mirrors `object.__getstate__` for a class with slots: `(__dict__ or None, {slot: value})`.
    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let class = slf.get_type();
        let dict = match slf.getattr_opt(intern!(py, "__dict__"))? {
            Some(dict) if dict.is_truthy()? => dict,
            _ => py.None().into_bound(py),
        };
        let slots = PyDict::new(py);
        let own = Names::get(py)?.slot_names.bind(py).call1((class,))?;
        let shared = [Field::Key, Field::Typ].map(|field| field.name(py).clone().into_any());
        for name in own.try_iter()?.chain(shared.map(Ok)) {
            let name = name?.cast_into::<PyString>()?;
            if let Some(value) = slf.getattr_opt(&name)? {
                slots.set_item(name, value)?;
            }
        }
        if slots.is_empty() {
            return Ok(dict);
        }
        Ok((dict, slots).into_pyobject(py)?.into_any())
    }

    /// As upstream's classes, which have slots: no protocol before the second can pickle them.
    fn __reduce_ex__<'py>(
        slf: &Bound<'py, Self>,
        protocol: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if protocol.lt(2)? {
            let name = intern!(py, "__getstate__");
            let ours = py.get_type::<Self>().getattr(name)?;
            if slf.get_type().getattr(name)?.is(&ours) {
                return Err(PyTypeError::new_err(
                    "a class that defines __slots__ without defining __getstate__ cannot be pickled",
                ));
            }
        }
        Names::get(py)?.reduce_ex.bind(py).call1((slf, protocol))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Nobody is stopped while holding the lock; if one ever were, this object simply stays for now.
        let places = match self.places.try_lock() {
            Ok(places) => places,
            Err(TryLockError::Poisoned(places)) => places.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        for held in places.iter().flatten() {
            visit.call(held)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let held = std::mem::take(&mut *self.places());
        drop(held);
    }
}

/// An attribute of a channel class, as `__slots__` makes them: read, assigned and deleted.
#[pyclass(frozen, module = "langgraph_rs.channels")]
pub struct Slot {
    /// Which one.
    pub field: Field,
}

impl Slot {
    fn missing(&self, object: &Bound<'_, PyAny>) -> PyErr {
        let class = object
            .get_type()
            .name()
            .map_or_else(|_| String::from("channel"), |name| name.to_string());
        PyAttributeError::new_err(format!(
            "'{class}' object has no attribute '{}'",
            self.field.name(object.py())
        ))
    }
}

/// The attributes of `object`, of whatever channel class it is.
fn core<'a, 'py>(object: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, Core>> {
    Ok(object.cast::<Core>()?)
}

#[pymethods]
impl Slot {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        object: &Bound<'py, PyAny>,
        _class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if object.is_none() {
            return Ok(slf.clone().into_any());
        }
        let slot = slf.get();
        core(object)?
            .get()
            .load(slf.py(), slot.field)
            .ok_or_else(|| slot.missing(object))
    }

    fn __set__(&self, object: &Bound<'_, PyAny>, value: Bound<'_, PyAny>) -> PyResult<()> {
        core(object)?.get().store(self.field, Some(value.unbind()));
        Ok(())
    }

    fn __delete__(&self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        if core(object)?.get().store(self.field, None) {
            return Ok(());
        }
        Err(PyAttributeError::new_err(
            self.field.name(object.py()).to_string(),
        ))
    }
}
