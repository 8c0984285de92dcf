//! Channels from checkpoints: `channels_from_checkpoint` of `pregel/_checkpoint.py`, and its asynchronous twin in two halves.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList, PyTuple};

use super::delta::Class;
use super::names;
use super::tally::{Reason, Work};
use crate::algorithm::channel_map::ChannelMap;
use crate::channels::dispatch::{ChannelRef, is_channel, missing};
use crate::protocol::{get, items, unpack};

/// What `channels_from_checkpoint` finds out before it asks the saver.
struct Found<'py> {
    /// Channels by name, without values.
    channels: Bound<'py, PyDict>,
    /// Managed values by name.
    managed: Bound<'py, PyDict>,
    /// Names of the channels whose values the saver must tell from their history.
    to_replay: Bound<'py, PyList>,
}

impl<'py> Found<'py> {
    fn of(
        specs: &Bound<'py, PyAny>,
        checkpoint: &Bound<'py, PyAny>,
        can_ask: bool,
    ) -> PyResult<Self> {
        let py = specs.py();
        let found = Self {
            channels: PyDict::new(py),
            managed: PyDict::new(py),
            to_replay: PyList::empty(py),
        };
        for item in items(specs)? {
            let [name, spec] = item?;
            let kind = if is_channel(&spec)? {
                &found.channels
            } else {
                &found.managed
            };
            kind.set_item(name, spec)?;
        }
        let (delta, reducing) = (Class::delta(py)?, Class::reducing(py)?);
        for (name, spec) in found.channels.iter() {
            let replayed = delta.has(&spec)? || reducing.has(&spec)?;
            if replayed
                && is_written(checkpoint, &name)?
                && stored(checkpoint, &name)?.is(missing(py)?)
            {
                found.to_replay.append(name)?;
            }
        }
        if !found.to_replay.is_empty() && !can_ask {
            return Err(PyValueError::new_err(format!(
                "DeltaChannel {} has history to replay but no checkpointer or config was passed to read it",
                found.to_replay.repr()?.to_string_lossy()
            )));
        }
        Ok(found)
    }
}

/// Whether a channel has a version: one that was never written has no history.
fn is_written(checkpoint: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
    checkpoint
        .get_item(intern!(checkpoint.py(), "channel_versions"))?
        .contains(name)
}

/// What a checkpoint stores of a channel, or `MISSING`.
fn stored<'py>(
    checkpoint: &Bound<'py, PyAny>,
    name: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = checkpoint.py();
    let missing = missing(py)?;
    let values = checkpoint.get_item(intern!(py, "channel_values"))?;
    Ok(get(&values, name, Some(missing))?.unwrap_or_else(|| py.None().into_bound(py)))
}

/// A channel with the values of its history (`_replay`).
fn replayed<'py>(
    spec: &Bound<'py, PyAny>,
    history: &Bound<'py, PyAny>,
    delta: &Class<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = spec.py();
    Work::Replayed.count();
    let seed = get(history, intern!(py, "seed"), Some(missing(py)?))?;
    let seed = seed.unwrap_or_else(|| py.None().into_bound(py));
    let channel = ChannelRef::of(spec).from_checkpoint(&seed)?;
    let writes = history.get_item(names::plain_writes(py))?;
    if delta.has(&channel)? {
        Reason::Replay.count();
        channel.call_method1(intern!(py, "replay_writes"), (writes,))?;
        return Ok(channel);
    }
    // One update for each: together, a second Overwrite would be refused.
    for write in writes.try_iter()? {
        let [_, _, value] = unpack(&write?)?;
        ChannelRef::of(&channel).update(vec![value])?;
    }
    Ok(channel)
}

/// First half of `achannels_from_checkpoint`: `(channels, managed values, names to replay)`.
#[pyfunction]
pub fn plan_channels<'py>(
    specs: &Bound<'py, PyAny>,
    checkpoint: &Bound<'py, PyAny>,
    can_ask: bool,
) -> PyResult<Bound<'py, PyTuple>> {
    let found = Found::of(specs, checkpoint, can_ask)?;
    PyTuple::new(
        specs.py(),
        [
            found.channels.into_any(),
            found.managed.into_any(),
            found.to_replay.into_any(),
        ],
    )
}

/// Second half of `achannels_from_checkpoint`: the live channels.
#[pyfunction]
pub fn load_channels<'py>(
    channels: &Bound<'py, PyDict>,
    checkpoint: &Bound<'py, PyAny>,
    histories: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, ChannelMap>> {
    let py = checkpoint.py();
    let delta = Class::delta(py)?;
    let loaded = Bound::new(py, ChannelMap::default())?;
    for (name, spec) in channels.iter() {
        Work::Loaded.count();
        let channel = if histories.contains(&name)? {
            replayed(&spec, &histories.get_item(&name)?, &delta)?
        } else {
            ChannelRef::of(&spec).from_checkpoint(&stored(checkpoint, &name)?)?
        };
        loaded.as_super().set_item(name, channel)?;
    }
    Ok(loaded)
}

/// Mirrors `channels_from_checkpoint`.
#[pyfunction]
#[pyo3(signature = (specs, checkpoint, *, saver = None, config = None))]
pub fn channels_from_checkpoint<'py>(
    specs: &Bound<'py, PyAny>,
    checkpoint: &Bound<'py, PyAny>,
    saver: Option<&Bound<'py, PyAny>>,
    config: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, ChannelMap>, Bound<'py, PyDict>)> {
    let py = specs.py();
    let found = Found::of(specs, checkpoint, saver.is_some() && config.is_some())?;
    let histories = match (saver, config) {
        (Some(saver), Some(config)) if !found.to_replay.is_empty() => {
            Reason::History.count();
            let wanted =
                [("config", config), ("channels", found.to_replay.as_any())].into_py_dict(py)?;
            saver.call_method(intern!(py, "get_delta_channel_history"), (), Some(&wanted))?
        }
        _ => PyDict::new(py).into_any(),
    };
    let channels = load_channels(&found.channels, checkpoint, &histories)?;
    Ok((channels, found.managed))
}
