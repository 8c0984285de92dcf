//! A thread on a saver that writes down what it is asked, and shorthands for graphs whose nodes leave their names in a log.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use codec::Value;
use graph::{
    Checkpoint, Clock, CompiledGraph, Error, Key, MemorySaver, Mode, Modes, Name, NativeHost, Put,
    Reducer, Run, Saved, Saver, Snapshot, StateGraph, Type, Version, Write, dict,
};

/// A saver call.
pub enum Call {
    Version {
        current: Option<Version>,
        next: Version,
    },
    Put {
        checkpoint: Box<Checkpoint>,
        moved: Vec<(String, bool)>,
    },
    Writes {
        path: String,
        channels: Vec<String>,
    },
}

pub struct Spy {
    pub inner: MemorySaver,
    pub calls: Vec<Call>,
}

impl Saver for Spy {
    fn load(&mut self, thread: &str) -> Result<Option<Saved<Value>>, Error> {
        self.inner.load(thread)
    }

    fn put(&mut self, thread: &str, checkpoint: &Checkpoint, put: Put<Value>) -> Result<(), Error> {
        let moved = put
            .blobs
            .iter()
            .map(|(name, _, value)| (name.to_string(), value.is_some()))
            .collect();
        self.calls.push(Call::Put {
            checkpoint: Box::new(checkpoint.clone()),
            moved,
        });
        self.inner.put(thread, checkpoint, put)
    }

    fn put_writes(
        &mut self,
        thread: &str,
        checkpoint: &str,
        task: &Name,
        path: &str,
        writes: Vec<Write<Value>>,
    ) -> Result<(), Error> {
        self.calls.push(Call::Writes {
            path: path.to_owned(),
            channels: writes
                .iter()
                .map(|(channel, _)| channel.to_string())
                .collect(),
        });
        self.inner
            .put_writes(thread, checkpoint, task, path, writes)
    }

    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Error> {
        let next = self.inner.next_version(current)?;
        self.calls.push(Call::Version {
            current: current.cloned(),
            next: next.clone(),
        });
        Ok(next)
    }
}

/// Ids that count, and a clock that stands still.
pub struct Counter(u64);

impl Clock for Counter {
    fn new_id(&mut self, _step: i64) -> String {
        self.0 += 1;
        format!("00000000-0000-6000-8000-{:012x}", self.0)
    }

    fn now(&mut self) -> String {
        "2026-01-01T00:00:00+00:00".to_owned()
    }
}

/// One thread of a graph.
pub struct Thread {
    pub graph: CompiledGraph,
    pub spy: Spy,
    pub chunks: Vec<(Mode, Value)>,
    pub limit: i64,
    clock: Counter,
}

impl Thread {
    pub fn of(graph: StateGraph) -> Self {
        Self {
            graph: graph.compile().unwrap(),
            spy: Spy {
                inner: MemorySaver::default(),
                calls: Vec::new(),
            },
            chunks: Vec::new(),
            limit: 25,
            clock: Counter(0),
        }
    }

    /// Runs on an input, or resumes without one; calls and chunks are those of this run alone.
    pub fn run(&mut self, input: Option<Value>) -> Result<(), Error> {
        self.spy.calls.clear();
        self.chunks.clear();
        let run = Run {
            thread: "t",
            saver: Some(&mut self.spy),
            clock: &mut self.clock,
            recursion_limit: self.limit,
            modes: Modes::ALL,
        };
        let chunks = &mut self.chunks;
        self.graph
            .stream(run, input, &mut |mode, chunk| chunks.push((mode, chunk)))
    }

    pub fn state(&mut self) -> Snapshot<NativeHost> {
        self.graph.state(&mut self.spy, "t").unwrap().unwrap()
    }

    pub fn chunks(&self, wanted: Mode) -> Vec<&Value> {
        let chunks = self.chunks.iter();
        chunks
            .filter(|(mode, _)| *mode == wanted)
            .map(|(_, chunk)| chunk)
            .collect()
    }

    /// The `next` of every `debug` checkpoint chunk.
    pub fn nexts(&self) -> Vec<Vec<String>> {
        let chunks = self.chunks(Mode::Debug).into_iter();
        let payloads = chunks.filter_map(|chunk| get(chunk, "payload")?.as_dict()?.get_str("next"));
        payloads.map(strings).collect()
    }

    pub fn checkpoints(&self) -> Vec<&Checkpoint> {
        let calls = self.spy.calls.iter();
        calls
            .filter_map(|call| match call {
                Call::Put { checkpoint, .. } => Some(&**checkpoint),
                _ => None,
            })
            .collect()
    }

    /// By checkpoint: the channels that moved, and whether there is a value to store.
    pub fn moved(&self) -> Vec<Vec<(String, bool)>> {
        let calls = self.spy.calls.iter();
        calls
            .filter_map(|call| match call {
                Call::Put { moved, .. } => Some(moved.clone()),
                _ => None,
            })
            .collect()
    }

    pub fn writes(&self) -> Vec<(&str, Vec<&str>)> {
        let calls = self.spy.calls.iter();
        calls
            .filter_map(|call| match call {
                Call::Writes { path, channels } => {
                    Some((path.as_str(), channels.iter().map(String::as_str).collect()))
                }
                _ => None,
            })
            .collect()
    }
}

pub fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    graph::get(value, key)
}

pub fn strings(value: &Value) -> Vec<String> {
    let items = value.as_list().unwrap().iter();
    items
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

pub fn texts(items: &[&str]) -> Value {
    Value::list(items.iter().map(|item| Value::str(item)).collect())
}

pub fn log_key() -> Key {
    Key::Reduced {
        reducer: Reducer::AddList,
        typ: Type::List,
    }
}

pub fn sum_key() -> Key {
    Key::Reduced {
        reducer: Reducer::AddInt,
        typ: Type::Int,
    }
}

/// A graph with a log.
pub fn logged() -> StateGraph {
    StateGraph::new().key("log", log_key())
}

/// A node that leaves its name in the log.
pub fn says(name: &str) -> impl Fn(&Value) -> Result<Value, Error> + Send + Sync + 'static {
    let name = name.to_owned();
    move |_| Ok(dict([("log", texts(&[&name]))]))
}

/// A node that writes nothing.
pub fn nothing(_: &Value) -> Result<Value, Error> {
    Ok(dict([]))
}

pub fn empty() -> Option<Value> {
    Some(dict([]))
}
