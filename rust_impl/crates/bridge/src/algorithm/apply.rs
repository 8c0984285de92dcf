//! `apply_writes` on upstream's checkpoint dict and channel objects: the world in which `pregel::apply_writes` works.

use std::sync::Arc;

use pregel::Store;
use pregel::names::{is_marker, is_reserved};
use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyString, PyTuple};

use crate::channels::dispatch::ChannelRef;
use crate::protocol;

use super::channel_map::{ChannelMap, Index};
use super::ids::path_text;
use super::tally::{Reason, Work};
use super::upstream::global;
use super::versions::Highest;

/// `apply_writes(checkpoint, channels, tasks, get_next_version, trigger_to_nodes)`: ends a superstep; the names of the channels that
/// were updated and can be read.
///
/// Work is proportional to the channels touched if `channels` is a `ChannelMap`, and to all of them for any other mapping.
#[pyfunction]
#[pyo3(signature = (checkpoint, channels, tasks, get_next_version, trigger_to_nodes))]
pub fn apply_writes<'py>(
    checkpoint: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    tasks: &Bound<'py, PyAny>,
    get_next_version: &Bound<'py, PyAny>,
    trigger_to_nodes: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PySet>> {
    let py = checkpoint.py();
    Work::Superstep.count();
    let mut store = Superstep {
        checkpoint,
        channels: Channels::of(channels)?,
        get_next_version,
        trigger_to_nodes,
    };
    let tasks = tasks.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let updated = PySet::empty(py)?;
    for slot in pregel::apply_writes(&mut store, tasks)? {
        updated.add(store.channels.name(slot)?)?;
    }
    Ok(updated)
}

/// Channels by name, of which those that were found have a position.
pub enum Channels<'a, 'py> {
    /// With an index beside them.
    Indexed {
        /// The map.
        map: &'a Bound<'py, ChannelMap>,
        /// Its index as it was when the superstep ended.
        index: Arc<Index>,
    },
    /// Any other mapping: positions are given as names are found.
    Plain {
        /// The mapping.
        mapping: &'a Bound<'py, PyAny>,
        /// Names to positions.
        positions: Bound<'py, PyDict>,
        /// By position.
        names: Vec<Bound<'py, PyAny>>,
    },
}

impl<'a, 'py> Channels<'a, 'py> {
    /// The channels of a mapping.
    ///
    /// # Errors
    /// Whatever hashing a name raises.
    pub fn of(mapping: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        match ChannelMap::of(mapping) {
            Some(map) => Ok(Self::Indexed {
                map,
                index: ChannelMap::index(map)?,
            }),
            None => Ok(Self::Plain {
                mapping,
                positions: PyDict::new(mapping.py()),
                names: Vec::new(),
            }),
        }
    }

    /// The position of a channel, if there is one of that name.
    fn find(&mut self, name: &Bound<'py, PyAny>) -> PyResult<Option<usize>> {
        match self {
            Self::Indexed { index, .. } => index.position(name),
            Self::Plain {
                mapping,
                positions,
                names,
            } => {
                if !mapping.contains(name)? {
                    return Ok(None);
                }
                if let Some(position) = positions.get_item(name)? {
                    return position.extract().map(Some);
                }
                positions.set_item(name, names.len())?;
                names.push(name.clone());
                Ok(Some(names.len() - 1))
            }
        }
    }

