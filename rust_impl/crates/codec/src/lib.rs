//! Python values natively, and the msgpack form that upstream's checkpoint serializer gives them.
#![forbid(unsafe_code)]

mod dict;
mod equality;
mod int;
pub mod temporal;
pub mod value;

pub use dict::{Dict, Set, Unhashable};
pub use int::Int;
pub use value::Value;
