//! `prepare_next_tasks`: the tasks of the next superstep, on the channels of a plan.

use indexmap::IndexMap;

use channels::Host;

use crate::checkpoint::Checkpoint;
use crate::host::LoopHost;
use crate::names::{Name, PULL, PUSH};
use crate::path::TaskPath;
use crate::plan::{Node, Plan, ReadsAt};
use crate::read::read_channels;
use crate::schedule::{Scheduler, is_triggered, schedule};
use crate::state::Channels;
use crate::task_id::{id_bytes, task_id};
use crate::writes::Write;

/// A task of a superstep.
pub struct Task<H: Host> {
    /// A hash of the checkpoint and the task's place in it.
    pub id: Name,
    /// The index of its node in the plan.
    pub node: usize,
    /// Its node's name.
    pub name: Name,
    /// Where it comes from.
    pub path: TaskPath,
    /// What triggered it, sorted.
    pub triggers: std::sync::Arc<[Name]>,
    /// What its node gets.
    pub input: H::Value,
    /// What it wrote; a task with writes is not run.
    pub writes: Vec<Write<H::Value>>,
    /// Whether streams leave it out.
    pub hidden: bool,
}

/// The tasks of the next superstep: those of pending `Send`s, then those of triggered nodes.
///
/// Where the channels that were updated are known, only the nodes that they trigger are looked at, sorted by name; otherwise, and
/// where none was updated, all nodes, in declaration order.
///
/// # Errors
/// Whatever reading an input raises.
pub fn prepare_next_tasks<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    channels: &Channels<H>,
    checkpoint: &Checkpoint,
    step: i64,
    updated: Option<&[Name]>,
) -> Result<IndexMap<Name, Task<H>>, H::Error> {
    let mut preparation = Preparation {
        host,
        plan,
        channels,
        checkpoint,
        namespace: id_bytes(&checkpoint.id),
        step: step.to_string(),
        inputs: plan.selections.iter().map(|_| None).collect(),
        singles: IndexMap::new(),
        updated,
        packets: Vec::new(),
    };
    let tasks = schedule(&mut preparation)?;
    Ok(tasks
        .into_iter()
        .map(|task| (Name::clone(&task.id), task))
        .collect())
}

struct Preparation<'a, H: Host> {
    host: &'a H,
    plan: &'a Plan<H>,
    channels: &'a Channels<H>,
    checkpoint: &'a Checkpoint,
    namespace: Vec<u8>,
    step: String,
    /// By selection: the input already made from it. Later tasks get a shallow copy.
    inputs: Vec<Option<H::Value>>,
    singles: IndexMap<usize, H::Value>,
    updated: Option<&'a [Name]>,
    /// The pending `Send`s.
    packets: Vec<H::Value>,
}

