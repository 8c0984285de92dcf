//! A compiled graph and the driver that runs it.

use std::sync::Arc;

use channels::Host;
use codec::Value;
use pregel::names::{END, START, TASKS};
use pregel::{
    Configurable, Effect, Env, Fault, Loop, LoopHost, Mode, Modes, Name, Plan, Settings, Snapshot,
    Tick, Version, Write, snapshot, troubleshooting,
};

use crate::builder::{NodeFn, Route, RouteFn, Target, branch_to};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::host::NativeHost;
use crate::loop_host::merged;
use crate::saver::Saver;

/// What happens after a node, in order.
pub(crate) enum Writer {
    /// An edge: starts a node.
    Edge(Name),
    /// One side of a join.
    Join {
        /// The barrier.
        channel: Name,
        /// Which side.
        from: Name,
    },
    /// A conditional edge.
    Branch {
        /// Where to go.
        route: Arc<RouteFn>,
        /// Where it may go.
        ends: Option<Vec<Name>>,
    },
}

/// What a node does; START does nothing but pass its input on.
#[derive(Default)]
pub(crate) struct Node {
    pub run: Option<Arc<NodeFn>>,
    pub writers: Vec<Writer>,
}

/// A graph ready to run. Runs do not share anything, so one graph serves any number of them.
pub struct CompiledGraph {
    host: NativeHost,
    plan: Arc<Plan<NativeHost>>,
    nodes: Vec<Node>,
}

/// How a run goes: where it is saved, what is shown and when it is given up.
pub struct Run<'a> {
    /// The thread that the run belongs to.
    pub thread: &'a str,
    /// Where checkpoints go and come from.
    pub saver: Option<&'a mut dyn Saver>,
    /// Where checkpoint ids and times come from.
    pub clock: &'a mut dyn Clock,
    /// The number of supersteps after which the run fails.
    pub recursion_limit: i64,
    /// What is shown.
    pub modes: Modes,
}

/// The number of supersteps that upstream allows unless told otherwise.
pub const DEFAULT_RECURSION_LIMIT: i64 = 10_007;

impl CompiledGraph {
    pub(crate) fn new(host: NativeHost, plan: Plan<NativeHost>, nodes: Vec<Node>) -> Self {
        Self {
            host,
            plan: Arc::new(plan),
            nodes,
        }
    }

    /// The names of all channels, in declaration order.
    pub fn channel_names(&self) -> impl Iterator<Item = &Name> {
        self.plan.channel_names()
    }

    /// Runs the graph on an input without saving anything; the state when it ends.
    ///
    /// # Errors
    /// Whatever a node, a reducer or a route raises; `GraphRecursionError` if the graph does not end.
    pub fn invoke(&self, input: impl Into<Value>) -> Result<Value, Error> {
        let mut last = Value::None;
        let run = Run {
            thread: "",
            saver: None,
            clock: &mut SystemClock::default(),
            recursion_limit: DEFAULT_RECURSION_LIMIT,
            modes: Modes {
                values: true,
                ..Modes::default()
            },
        };
        self.stream(run, Some(input.into()), &mut |_, chunk| last = chunk)?;
        Ok(last)
    }

    /// Runs the graph on an input, or resumes its thread without one, handing every chunk to `sink` when it is made.
    ///
    /// # Errors
    /// Whatever a node, a reducer, a route or the saver raises; `GraphRecursionError` if the graph does not end in time;
    /// `EmptyInputError` if there is neither input nor anything to resume.
    pub fn stream(
        &self,
        run: Run<'_>,
        input: Option<Value>,
        sink: &mut dyn FnMut(Mode, Value),
    ) -> Result<(), Error> {
        Driver::start(self, run, input, sink)?.run()
    }

    /// How often each superstep of a run on this input looks at a channel, the last one finding nothing to do: what a superstep costs.
    ///
    /// # Errors
    /// As [`CompiledGraph::stream`].
    pub fn channel_visits(&self, input: impl Into<Value>) -> Result<Vec<u64>, Error> {
        let mut clock = SystemClock::default();
        let run = Run {
            thread: "",
            saver: None,
            clock: &mut clock,
            recursion_limit: DEFAULT_RECURSION_LIMIT,
            modes: Modes::default(),
        };
        let mut sink = |_, _| {};
        let mut driver = Driver::start(self, run, Some(input.into()), &mut sink)?;
        let mut costs = Vec::new();
        loop {
            let before = driver.state.channel_visits();
            let more = driver.superstep()?;
            costs.push(driver.state.channel_visits() - before);
            if !more {
                return Ok(costs);
            }
        }
    }

