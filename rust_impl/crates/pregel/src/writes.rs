//! Writes: what tasks produce, what waits to be applied, and what that says about each task.

use std::convert::Infallible;

use indexmap::IndexMap;

use channels::Host;

use crate::host::LoopHost;
use crate::names::{ERROR, INTERRUPT, NULL_TASK_ID, Name, TASKS, is_control, write_slot};
use crate::plan::Plan;

/// A channel (or a marker) and a value for it.
pub type Write<V> = (Name, V);

/// A write that waits for its superstep to end, with the task that made it.
pub struct PendingWrite<V> {
    /// The id of the task, or the null task's.
    pub task: Name,
    /// The channel or marker.
    pub channel: Name,
    /// The value.
    pub value: V,
}

/// Another reference to the same writes.
pub(crate) fn dup_writes<H: Host>(host: &H, writes: &[Write<H::Value>]) -> Vec<Write<H::Value>> {
    writes
        .iter()
        .map(|(channel, value)| (Name::clone(channel), host.dup(value)))
        .collect()
}

/// Special writes deduplicated, the last of a kind winning in the place of the first; other writes as they are.
pub(crate) fn dedupe_special<V>(writes: Vec<Write<V>>) -> Vec<Write<V>> {
    if writes
        .iter()
        .all(|(channel, _)| write_slot(channel).is_some())
    {
        writes
            .into_iter()
            .collect::<IndexMap<_, _>>()
            .into_iter()
            .collect()
    } else {
        writes
    }
}

/// The writes as a saver gets them: untracked values left out, also from the arguments of `Send`s.
pub(crate) fn to_save<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    writes: &[Write<H::Value>],
) -> Vec<Write<H::Value>> {
    if !plan.has_untracked {
        return dup_writes(host, writes);
    }
    writes
        .iter()
        .filter(|(channel, _)| !plan.is_untracked(channel))
        .map(|(channel, value)| {
            let value = if **channel == *TASKS {
                host.send_without(value, &|key| plan.is_untracked(key))
            } else {
                host.dup(value)
            };
            (Name::clone(channel), value)
        })
        .collect()
}

/// What a write says about the task that recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// The task asked something.
    Asked,
    /// The task failed.
    Failed,
    /// Something else about how the task went.
    Control,
    /// What the task produced.
    Output,
}

impl Says {
    /// Told by the channel that is written.
    #[must_use]
    pub fn of(channel: &str) -> Self {
        match channel {
            INTERRUPT => Self::Asked,
            ERROR => Self::Failed,
            channel if is_control(channel) => Self::Control,
            _ => Self::Output,
        }
    }
}

/// What the recorded writes say about one task (`TaskStatus` upstream).
pub struct TaskStatus<V, N = Name> {
    /// Output in recorded order; empty while the task has not finished.
    pub output: Vec<(N, V)>,
    /// The first error recorded.
    pub error: Option<V>,
    /// The interrupts recorded, answered or not.
    pub interrupts: Vec<V>,
}

impl<V, N> Default for TaskStatus<V, N> {
    /// A task that recorded nothing.
    fn default() -> Self {
        Self {
            output: Vec::new(),
            error: None,
            interrupts: Vec::new(),
        }
    }
}

impl<V, N> TaskStatus<V, N> {
    /// Whether the task ran to completion: it has output, be it only the marker that it wrote nothing.
    #[must_use]
    pub fn finished(&self) -> bool {
        !self.output.is_empty()
    }

    /// Takes one more write into account. `questions` lists the interrupts in the value of one.
    ///
    /// # Errors
    /// Whatever listing raises.
    pub fn record<E>(
        &mut self,
        says: Says,
        channel: N,
        value: V,
        questions: impl FnOnce(V) -> Result<Vec<V>, E>,
    ) -> Result<(), E> {
        match says {
            Says::Asked => self.interrupts.extend(questions(value)?),
            Says::Failed => {
                self.error.get_or_insert(value);
            }
            Says::Control => {}
            Says::Output => self.output.push((channel, value)),
        }
        Ok(())
    }
}

/// The status of every task that recorded writes, in the order of their first write (`read_task_statuses`).
pub fn task_statuses<H: LoopHost>(
    host: &H,
    pending: &[PendingWrite<H::Value>],
) -> IndexMap<Name, TaskStatus<H::Value>> {
    let mut statuses: IndexMap<Name, TaskStatus<H::Value>> = IndexMap::new();
    for write in pending.iter().filter(|write| *write.task != *NULL_TASK_ID) {
        let recorded = statuses
            .entry(Name::clone(&write.task))
            .or_default()
            .record(
                Says::of(&write.channel),
                Name::clone(&write.channel),
                host.dup(&write.value),
                |value| Ok::<_, Infallible>(host.items(&value).unwrap_or_else(|| vec![value])),
            );
        match recorded {
            Ok(()) => {}
        }
    }
    statuses
}
