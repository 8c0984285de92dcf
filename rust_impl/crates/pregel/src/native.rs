//! The compiled graph of a [`Plan`] with its live channels, as [`crate::apply_writes`] and [`crate::schedule`] see it.

use crate::apply::{Store, apply_writes};
use crate::checkpoint::Checkpoint;
use crate::host::{Env, LoopHost};
use crate::names::{Name, is_marker};
use crate::plan::Plan;
use crate::state::Channels;
use crate::version::Version;
use crate::writes::Write;
use channels::Host;

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

/// [`apply_writes`] on the channels of a plan; the channels that were updated, sorted by name.
///
/// Without `env` there is no next version (`get_next_version=None`): nothing counts as updated. Writes to unknown channels are ignored.
///
/// # Errors
/// Values that do not fit their channel, or whatever a reducer raises; what was applied before stays applied.
pub(crate) fn apply_to_plan<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    channels: &mut Channels<H>,
    checkpoint: &mut Checkpoint,
    tasks: Vec<TaskWrites<'_, H::Value>>,
    env: Option<&mut dyn Env<H>>,
) -> Result<Vec<Name>, H::Error> {
    let mut store = PlanStore {
        host,
        plan,
        channels,
        checkpoint,
        env,
        tasks: std::marker::PhantomData,
    };
    let updated = apply_writes(&mut store, tasks)?;
    let mut names: Vec<Name> = updated
        .iter()
        .filter_map(|index| plan.specs.get_index(*index))
        .map(|(name, _)| Name::clone(name))
        .collect();
    names.sort();
    Ok(names)
}

struct PlanStore<'a, 'e, 't, H: Host> {
    host: &'a H,
    plan: &'a Plan<H>,
    channels: &'a mut Channels<H>,
    checkpoint: &'a mut Checkpoint,
    env: Option<&'e mut dyn Env<H>>,
    tasks: std::marker::PhantomData<&'t ()>,
}

impl<'t, H: LoopHost> Store for PlanStore<'_, '_, 't, H>
where
    H::Value: 't,
{
    type Task = TaskWrites<'t, H::Value>;
    type Name = Name;
    type Slot = usize;
    type Value = H::Value;
    type Version = Version;
    type Error = H::Error;

    fn path(&mut self, task: &Self::Task) -> Result<Vec<u8>, H::Error> {
        Ok(task.path.clone().into_bytes())
    }

    fn is_triggered(&mut self, task: &Self::Task) -> Result<bool, H::Error> {
        Ok(!task.triggers.is_empty())
    }

    fn mark_seen(&mut self, task: &Self::Task) -> Result<(), H::Error> {
        let seen = self
            .checkpoint
            .seen
            .entry(Name::clone(task.name))
            .or_default();
        for trigger in task.triggers {
            if let Some(version) = self.checkpoint.versions.get(trigger) {
                seen.insert(Name::clone(trigger), version.clone());
            }
        }
        Ok(())
    }

    fn next_version(&mut self) -> Result<Option<Version>, H::Error> {
        let max = self.checkpoint.versions.max();
        self.env
            .as_deref_mut()
            .map(|env| env.next_version(max))
            .transpose()
    }

    /// A plan has no channels of reserved names, so those are left out by not being found.
    fn triggers(&mut self, task: &Self::Task) -> Result<Vec<Name>, H::Error> {
        Ok(task.triggers.to_vec())
    }

    fn writes(&mut self, task: &Self::Task) -> Result<Vec<(Name, H::Value)>, H::Error> {
        Ok(task
            .writes
            .iter()
            .filter(|(channel, _)| !is_marker(channel))
            .map(|(channel, value)| (Name::clone(channel), self.host.dup(value)))
            .collect())
    }

    fn find(&mut self, name: &Name) -> Result<Option<usize>, H::Error> {
        Ok(self.plan.specs.get_index_of(&**name))
    }

    fn ignore(&mut self, _: &Self::Task, _: &Name) -> Result<(), H::Error> {
        Ok(())
    }

    fn set_version(&mut self, slot: usize, version: &Version) -> Result<(), H::Error> {
        if let Some((name, _)) = self.plan.specs.get_index(slot) {
            self.checkpoint.versions.set(name, version);
        }
        Ok(())
    }

    fn consume(&mut self, slot: usize) -> Result<bool, H::Error> {
        self.channels.consume(self.host, slot)
    }

    fn update(&mut self, slot: usize, values: Vec<H::Value>) -> Result<bool, H::Error> {
        self.channels.update(self.host, slot, values)
    }

    fn is_available(&mut self, slot: usize) -> Result<bool, H::Error> {
        self.channels.is_available(self.host, slot)
    }

    fn finish(&mut self, slot: usize) -> Result<bool, H::Error> {
        self.channels.finish(self.host, slot)
    }

    fn heeding_step(&mut self) -> Result<Vec<usize>, H::Error> {
        Ok(self.channels.heeding_step())
    }

    fn heeding_finish(&mut self) -> Result<Vec<usize>, H::Error> {
        Ok(self.channels.heeding_finish())
    }

    fn starts_nodes(&mut self, slot: usize) -> Result<bool, H::Error> {
        let nodes = self.plan.triggered.get(slot);
        Ok(nodes.is_some_and(|nodes| !nodes.is_empty()))
    }
}
