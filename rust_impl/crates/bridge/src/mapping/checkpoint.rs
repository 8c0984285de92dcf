//! Making, copying and comparing checkpoints: `pregel/_checkpoint.py`.

use pregel::{FORMAT, exit_task_id, late_exit_task_id};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyString, PyTuple};

use super::names;
use super::tally::{Reason, Work};
use super::upstream::Upstream;
use crate::channels::dispatch::{ChannelRef, missing};
use crate::channels::names::Names;
use crate::protocol::{copied, formatted, get, items, same, to_dict};

/// `str(uuid6(clock_seq=step))` by the `uuid6` that upstream's module holds now.
fn new_id<'py>(py: Python<'py>, clock_seq: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Reason::Uuid6.count();
    let module = Upstream::get(py)?.checkpoint.bind(py);
    let options = [(intern!(py, "clock_seq"), clock_seq)].into_py_dict(py)?;
    module
        .getattr(intern!(py, "uuid6"))?
        .call((), Some(&options))?
        .str()
}

/// The time now in ISO 8601, by the clock that upstream's module holds now.
fn now(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Reason::Now.count();
    let module = Upstream::get(py)?.checkpoint.bind(py);
    let utc = module
        .getattr(intern!(py, "timezone"))?
        .getattr(intern!(py, "utc"))?;
    module
        .getattr(intern!(py, "datetime"))?
        .call_method1(intern!(py, "now"), (utc,))?
        .call_method0(intern!(py, "isoformat"))
}

/// Mirrors `empty_checkpoint`.
#[pyfunction]
pub fn empty_checkpoint(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let checkpoint = PyDict::new(py);
    checkpoint.set_item(intern!(py, "v"), FORMAT)?;
    let clock_seq = (-2_i64).into_pyobject(py)?;
    checkpoint.set_item(intern!(py, "id"), new_id(py, clock_seq.as_any())?)?;
    checkpoint.set_item(intern!(py, "ts"), now(py)?)?;
    for name in [
        intern!(py, "channel_values"),
        intern!(py, "channel_versions"),
        intern!(py, "versions_seen"),
    ] {
        checkpoint.set_item(name, PyDict::new(py))?;
    }
    Work::Created.count();
    Ok(checkpoint)
}

/// Mirrors `copy_checkpoint`.
#[pyfunction]
pub fn copy_checkpoint<'py>(checkpoint: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = checkpoint.py();
    let copy = PyDict::new(py);
    for name in [intern!(py, "v"), intern!(py, "ts"), intern!(py, "id")] {
        copy.set_item(name, checkpoint.get_item(name)?)?;
    }
    for name in [
        intern!(py, "channel_values"),
        intern!(py, "channel_versions"),
    ] {
        copy.set_item(name, copied(&checkpoint.get_item(name)?)?)?;
    }
    let name = intern!(py, "versions_seen");
    let seen = PyDict::new(py);
    for item in items(&checkpoint.get_item(name)?)? {
        let [node, versions] = item?;
        seen.set_item(node, copied(&versions)?)?;
    }
    copy.set_item(name, seen)?;
    let name = intern!(py, "updated_channels");
    copy.set_item(name, get(checkpoint, name, None)?)?;
    Work::Copied.count();
    Ok(copy)
}

/// A channel whose version was advanced only to store a snapshot of it.
struct Bump<'py> {
    channel: Bound<'py, PyAny>,
    old: Bound<'py, PyAny>,
    new: Bound<'py, PyAny>,
}

/// What `create_checkpoint` takes of the channels.
struct Contents<'py> {
    values: Bound<'py, PyAny>,
    versions: Bound<'py, PyAny>,
    bumped: Vec<Bump<'py>>,
}

