//! `apply_writes`: the end of a superstep, whatever the world that its channels and versions live in.

use std::hash::Hash;

use indexmap::{IndexMap, IndexSet};

/// Names and values, in the order in which they were written.
pub type WritesOf<S> = Vec<(<S as Store>::Name, <S as Store>::Value)>;

/// What the writes of a superstep are applied to: channels, their versions, and what tasks saw of them.
///
/// Natively that is a [`crate::Plan`] with its channels; in the bridge it is upstream's checkpoint dict and mapping of channel objects.
/// Every operation may fail with the world's own error, which ends the superstep where it is, as an exception ends upstream's.
pub trait Store {
    /// A task (`WritesProtocol`): its path, name, triggers and writes.
    type Task;
    /// The name of a channel as tasks carry it.
    type Name;
    /// A channel that was found.
    type Slot: Copy + Eq + Hash;
    /// A value to write.
    type Value;
    /// The version of a channel.
    type Version;
    /// Whatever can go wrong.
    type Error;

    /// The text of the task's path, whose bytes order it among the tasks.
    ///
    /// # Errors
    /// A path without a text.
    fn path(&mut self, task: &Self::Task) -> Result<Vec<u8>, Self::Error>;

    /// Whether anything triggered the task.
    ///
    /// # Errors
    /// Whatever looking at the task raises.
    fn is_triggered(&mut self, task: &Self::Task) -> Result<bool, Self::Error>;

    /// The task has now seen its triggers at their present versions; one without triggers gets an empty entry.
    ///
    /// # Errors
    /// Whatever looking at the task or the versions raises.
    fn mark_seen(&mut self, task: &Self::Task) -> Result<(), Self::Error>;

    /// The version after the highest of all, names that no channel has included; `None` where nobody counts versions.
    ///
    /// # Errors
    /// Whatever comparing versions or the saver raises.
    fn next_version(&mut self) -> Result<Option<Self::Version>, Self::Error>;

    /// What triggered the task, leaving out names that are never consumed.
    ///
    /// # Errors
    /// Whatever looking at the task raises.
    fn triggers(&mut self, task: &Self::Task) -> Result<Vec<Self::Name>, Self::Error>;

    /// What the task wrote, in order, leaving out what only says how it ended ([`crate::names::is_marker`]).
    ///
    /// # Errors
    /// Whatever looking at the task raises.
    fn writes(&mut self, task: &Self::Task) -> Result<WritesOf<Self>, Self::Error>;

    /// The channel of that name.
    ///
    /// # Errors
    /// Whatever looking the name up raises.
    fn find(&mut self, name: &Self::Name) -> Result<Option<Self::Slot>, Self::Error>;

    /// A write to a channel that does not exist is left out.
    ///
    /// # Errors
    /// Whatever saying so raises.
    fn ignore(&mut self, task: &Self::Task, name: &Self::Name) -> Result<(), Self::Error>;

    /// Gives a channel a version.
    ///
    /// # Errors
    /// Whatever storing it raises.
    fn set_version(&mut self, slot: Self::Slot, version: &Self::Version)
    -> Result<(), Self::Error>;

    /// `consume()`.
    ///
    /// # Errors
    /// Whatever the channel raises.
    fn consume(&mut self, slot: Self::Slot) -> Result<bool, Self::Error>;

    /// `update(values)`, also with no values, which is the notice of a step.
    ///
    /// # Errors
    /// Whatever the channel or a reducer raises.
    fn update(&mut self, slot: Self::Slot, values: Vec<Self::Value>) -> Result<bool, Self::Error>;

    /// `is_available()`.
    ///
    /// # Errors
    /// Whatever the channel raises.
    fn is_available(&mut self, slot: Self::Slot) -> Result<bool, Self::Error>;

    /// `finish()`.
    ///
    /// # Errors
    /// Whatever the channel raises.
    fn finish(&mut self, slot: Self::Slot) -> Result<bool, Self::Error>;

    /// The channels, in declaration order, for which the notice of a step may do something. All that are left out must be sure to
    /// do nothing.
    ///
    /// # Errors
    /// Whatever looking for them raises.
    fn heeding_step(&mut self) -> Result<Vec<Self::Slot>, Self::Error>;

    /// The channels, in declaration order, for which the notice of the end may do something. All that are left out must be sure to
    /// do nothing.
    ///
    /// # Errors
    /// Whatever looking for them raises.
    fn heeding_finish(&mut self) -> Result<Vec<Self::Slot>, Self::Error>;

