//! Older checkpoints made to fit: `Pregel._migrate_checkpoint` and `CompiledStateGraph._migrate_checkpoint`.

use pregel::migrate::{BRANCH_TO, Trigger, trigger};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySet, PyString};

use super::names;
use super::tally::{Reason, Work};
use super::upstream::Upstream;
use crate::channels::dispatch::missing;
use crate::protocol::{get, same, unpack};

/// Mirrors `Pregel._migrate_checkpoint`: `Send`s that wait become the value of their channel.
#[pyfunction]
pub fn migrate_pending_sends(checkpoint: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = checkpoint.py();
    Work::Migrations.count();
    let key = intern!(py, "pending_sends");
    if !checkpoint.get_item(intern!(py, "v"))?.lt(4)? {
        return Ok(());
    }
    match get(checkpoint, key, None)? {
        Some(sends) if sends.is_truthy()? => {}
        _ => return Ok(()),
    }
    let sends = checkpoint.call_method1(intern!(py, "pop"), (key,))?;
    checkpoint
        .get_item(intern!(py, "channel_values"))?
        .set_item(names::tasks(py), sends)?;
    let versions = checkpoint.get_item(intern!(py, "channel_versions"))?;
    Reason::Max.count();
    let highest = Upstream::get(py)?
        .max
        .bind(py)
        .call1((versions.call_method0(intern!(py, "values"))?,))?;
    versions.set_item(names::tasks(py), highest)
}

/// `max(left, right)`.
fn higher<'py>(left: Bound<'py, PyAny>, right: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Ok(if right.gt(&left)? { right } else { left })
}

/// The parts of a checkpoint that name channels.
struct Renaming<'py> {
    values: Bound<'py, PyAny>,
    versions: Bound<'py, PyAny>,
    seen: Bound<'py, PyAny>,
}

impl<'py> Renaming<'py> {
    fn branch_to(node: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        intern!(node.py(), BRANCH_TO).as_any().add(node)
    }

    fn names(&self) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.versions.try_iter()?.collect()
    }

    fn pop_version(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.versions
            .call_method1(intern!(name.py(), "pop"), (name,))
    }

    /// What the version of `new` becomes: the higher of its own and the one that `old_version` yields after it was looked up.
    fn merged_version(
        &self,
        new: &Bound<'py, PyAny>,
        old_version: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if self.versions.contains(new)? {
            let own = self.versions.get_item(new)?;
            higher(own, old_version()?)
        } else {
            old_version()
        }
    }

    /// Renames what a node and the interrupts saw of a channel; the higher version wins.
    fn rename_seen(
        &self,
        node: &Bound<'py, PyAny>,
        old: &Bound<'py, PyAny>,
        new: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = node.py();
        // Both are looked up before either is changed.
        let both = [
            get(&self.seen, node, None)?,
            get(&self.seen, names::interrupt(py), None)?,
        ];
        for seen in both.into_iter().flatten() {
            if !seen.contains(old)? {
                continue;
            }
            let version = seen.call_method1(intern!(py, "pop"), (old,))?;
            let version = if seen.contains(new)? {
                higher(version, seen.get_item(new)?)?
            } else {
                version
            };
            seen.set_item(new, version)?;
        }
        Ok(())
    }

    /// Renames a trigger channel of a node to the one that starts it today.
    fn rename_trigger(&self, old: &Bound<'py, PyAny>, node: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = old.py();
        let new = Self::branch_to(node)?;
        let version = self.merged_version(&new, || self.pop_version(old))?;
        self.rename_seen(node, old, &new)?;
        if !self.values.contains(&new)? && self.values.contains(old)? {
            let value = self.values.call_method1(intern!(py, "pop"), (old,))?;
            self.values.set_item(&new, value)?;
        }
        self.versions.set_item(new, version)
    }

    /// Renames all trigger channels of one of the two older forms whose node still exists.
    fn rename_triggers(
        &self,
        nodes: &Bound<'py, PyAny>,
        form: impl Fn(&str) -> Option<&str>,
    ) -> PyResult<()> {
        for old in self.names()? {
            let name = old.cast::<PyString>()?.to_cow()?;
            if let Some(node) = form(&name) {
                let node = PyString::new(old.py(), node).into_any();
                if nodes.contains(&node)? {
                    self.rename_trigger(&old, &node)?;
                }
            }
        }
        Ok(())
    }

    /// Gives what the channel of a node held to the channels of those that an edge led to from it.
    fn spread(&self, node: &Bound<'py, PyAny>, targets: &[Bound<'py, PyAny>]) -> PyResult<()> {
        let py = node.py();
        let missing = missing(py)?;
        let version = self.pop_version(node)?;
        let value = self
            .values
            .call_method1(intern!(py, "pop"), (node, missing))?;
        for target in targets {
            let new = Self::branch_to(target)?;
            let merged = self.merged_version(&new, || Ok(version.clone()))?;
            self.rename_seen(target, node, &new)?;
            if !self.values.contains(&new)? && !value.is(missing) {
                self.values.set_item(&new, &value)?;
            }
            self.versions.set_item(new, merged)?;
        }
        let interrupt = names::interrupt(py);
        if self.seen.contains(interrupt)? {
            self.seen
                .get_item(interrupt)?
                .call_method1(intern!(py, "pop"), (node, missing))?;
        }
        Ok(())
    }
}

