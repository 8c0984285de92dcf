//! The superstep loop as a state machine that does no input or output of its own.
//!
//! A driver calls [`Loop::start`], then [`Loop::tick`] until it says that the run is over; for each tick it runs the tasks of
//! [`Loop::runnable`], hands what they wrote to [`Loop::commit`] and ends the superstep with [`Loop::finish_step`]. After every call
//! it does what [`Loop::take_effects`] says, in order.

use std::sync::Arc;

use channels::Host;
use indexmap::IndexMap;

use crate::checkpoint::{Blob, Checkpoint, Configurable, Put, Saved};
use crate::debug::{self, CheckpointView, Kind};
use crate::host::{Env, Fault, LoopHost, troubleshooting};
use crate::io::output_updates;
use crate::names::{ERROR, INPUT, INTERRUPT, NO_WRITES, NULL_TASK_ID, Name, TASKS, is_control};
use crate::native::{TaskWrites, apply_to_plan};
use crate::path::TaskPath;
use crate::plan::Plan;
use crate::prepare::{Task, prepare_next_tasks};
use crate::read::{read_channels, read_fresh};
use crate::state::Channels;
use crate::stream::{Effect, Mode, Modes};
use crate::writes::{PendingWrite, Write, dedupe_special, dup_writes, task_statuses, to_save};

/// How a run is to go.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The number of supersteps after which the run is given up.
    pub recursion_limit: i64,
    /// Which streams are wanted.
    pub modes: Modes,
    /// Whether there is a saver.
    pub saves: bool,
}

/// What a tick found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// There are tasks to run.
    Run,
    /// Nothing is left to do.
    Done,
    /// The recursion limit was reached.
    OutOfSteps,
}

/// One run of a graph.
pub struct Loop<H: Host> {
    plan: Arc<Plan<H>>,
    settings: Settings,
    channels: Channels<H>,
    checkpoint: Checkpoint,
    metadata: H::Value,
    config: Configurable,
    parent_config: Option<Configurable>,
    /// The writes that were stored on the checkpoint the run began with, until its superstep ends.
    pending: Vec<PendingWrite<H::Value>>,
    tasks: IndexMap<Name, Task<H>>,
    step: i64,
    stop: i64,
    updated: Option<Vec<Name>>,
    effects: Vec<Effect<H::Value>>,
}

impl<H: LoopHost> Loop<H> {
    /// Starts a run on what the saver returned for the thread, with an input or, without one, to resume.
    ///
    /// # Errors
    /// `EmptyInputError` if there is neither input nor anything to resume; whatever applying the input raises.
    pub fn start(
        host: &H,
        env: &mut dyn Env<H>,
        plan: Arc<Plan<H>>,
        settings: Settings,
        thread: &Configurable,
        saved: Option<Saved<H::Value>>,
        input: Option<H::Value>,
    ) -> Result<Self, H::Error> {
        let config = Configurable::entered(thread, saved.as_ref().map(|saved| &saved.config));
        let saved = match saved {
            Some(saved) => saved,
            None => Saved {
                config: Configurable::default(),
                parent: None,
                checkpoint: Checkpoint::empty(env.new_id(-2), env.now()),
                values: IndexMap::new(),
                step: -2,
                metadata: host.dict(vec![("step", host.int(-2))]),
                pending: Vec::new(),
            },
        };
        let step = saved.step.saturating_add(1);
        let mut run = Self {
            channels: Channels::load(host, &plan, saved.values)?,
            plan,
            settings,
            updated: saved
                .checkpoint
                .updated
                .clone()
                .filter(|updated| !updated.is_empty()),
            checkpoint: saved.checkpoint,
            metadata: saved.metadata,
            config,
            parent_config: saved.parent,
            pending: saved.pending,
            tasks: IndexMap::new(),
            step,
            stop: step
                .saturating_add(settings.recursion_limit)
                .saturating_add(1),
            effects: Vec::new(),
        };
        run.first(host, env, input)?;
        Ok(run)
    }

    /// What the driver must do now, in this order.
    pub fn take_effects(&mut self) -> Vec<Effect<H::Value>> {
        std::mem::take(&mut self.effects)
    }

    /// The current checkpoint; while the effects of a call are done, the one that they store.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The superstep that runs next, or is running.
    #[must_use]
    pub fn step(&self) -> i64 {
        self.step
    }

