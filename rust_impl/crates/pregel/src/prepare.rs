//! `prepare_next_tasks`: the tasks of the next superstep.

use indexmap::IndexMap;

use channels::Host;

use crate::checkpoint::Checkpoint;
use crate::host::LoopHost;
use crate::names::{Name, PULL, PUSH};
use crate::path::TaskPath;
use crate::plan::{Node, Plan, ReadsAt};
use crate::read::read_channels;
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
    };
    let mut tasks = IndexMap::new();
    for task in preparation.sends()? {
        tasks.insert(Name::clone(&task.id), task);
    }
    for node in preparation.candidates(updated) {
        if let Some(task) = preparation.pull(node)? {
            tasks.insert(Name::clone(&task.id), task);
        }
    }
    Ok(tasks)
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
}

impl<'a, H: LoopHost> Preparation<'a, H> {
    fn sends(&self) -> Result<Vec<Task<H>>, H::Error> {
        let Some(tasks) = self.plan.tasks else {
            return Ok(Vec::new());
        };
        if !self.channels.is_available(self.host, tasks)? {
            return Ok(Vec::new());
        }
        let Some(pending) = self.channels.read(self.host, tasks)? else {
            return Ok(Vec::new());
        };
        let packets = self.host.items(&pending).unwrap_or_default();
        Ok(packets
            .iter()
            .enumerate()
            .filter_map(|(index, packet)| self.push(index, packet))
            .collect())
    }

    /// The task of the pending `Send` at an index; none for anything else and for an unknown node.
    fn push(&self, index: usize, packet: &H::Value) -> Option<Task<H>> {
        let (node, input) = self.host.send_parts(packet)?;
        let node = *self.plan.node_index.get(&*node)?;
        let spec = self.plan.nodes.get(node)?;
        let id = task_id(
            &self.namespace,
            &[&spec.name, &self.step, &spec.name, PUSH, &index.to_string()],
        );
        Some(Task {
            id: id.into(),
            node,
            name: Name::clone(&spec.name),
            path: TaskPath::push(index),
            triggers: [Name::from(PUSH)].into(),
            input,
            writes: Vec::new(),
            hidden: spec.hidden,
        })
    }

    fn candidates(&self, updated: Option<&[Name]>) -> Vec<usize> {
        match updated {
            Some(updated) if !updated.is_empty() => {
                let mut nodes: Vec<usize> = updated
                    .iter()
                    .filter_map(|name| self.plan.specs.get_index_of(&**name))
                    .filter_map(|index| self.plan.triggered.get(index))
                    .flatten()
                    .copied()
                    .collect();
                nodes.sort_by_key(|node| self.plan.nodes.get(*node).map(|node| &node.name));
                nodes.dedup();
                nodes
            }
            _ if self.checkpoint.versions.is_empty() => Vec::new(),
            _ => (0..self.plan.nodes.len()).collect(),
        }
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

    /// Whether a trigger can be read and has moved since the node last ran; for a node that never ran, being readable is enough.
    fn is_triggered(&self, spec: &Node) -> Result<bool, H::Error> {
        let seen = self.checkpoint.seen.get(&spec.name);
        for trigger in &spec.triggers {
            if !self.channels.is_available(self.host, *trigger)? {
                continue;
            }
            let Some((name, _)) = self.plan.specs.get_index(*trigger) else {
                continue;
            };
            let moved = seen.is_none_or(|seen| {
                self.checkpoint
                    .versions
                    .get(name)
                    .is_some_and(|version| version.is_newer_than(seen.get(name)))
            });
            if moved {
                return Ok(true);
            }
        }
        Ok(false)
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
