//! Building a graph: keys, nodes, edges, joins and branches, compiled as upstream's `StateGraph` compiles them.

use std::fmt;
use std::sync::Arc;

use channels::{Channel, Host};
use codec::Value;
use indexmap::{IndexMap, IndexSet};
use pregel::names::{END, START, TASKS};
use pregel::{LoopHost, Name, NodeSpec, Plan, PlanError, Reads};

use crate::compiled::{CompiledGraph, Node, Writer};
use crate::error::Error;
use crate::host::{NativeHost, Type};
use crate::reducers::Reducer;

/// What a node does with its input: it returns a dict of updates, or `None`.
pub(crate) type NodeFn = dyn Fn(&Value) -> Result<Value, Error> + Send + Sync;
/// Where to go from a state.
pub(crate) type RouteFn = dyn Fn(&Value) -> Result<Route, Error> + Send + Sync;

/// How a state key stores what nodes write to it.
pub enum Key {
    /// The last value; two writes in one superstep are an error.
    Last,
    /// The last value; gone after a superstep that does not write it.
    Any,
    /// The value of the superstep before.
    Ephemeral {
        /// Whether two writes in one superstep are an error.
        guard: bool,
    },
    /// The last value; never saved.
    Untracked {
        /// Whether two writes in one superstep are an error.
        guard: bool,
    },
    /// All values of a superstep, or of all supersteps.
    Topic {
        /// Whether values stay over supersteps.
        accumulate: bool,
    },
    /// All values folded by a reducer, starting with the type's empty value.
    Reduced {
        /// Folds a value into the current one.
        reducer: Reducer,
        /// What the key starts with.
        typ: Type,
    },
}

impl Key {
    fn channel(self, host: &NativeHost, name: &Name) -> Channel<NativeHost> {
        let name = Name::clone(name);
        match self {
            Self::Last => Channel::last_value(name),
            Self::Any => Channel::any_value(name),
            Self::Ephemeral { guard } => Channel::ephemeral_value(name, guard),
            Self::Untracked { guard } => Channel::untracked_value(name, guard),
            Self::Topic { accumulate } => Channel::topic(host, name, accumulate),
            Self::Reduced { reducer, typ } => {
                Channel::binary_operator_aggregate(host, name, typ, reducer)
            }
        }
    }
}

/// One place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A node, which reads the state; or the end.
    Node(Name),
    /// A node with an input of its own, run once for each such target.
    Send(Name, Value),
}

/// Where a branch goes: any number of targets, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route(pub Vec<Target>);

impl Route {
    /// To one node.
    #[must_use]
    pub fn to(node: &str) -> Self {
        Self(vec![Target::Node(node.into())])
    }

    /// To the end.
    #[must_use]
    pub fn end() -> Self {
        Self::to(END)
    }

    /// Also to a node.
    #[must_use]
    pub fn and(mut self, node: &str) -> Self {
        self.0.push(Target::Node(node.into()));
        self
    }

    /// Also to a node with this input.
    #[must_use]
    pub fn send(mut self, node: &str, input: impl Into<Value>) -> Self {
        self.0.push(Target::Send(node.into(), input.into()));
        self
    }
}