/// How a channel of which a snapshot is wanted gets it stored: savers store only values of channels whose version moved.
struct Snapshots<'a, 'py> {
    wanted: Option<&'a Bound<'py, PyAny>>,
    next_version: Option<&'a Bound<'py, PyAny>>,
    stored_versions: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> Snapshots<'_, 'py> {
    fn wants(&self, channel: &Bound<'py, PyAny>) -> PyResult<bool> {
        self.wanted
            .map_or(Ok(false), |wanted| wanted.contains(channel))
    }

    fn next(
        &self,
        make: &Bound<'py, PyAny>,
        old: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Reason::NextVersion.count();
        make.call1((old, make.py().None()))
    }

    /// Advances the version of a channel that never had one, or that has not moved since it was stored.
    fn bump(
        &self,
        channel: &Bound<'py, PyAny>,
        versions: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bump<'py>>> {
        let py = versions.py();
        let Some(make) = self.next_version else {
            return Ok(None);
        };
        let old = match versions.get_item(channel)? {
            None => py.None().into_bound(py),
            Some(version) => {
                let Some(stored) = self.stored_versions else {
                    return Ok(None);
                };
                let stored = get(stored, channel, None)?;
                let stored = stored.unwrap_or_else(|| py.None().into_bound(py));
                if !same(&version, &stored)? {
                    return Ok(None);
                }
                version
            }
        };
        let new = self.next(make, &old)?;
        versions.set_item(channel, &new)?;
        Ok(Some(Bump {
            channel: channel.clone(),
            old,
            new,
        }))
    }

    fn of(&self, channel: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = channel.py();
        let value = ChannelRef::of(channel).get_or_raise()?;
        Names::get(py)?.delta_snapshot.bind(py).call1((value,))
    }
}

/// The values and versions of live channels; a channel without a version was never written and stores nothing.
fn contents<'py>(
    checkpoint: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    snapshots: &Snapshots<'_, 'py>,
) -> PyResult<Contents<'py>> {
    let py = checkpoint.py();
    let missing = missing(py)?;
    let values = PyDict::new(py);
    let versions = to_dict(&checkpoint.get_item(intern!(py, "channel_versions"))?)?;
    let mut bumped = Vec::new();
    for name in channels.try_iter()? {
        let name = name?;
        let channel = channels.get_item(&name)?;
        let versioned = versions.contains(&name)?;
        if snapshots.wants(&name)? {
            let bump = snapshots.bump(&name, &versions)?;
            if versioned || bump.is_some() {
                values.set_item(&name, snapshots.of(&channel)?)?;
            }
            bumped.extend(bump);
        } else if versioned {
            let value = ChannelRef::of(&channel).checkpoint()?;
            if !value.is(missing) {
                values.set_item(name, value)?;
            }
        }
    }
    Ok(Contents {
        values: values.into_any(),
        versions: versions.into_any(),
        bumped,
    })
}

/// Mirrors `create_checkpoint`.
#[pyfunction]
#[pyo3(signature = (
    checkpoint, channels, step, *, id = None, updated_channels = None, get_next_version = None,
    channels_to_snapshot = None, stored_versions = None, trigger_to_nodes = None
))]
#[allow(clippy::too_many_arguments)]
pub fn create_checkpoint<'py>(
    py: Python<'py>,
    checkpoint: &Bound<'py, PyAny>,
    channels: Option<&Bound<'py, PyAny>>,
    step: &Bound<'py, PyAny>,
    id: Option<&Bound<'py, PyAny>>,
    updated_channels: Option<&Bound<'py, PyAny>>,
    get_next_version: Option<&Bound<'py, PyAny>>,
    channels_to_snapshot: Option<&Bound<'py, PyAny>>,
    stored_versions: Option<&Bound<'py, PyAny>>,
    trigger_to_nodes: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let ts = now(py)?;
    let snapshots = Snapshots {
        wanted: truthy(channels_to_snapshot)?,
        next_version: get_next_version,
        stored_versions,
    };
    let contents = match channels {
        None => Contents {
            values: checkpoint.get_item(intern!(py, "channel_values"))?,
            versions: checkpoint.get_item(intern!(py, "channel_versions"))?,
            bumped: Vec::new(),
        },
        Some(channels) => contents(checkpoint, channels, &snapshots)?,
    };
    let id = match truthy(id)? {
        Some(id) => id.clone(),
        None => new_id(py, step)?.into_any(),
    };
    let seen = checkpoint.get_item(intern!(py, "versions_seen"))?;
    let seen = mark_bumps_seen(seen, &contents.bumped, truthy(trigger_to_nodes)?)?;
    let updated = match updated_channels {
        None => None,
        Some(updated) => {
            Reason::Sorted.count();
            Some(Upstream::get(py)?.sorted.bind(py).call1((updated,))?)
        }
    };
    let created = PyDict::new(py);
    created.set_item(intern!(py, "v"), FORMAT)?;
    created.set_item(intern!(py, "ts"), ts)?;
    created.set_item(intern!(py, "id"), id)?;
    created.set_item(intern!(py, "channel_values"), contents.values)?;
    created.set_item(intern!(py, "channel_versions"), contents.versions)?;
    created.set_item(intern!(py, "versions_seen"), seen)?;
    created.set_item(intern!(py, "updated_channels"), updated)?;
    Work::Created.count();
    Ok(created)
}

