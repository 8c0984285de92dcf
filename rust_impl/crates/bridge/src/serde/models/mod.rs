//! What is known of pydantic models: which can be written from their fields, and which are made of them without their validator.

mod class;
mod description;
mod dump;
mod fields;
mod init;
mod kept;
mod members;
mod plan;
mod read;
mod schema;
mod shape;
mod shapes;
mod write;

pub use init::Made;
pub use plan::{Plan, Plans};
pub use read::read;

/// Values are looked at this deep.
const DEEPEST: usize = 60;