    /// The task at an index.
    #[must_use]
    pub fn task(&self, index: usize) -> Option<&Task<H>> {
        self.tasks.get_index(index).map(|(_, task)| task)
    }

    /// The indices of the tasks to run, in the order in which they are to run.
    #[must_use]
    pub fn runnable(&self) -> Vec<usize> {
        let unrun = self
            .tasks
            .values()
            .enumerate()
            .filter(|(_, task)| task.writes.is_empty());
        unrun.map(|(index, _)| index).collect()
    }

    /// How often any channel was looked at since the run began (see [`Channels::visits`]).
    #[must_use]
    pub fn channel_visits(&self) -> u64 {
        self.channels.visits()
    }

    /// The shown channels as they are now.
    ///
    /// # Errors
    /// Whatever reading a channel raises.
    pub fn output(&self, host: &H) -> Result<H::Value, H::Error> {
        read_channels(host, &self.plan, &self.channels, &self.plan.shown)
    }

    /// The shown channels as they would be after these writes alone, for a conditional edge.
    ///
    /// # Errors
    /// Values that do not fit their channel, or whatever a reducer raises.
    pub fn read_fresh(
        &self,
        host: &H,
        writes: &[Write<H::Value>],
    ) -> Result<Vec<(Name, H::Value)>, H::Error> {
        read_fresh(host, &self.plan, &self.channels, &self.plan.shown, writes)
    }

    /// The error of a run that [`Tick::OutOfSteps`] ended.
    pub fn recursion_error(&self, host: &H) -> H::Error {
        let message = format!(
            "Recursion limit of {} reached without hitting a stop condition. You can increase the limit by setting the \
             `recursion_limit` config key.",
            self.settings.recursion_limit
        );
        host.fault(Fault::Recursion(troubleshooting(
            &message,
            "GRAPH_RECURSION_LIMIT",
        )))
    }

    /// Prepares the next superstep.
    ///
    /// A run out of steps still prepares its tasks and shows the checkpoint.
    ///
    /// # Errors
    /// Whatever reading an input raises.
    pub fn tick(&mut self, host: &H, env: &mut dyn Env<H>) -> Result<Tick, H::Error> {
        let out_of_steps = self.step > self.stop;
        self.prepare(host, env)?;
        if out_of_steps {
            return Ok(Tick::OutOfSteps);
        }
        if self.tasks.is_empty() {
            return Ok(Tick::Done);
        }
        self.reapply(host);
        if self.settings.modes.debug {
            for task in self.tasks.values().filter(|task| !task.hidden) {
                let payload = debug::task_payload(host, task);
                let chunk = debug::wrap(host, Kind::Task, self.step, &env.now(), payload);
                self.effects.push(Effect::Stream(Mode::Debug, chunk));
            }
        }
        if self.settings.modes.updates {
            for task in self.tasks.values().filter(|task| !task.writes.is_empty()) {
                if let Some(chunk) = output_updates(host, &self.plan, task, &task.writes, true) {
                    self.effects.push(Effect::Stream(Mode::Updates, chunk));
                }
            }
        }
        Ok(Tick::Run)
    }

    /// Takes what a task wrote and how it ended (`PregelRunner.commit`); its error, if any, with the note that names the task.
    ///
    /// What a failed task wrote before it failed is kept and shown like that of any other.
    pub fn commit(
        &mut self,
        host: &H,
        env: &mut dyn Env<H>,
        index: usize,
        mut writes: Vec<Write<H::Value>>,
        outcome: Result<(), H::Error>,
    ) -> Option<H::Error> {
        let task = self.task(index)?;
        let id = Name::clone(&task.id);
        let failure = outcome.err().map(|error| {
            let note = format!("During task with name '{}' and id '{}'", task.name, task.id);
            host.with_note(error, note)
        });
        if let Some(error) = &failure {
            writes.push((Name::from(ERROR), host.error_value(error)));
        } else if writes.iter().all(|(channel, _)| is_control(channel)) {
            writes.push((Name::from(NO_WRITES), host.none()));
        }
        if let Some(task) = self.tasks.get_mut(&*id) {
            task.writes = dup_writes(host, &writes);
        }
        self.put_writes(host, env, &id, writes);
        failure
    }