/// Why a graph cannot be compiled, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphError {
    /// Two nodes have one name.
    DuplicateNode(Name),
    /// A node has the name of a state key.
    NodeIsKey(Name),
    /// A node has the name of START or END.
    ReservedNode(Name),
    /// An edge leaves END.
    EndAsSource,
    /// An edge enters START.
    StartAsTarget,
    /// A join names a node that was not added.
    JoinOfUnknown(Name),
    /// An edge or branch leaves an unknown node.
    UnknownSource(Name),
    /// An edge enters an unknown node.
    UnknownTarget(Name),
    /// A branch's ends name an unknown node.
    UnknownEnd {
        /// The node that the branch leaves.
        source: Name,
        /// The branch.
        branch: Name,
        /// The unknown node.
        target: Name,
    },
    /// Two branches of a node have one name.
    DuplicateBranch {
        /// The node that they leave.
        source: Name,
        /// Their name.
        branch: Name,
    },
    /// Nothing leaves START.
    NoEntryPoint,
    /// The compiled channels and nodes do not fit together.
    Plan(PlanError),
    /// A channel cannot be made.
    Channel(String),
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateNode(name) => write!(f, "Node `{name}` already present."),
            Self::NodeIsKey(name) => write!(f, "'{name}' is already being used as a state key"),
            Self::ReservedNode(name) => write!(f, "Node `{name}` is reserved."),
            Self::EndAsSource => f.write_str("END cannot be a start node"),
            Self::StartAsTarget => f.write_str("START cannot be an end node"),
            Self::JoinOfUnknown(name) => write!(f, "Need to add_node `{name}` first"),
            Self::UnknownSource(name) => {
                write!(f, "Found edge starting at unknown node '{name}'")
            }
            Self::UnknownTarget(name) => write!(f, "Found edge ending at unknown node `{name}`"),
            Self::UnknownEnd {
                source,
                branch,
                target,
            } => write!(
                f,
                "At '{source}' node, '{branch}' branch found unknown target '{target}'"
            ),
            Self::DuplicateBranch { source, branch } => write!(
                f,
                "Branch with name `{branch}` already exists for node `{source}`"
            ),
            Self::NoEntryPoint => f.write_str(
                "Graph must have an entrypoint: add at least one edge from START to another node",
            ),
            Self::Plan(error) => write!(f, "{error}"),
            Self::Channel(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for GraphError {}

struct NodeDraft {
    run: Arc<NodeFn>,
    defer: bool,
}

struct BranchDraft {
    route: Arc<RouteFn>,
    ends: Option<Vec<Name>>,
}

/// A graph over a state of named keys, being built.
///
/// Keys and nodes are declared first come, first declared; edges, joins and branches keep their order too (upstream holds edges in
/// sets, whose order nothing fixes). The first mistake is kept and returned by [`StateGraph::compile`].
#[derive(Default)]
pub struct StateGraph {
    host: NativeHost,
    keys: IndexMap<Name, Channel<NativeHost>>,
    nodes: IndexMap<Name, NodeDraft>,
    edges: IndexSet<(Name, Name)>,
    joins: IndexSet<(Vec<Name>, Name)>,
    branches: IndexMap<Name, IndexMap<Name, BranchDraft>>,
    mistake: Option<GraphError>,
}

impl StateGraph {
    /// A graph without keys or nodes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a state key; a key declared again keeps its place.
    #[must_use]
    pub fn key(mut self, name: &str, key: Key) -> Self {
        let name = Name::from(name);
        let channel = key.channel(&self.host, &name);
        self.keys.insert(name, channel);
        self
    }

    /// Adds a node: a function of the state, or of what a [`Target::Send`] carries, that returns the updates to make.
    #[must_use]
    pub fn node<R: Into<Value>>(
        self,
        name: &str,
        run: impl Fn(&Value) -> Result<R, Error> + Send + Sync + 'static,
    ) -> Self {
        self.add_node(name, false, move |state| run(state).map(Into::into))
    }

    /// Adds a node that waits until nothing else is left to run.
    #[must_use]
    pub fn deferred_node<R: Into<Value>>(
        self,
        name: &str,
        run: impl Fn(&Value) -> Result<R, Error> + Send + Sync + 'static,
    ) -> Self {
        self.add_node(name, true, move |state| run(state).map(Into::into))
    }

    fn add_node(
        mut self,
        name: &str,
        defer: bool,
        run: impl Fn(&Value) -> Result<Value, Error> + Send + Sync + 'static,
    ) -> Self {
        let name = Name::from(name);
        if *name == *START || *name == *END {
            return self.mistaken(GraphError::ReservedNode(name));
        }
        if self.keys.contains_key(&name) {
            return self.mistaken(GraphError::NodeIsKey(name));
        }
        let draft = NodeDraft {
            run: Arc::new(run),
            defer,
        };
        if self.nodes.insert(Name::clone(&name), draft).is_some() {
            return self.mistaken(GraphError::DuplicateNode(name));
        }
        self
    }

    /// Runs `to` after `from`. An edge added again does nothing.
    #[must_use]
    pub fn edge(mut self, from: &str, to: &str) -> Self {
        if from == END {
            return self.mistaken(GraphError::EndAsSource);
        }
        if to == START {
            return self.mistaken(GraphError::StartAsTarget);
        }
        self.edges.insert((from.into(), to.into()));
        self
    }

    /// Runs `to` once all of `from` have run.
    #[must_use]
    pub fn join(mut self, from: &[&str], to: &str) -> Self {
        if from.contains(&END) {
            return self.mistaken(GraphError::EndAsSource);
        }
        if to == START {
            return self.mistaken(GraphError::StartAsTarget);
        }
        let known = |name: &&str| self.nodes.contains_key(*name);
        let unknown = from.iter().copied().find(|name| !known(name));
        if let Some(name) = unknown.or_else(|| Some(to).filter(|to| *to != END && !known(to))) {
            return self.mistaken(GraphError::JoinOfUnknown(name.into()));
        }
        let from = from.iter().map(|name| Name::from(*name)).collect();
        self.joins.insert((from, to.into()));
        self
    }

    /// After `from`, goes where the route says; the route sees the state with the writes of `from` alone applied.
    #[must_use]
    pub fn branch(
        self,
        from: &str,
        name: &str,
        route: impl Fn(&Value) -> Result<Route, Error> + Send + Sync + 'static,
    ) -> Self {
        self.add_branch(from, name, None, route)
    }

    /// Like [`StateGraph::branch`], but only to `ends`: going elsewhere is a `KeyError`.
    #[must_use]
    pub fn branch_among(
        self,
        from: &str,
        name: &str,
        ends: &[&str],
        route: impl Fn(&Value) -> Result<Route, Error> + Send + Sync + 'static,
    ) -> Self {
        let ends = ends.iter().map(|end| Name::from(*end)).collect();
        self.add_branch(from, name, Some(ends), route)
    }

    fn add_branch(
        mut self,
        from: &str,
        name: &str,
        ends: Option<Vec<Name>>,
        route: impl Fn(&Value) -> Result<Route, Error> + Send + Sync + 'static,
    ) -> Self {
        let (source, branch) = (Name::from(from), Name::from(name));
        let draft = BranchDraft {
            route: Arc::new(route),
            ends,
        };
        let branches = self.branches.entry(Name::clone(&source)).or_default();
        if branches.insert(Name::clone(&branch), draft).is_some() {
            return self.mistaken(GraphError::DuplicateBranch { source, branch });
        }
        self
    }

    /// Runs `node` first.
    #[must_use]
    pub fn entry_point(self, node: &str) -> Self {
        self.edge(START, node)
    }

    /// Ends after `node`.
    #[must_use]
    pub fn finish_point(self, node: &str) -> Self {
        self.edge(node, END)
    }

    fn mistaken(mut self, error: GraphError) -> Self {
        self.mistake.get_or_insert(error);
        self
    }

    /// Checks the graph and makes it ready to run.
    ///
    /// # Errors
    /// The first mistake made while building, or a node that is named but was never added.
    pub fn compile(self) -> Result<CompiledGraph, GraphError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        self.validate()?;
        let keys: Arc<[Name]> = self.keys.keys().cloned().collect();
        let mut compilation = Compilation::new(self.host, self.keys, Arc::clone(&keys));
        for (name, node) in self.nodes {
            compilation.attach_node(name, node);
        }
        for (from, to) in self.edges {
            compilation.attach_edge(&from, &to);
        }
        for (from, to) in self.joins {
            compilation.attach_join(&from, &to)?;
        }
        for (from, branches) in self.branches {
            for branch in branches.into_values() {
                compilation.attach_branch(&from, branch);
            }
        }
        compilation.finish(keys)
    }

    fn validate(&self) -> Result<(), GraphError> {
        let is_node = |name: &Name| self.nodes.contains_key(name);
        let joined = self.joins.iter().flat_map(|(from, _)| from);
        let mut sources = self
            .edges
            .iter()
            .map(|(from, _)| from)
            .chain(joined)
            .chain(self.branches.keys());
        if let Some(source) = sources
            .clone()
            .find(|source| !is_node(source) && ***source != *START)
        {
            return Err(GraphError::UnknownSource(Name::clone(source)));
        }
        if !sources.any(|source| **source == *START) {
            return Err(GraphError::NoEntryPoint);
        }
        for (source, branches) in &self.branches {
            for (branch, draft) in branches {
                let mut ends = draft.ends.iter().flatten();
                if let Some(target) = ends.find(|end| !is_node(end) && ***end != *END) {
                    return Err(GraphError::UnknownEnd {
                        source: Name::clone(source),
                        branch: Name::clone(branch),
                        target: Name::clone(target),
                    });
                }
            }
        }
        let targets = self.edges.iter().map(|(_, to)| to);
        let mut targets = targets.chain(self.joins.iter().map(|(_, to)| to));
        match targets.find(|target| !is_node(target) && ***target != *END) {
            Some(target) => Err(GraphError::UnknownTarget(Name::clone(target))),
            None => Ok(()),
        }
    }
}

