//! The channels of a run: a dict that knows which of them a superstep need look at.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::channels::dispatch::{ChannelRef, Kind};

use super::tally::Work;
use super::versions::Highest;
use super::watch::Touched;
use crate::serde::raw;

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
    /// Channels that nobody watches: they hear of every step and every end, and are always copied.
    unwatched: BTreeSet<usize>,
    heeding: Mutex<Heeding>,
}

/// The watched channels that a notice can concern, as far as they have been looked at since they were touched.
#[derive(Default)]
struct Heeding {
    step: BTreeSet<usize>,
    finish: BTreeSet<usize>,
    /// Those whose copying may run Python code.
    loud: BTreeSet<usize>,
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
            heeding: Mutex::default(),
        };
        // Names are hashed, which may run their Python code: the items are held before.
        let items: Vec<_> = dict.iter().collect();
        for (position, (name, channel)) in items.into_iter().enumerate() {
            Work::Indexed.count();
            positions.set_item(&name, position)?;
            index.names.push(name.unbind());
            match ChannelRef::of(&channel).watch() {
                Some(cell) if cell.watch(&index.touched, position) => cell.touched(),
                _ => {
                    index.unwatched.insert(position);
                }
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

    /// The channels whose copying may run Python code, in order.
    ///
    /// # Errors
    /// Whatever asking a channel raises.
    pub fn loud(&self, dict: &Bound<'_, PyDict>) -> PyResult<Vec<usize>> {
        self.look(dict)?;
        let heeding = self.heeding();
        Ok(heeding.loud.union(&self.unwatched).copied().collect())
    }

    /// The channels that the notice of a step can concern, in order.
    ///
    /// # Errors
    /// Whatever asking a channel raises.
    pub fn heeding_step(&self, dict: &Bound<'_, PyDict>) -> PyResult<Vec<usize>> {
        self.look(dict)?;
        let heeding = self.heeding();
        Ok(heeding.step.union(&self.unwatched).copied().collect())
    }

    /// The channels that the notice of the end can concern, in order.
    ///
    /// # Errors
    /// Whatever asking a channel raises.
    pub fn heeding_finish(&self, dict: &Bound<'_, PyDict>) -> PyResult<Vec<usize>> {
        self.look(dict)?;
        let heeding = self.heeding();
        Ok(heeding.finish.union(&self.unwatched).copied().collect())
    }

    /// A channel did nothing when it heard of the end; it need not hear of it again before it changes.
    pub fn heard_of_end(&self, position: usize, channel: &ChannelRef<'_, '_>) {
        // What a barrier does also depends on sets that others may hold.
        if channel.kind() == Kind::LastValueAfterFinish {
            self.heeding().finish.remove(&position);
        }
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
            // The list of a topic may be in other hands, which do not tell when they put something in.
            let step = channel.heeds_step()
                && (channel.kind() == Kind::Topic || {
                    Work::Visit.count();
                    channel.is_available()?
                });
            let (finish, loud) = (channel.heeds_finish(), !channel.quiet_copy());
            let mut heeding = self.heeding();
            place(&mut heeding.step, position, step);
            place(&mut heeding.finish, position, finish);
            place(&mut heeding.loud, position, loud);
        }
        Ok(())
    }

    fn heeding(&self) -> MutexGuard<'_, Heeding> {
        self.heeding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(set: &mut BTreeSet<usize>, position: usize, belongs: bool) {
    if belongs {
        set.insert(position);
    } else {
        set.remove(&position);
    }
}