    /// Ends the superstep: applies what the tasks wrote and saves a checkpoint (`after_tick`).
    ///
    /// # Errors
    /// Values that do not fit their channel, or whatever a reducer or the saver raises.
    pub fn finish_step(&mut self, host: &H, env: &mut dyn Env<H>) -> Result<(), H::Error> {
        let updated = apply_to_plan(
            host,
            &self.plan,
            &mut self.channels,
            &mut self.checkpoint,
            self.tasks.values().map(as_writes).collect(),
            Some(env),
        )?;
        let shown = |name: &Name| self.plan.shows(name);
        let mut written = self
            .tasks
            .values()
            .flat_map(|task| &task.writes)
            .map(|(name, _)| name);
        if self.settings.modes.values && updated.iter().any(shown) && written.any(shown) {
            self.effects
                .push(Effect::Stream(Mode::Values, self.output(host)?));
        }
        self.updated = Some(updated);
        self.pending.clear();
        self.put_checkpoint(host, env, "loop")
    }

    /// `_first`: applies the input, or moves past the checkpoint that is resumed.
    fn first(
        &mut self,
        host: &H,
        env: &mut dyn Env<H>,
        input: Option<H::Value>,
    ) -> Result<(), H::Error> {
        self.apply_null_writes(host, env)?;
        match input {
            None if self.checkpoint.versions.is_empty() => {
                let message = format!("Received no input for {}", self.plan.input);
                Err(host.fault(Fault::EmptyInput(message)))
            }
            None => self.resume(host),
            Some(input) => self.take_input(host, env, input),
        }
    }

    fn apply_null_writes(&mut self, host: &H, env: &mut dyn Env<H>) -> Result<(), H::Error> {
        let writes: Vec<Write<H::Value>> = self
            .pending
            .iter()
            .filter(|write| *write.task == *NULL_TASK_ID)
            .map(|write| (Name::clone(&write.channel), host.dup(&write.value)))
            .collect();
        if writes.is_empty() {
            return Ok(());
        }
        let name = Name::from(INPUT);
        let task = TaskWrites {
            path: TaskPath::default().to_string(),
            name: &name,
            triggers: &[],
            writes: &writes,
        };
        let updated = apply_to_plan(
            host,
            &self.plan,
            &mut self.channels,
            &mut self.checkpoint,
            vec![task],
            Some(env),
        )?;
        if let Some(known) = &mut self.updated {
            known.extend(updated);
            known.sort();
            known.dedup();
        }
        Ok(())
    }

    /// Marks every version as seen by interrupts and shows the state.
    fn resume(&mut self, host: &H) -> Result<(), H::Error> {
        let seen = self
            .checkpoint
            .seen
            .entry(Name::from(INTERRUPT))
            .or_default();
        for name in self.plan.channel_names() {
            if let Some(version) = self.checkpoint.versions.get(name) {
                seen.insert(Name::clone(name), version.clone());
            }
        }
        if self.settings.modes.values {
            self.effects
                .push(Effect::Stream(Mode::Values, self.output(host)?));
        }
        Ok(())
    }

    /// Discards the tasks that an earlier run left behind (they count as run, having written nothing) and writes the input.
    fn take_input(
        &mut self,
        host: &H,
        env: &mut dyn Env<H>,
        input: H::Value,
    ) -> Result<(), H::Error> {
        let discarded = prepare_next_tasks(
            host,
            &self.plan,
            &self.channels,
            &self.checkpoint,
            self.step,
            None,
        )?;
        let name = Name::from(INPUT);
        let writes = [(Name::clone(&self.plan.input), input)];
        let mut tasks: Vec<TaskWrites<'_, H::Value>> = discarded.values().map(as_writes).collect();
        tasks.push(TaskWrites {
            path: TaskPath::default().to_string(),
            name: &name,
            triggers: &[],
            writes: &writes,
        });
        let updated = apply_to_plan(
            host,
            &self.plan,
            &mut self.channels,
            &mut self.checkpoint,
            tasks,
            Some(env),
        )?;
        self.updated = Some(updated);
        self.put_checkpoint(host, env, "input")
    }

