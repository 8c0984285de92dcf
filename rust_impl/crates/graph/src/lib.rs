//! LangGraph for Rust: the native host and its reducers.
#![forbid(unsafe_code)]

mod error;
mod host;
mod reducers;
mod text;

pub use error::Error;
pub use host::{NativeHost, Type};
pub use reducers::{Function, Reducer};
pub use text::{display, repr};
