//! When delta channels are stored whole: the snapshot functions of `pregel/_checkpoint.py`.

use channels::Host;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyTuple};

use super::names;
use super::tally::Work;
use super::upstream::Upstream;
use crate::channels::dispatch::{ChannelRef, Kind};
use crate::channels::host::PyHost;
use crate::protocol::{get, items, same, some, unpack};

/// A channel class as upstream's `_checkpoint` module names it now.
pub struct Class<'py>(Bound<'py, PyAny>);

impl<'py> Class<'py> {
    /// `DeltaChannel`
    ///
    /// # Errors
    /// `AttributeError` if the module lost it.
    pub fn delta(py: Python<'py>) -> PyResult<Self> {
        Self::named(py, intern!(py, "DeltaChannel"))
    }

    /// `BinaryOperatorAggregate`
    ///
    /// # Errors
    /// `AttributeError` if the module lost it.
    pub fn reducing(py: Python<'py>) -> PyResult<Self> {
        Self::named(py, intern!(py, "BinaryOperatorAggregate"))
    }

    fn named(py: Python<'py>, name: &Bound<'py, pyo3::types::PyString>) -> PyResult<Self> {
        Upstream::get(py)?
            .checkpoint
            .bind(py)
            .getattr(name)
            .map(Self)
    }

    /// `isinstance(object, class)`.
    ///
    /// # Errors
    /// Whatever the check raises.
    #[inline]
    pub fn has(&self, object: &Bound<'py, PyAny>) -> PyResult<bool> {
        if object.get_type().is(&self.0) {
            return Ok(true);
        }
        if ChannelRef::of(object).kind() != Kind::Other {
            // Exactly one of the ten, none of which is a subclass of another.
            return Ok(false);
        }
        object.is_instance(&self.0)
    }
}

/// Updates and supersteps of a channel since its last snapshot.
fn counters<'py>(
    all: &Bound<'py, PyAny>,
    channel: &Bound<'py, PyAny>,
) -> PyResult<[Bound<'py, PyAny>; 2]> {
    let py = all.py();
    let zero = zero(py)?;
    let found = get(all, channel, Some(zero.as_any()))?;
    unpack(&found.unwrap_or_else(|| py.None().into_bound(py)))
}

fn zero(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(py, [0, 0])
}

/// Mirrors `delta_channels_to_snapshot`.
#[pyfunction]
pub fn delta_channels_to_snapshot<'py>(
    channels: &Bound<'py, PyAny>,
    counters_since_delta_snapshot: &Bound<'py, PyAny>,
    channel_versions: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PySet>> {
    let py = channels.py();
    let delta = Class::delta(py)?;
    let due = PySet::empty(py)?;
    for item in items(channels)? {
        let [name, channel] = item?;
        if !delta.has(&channel)?
            || !ChannelRef::of(&channel).is_available()?
            || !channel_versions.contains(&name)?
        {
            continue;
        }
        Work::Snapshots.count();
        let [updates, supersteps] = counters(counters_since_delta_snapshot, &name)?;
        let often = channel.getattr(intern!(py, "snapshot_frequency"))?;
        if updates.ge(often)? || supersteps.ge(max_supersteps(py)?)? {
            due.add(name)?;
        }
    }
    Ok(due)
}

/// How many supersteps a delta channel may go without a snapshot, as upstream's module says now.
fn max_supersteps(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let module = Upstream::get(py)?.checkpoint.bind(py);
    module.getattr(intern!(py, "DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT"))
}

/// Mirrors `get_updated_channels_from_tasks`.
#[pyfunction]
pub fn get_updated_channels_from_tasks<'py>(
    run_tasks: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PySet>> {
    let py = run_tasks.py();
    let updated = PySet::empty(py)?;
    for task in run_tasks.try_iter()? {
        for write in task?.getattr(intern!(py, "writes"))?.try_iter()? {
            let [channel, _] = unpack(&write?)?;
            if channel.ne(names::push(py))? {
                updated.add(channel)?;
            }
        }
    }
    Ok(updated)
}

/// Mirrors `get_delta_channels_from_all_channels`.
#[pyfunction]
pub fn get_delta_channels_from_all_channels<'py>(
    channels: &Bound<'py, PyAny>,
    channel_versions: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PySet>> {
    let py = channels.py();
    let delta = Class::delta(py)?;
    let written = PySet::empty(py)?;
    for item in items(channels)? {
        let [name, channel] = item?;
        if delta.has(&channel)?
            && ChannelRef::of(&channel).is_available()?
            && channel_versions.contains(&name)?
        {
            written.add(name)?;
        }
    }
    Ok(written)
}

/// Whether a name stands for a delta channel.
fn is_delta<'py>(
    delta: &Class<'py>,
    specs: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    match get(specs, name, None)? {
        Some(channel) => delta.has(&channel),
        None => Ok(false),
    }
}

