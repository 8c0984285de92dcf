//! Python values natively, and the msgpack form that upstream's checkpoint serializer gives them.
#![forbid(unsafe_code)]

pub mod address;
pub mod allowlist;
mod dict;
pub mod envelope;
mod equality;
pub mod inspect;
mod int;
mod marker;
pub mod read;
mod revive;
pub mod temporal;
pub mod value;
pub mod write;

pub use dict::{Dict, Set, Unhashable};
pub use int::Int;
pub use marker::Marker;
pub use value::Value;
