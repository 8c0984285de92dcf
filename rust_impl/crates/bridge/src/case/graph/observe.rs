//! Runs a program and writes down everything that a user and a saver see, in the order it happens.

use std::cell::RefCell;
use std::rc::Rc;

use codec::Value;
use graph::{
    Checkpoint, Clock, Configurable, Error, MemorySaver, Modes, Name, NativeHost, PathPart, Put,
    Run, Saved, Saver, Snapshot, TaskPath, Typed, Version, Write, dict, dumps,
};
use serde_json::{Value as Json, json};

use super::super::{CaseError, tagged};
use super::program::Program;

/// The thread that every call of a program runs on.
const THREAD: &str = "t";

type Events = Rc<RefCell<Vec<Json>>>;

/// The events of a graph case.
///
/// # Errors
/// [`CaseError`] for a body that is not what `docs/cases.md` says.
pub fn observe(case: &Json) -> Result<Vec<Json>, CaseError> {
    let program = Program::read(case)?;
    let events = Events::default();
    let mut saver = Recorder {
        saver: MemorySaver::new(program.versions),
        events: Rc::clone(&events),
    };
    let mut clock = Counter(0);
    for (index, input) in program.inputs.iter().enumerate() {
        push(&events, json!({"e": "call", "index": index}));
        call(&program, input.clone(), &mut saver, &mut clock, &events);
        let state = program.graph.state(&mut saver, THREAD);
        push(&events, state_event(state));
    }
    Ok(events.take())
}

fn push(events: &Events, event: Json) {
    events.borrow_mut().push(event);
}

fn call(
    program: &Program,
    input: Option<Value>,
    saver: &mut Recorder,
    clock: &mut Counter,
    events: &Events,
) {
    let run = Run {
        thread: THREAD,
        saver: Some(saver),
        clock,
        recursion_limit: program.recursion_limit,
        modes: Modes::ALL,
    };
    let mut last = Value::None;
    let outcome = program.graph.stream(run, input, &mut |mode, chunk| {
        let data = tagged::write(&chunk);
        push(
            events,
            json!({"e": "stream", "mode": mode.name(), "data": data}),
        );
        if mode == graph::Mode::Values {
            last = chunk;
        }
    });
    let event = match outcome {
        Ok(()) => json!({"e": "result", "value": tagged::write(&last)}),
        Err(error) => json!({
            "e": "error",
            "type": error.class(),
            "message": error.to_string(),
            "notes": error.notes(),
        }),
    };
    push(events, event);
}

fn state_event(state: Result<Option<Snapshot<NativeHost>>, Error>) -> Json {
    match state {
        Err(error) => json!({
            "e": "state",
            "error": {"type": error.class(), "message": error.to_string()},
        }),
        Ok(None) => json!({
            "e": "state",
            "values": tagged::write(&dict([])),
            "next": [],
            "checkpoint_id": null,
            "parent_id": null,
            "step": null,
            "tasks": [],
        }),
        Ok(Some(state)) => {
            let tasks: Vec<Json> = state
                .tasks
                .iter()
                .map(|task| {
                    json!({
                        "id": &*task.id,
                        "name": &*task.name,
                        "path": tagged::write(&path_value(&task.path)),
                        "error": optional(task.error.as_ref()),
                        "result": optional(task.result.as_ref()),
                    })
                })
                .collect();
            let next: Vec<&str> = state.next.iter().map(|name| &**name).collect();
            json!({
                "e": "state",
                "values": tagged::write(&state.values),
                "next": next,
                "checkpoint_id": state.config.checkpoint(),
                "parent_id": state.parent.as_ref().and_then(Configurable::checkpoint),
                "step": state.step,
                "tasks": tasks,
            })
        }
    }
}

fn optional(value: Option<&Value>) -> Json {
    value.map_or(Json::Null, tagged::write)
}

fn path_value(path: &TaskPath) -> Value {
    let part = |part: &PathPart| match part {
        PathPart::Str(name) => Value::Str(Name::clone(name)),
        PathPart::Int(index) => Value::from(*index),
        PathPart::Bool(flag) => Value::from(*flag),
        PathPart::Path(path) => path_value(path),
    };
    Value::tuple(path.0.iter().map(part).collect())
}

fn version_json(version: &Version) -> Json {
    match version {
        Version::Int(value) => json!(value),
        Version::Str(text) => json!(&**text),
    }
}

fn bytes(typed: &Typed) -> Json {
    json!({"tag": typed.tag, "hex": tagged::hex(&typed.data)})
}

/// Ids that count from 1, and a clock that stands still.
struct Counter(u64);

impl Clock for Counter {
    fn new_id(&mut self, _step: i64) -> String {
        self.0 = self.0.saturating_add(1);
        format!("00000000-0000-6000-8000-{:012x}", self.0)
    }

    fn now(&mut self) -> String {
        "2026-01-01T00:00:00+00:00".to_owned()
    }
}

/// A saver that writes down each call with the very bytes that it stored.
struct Recorder {
    saver: MemorySaver,
    events: Events,
}

impl Saver for Recorder {
    fn load(&mut self, thread: &str) -> Result<Option<Saved<Value>>, Error> {
        let saved = self.saver.load(thread)?;
        let id = saved.as_ref().map(|saved| saved.checkpoint.id.as_str());
        push(&self.events, json!({"e": "load", "checkpoint_id": id}));
        Ok(saved)
    }

    fn put(&mut self, thread: &str, checkpoint: &Checkpoint, put: Put<Value>) -> Result<(), Error> {
        let (parent, step) = (put.parent.clone(), put.step);
        let moved: Vec<(Name, Version)> = put
            .blobs
            .iter()
            .map(|(channel, version, _)| (Name::clone(channel), version.clone()))
            .collect();
        self.saver.put(thread, checkpoint, put)?;
        let blobs: Vec<Json> = moved
            .iter()
            .map(|(channel, version)| {
                let blob = self.saver.blob(thread, channel, version);
                json!([&**channel, version_json(version), blob.map(bytes)])
            })
            .collect();
        let stored = self.saver.stored(thread, &checkpoint.id);
        push(
            &self.events,
            json!({
                "e": "put",
                "checkpoint_id": checkpoint.id,
                "parent_id": parent,
                "step": step,
                "checkpoint": stored.map(|stored| bytes(&stored.checkpoint)),
                "metadata": stored.map(|stored| bytes(&stored.metadata)),
                "blobs": blobs,
            }),
        );
        Ok(())
    }

    fn put_writes(
        &mut self,
        thread: &str,
        checkpoint: &str,
        task: &Name,
        path: &str,
        writes: Vec<Write<Value>>,
    ) -> Result<(), Error> {
        self.saver
            .put_writes(thread, checkpoint, task, path, writes.clone())?;
        let writes: Vec<Json> = writes
            .iter()
            .map(|(channel, value)| Ok(json!([&**channel, bytes(&dumps(value)?)])))
            .collect::<Result<_, Error>>()?;
        push(
            &self.events,
            json!({
                "e": "put_writes",
                "checkpoint_id": checkpoint,
                "task_id": &**task,
                "task_path": path,
                "writes": writes,
            }),
        );
        Ok(())
    }

    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Error> {
        let next = self.saver.next_version(current)?;
        push(
            &self.events,
            json!({
                "e": "version",
                "current": current.map(version_json),
                "next": version_json(&next),
            }),
        );
        Ok(next)
    }
}