    fn name(&self, position: usize) -> PyResult<Bound<'py, PyAny>> {
        let name = match self {
            Self::Indexed { map, index } => index.name(map.py(), position),
            Self::Plain { names, .. } => names.get(position).cloned(),
        };
        name.ok_or_else(|| PyKeyError::new_err(position))
    }

    fn channel(&self, position: usize) -> PyResult<Bound<'py, PyAny>> {
        Work::Visit.count();
        self.lookup(&self.name(position)?)
    }

    /// `channels[name]`
    ///
    /// # Errors
    /// `KeyError` for an unknown name.
    pub fn lookup(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Indexed { map, .. } => map
                .as_super()
                .get_item(name)?
                .ok_or_else(|| PyKeyError::new_err(name.clone().unbind())),
            Self::Plain { mapping, .. } => mapping.get_item(name),
        }
    }

    /// All of them, in their order.
    fn all(&mut self) -> PyResult<Vec<usize>> {
        let Self::Plain { mapping, .. } = self else {
            return Ok(Vec::new());
        };
        Reason::PlainChannels.count();
        let names = mapping.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let mut positions = Vec::with_capacity(names.len());
        for name in names {
            positions.extend(self.find(&name)?);
        }
        Ok(positions)
    }
}

/// The end of a superstep.
struct Superstep<'a, 'py> {
    checkpoint: &'a Bound<'py, PyAny>,
    channels: Channels<'a, 'py>,
    get_next_version: &'a Bound<'py, PyAny>,
    trigger_to_nodes: &'a Bound<'py, PyAny>,
}

impl<'py> Superstep<'_, 'py> {
    fn versions(&self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.checkpoint.py();
        self.checkpoint.get_item(intern!(py, "channel_versions"))
    }
}

