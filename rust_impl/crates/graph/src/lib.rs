//! LangGraph for Rust: build a graph over a state of named keys, run it, save it and resume it, with upstream's behaviour and bytes.
//!
//! ```
//! use codec::{Dict, Value};
//! use graph::{Key, Reducer, Route, StateGraph, Type};
//!
//! let update = |key: &str, value: Value| -> Value {
//!     let mut dict = Dict::new();
//!     dict.set(key, value);
//!     dict.into()
//! };
//! let count = |state: &Value| state.as_dict().and_then(|keys| keys.get_str("n")?.as_int()?.to_i64()).unwrap_or(0);
//! let graph = StateGraph::new()
//!     .key("n", Key::Reduced { reducer: Reducer::AddInt, typ: Type::Int })
//!     .node("add", move |_| Ok(update("n", 1.into())))
//!     .entry_point("add")
//!     .branch("add", "again", move |state| Ok(if count(state) < 4 { Route::to("add") } else { Route::end() }))
//!     .compile()?;
//! let state = graph.invoke(update("n", 0.into()))?;
//! assert_eq!(count(&state), 4);
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
pub use pregel::{Mode, Modes, Name, Snapshot, SnapshotTask, Version};
pub use reducers::{Function, Reducer};
pub use saver::{MemorySaver, Saver, Stored, VersionKind};
pub use text::{display, repr};
pub use typed::{Typed, dumps, loads};