/// `value or None`.
fn truthy<'a, 'py>(
    value: Option<&'a Bound<'py, PyAny>>,
) -> PyResult<Option<&'a Bound<'py, PyAny>>> {
    match value {
        Some(value) if value.is_truthy()? => Ok(Some(value)),
        _ => Ok(None),
    }
}

/// Mirrors `_mark_bumps_seen`: who had seen the old version of a bumped channel has seen the new one.
///
/// A bump is no write: left unseen it would start the channel's subscribers. The entry [`names::snapshot_bumps`] remembers what each
/// really read.
fn mark_bumps_seen<'py>(
    versions_seen: Bound<'py, PyAny>,
    bumped: &[Bump<'py>],
    trigger_to_nodes: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    if bumped.is_empty() {
        return Ok(versions_seen);
    }
    let py = versions_seen.py();
    let own = names::snapshot_bumps(py);
    let out = to_dict(&versions_seen)?;
    for bump in bumped.iter().filter(|bump| bump.old.is_none()) {
        let Some(triggers) = trigger_to_nodes else {
            continue;
        };
        let nobody = PyTuple::empty(py);
        let Some(nodes) = get(triggers, &bump.channel, Some(nobody.as_any()))? else {
            continue;
        };
        for node in nodes.try_iter()? {
            let node = node?;
            if !out.contains(&node)? {
                out.set_item(node, PyDict::new(py))?;
            }
        }
    }
    let marks = match get(&versions_seen, own, None)? {
        Some(marks) => to_dict(&marks)?,
        None => PyDict::new(py),
    };
    let none = || py.None().into_bound(py);
    for (node, seen) in out.copy()?.iter() {
        if same(&node, own)? {
            continue;
        }
        let mut advanced_seen = None;
        for bump in bumped {
            if get(&seen, &bump.channel, None)?
                .unwrap_or_else(none)
                .ne(&bump.old)?
            {
                continue;
            }
            let (advanced, read) = bump_keys(&node, &bump.channel)?;
            if !bump.old.is_none()
                && marks
                    .get_item(&advanced)?
                    .unwrap_or_else(none)
                    .ne(&bump.old)?
            {
                marks.set_item(read, &bump.old)?;
            }
            marks.set_item(advanced, &bump.new)?;
            let now_seen = match advanced_seen.take() {
                Some(now_seen) => now_seen,
                None => to_dict(&seen)?,
            };
            now_seen.set_item(&bump.channel, &bump.new)?;
            advanced_seen = Some(now_seen);
            Work::Bumps.count();
        }
        if let Some(now_seen) = advanced_seen {
            out.set_item(node, now_seen)?;
        }
    }
    if !marks.is_empty() {
        out.set_item(own, marks)?;
    }
    Ok(out.into_any())
}

/// Under which names a bump of what a node saw of a channel is remembered: the version it was advanced to, and the one it read.
fn bump_keys<'py>(
    node: &Bound<'py, PyAny>,
    channel: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = node.py();
    let (node, channel) = (formatted(node)?, formatted(channel)?);
    let joined =
        |separator: &Bound<'py, PyString>| node.as_any().add(separator)?.add(channel.as_any());
    Ok((joined(intern!(py, "|"))?, joined(intern!(py, ":"))?))
}

/// Mirrors `versions_seen_without_bumps`: what the nodes really read.
#[pyfunction]
pub fn versions_seen_without_bumps<'py>(
    versions_seen: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = versions_seen.py();
    let own = names::snapshot_bumps(py);
    let marks = get(versions_seen, own, None)?;
    let Some(marks) = truthy(marks.as_ref())? else {
        return Ok(versions_seen.clone());
    };
    let out = PyDict::new(py);
    for item in items(versions_seen)? {
        let [node, seen] = item?;
        if same(&node, own)? {
            continue;
        }
        let really = PyDict::new(py);
        for item in items(&seen)? {
            let [channel, version] = item?;
            let (advanced, read) = bump_keys(&node, &channel)?;
            let mark = get(marks, &advanced, None)?;
            let mark = mark.unwrap_or_else(|| py.None().into_bound(py));
            if mark.ne(&version)? {
                really.set_item(channel, version)?;
            } else if marks.contains(&read)? {
                really.set_item(channel, marks.get_item(&read)?)?;
            }
        }
        out.set_item(node, really)?;
    }
    Ok(out.into_any())
}