    fn prepare(&mut self, host: &H, env: &mut dyn Env<H>) -> Result<(), H::Error> {
        self.tasks = prepare_next_tasks(
            host,
            &self.plan,
            &self.channels,
            &self.checkpoint,
            self.step,
            self.updated.as_deref(),
        )?;
        if !self.settings.saves || !self.settings.modes.debug {
            return Ok(());
        }
        let view = CheckpointView {
            config: &self.config.at(&self.checkpoint.id),
            parent: self.parent_config.as_ref(),
            values: self.output(host)?,
            metadata: host.dup(&self.metadata),
        };
        let statuses = task_statuses(host, &self.pending);
        let payload =
            debug::checkpoint_payload(host, &self.plan, view, self.tasks.values(), &statuses)?;
        let chunk = debug::wrap(host, Kind::Checkpoint, self.step, &env.now(), payload);
        self.effects.push(Effect::Stream(Mode::Debug, chunk));
        Ok(())
    }

    /// Gives finished tasks of an interrupted superstep their output back, so that they do not run again.
    fn reapply(&mut self, host: &H) {
        if self.pending.is_empty() {
            return;
        }
        for (id, status) in task_statuses(host, &self.pending) {
            if let Some(task) = self.tasks.get_mut(&*id) {
                task.writes.extend(status.output);
            }
        }
    }

    fn put_writes(
        &mut self,
        host: &H,
        env: &mut dyn Env<H>,
        id: &Name,
        writes: Vec<Write<H::Value>>,
    ) {
        let writes = dedupe_special(writes);
        let Some(task) = self.tasks.get(id) else {
            return;
        };
        if self.settings.saves {
            self.effects.push(Effect::PutWrites {
                checkpoint: self.checkpoint.id.clone(),
                task: Name::clone(id),
                path: task.path.to_string(),
                writes: to_save(host, &self.plan, &writes),
            });
        }
        if self.settings.modes.updates
            && let Some(chunk) = output_updates(host, &self.plan, task, &writes, false)
        {
            self.effects.push(Effect::Stream(Mode::Updates, chunk));
        }
        if self.settings.modes.debug && !task.hidden {
            let payload = debug::result_payload(host, &self.plan, task, &writes);
            let chunk = debug::wrap(host, Kind::TaskResult, self.step, &env.now(), payload);
            self.effects.push(Effect::Stream(Mode::Debug, chunk));
        }
    }

    /// `_put_checkpoint`: a new checkpoint of the channels as they are now; the step ends.
    fn put_checkpoint(
        &mut self,
        host: &H,
        env: &mut dyn Env<H>,
        source: &str,
    ) -> Result<(), H::Error> {
        self.metadata = host.dict(vec![
            ("source", host.str(source)),
            ("step", host.int(self.step)),
            ("parents", host.dict(Vec::new())),
        ]);
        self.checkpoint.ts = env.now();
        let blobs = if self.settings.saves {
            self.blobs(host)?
        } else {
            Vec::new()
        };
        self.checkpoint.id = env.new_id(self.step);
        self.checkpoint.updated.clone_from(&self.updated);
        if self.settings.saves {
            let parent = self
                .config
                .checkpoint()
                .filter(|id| !id.is_empty())
                .map(str::to_owned);
            self.effects.push(Effect::Put(Put {
                parent: parent.clone(),
                step: self.step,
                metadata: host.dup(&self.metadata),
                blobs,
            }));
            let next = self.config.at(&self.checkpoint.id);
            let config = std::mem::replace(&mut self.config, next);
            self.parent_config = parent.map(|_| config);
        }
        self.step = self.step.saturating_add(1);
        Ok(())
    }

    /// The channels that moved since the last checkpoint, with what it stores of them.
    fn blobs(&mut self, host: &H) -> Result<Vec<Blob<H::Value>>, H::Error> {
        let mut blobs = Vec::new();
        for (name, version) in self.checkpoint.versions.take_moved() {
            let index = self.plan.specs.get_index_of(&*name);
            let mut value =
                index.map_or(Ok(None), |index| self.channels.checkpoint(host, index))?;
            if self.plan.has_untracked && *name == *TASKS {
                value = value.map(|sends| self.without_untracked(host, sends));
            }
            blobs.push((name, version, value));
        }
        Ok(blobs)
    }

    fn without_untracked(&self, host: &H, sends: H::Value) -> H::Value {
        let Some(items) = host.items(&sends) else {
            return sends;
        };
        let clean = |send| host.send_without(send, &|key| self.plan.is_untracked(key));
        host.list(items.iter().map(clean).collect())
    }
}

fn as_writes<H: Host>(task: &Task<H>) -> TaskWrites<'_, H::Value> {
    TaskWrites {
        path: task.path.to_string(),
        name: &task.name,
        triggers: &task.triggers,
        writes: &task.writes,
    }
}