impl<H: LoopHost> Scheduler for Preparation<'_, H> {
    type Node = usize;
    type Task = Task<H>;
    type Error = H::Error;

    fn pending_sends(&mut self) -> Result<usize, H::Error> {
        let Some(tasks) = self.plan.tasks else {
            return Ok(0);
        };
        if !self.channels.is_available(self.host, tasks)? {
            return Ok(0);
        }
        let Some(pending) = self.channels.read(self.host, tasks)? else {
            return Ok(0);
        };
        self.packets = self.host.items(&pending).unwrap_or_default();
        Ok(self.packets.len())
    }

    /// The task of the pending `Send` at an index; none for anything else and for an unknown node.
    fn push(&mut self, index: usize) -> Result<Option<Task<H>>, H::Error> {
        let packet = self.packets.get(index);
        let Some((node, input)) = packet.and_then(|packet| self.host.send_parts(packet)) else {
            return Ok(None);
        };
        let Some(node) = self.plan.node_index.get(&*node).copied() else {
            return Ok(None);
        };
        let Some(spec) = self.plan.nodes.get(node) else {
            return Ok(None);
        };
        let id = task_id(
            &self.namespace,
            &[&spec.name, &self.step, &spec.name, PUSH, &index.to_string()],
        );
        Ok(Some(Task {
            id: id.into(),
            node,
            name: Name::clone(&spec.name),
            path: TaskPath::push(index),
            triggers: [Name::from(PUSH)].into(),
            input,
            writes: Vec::new(),
            hidden: spec.hidden,
        }))
    }

    fn triggered(&mut self) -> Result<Option<Vec<usize>>, H::Error> {
        let Some(updated) = self.updated.filter(|updated| !updated.is_empty()) else {
            return Ok(None);
        };
        let mut nodes: Vec<usize> = updated
            .iter()
            .filter_map(|name| self.plan.specs.get_index_of(&**name))
            .filter_map(|index| self.plan.triggered.get(index))
            .flatten()
            .copied()
            .collect();
        nodes.sort_by_key(|node| self.plan.nodes.get(*node).map(|node| &node.name));
        nodes.dedup();
        Ok(Some(nodes))
    }

    fn has_versions(&mut self) -> Result<bool, H::Error> {
        Ok(!self.checkpoint.versions.is_empty())
    }

    fn nodes(&mut self) -> Result<Vec<usize>, H::Error> {
        Ok((0..self.plan.nodes.len()).collect())
    }

    fn pull(&mut self, node: usize) -> Result<Option<Task<H>>, H::Error> {
        let plan = self.plan;
        let Some(spec) = plan.nodes.get(node) else {
            return Ok(None);
        };
        if self.checkpoint.versions.is_empty() || !self.is_triggered(spec)? {
            return Ok(None);
        }
        let Some(input) = self.input(spec)? else {
            return Ok(None);
        };
        let mut parts: Vec<&str> = vec![&spec.name, &self.step, &spec.name, PULL];
        parts.extend(spec.sorted_triggers.iter().map(|trigger| &**trigger));
        Ok(Some(Task {
            id: task_id(&self.namespace, &parts).into(),
            node,
            name: Name::clone(&spec.name),
            path: TaskPath::pull(&spec.name),
            triggers: std::sync::Arc::clone(&spec.sorted_triggers),
            input,
            writes: Vec::new(),
            hidden: spec.hidden,
        }))
    }
}

impl<H: LoopHost> Preparation<'_, H> {
    fn is_triggered(&self, spec: &Node) -> Result<bool, H::Error> {
        let seen = self.checkpoint.seen.get(&spec.name);
        is_triggered(
            seen.is_some(),
            spec.triggers.iter().map(|trigger| Ok(*trigger)),
            |trigger| self.channels.is_available(self.host, *trigger),
            |trigger| {
                let name = self.plan.specs.get_index(*trigger).map(|(name, _)| name);
                let version = name.and_then(|name| self.checkpoint.versions.get(name));
                let seen = seen.zip(name).and_then(|(seen, name)| seen.get(name));
                Ok(version.is_some_and(|version| version.is_newer_than(seen)))
            },
        )
    }

    fn input(&mut self, spec: &Node) -> Result<Option<H::Value>, H::Error> {
        match spec.reads {
            ReadsAt::One(index) => {
                if let Some(cached) = self.singles.get(&index) {
                    return self.host.shallow_copy(cached).map(Some);
                }
                let value = self.channels.read(self.host, index)?;
                if let Some(value) = &value {
                    self.singles.insert(index, self.host.dup(value));
                }
                Ok(value)
            }
            ReadsAt::Many(selection) => {
                if let Some(Some(cached)) = self.inputs.get(selection) {
                    return self.host.shallow_copy(cached).map(Some);
                }
                let Some(list) = self.plan.selections.get(selection) else {
                    return Ok(None);
                };
                let value = read_channels(self.host, self.plan, self.channels, list)?;
                if let Some(slot) = self.inputs.get_mut(selection) {
                    *slot = Some(self.host.dup(&value));
                }
                Ok(Some(value))
            }
        }
    }
}
