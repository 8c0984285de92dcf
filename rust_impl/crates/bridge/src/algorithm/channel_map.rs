//! The channels of a run: a dict that knows which of them a superstep need look at.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::channels::dispatch::ChannelRef;

use super::raw;
use super::tally::Work;
use super::versions::Highest;
use super::watch::{Touched, WatchCell};

/// A dict of channels by name, as `channels_from_checkpoint` returns it.
///
/// To Python it is a dict and nothing else. It keeps an index beside its items, which holds while the dict is as it was when the index
/// was made (a dict's own version says so) and is made anew otherwise.
#[pyclass(extends = PyDict, module = "langgraph_rs._core", frozen)]
#[derive(Default)]
pub struct ChannelMap {
    index: Mutex<Option<Arc<Index>>>,
    /// The highest version of the checkpoint that the run is at.
    pub highest: Highest,
}

#[pymethods]
impl ChannelMap {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }
}

impl ChannelMap {
    /// The map, if that is what the mapping is.
    pub fn of<'a, 'py>(mapping: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, Self>> {
        mapping.cast_exact::<Self>().ok()
    }

    /// The index, which is up to date with the dict.
    ///
    /// # Errors
    /// Whatever hashing a name raises.
    pub fn index(slf: &Bound<'_, Self>) -> PyResult<Arc<Index>> {
        let dict = slf.as_super();
        let version = raw::dict_version(dict);
        let held = {
            let index = slf.get().index.lock();
            index.unwrap_or_else(PoisonError::into_inner).clone()
        };
        if let Some(index) = held
            && index.version == version
        {
            return Ok(index);
        }
        let made = Arc::new(Index::new(dict)?);
        let stale = {
            let held = slf.get().index.lock();
            held.unwrap_or_else(PoisonError::into_inner)
                .replace(Arc::clone(&made))
        };
        // Names are released with no lock held.
        drop(stale);
        Ok(made)
    }
}

/// Positions of channels by name, and which of them a notice can concern.
pub struct Index {
    version: u64,
    /// By position.
    names: Vec<Py<PyAny>>,
    /// Names to positions.
    positions: Py<PyDict>,
    touched: Arc<Touched>,
    /// Channels that nobody watches: they hear of every step and every end.
    unwatched: BTreeSet<usize>,
    /// Channels whose copying may run Python code.
    loud: BTreeSet<usize>,
    heeding: Mutex<Heeding>,
}

/// The watched channels that a notice can concern, as far as they have been looked at since they were touched.
#[derive(Default)]
struct Heeding {
    step: BTreeSet<usize>,
    finish: BTreeSet<usize>,
}

impl Index {
    fn new(dict: &Bound<'_, PyDict>) -> PyResult<Self> {
        let positions = PyDict::new(dict.py());
        let mut index = Self {
            version: raw::dict_version(dict),
            names: Vec::with_capacity(dict.len()),
            positions: positions.clone().unbind(),
            touched: Arc::new(Touched::default()),
            unwatched: BTreeSet::new(),
            loud: BTreeSet::new(),
            heeding: Mutex::default(),
        };
        // Names are hashed, which may run their Python code: the items are held before.
        let items: Vec<_> = dict.iter().collect();
        for (position, (name, channel)) in items.into_iter().enumerate() {
            Work::Indexed.count();
            positions.set_item(&name, position)?;
            index.names.push(name.unbind());
            let channel = ChannelRef::of(&channel);
            match watch_of(&channel) {
                Some(cell) if cell.watch(&index.touched, position) => cell.touched(),
                _ => {
                    index.unwatched.insert(position);
                }
            }
            if !copies_quietly(&channel) {
                index.loud.insert(position);
            }
        }
        Ok(index)
    }

    /// The position of a name.
    ///
    /// # Errors
    /// Whatever hashing or comparing names raises.
    pub fn position(&self, name: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let position = self.positions.bind(name.py()).get_item(name)?;
        position.map(|position| position.extract()).transpose()
    }

    /// The name at a position.
    pub fn name<'py>(&self, py: Python<'py>, position: usize) -> Option<Bound<'py, PyAny>> {
        self.names.get(position).map(|name| name.bind(py).clone())
    }

    /// Channels whose copying may run Python code.
    pub fn loud(&self) -> &BTreeSet<usize> {
        &self.loud
    }

    /// The channels that the notice of a step can concern, in order.
    ///
    /// # Errors
    /// Whatever asking a channel raises.
    pub fn heeding_step(&self, dict: &Bound<'_, PyDict>) -> PyResult<Vec<usize>> {
        self.look(dict)?;
        let heeding = self.heeding.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(heeding.step.union(&self.unwatched).copied().collect())
    }

    /// The channels that the notice of the end can concern, in order.
    ///
    /// # Errors
    /// Whatever asking a channel raises.
    pub fn heeding_finish(&self, dict: &Bound<'_, PyDict>) -> PyResult<Vec<usize>> {
        self.look(dict)?;
        let heeding = self.heeding.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(heeding.finish.union(&self.unwatched).copied().collect())
    }

    /// Looks at the channels that were touched since the last look. No lock is held while a channel is asked.
    fn look(&self, dict: &Bound<'_, PyDict>) -> PyResult<()> {
        for position in self.touched.take() {
            let Some(name) = self.name(dict.py(), position) else {
                continue;
            };
            let Some(channel) = dict.get_item(name)? else {
                continue;
            };
            let channel = ChannelRef::of(&channel);
            let step = channel.heeds_step() && {
                Work::Visit.count();
                channel.is_available()?
            };
            let finish = channel.heeds_finish();
            let mut heeding = self.heeding.lock().unwrap_or_else(PoisonError::into_inner);
            if step {
                heeding.step.insert(position);
            } else {
                heeding.step.remove(&position);
            }
            if finish {
                heeding.finish.insert(position);
            } else {
                heeding.finish.remove(&position);
            }
        }
        Ok(())
    }
}

/// The cell by which a channel can be watched; none for classes that are not exactly one of the ten.
fn watch_of<'a>(_channel: &ChannelRef<'a, '_>) -> Option<&'a WatchCell> {
    None
}

/// Whether copying the channel runs no Python code that anyone could observe.
fn copies_quietly(_channel: &ChannelRef<'_, '_>) -> bool {
    false
}
