//! `local_read`: the state as a task sees it, with its own writes or without.

use std::collections::BTreeSet;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::channels::dispatch::{ChannelRef, Kind};
use crate::protocol;

use super::channel_map::ChannelMap;
use super::tally::{Reason, Work};

/// `local_read(scratchpad, channels, managed, task, select, fresh=False)`: the value of one channel (`None` while it is empty), or a
/// dict of those of a list that have one; managed values last.
///
/// With `fresh`, of copies of the channels that had this task's writes alone, and the notice of a step where it made none (trap 8).
/// Channels that are not selected are not copied if nobody could tell.
#[pyfunction]
#[pyo3(signature = (scratchpad, channels, managed, task, select, fresh = None))]
pub fn local_read<'py>(
    scratchpad: &Bound<'py, PyAny>,
    channels: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
    task: &Bound<'py, PyAny>,
    select: &Bound<'py, PyAny>,
    fresh: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = channels.py();
    let writes = task.getattr(intern!(py, "writes"))?;
    let (selection, managed_keys) = if select.is_instance_of::<PyString>() {
        (Selection::One(select), Vec::new())
    } else {
        let (own, others) = split(select, managed)?;
        (Selection::Many(own), others)
    };
    let updates = selection.updates(&writes)?;
    let values = if fresh.map_or(Ok(false), PyAnyMethods::is_truthy)? {
        Work::FreshRead.count();
        let copies = fresh_copies(channels, &selection, &updates)?;
        selection.read(&copies.into_any())?
    } else {
        Work::Read.count();
        selection.read(channels)?
    };
    if !managed_keys.is_empty() {
        let values = values.cast::<PyDict>()?;
        let mut read = Vec::with_capacity(managed_keys.len());
        for key in managed_keys {
            Reason::Managed.count();
            let value = managed
                .get_item(&key)?
                .call_method1(intern!(py, "get"), (scratchpad,))?;
            read.push((key, value));
        }
        for (key, value) in read {
            values.set_item(key, value)?;
        }
    }
    Ok(values)
}

/// The names of a selection that are channels, and those of managed values.
fn split<'py>(
    select: &Bound<'py, PyAny>,
    managed: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyList>, Vec<Bound<'py, PyAny>>)> {
    let (own, mut others) = (PyList::empty(select.py()), Vec::new());
    for name in select.try_iter()? {
        let name = name?;
        if managed.contains(&name)? {
            others.push(name);
        } else {
            own.append(name)?;
        }
    }
    Ok((own, others))
}

enum Selection<'a, 'py> {
    One(&'a Bound<'py, PyAny>),
    Many(Bound<'py, PyList>),
}

impl<'py> Selection<'_, 'py> {
    /// What a task wrote to the selected channels: lists of values by name, in order.
    fn updates(&self, writes: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let updates = PyDict::new(writes.py());
        for write in writes.try_iter()? {
            let [name, value] = protocol::unpack::<2>(&write?)?;
            let selected = match self {
                Self::One(select) => protocol::same(&name, select)?,
                Self::Many(select) => select.contains(&name)?,
            };
            if !selected {
                continue;
            }
            match updates.get_item(&name)? {
                Some(values) => values.cast::<PyList>()?.append(value)?,
                None => updates.set_item(&name, PyList::new(writes.py(), [value])?)?,
            }
        }
        Ok(updates)
    }

    /// `read_channels(channels, select)`
    fn read(&self, channels: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = channels.py();
        let get = |name: &Bound<'py, PyAny>| {
            Work::Visit.count();
            ChannelRef::of(&channels.get_item(name)?).get()
        };
        match self {
            Self::One(select) => Ok(get(select)?.unwrap_or_else(|| py.None().into_bound(py))),
            Self::Many(select) => {
                let values = PyDict::new(py);
                for name in select {
                    if let Some(value) = get(&name)? {
                        values.set_item(name, value)?;
                    }
                }
                Ok(values.into_any())
            }
        }
    }

    fn positions(&self, index: &super::channel_map::Index) -> PyResult<BTreeSet<usize>> {
        let mut positions = BTreeSet::new();
        match self {
            Self::One(select) => positions.extend(index.position(select)?),
            Self::Many(select) => {
                for name in select {
                    positions.extend(index.position(&name)?);
                }
            }
        }
        Ok(positions)
    }
}

/// Copies of the channels, with a task's writes.
fn fresh_copies<'py>(
    channels: &Bound<'py, PyAny>,
    selection: &Selection<'_, 'py>,
    updates: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = channels.py();
    let copies = PyDict::new(py);
    let names: Vec<Bound<'py, PyAny>> = match ChannelMap::of(channels) {
        Some(map) => {
            let index = ChannelMap::index(map)?;
            let mut positions = selection.positions(&index)?;
            positions.extend(index.loud(map.as_super())?);
            positions
                .into_iter()
                .filter_map(|position| index.name(py, position))
                .collect()
        }
        None => {
            Reason::PlainChannels.count();
            channels.try_iter()?.collect::<PyResult<_>>()?
        }
    };
    for name in names {
        Work::Copied.count();
        let copy = ChannelRef::of(&channels.get_item(&name)?).copy()?;
        let values = match updates.get_item(&name)? {
            Some(values) => values.cast_into::<PyList>()?,
            None => PyList::empty(py),
        };
        update(&copy, values)?;
        copies.set_item(name, copy)?;
    }
    Ok(copies)
}

/// `channel.update(values)`, with a list also where there are none.
fn update<'py>(channel: &Bound<'py, PyAny>, values: Bound<'py, PyList>) -> PyResult<()> {
    let reference = ChannelRef::of(channel);
    if reference.kind() == Kind::Other {
        let name = intern!(channel.py(), "update");
        return channel.call_method1(name, (values,)).map(drop);
    }
    reference.update(values.iter().collect()).map(drop)
}