    /// The state of a thread, what finished tasks of an open superstep wrote included; `None` if the thread does not exist.
    ///
    /// # Errors
    /// Whatever the saver raises, or applying the recorded writes.
    pub fn state(
        &self,
        saver: &mut dyn Saver,
        thread: &str,
    ) -> Result<Option<Snapshot<NativeHost>>, Error> {
        saver
            .load(thread)?
            .map(|saved| snapshot(&self.host, &self.plan, saved))
            .transpose()
    }

    /// What a task's node, edges and branches write; what was written before a failure is kept.
    fn execute(
        &self,
        state: &Loop<NativeHost>,
        node: &Node,
        input: &Value,
        writes: &mut Vec<Write<Value>>,
    ) -> Result<(), Error> {
        let output = match &node.run {
            Some(run) => run(input)?,
            None => input.clone(),
        };
        self.write_updates(&output, writes)?;
        for writer in &node.writers {
            match writer {
                Writer::Edge(channel) => writes.push((Name::clone(channel), Value::None)),
                Writer::Join { channel, from } => {
                    writes.push((Name::clone(channel), Value::Str(Name::clone(from))));
                }
                Writer::Branch { route, ends } => {
                    let fresh = state.read_fresh(&self.host, writes)?;
                    let route = route(&merged(&self.host, &output, fresh))?;
                    self.write_route(route, ends.as_deref(), writes)?;
                }
            }
        }
        Ok(())
    }

    /// `_get_updates`: what a node returned, as writes to state keys; other keys are ignored.
    fn write_updates(&self, output: &Value, writes: &mut Vec<Write<Value>>) -> Result<(), Error> {
        if matches!(output, Value::None) {
            return Ok(());
        }
        let Some(updates) = output.as_dict() else {
            let message = format!("Expected dict, got {}", self.host.display(output)?);
            let message = troubleshooting(&message, "INVALID_GRAPH_NODE_RETURN_VALUE");
            return Err(self.host.fault(Fault::InvalidUpdate(message)));
        };
        for (key, value) in updates.iter() {
            let shown = key.as_str().and_then(|key| self.plan.shown_key(key));
            if let Some(name) = shown {
                writes.push((name, value.clone()));
            }
        }
        Ok(())
    }

    /// `BranchSpec._finish`: the places that a route names, as writes.
    fn write_route(
        &self,
        route: Route,
        ends: Option<&[Name]>,
        writes: &mut Vec<Write<Value>>,
    ) -> Result<(), Error> {
        let Route(targets) = route;
        for target in &targets {
            if let (Target::Node(name), Some(ends)) = (target, ends)
                && !ends.contains(name)
            {
                return Err(self.host.fault(Fault::Key(name.to_string())));
            }
        }
        if targets
            .iter()
            .any(|target| matches!(target, Target::Node(name) if **name == *START))
        {
            let message = "Branch did not return a valid destination";
            return Err(self.host.fault(Fault::Value(message.into())));
        }
        if targets
            .iter()
            .any(|target| matches!(target, Target::Send(name, _) if **name == *END))
        {
            let message = "Cannot send a packet to the END node";
            return Err(self.host.fault(Fault::InvalidUpdate(message.into())));
        }
        for target in targets {
            match target {
                Target::Node(name) if *name == *END => {}
                Target::Node(name) => writes.push((branch_to(&name), Value::None)),
                Target::Send(name, arg) => writes.push((TASKS.into(), Value::send(&name, arg))),
            }
        }
        Ok(())
    }
}

/// What the loop borrows from a run.
struct Lent<'r, 'a> {
    saver: &'r mut Option<&'a mut dyn Saver>,
    clock: &'r mut (dyn Clock + 'a),
}

impl Env<NativeHost> for Lent<'_, '_> {
    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Error> {
        match self.saver {
            Some(saver) => saver.next_version(current),
            None => match current {
                None => Ok(Version::Int(1)),
                Some(Version::Int(value)) => Ok(Version::Int(value.saturating_add(1))),
                Some(_) => Err(Error::type_("a version that is not an int has no saver")),
            },
        }
    }

    fn new_id(&mut self, step: i64) -> String {
        self.clock.new_id(step)
    }

    fn now(&mut self) -> String {
        self.clock.now()
    }
}