/// The channel that starts a node.
pub(crate) fn branch_to(node: &str) -> Name {
    Name::from(format!("branch:to:{node}"))
}

/// Channels and nodes in upstream's declaration order: keys, START, TASKS, one channel per node, one per join.
struct Compilation {
    host: NativeHost,
    channels: IndexMap<Name, Channel<NativeHost>>,
    specs: IndexMap<Name, NodeSpec>,
    nodes: IndexMap<Name, Node>,
    deferred: IndexSet<Name>,
    keys: Arc<[Name]>,
}

impl Compilation {
    fn new(
        host: NativeHost,
        mut channels: IndexMap<Name, Channel<NativeHost>>,
        keys: Arc<[Name]>,
    ) -> Self {
        let start = Name::from(START);
        channels.insert(Name::clone(&start), Channel::ephemeral_value("", true));
        channels.insert(Name::from(TASKS), Channel::topic(&host, "", false));
        let spec = NodeSpec {
            triggers: vec![Name::clone(&start)],
            reads: Reads::One(Name::clone(&start)),
            hidden: true,
        };
        Self {
            host,
            channels,
            specs: IndexMap::from([(Name::clone(&start), spec)]),
            nodes: IndexMap::from([(start, Node::default())]),
            deferred: IndexSet::new(),
            keys,
        }
    }

