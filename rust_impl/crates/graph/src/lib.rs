//! LangGraph for Rust: build a graph over a state of named keys, run it, save it and resume it, with upstream's behaviour and bytes.
//!
//! ```
//! use codec::Value;
//! use graph::{Key, Reducer, Route, StateGraph, Type, dict, get};
//!
//! let count = |state: &Value| get(state, "n").and_then(Value::as_int).and_then(codec::Int::to_i64);
//! let graph = StateGraph::new()
//!     .key("n", Key::Reduced { reducer: Reducer::AddInt, typ: Type::Int })
//!     .node("add", |_| Ok(dict([("n", 1.into())])))
//!     .entry_point("add")
//!     .branch("add", "again", move |state| {
//!         Ok(if count(state) < Some(4) { Route::to("add") } else { Route::end() })
//!     })
//!     .compile()?;
//! let state = graph.invoke(dict([("n", 0.into())]))?;
//! assert_eq!(count(&state), Some(4));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a [`Saver`] a thread goes on where it ended, and every superstep leaves a checkpoint:
//!
//! ```
//! use graph::{Key, MemorySaver, Modes, Run, StateGraph, SystemClock, dict, get};
//!
//! let graph = StateGraph::new()
//!     .key("greeting", Key::Last)
//!     .node("greet", |_| Ok(dict([("greeting", "hello".into())])))
//!     .entry_point("greet")
//!     .finish_point("greet")
//!     .compile()?;
//! let mut saver = MemorySaver::default();
//! let run = Run {
//!     thread: "t",
//!     saver: Some(&mut saver),
//!     clock: &mut SystemClock::default(),
//!     recursion_limit: 25,
//!     modes: Modes { updates: true, ..Modes::default() },
//! };
//! let mut updates = Vec::new();
//! graph.stream(run, Some(dict([])), &mut |_, chunk| updates.push(chunk))?;
//! assert_eq!(updates, [dict([("greet", dict([("greeting", "hello".into())]))])]);
//! let state = graph.state(&mut saver, "t")?.ok_or("no such thread")?;
//! assert_eq!(get(&state.values, "greeting").and_then(|value| value.as_str()), Some("hello"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod builder;
mod clock;
mod compiled;
mod error;
mod host;
mod loop_host;
mod reducers;
mod saver;
mod text;
mod typed;

pub use builder::{GraphError, Key, Route, StateGraph, Target};
pub use clock::{Clock, SystemClock};
pub use compiled::{CompiledGraph, DEFAULT_RECURSION_LIMIT, Run};
pub use error::Error;
pub use host::{NativeHost, Type};
pub use pregel::names::{END, START};
pub use pregel::{
    Checkpoint, Configurable, Mode, Modes, Name, PathPart, PendingWrite, Put, Saved, Snapshot,
    SnapshotTask, TaskPath, Version, Versions, Write,
};
pub use reducers::{Function, Reducer};
pub use saver::{MemorySaver, Saver, Stored, VersionKind};
pub use text::{display, repr};
pub use typed::{Typed, dumps, loads};

use codec::{Dict, Value};

/// A dict with keys that are strings: a state, or the updates to one.
#[must_use]
pub fn dict<const N: usize>(items: [(&str, Value); N]) -> Value {
    let mut dict = Dict::new();
    for (key, value) in items {
        dict.set(key, value);
    }
    dict.into()
}

/// The value of a key of a state; `None` if the state is no dict or does not hold the key.
#[must_use]
pub fn get<'v>(state: &'v Value, key: &str) -> Option<&'v Value> {
    state.as_dict()?.get_str(key)
}