struct Driver<'g, 'a, 's> {
    graph: &'g CompiledGraph,
    run: Run<'a>,
    state: Loop<NativeHost>,
    sink: &'s mut dyn FnMut(Mode, Value),
    failures: Failures,
}

/// What the saver failed at. Upstream saves in the background: a failed checkpoint ends the run when its superstep does, and all
/// later checkpoints fail with it; failed writes are raised only once the run has ended.
#[derive(Default)]
struct Failures {
    first: Option<Error>,
    checkpoint: Option<Error>,
}

impl<'g, 'a, 's> Driver<'g, 'a, 's> {
    fn start(
        graph: &'g CompiledGraph,
        mut run: Run<'a>,
        input: Option<Value>,
        sink: &'s mut dyn FnMut(Mode, Value),
    ) -> Result<Self, Error> {
        if run.recursion_limit < 1 {
            return Err(Error::value("recursion_limit must be at least 1"));
        }
        let saved = match &mut run.saver {
            Some(saver) => saver.load(run.thread)?,
            None => None,
        };
        let settings = Settings {
            recursion_limit: run.recursion_limit,
            modes: run.modes,
            saves: run.saver.is_some(),
        };
        let mut env = Lent {
            saver: &mut run.saver,
            clock: &mut *run.clock,
        };
        let thread = Configurable::thread(run.thread);
        let plan = Arc::clone(&graph.plan);
        let state = Loop::start(&graph.host, &mut env, plan, settings, &thread, saved, input)?;
        let mut driver = Self {
            graph,
            run,
            state,
            sink,
            failures: Failures::default(),
        };
        driver.perform();
        Ok(driver)
    }

    fn run(mut self) -> Result<(), Error> {
        while self.superstep()? {}
        self.failures.first.map_or(Ok(()), Err)
    }

    /// Runs one superstep; whether there may be another.
    fn superstep(&mut self) -> Result<bool, Error> {
        let host = &self.graph.host;
        let tick = self.with_env(|state, env| state.tick(host, env))?;
        match tick {
            Tick::Done => return Ok(false),
            Tick::OutOfSteps => {
                let saving = self.failures.first.take();
                return Err(saving.unwrap_or_else(|| self.state.recursion_error(host)));
            }
            Tick::Run => {}
        }
        let mut failure = None;
        for index in self.state.runnable() {
            let error = self.run_task(index);
            failure = failure.or(error);
        }
        if let Some(error) = failure {
            return Err(error);
        }
        self.with_env(|state, env| state.finish_step(host, env))?;
        match self.failures.checkpoint.clone() {
            Some(error) => Err(error),
            None => Ok(true),
        }
    }

    fn run_task(&mut self, index: usize) -> Option<Error> {
        let task = self.state.task(index)?;
        let node = self.graph.nodes.get(task.node)?;
        let mut writes = Vec::new();
        let outcome = self
            .graph
            .execute(&self.state, node, &task.input, &mut writes);
        let host = &self.graph.host;
        self.with_env(|state, env| state.commit(host, env, index, writes, outcome))
    }

    /// Calls the loop and does what it asks for.
    fn with_env<T>(
        &mut self,
        call: impl FnOnce(&mut Loop<NativeHost>, &mut dyn Env<NativeHost>) -> T,
    ) -> T {
        let mut env = Lent {
            saver: &mut self.run.saver,
            clock: &mut *self.run.clock,
        };
        let result = call(&mut self.state, &mut env);
        self.perform();
        result
    }

    fn perform(&mut self) {
        for effect in self.state.take_effects() {
            let saved = match (effect, &mut self.run.saver) {
                (Effect::Stream(mode, chunk), _) => {
                    (self.sink)(mode, chunk);
                    continue;
                }
                (_, None) => continue,
                (Effect::Put(_), Some(_)) if self.failures.checkpoint.is_some() => continue,
                (Effect::Put(put), Some(saver)) => {
                    let saved = saver.put(self.run.thread, self.state.checkpoint(), put);
                    self.failures.checkpoint = saved.as_ref().err().cloned();
                    saved
                }
                (
                    Effect::PutWrites {
                        checkpoint,
                        task,
                        path,
                        writes,
                    },
                    Some(saver),
                ) => saver.put_writes(self.run.thread, &checkpoint, &task, &path, writes),
            };
            if let Err(error) = saved {
                self.failures.first.get_or_insert(error);
            }
        }
    }
}