    /// Whether an update of the channel can start a node.
    ///
    /// # Errors
    /// Whatever looking it up raises.
    fn starts_nodes(&mut self, slot: Self::Slot) -> Result<bool, Self::Error>;
}

/// Applies what tasks wrote to the channels and the checkpoint; the channels that were updated and can be read.
///
/// Tasks apply in the order of their paths. Without versions nothing counts as updated (trap 31), so the step's notice may clear what
/// was just written, and channels always hear of the end. Pending `Send`s start no node, so they do not hold back the end (trap 1).
///
/// # Errors
/// Values that do not fit their channel, or whatever the store raises; what was applied before stays applied.
pub fn apply_writes<S: Store>(
    store: &mut S,
    tasks: Vec<S::Task>,
) -> Result<IndexSet<S::Slot>, S::Error> {
    let tasks = sorted(store, tasks)?;
    let mut bump_step = false;
    for task in &tasks {
        if store.is_triggered(task)? {
            bump_step = true;
            break;
        }
    }
    for task in &tasks {
        store.mark_seen(task)?;
    }
    let next = store.next_version()?;
    let mut step = Step {
        store,
        next,
        updated: IndexSet::new(),
    };
    step.consume(&tasks)?;
    step.write(&tasks)?;
    if bump_step {
        step.notify_step()?;
        if step.is_last()? {
            step.notify_finish()?;
        }
    }
    Ok(step.updated)
}

fn sorted<S: Store>(store: &mut S, tasks: Vec<S::Task>) -> Result<Vec<S::Task>, S::Error> {
    let mut keyed = Vec::with_capacity(tasks.len());
    for task in tasks {
        keyed.push((store.path(&task)?, task));
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(keyed.into_iter().map(|(_, task)| task).collect())
}

struct Step<'a, S: Store> {
    store: &'a mut S,
    next: Option<S::Version>,
    updated: IndexSet<S::Slot>,
}

impl<S: Store> Step<'_, S> {
    /// Moves the channel to the step's version; whether there is one.
    fn bump(&mut self, slot: S::Slot) -> Result<bool, S::Error> {
        match &self.next {
            Some(next) => self.store.set_version(slot, next).map(|()| true),
            None => Ok(false),
        }
    }

    /// A channel changed: it gets the next version, and counts as updated if it can be read.
    fn changed(&mut self, slot: S::Slot) -> Result<(), S::Error> {
        if self.bump(slot)? && self.store.is_available(slot)? {
            self.updated.insert(slot);
        }
        Ok(())
    }

    /// Consumes the channels that triggered tasks. That moves their version but updates nothing.
    fn consume(&mut self, tasks: &[S::Task]) -> Result<(), S::Error> {
        let mut slots = IndexSet::new();
        for task in tasks {
            for name in self.store.triggers(task)? {
                slots.extend(self.store.find(&name)?);
            }
        }
        for slot in slots {
            if self.store.consume(slot)? {
                self.bump(slot)?;
            }
        }
        Ok(())
    }

    /// Updates each written channel once, with all its values in task order.
    fn write(&mut self, tasks: &[S::Task]) -> Result<(), S::Error> {
        let mut pending: IndexMap<S::Slot, Vec<S::Value>> = IndexMap::new();
        for task in tasks {
            for (name, value) in self.store.writes(task)? {
                match self.store.find(&name)? {
                    Some(slot) => pending.entry(slot).or_default().push(value),
                    None => self.store.ignore(task, &name)?,
                }
            }
        }
        for (slot, values) in pending {
            if self.store.update(slot, values)? {
                self.changed(slot)?;
            }
        }
        Ok(())
    }

    /// Channels that can be read and were not updated hear of the new step.
    fn notify_step(&mut self) -> Result<(), S::Error> {
        for slot in self.store.heeding_step()? {
            if self.store.is_available(slot)?
                && !self.updated.contains(&slot)
                && self.store.update(slot, Vec::new())?
            {
                self.changed(slot)?;
            }
        }
        Ok(())
    }

    /// Whether no updated channel starts a node.
    fn is_last(&mut self) -> Result<bool, S::Error> {
        for slot in &self.updated {
            if self.store.starts_nodes(*slot)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn notify_finish(&mut self) -> Result<(), S::Error> {
        for slot in self.store.heeding_finish()? {
            if self.store.finish(slot)? {
                self.changed(slot)?;
            }
        }
        Ok(())
    }
}