/// First half of `checkpoint_superseded`: the config of the thread's latest checkpoint; `None` if the config names no checkpoint.
#[pyfunction]
pub fn latest_config<'py>(config: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = config.py();
    let conf = config.get_item(names::configurable(py))?;
    let named = get(&conf, names::checkpoint_id(py), None)?;
    if truthy(named.as_ref())?.is_none() {
        return Ok(None);
    }
    let latest = to_dict(&conf)?;
    latest.set_item(names::checkpoint_id(py), py.None())?;
    let config = to_dict(config)?;
    config.set_item(names::configurable(py), latest)?;
    Ok(Some(config))
}

/// Second half of `checkpoint_superseded`: whether the latest checkpoint is another than the one saved.
#[pyfunction]
pub fn is_other_checkpoint<'py>(
    latest: Option<&Bound<'py, PyAny>>,
    saved: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let Some(latest) = latest else {
        return Ok(false);
    };
    let py = saved.py();
    let id = |tuple: &Bound<'py, PyAny>| {
        tuple
            .getattr(intern!(py, "checkpoint"))?
            .get_item(intern!(py, "id"))
    };
    id(latest)?.ne(id(saved)?)
}

/// Mirrors `checkpoint_superseded`.
#[pyfunction]
pub fn checkpoint_superseded<'py>(
    saver: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    saved: &Bound<'py, PyAny>,
) -> PyResult<bool> {
    let Some(latest) = latest_config(config)? else {
        return Ok(false);
    };
    Reason::GetTuple.count();
    let latest = saver.call_method1(intern!(saver.py(), "get_tuple"), (latest,))?;
    is_other_checkpoint(Some(&latest).filter(|latest| !latest.is_none()), saved)
}

/// Mirrors `put_writes_accepts_task_path`.
#[pyfunction]
pub fn put_writes_accepts_task_path<'py>(put_writes: &Bound<'py, PyAny>) -> PyResult<bool> {
    let py = put_writes.py();
    Reason::Signature.count();
    let signature = Upstream::get(py)?.signature.bind(py).call1((put_writes,))?;
    let parameters = signature.getattr(intern!(py, "parameters"))?;
    Ok(get(&parameters, intern!(py, "task_path"), None)?.is_some())
}

/// A task id in the usual form of a UUID. Raises `ValueError` if it is none, in `uuid.UUID`'s words.
fn usual<'py>(task_id: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Reason::UuidText.count();
    let py = task_id.py();
    Upstream::get(py)?.uuid.bind(py).call1((task_id,))?.str()
}

fn exit_id(
    make: impl Fn(i64, &str) -> Option<String>,
    step: i64,
    task_id: &Bound<'_, PyAny>,
) -> PyResult<String> {
    if let Ok(text) = task_id.cast_exact::<PyString>()
        && let Some(id) = text.to_str().ok().and_then(|text| make(step, text))
    {
        return Ok(id);
    }
    let text = usual(task_id)?;
    let text = text.to_str()?;
    Ok(make(step, text).unwrap_or_else(|| text.to_owned()))
}

/// Mirrors `exit_delta_task_id`.
#[pyfunction]
pub fn exit_delta_task_id(step: i64, task_id: &Bound<'_, PyAny>) -> PyResult<String> {
    exit_id(exit_task_id, step, task_id)
}

/// Mirrors `exit_delta_late_task_id`.
#[pyfunction]
pub fn exit_delta_late_task_id(step: i64, task_id: &Bound<'_, PyAny>) -> PyResult<String> {
    exit_id(late_exit_task_id, step, task_id)
}

/// Mirrors `get_new_channel_versions` of `pregel/_utils.py`: the channels whose version moved.
#[pyfunction]
pub fn get_new_channel_versions<'py>(
    previous_versions: &Bound<'py, PyAny>,
    current_versions: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if !previous_versions.is_truthy()? {
        return Ok(current_versions.clone());
    }
    let py = current_versions.py();
    let first = current_versions
        .call_method0(intern!(py, "values"))?
        .try_iter()?
        .next()
        .transpose()?;
    // Without any version the null version is `None`, and is compared with nothing.
    let null = match first {
        Some(version) => version.get_type().call0()?,
        None => py.None().into_bound(py),
    };
    let moved = PyDict::new(py);
    for item in items(current_versions)? {
        let [channel, version] = item?;
        let before = get(previous_versions, &channel, Some(&null))?;
        let before = before.unwrap_or_else(|| py.None().into_bound(py));
        if version.gt(&before)? {
            moved.set_item(channel, version)?;
        }
    }
    Ok(moved.into_any())
}