    fn attach_node(&mut self, name: Name, draft: NodeDraft) {
        let trigger = branch_to(&name);
        let channel = if draft.defer {
            self.deferred.insert(Name::clone(&name));
            Channel::last_value_after_finish(&NativeHost, "")
        } else {
            Channel::ephemeral_value("", false)
        };
        self.channels.insert(Name::clone(&trigger), channel);
        let spec = NodeSpec {
            triggers: vec![trigger],
            reads: Reads::Many(Arc::clone(&self.keys)),
            hidden: false,
        };
        self.specs.insert(Name::clone(&name), spec);
        let node = Node {
            run: Some(draft.run),
            writers: Vec::new(),
        };
        self.nodes.insert(name, node);
    }

    fn write_after(&mut self, node: &Name, writer: Writer) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.writers.push(writer);
        }
    }

    fn attach_edge(&mut self, from: &Name, to: &Name) {
        if **to != *END {
            self.write_after(from, Writer::Edge(branch_to(to)));
        }
    }

    fn attach_join(&mut self, from: &[Name], to: &Name) -> Result<(), GraphError> {
        if **to == *END {
            return Ok(());
        }
        let channel = Name::from(format!("join:{}:{to}", from.join("+")));
        let host = &self.host;
        let mut names = host.new_set();
        for name in from {
            host.set_add(&mut names, host.str(name))
                .map_err(|error| GraphError::Channel(error.to_string()))?;
        }
        let barrier = if self.deferred.contains(to) {
            Channel::named_barrier_value_after_finish(host, "", names)
        } else {
            Channel::named_barrier_value(host, "", names)
        };
        self.channels.insert(Name::clone(&channel), barrier);
        if let Some(spec) = self.specs.get_mut(to) {
            spec.triggers.push(Name::clone(&channel));
        }
        for name in from {
            let writer = Writer::Join {
                channel: Name::clone(&channel),
                from: Name::clone(name),
            };
            self.write_after(name, writer);
        }
        Ok(())
    }

    fn attach_branch(&mut self, from: &Name, draft: BranchDraft) {
        let BranchDraft { route, ends } = draft;
        let ends = ends.filter(|ends| !ends.is_empty());
        self.write_after(from, Writer::Branch { route, ends });
    }

    fn finish(self, keys: Arc<[Name]>) -> Result<CompiledGraph, GraphError> {
        let specs = self.specs.into_iter().collect();
        let plan = Plan::new(self.channels, specs, START.into(), keys).map_err(GraphError::Plan)?;
        let nodes = self.nodes.into_values().collect();
        Ok(CompiledGraph::new(self.host, plan, nodes))
    }
}
