//! A compiled graph: everything that stays the same from run to run.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use channels::{Channel, Host};
use indexmap::IndexMap;

use crate::names::{Name, TASKS, is_reserved};

/// What a node's input is made of.
#[derive(Clone, Debug)]
pub enum Reads {
    /// The value of one channel; the node does not run while it is empty.
    One(Name),
    /// A dict of the channels that have a value. Nodes that share the list share the input of a superstep.
    Many(Arc<[Name]>),
}

/// A node as the loop sees it. What it does is the driver's.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// The channels whose updates start it, in declaration order.
    pub triggers: Vec<Name>,
    /// What its input is made of.
    pub reads: Reads,
    /// Whether streams leave it out (`TAG_HIDDEN`).
    pub hidden: bool,
}

/// Why a plan is not valid, in upstream's words (`validate_graph`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// A channel has a reserved name.
    ReservedChannel(Name),
    /// A node has a reserved name.
    ReservedNode(Name),
    /// A node reads, or is triggered by, or the graph writes or shows, a channel that does not exist.
    UnknownChannel(Name),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedChannel(name) => write!(f, "Channel name '{name}' is reserved"),
            Self::ReservedNode(name) => write!(f, "Node name '{name}' is reserved"),
            Self::UnknownChannel(name) => {
                write!(f, "Subscribed channel '{name}' not in known channels")
            }
        }
    }
}

impl std::error::Error for PlanError {}

/// A node, resolved: channels by index.
pub(crate) struct Node {
    pub name: Name,
    pub triggers: Vec<usize>,
    /// Sorted by name, as a task lists them.
    pub sorted_triggers: Arc<[Name]>,
    pub reads: ReadsAt,
    pub hidden: bool,
}

/// [`Reads`], resolved.
pub(crate) enum ReadsAt {
    One(usize),
    /// The index of a shared selection.
    Many(usize),
}

/// A compiled graph.
pub struct Plan<H: Host> {
    pub(crate) specs: IndexMap<Name, Channel<H>>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) node_index: IndexMap<Name, usize>,
    /// By channel: the nodes that it triggers, in declaration order.
    pub(crate) triggered: Vec<Vec<usize>>,
    /// The distinct lists of channels that nodes read.
    pub(crate) selections: Vec<Arc<[Name]>>,
    pub(crate) input: Name,
    /// The channels that streams and results show (`stream_channels`, also `output_keys`).
    pub(crate) shown: Arc<[Name]>,
    shown_set: HashSet<Name>,
    pub(crate) tasks: Option<usize>,
    pub(crate) has_untracked: bool,
}

impl<H: Host> Plan<H> {
    /// Compiles channels and nodes, both in declaration order.
    ///
    /// `input` is the channel that a run's input is written to, `shown` the channels of streams and results.
    ///
    /// # Errors
    /// A reserved name, or a channel that does not exist.
    pub fn new(
        specs: IndexMap<Name, Channel<H>>,
        nodes: Vec<(Name, NodeSpec)>,
        input: Name,
        shown: Arc<[Name]>,
    ) -> Result<Self, PlanError> {
        if let Some(name) = specs.keys().find(|name| is_reserved(name)) {
            return Err(PlanError::ReservedChannel(Name::clone(name)));
        }
        let find = |name: &Name| {
            specs
                .get_index_of(&**name)
                .ok_or_else(|| PlanError::UnknownChannel(Name::clone(name)))
        };
        let mut selections: Vec<Arc<[Name]>> = Vec::new();
        let mut triggered = vec![Vec::new(); specs.len()];
        let mut resolved = Vec::with_capacity(nodes.len());
        let mut node_index = IndexMap::with_capacity(nodes.len());
        for (name, spec) in nodes {
            if is_reserved(&name) {
                return Err(PlanError::ReservedNode(name));
            }
            let triggers: Vec<usize> = spec.triggers.iter().map(find).collect::<Result<_, _>>()?;
            let reads = match spec.reads {
                Reads::One(channel) => ReadsAt::One(find(&channel)?),
                Reads::Many(list) => {
                    list.iter().try_for_each(|name| find(name).map(drop))?;
                    let known = selections.iter().position(|known| *known == list);
                    ReadsAt::Many(known.unwrap_or_else(|| {
                        selections.push(list);
                        selections.len() - 1
                    }))
                }
            };
            let mut sorted = spec.triggers;
            sorted.sort();
            for channel in &triggers {
                if let Some(nodes) = triggered.get_mut(*channel) {
                    nodes.push(resolved.len());
                }
            }
            node_index.insert(Name::clone(&name), resolved.len());
            resolved.push(Node {
                name,
                triggers,
                sorted_triggers: sorted.into(),
                reads,
                hidden: spec.hidden,
            });
        }
        find(&input)?;
        shown.iter().try_for_each(|name| find(name).map(drop))?;
        let tasks = specs.get_index_of(TASKS);
        let has_untracked = specs
            .values()
            .any(|spec| matches!(spec, Channel::UntrackedValue(_)));
        Ok(Self {
            specs,
            nodes: resolved,
            node_index,
            triggered,
            selections,
            input,
            shown_set: shown.iter().cloned().collect(),
            shown,
            tasks,
            has_untracked,
        })
    }

    /// The names of all channels, in declaration order.
    pub fn channel_names(&self) -> impl Iterator<Item = &Name> {
        self.specs.keys()
    }

    /// The channels that streams and results show, in declaration order.
    #[must_use]
    pub fn shown(&self) -> &Arc<[Name]> {
        &self.shown
    }

    /// The shown channel of that name.
    #[must_use]
    pub fn shown_key(&self, name: &str) -> Option<Name> {
        self.shown_set.get(name).cloned()
    }

    /// The name of the node at an index.
    #[must_use]
    pub fn node_name(&self, node: usize) -> Option<&Name> {
        self.nodes.get(node).map(|node| &node.name)
    }

    pub(crate) fn is_untracked(&self, name: &str) -> bool {
        matches!(self.specs.get(name), Some(Channel::UntrackedValue(_)))
    }

    pub(crate) fn shows(&self, name: &str) -> bool {
        self.shown_set.contains(name)
    }
}