/// Mirrors `delta_channels_with_pending_writes`.
#[pyfunction]
pub fn delta_channels_with_pending_writes<'py>(
    py: Python<'py>,
    specs: &Bound<'py, PyAny>,
    pending_writes: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PySet>> {
    let delta = Class::delta(py)?;
    let found = PySet::empty(py)?;
    let Some(writes) = pending_writes else {
        return Ok(found);
    };
    if !writes.is_truthy()? {
        return Ok(found);
    }
    for write in writes.try_iter()? {
        let [_, channel, _] = unpack(&write?)?;
        if is_delta(&delta, specs, &channel)? {
            found.add(channel)?;
        }
    }
    Ok(found)
}

/// Mirrors `delta_channels_overwritten`.
#[pyfunction]
pub fn delta_channels_overwritten<'py>(
    specs: &Bound<'py, PyAny>,
    writes: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PySet>> {
    let py = writes.py();
    let host = PyHost::new(py)?;
    let delta = Class::delta(py)?;
    let found = PySet::empty(py)?;
    for write in writes.try_iter()? {
        let [channel, value] = unpack(&write?)?;
        if is_delta(&delta, specs, &channel)? && host.overwrite(&value)?.is_some() {
            found.add(channel)?;
        }
    }
    Ok(found)
}

/// Mirrors `create_metadata_for_update_state_api`: one more superstep for each delta channel, one more update for those updated.
#[pyfunction]
#[pyo3(signature = (channels, updated_channels, *, prev_metadata))]
pub fn create_metadata_for_update_state_api<'py>(
    channels: &Bound<'py, PyAny>,
    updated_channels: &Bound<'py, PyAny>,
    prev_metadata: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = channels.py();
    let before = match prev_metadata {
        Some(metadata) if metadata.is_truthy()? => {
            get(metadata, counters_key(py), None)?.and_then(some)
        }
        _ => None,
    };
    let before = match before {
        Some(before) if before.is_truthy()? => crate::protocol::to_dict(&before)?,
        _ => PyDict::new(py),
    };
    let delta = Class::delta(py)?;
    let advanced = PyDict::new(py);
    for item in items(channels)? {
        let [name, channel] = item?;
        if !delta.has(&channel)? {
            continue;
        }
        let [mut updates, supersteps] = counters(&before, &name)?;
        let supersteps = supersteps.add(1)?;
        if updated_channels.contains(&name)? {
            updates = updates.add(1)?;
        }
        advanced.set_item(name, (updates, supersteps))?;
    }
    Ok(advanced)
}

fn counters_key(py: Python<'_>) -> &Bound<'_, pyo3::types::PyString> {
    intern!(py, "counters_since_delta_snapshot")
}

/// Mirrors `create_checkpoint_plan_for_update_state_api`: the channels to snapshot, and the metadata.
#[pyfunction]
#[pyo3(signature = (
    channels, updated_channels, *, source, step, parents, saved_metadata, is_fresh_thread, fork_channels,
    channel_versions
))]
#[allow(clippy::too_many_arguments)]
pub fn create_checkpoint_plan_for_update_state_api<'py>(
    py: Python<'py>,
    channels: &Bound<'py, PyAny>,
    updated_channels: &Bound<'py, PyAny>,
    source: &Bound<'py, PyAny>,
    step: &Bound<'py, PyAny>,
    parents: &Bound<'py, PyAny>,
    saved_metadata: Option<&Bound<'py, PyAny>>,
    is_fresh_thread: &Bound<'py, PyAny>,
    fork_channels: &Bound<'py, PyAny>,
    channel_versions: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
    let metadata = PyDict::new(py);
    metadata.set_item(intern!(py, "source"), source)?;
    metadata.set_item(intern!(py, "step"), step)?;
    metadata.set_item(intern!(py, "parents"), parents)?;
    if is_fresh_thread.is_truthy()? {
        let written = get_delta_channels_from_all_channels(channels, channel_versions)?;
        return Ok((written.into_any(), metadata));
    }
    let counters =
        create_metadata_for_update_state_api(channels, updated_channels, saved_metadata)?;
    let due = delta_channels_to_snapshot(channels, &counters, channel_versions)?;
    let due = due.as_any().bitor(fork_channels)?;
    let zero = zero(py)?;
    for name in due.try_iter()? {
        counters.set_item(name?, &zero)?;
    }
    let left = PyDict::new(py);
    for (name, count) in counters.iter() {
        if !same(&count, zero.as_any())? {
            left.set_item(name, count)?;
        }
    }
    if !left.is_empty() {
        metadata.set_item(counters_key(py), left)?;
    }
    Ok((due, metadata))
}