/// Mirrors what `CompiledStateGraph._migrate_checkpoint` does after its base class: older trigger channels get today's names.
///
/// `graph` is asked for its nodes and edges only as far as the checkpoint needs them.
#[pyfunction]
pub fn migrate_triggers<'py>(
    checkpoint: &Bound<'py, PyAny>,
    graph: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = checkpoint.py();
    let part = |name| checkpoint.get_item(name);
    let renaming = Renaming {
        values: part(intern!(py, "channel_values"))?,
        versions: part(intern!(py, "channel_versions"))?,
        seen: part(intern!(py, "versions_seen"))?,
    };
    if !renaming.versions.is_truthy()? || checkpoint.get_item(intern!(py, "v"))?.ge(3)? {
        return Ok(());
    }
    let nodes = &graph.getattr(intern!(py, "nodes"))?;
    renaming.rename_triggers(nodes, |name| match trigger(name) {
        Some(Trigger::Start(node)) => Some(node),
        _ => None,
    })?;
    renaming.rename_triggers(nodes, |name| match trigger(name) {
        Some(Trigger::Branch(node)) => Some(node),
        _ => None,
    })?;
    let known = py.get_type::<PySet>().call1((nodes,))?;
    let disjoint = known.call_method1(intern!(py, "isdisjoint"), (&renaming.versions,))?;
    if disjoint.is_truthy()? {
        return Ok(());
    }
    let targets = PyDict::new(py);
    let edges = graph
        .getattr(intern!(py, "builder"))?
        .getattr(intern!(py, "edges"))?;
    for edge in edges.try_iter()? {
        let [start, end] = unpack(&edge?)?;
        if start.ne(names::start(py))? && end.ne(names::end(py))? {
            let list = match targets.get_item(&start)? {
                Some(list) => list.cast_into::<PyList>()?,
                None => {
                    let list = PyList::empty(py);
                    targets.set_item(&start, &list)?;
                    list
                }
            };
            list.append(end)?;
        }
    }
    for name in renaming.names()? {
        if same(&name, names::start(py))? || !nodes.contains(&name)? {
            continue;
        }
        let targets: Vec<Bound<'py, PyAny>> = match targets.get_item(&name)? {
            Some(list) => list.try_iter()?.collect::<PyResult<_>>()?,
            None => Vec::new(),
        };
        renaming.spread(&name, &targets)?;
    }
    Ok(())
}