impl<'py> Store for Superstep<'_, 'py> {
    type Task = Bound<'py, PyAny>;
    type Name = Bound<'py, PyAny>;
    type Slot = usize;
    type Value = Bound<'py, PyAny>;
    type Version = Bound<'py, PyAny>;
    type Error = PyErr;

    fn path(&mut self, task: &Self::Task) -> PyResult<Vec<u8>> {
        path_text(&task.getattr(intern!(task.py(), "path"))?)
    }

    fn is_triggered(&mut self, task: &Self::Task) -> PyResult<bool> {
        task.getattr(intern!(task.py(), "triggers"))?.is_truthy()
    }

    fn mark_seen(&mut self, task: &Self::Task) -> PyResult<()> {
        let py = task.py();
        let all = self.checkpoint.get_item(intern!(py, "versions_seen"))?;
        let name = task.getattr(intern!(py, "name"))?;
        let seen = all.call_method1(intern!(py, "setdefault"), (name, PyDict::new(py)))?;
        let fresh = PyDict::new(py);
        for trigger in task.getattr(intern!(py, "triggers"))?.try_iter()? {
            let trigger = trigger?;
            let versions = self.versions()?;
            if let Ok(versions) = versions.cast_exact::<PyDict>() {
                if let Some(version) = versions.get_item(&trigger)? {
                    fresh.set_item(trigger, version)?;
                }
            } else if versions.contains(&trigger)? {
                fresh.set_item(&trigger, versions.get_item(&trigger)?)?;
            }
        }
        match seen.cast_exact::<PyDict>() {
            Ok(seen) => seen.update(fresh.as_mapping()),
            Err(_) => seen.call_method1(intern!(py, "update"), (fresh,)).map(drop),
        }
    }

    fn next_version(&mut self) -> PyResult<Option<Self::Version>> {
        let py = self.checkpoint.py();
        if self.get_next_version.is_none() {
            return Ok(None);
        }
        let versions = self.versions()?;
        let highest = match &self.channels {
            Channels::Indexed { map, .. } => map.get().highest.of(&versions)?,
            Channels::Plain { .. } => Highest::default().of(&versions)?,
        };
        Reason::NextVersion.count();
        let next = self.get_next_version.call1((highest, py.None()))?;
        Ok(protocol::some(next))
    }

    fn triggers(&mut self, task: &Self::Task) -> PyResult<Vec<Self::Name>> {
        let py = task.py();
        let mut names = Vec::new();
        for name in task.getattr(intern!(py, "triggers"))?.try_iter()? {
            let name = name?;
            let reserved = match name.cast_exact::<PyString>() {
                Ok(text) => text.to_str().is_ok_and(is_reserved),
                Err(_) => global(intern!(py, "RESERVED"))?.contains(&name)?,
            };
            if !reserved {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn writes(&mut self, task: &Self::Task) -> PyResult<Vec<(Self::Name, Self::Value)>> {
        let mut writes = Vec::new();
        for write in task.getattr(intern!(task.py(), "writes"))?.try_iter()? {
            let [name, value] = protocol::unpack::<2>(&write?)?;
            if !marks(&name)? {
                writes.push((name, value));
            }
        }
        Ok(writes)
    }

    fn find(&mut self, name: &Self::Name) -> PyResult<Option<usize>> {
        self.channels.find(name)
    }

    fn ignore(&mut self, task: &Self::Task, name: &Self::Name) -> PyResult<()> {
        let py = task.py();
        let text = format!(
            "Task {} with path {} wrote to unknown channel {}, ignoring it.",
            protocol::formatted(&task.getattr(intern!(py, "name"))?)?,
            protocol::formatted(&task.getattr(intern!(py, "path"))?)?,
            protocol::formatted(name)?,
        );
        warn(py, &text)
    }

    fn set_version(&mut self, slot: usize, version: &Self::Version) -> PyResult<()> {
        let name = self.channels.name(slot)?;
        let versions = self.versions()?;
        match &self.channels {
            Channels::Indexed { map, .. } => map.get().highest.set(&versions, &name, version),
            Channels::Plain { .. } => versions.set_item(name, version),
        }
    }

    fn consume(&mut self, slot: usize) -> PyResult<bool> {
        ChannelRef::of(&self.channels.channel(slot)?).consume()
    }

    fn update(&mut self, slot: usize, values: Vec<Self::Value>) -> PyResult<bool> {
        ChannelRef::of(&self.channels.channel(slot)?).update(values)
    }

    fn is_available(&mut self, slot: usize) -> PyResult<bool> {
        ChannelRef::of(&self.channels.channel(slot)?).is_available()
    }

    fn finish(&mut self, slot: usize) -> PyResult<bool> {
        let channel = self.channels.channel(slot)?;
        let channel = ChannelRef::of(&channel);
        let finished = channel.finish()?;
        if !finished && let Channels::Indexed { index, .. } = &self.channels {
            index.heard_of_end(slot, &channel);
        }
        Ok(finished)
    }

    fn heeding_step(&mut self) -> PyResult<Vec<usize>> {
        match &self.channels {
            Channels::Indexed { map, index } => index.heeding_step(map.as_super()),
            Channels::Plain { .. } => self.channels.all(),
        }
    }

    fn heeding_finish(&mut self) -> PyResult<Vec<usize>> {
        match &self.channels {
            Channels::Indexed { map, index } => index.heeding_finish(map.as_super()),
            Channels::Plain { .. } => self.channels.all(),
        }
    }

    fn starts_nodes(&mut self, slot: usize) -> PyResult<bool> {
        self.trigger_to_nodes.contains(self.channels.name(slot)?)
    }
}

/// Whether a write only says how its task ended.
fn marks(name: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let Ok(text) = name.cast_exact::<PyString>() {
        return Ok(text.to_str().is_ok_and(is_marker));
    }
    let py = name.py();
    let markers = [
        intern!(py, "NO_WRITES"),
        intern!(py, "PUSH"),
        intern!(py, "RESUME"),
        intern!(py, "INTERRUPT"),
        intern!(py, "RETURN"),
        intern!(py, "ERROR"),
        intern!(py, "ERROR_SOURCE_NODE"),
    ];
    let markers = markers
        .into_iter()
        .map(global)
        .collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, markers)?.contains(name)
}

/// `logger.warning(text)`
///
/// # Errors
/// Whatever a handler raises.
pub fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    Reason::Warning.count();
    global(intern!(py, "logger"))?
        .call_method1(intern!(py, "warning"), (text,))
        .map(drop)
}
