//! `apply_writes`: the end of a superstep.

use std::collections::BTreeSet;

use channels::Host;
use indexmap::{IndexMap, IndexSet};

use crate::checkpoint::Checkpoint;
use crate::host::{Env, LoopHost};
use crate::names::{Name, is_marker};
use crate::plan::Plan;
use crate::state::Channels;
use crate::version::Version;
use crate::writes::Write;

/// What one task wrote (`WritesProtocol`).
pub struct TaskWrites<'a, V> {
    /// The text of its path, which orders it among the tasks.
    pub path: String,
    /// Its node.
    pub name: &'a Name,
    /// What triggered it.
    pub triggers: &'a [Name],
    /// What it wrote.
    pub writes: &'a [Write<V>],
}

/// Applies what tasks wrote to the channels and the checkpoint; the channels that were updated, sorted by name.
///
/// Without `env` there is no next version (`get_next_version=None`): nothing counts as updated.
///
/// # Errors
/// Values that do not fit their channel, or whatever a reducer raises; what was applied before stays applied.
pub fn apply_writes<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    channels: &mut Channels<H>,
    checkpoint: &mut Checkpoint,
    mut tasks: Vec<TaskWrites<'_, H::Value>>,
    env: Option<&mut dyn Env<H>>,
) -> Result<Vec<Name>, H::Error> {
    tasks.sort_by(|left, right| left.path.cmp(&right.path));
    let bump_step = tasks.iter().any(|task| !task.triggers.is_empty());
    mark_seen(checkpoint, &tasks);
    let mut step = Step {
        host,
        plan,
        next: env
            .map(|env| env.next_version(checkpoint.versions.max()))
            .transpose()?,
        channels,
        checkpoint,
        updated: BTreeSet::new(),
    };
    step.consume(&tasks)?;
    step.write(&tasks)?;
    if bump_step {
        step.notify_step()?;
        if step.is_last() {
            step.notify_finish()?;
        }
    }
    let mut updated: Vec<Name> = step
        .updated
        .iter()
        .filter_map(|index| plan.specs.get_index(*index))
        .map(|(name, _)| Name::clone(name))
        .collect();
    updated.sort();
    Ok(updated)
}

/// Every task has now seen its triggers, as they were before this step; a task without triggers gets an empty entry.
fn mark_seen<V>(checkpoint: &mut Checkpoint, tasks: &[TaskWrites<'_, V>]) {
    for task in tasks {
        let seen = checkpoint.seen.entry(Name::clone(task.name)).or_default();
        for trigger in task.triggers {
            if let Some(version) = checkpoint.versions.get(trigger) {
                seen.insert(Name::clone(trigger), version.clone());
            }
        }
    }
}

struct Step<'a, H: Host> {
    host: &'a H,
    plan: &'a Plan<H>,
    channels: &'a mut Channels<H>,
    checkpoint: &'a mut Checkpoint,
    next: Option<Version>,
    /// Indices of the channels that were updated and can be read.
    updated: BTreeSet<usize>,
}

impl<H: LoopHost> Step<'_, H> {
    fn bump(&mut self, index: usize) -> bool {
        let (Some(next), Some((name, _))) = (&self.next, self.plan.specs.get_index(index)) else {
            return false;
        };
        self.checkpoint.versions.set(name, next);
        true
    }

    /// A channel changed: it gets the next version, and counts as updated if it can be read.
    fn changed(&mut self, index: usize) -> Result<(), H::Error> {
        if self.bump(index) && self.channels.is_available(self.host, index)? {
            self.updated.insert(index);
        }
        Ok(())
    }

    /// Consumes the channels that triggered tasks. That moves their version but updates nothing. (A plan has no channels of reserved
    /// names, so PUSH is none.)
    fn consume(&mut self, tasks: &[TaskWrites<'_, H::Value>]) -> Result<(), H::Error> {
        let triggers: IndexSet<usize> = tasks
            .iter()
            .flat_map(|task| task.triggers)
            .filter_map(|trigger| self.plan.specs.get_index_of(&**trigger))
            .collect();
        for index in triggers {
            if self.channels.consume(self.host, index)? {
                self.bump(index);
            }
        }
        Ok(())
    }

    /// Updates each written channel once, with all its values in task order. Writes to unknown channels are ignored.
    fn write(&mut self, tasks: &[TaskWrites<'_, H::Value>]) -> Result<(), H::Error> {
        let mut pending: IndexMap<usize, Vec<H::Value>> = IndexMap::new();
        for (channel, value) in tasks.iter().flat_map(|task| task.writes) {
            if is_marker(channel) {
                continue;
            }
            if let Some(index) = self.plan.specs.get_index_of(&**channel) {
                pending.entry(index).or_default().push(self.host.dup(value));
            }
        }
        for (index, values) in pending {
            if self.channels.update(self.host, index, values)? {
                self.changed(index)?;
            }
        }
        Ok(())
    }

    /// Channels that were not updated hear of the new step; only those that do something about it are asked.
    fn notify_step(&mut self) -> Result<(), H::Error> {
        for index in self.channels.heeding_step() {
            if !self.updated.contains(&index)
                && self.channels.update(self.host, index, Vec::new())?
            {
                self.changed(index)?;
            }
        }
        Ok(())
    }

    /// Whether no updated channel triggers a node. Pending `Send`s trigger none, so they do not hold this back.
    fn is_last(&self) -> bool {
        !self.updated.iter().any(|index| {
            self.plan
                .triggered
                .get(*index)
                .is_some_and(|nodes| !nodes.is_empty())
        })
    }

    fn notify_finish(&mut self) -> Result<(), H::Error> {
        for index in self.channels.heeding_finish() {
            if self.channels.finish(self.host, index)? {
                self.changed(index)?;
            }
        }
        Ok(())
    }
}
