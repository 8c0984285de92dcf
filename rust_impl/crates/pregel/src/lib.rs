//! LangGraph's Pregel loop: versions, task ids and paths, triggers, the application of writes, checkpoints and the superstep loop.
//!
//! The loop is generic over the host that its values live in ([`LoopHost`]) and does no input or output: [`Loop`] is a state machine
//! whose driver runs tasks, saves checkpoints and shows streams. Each module mirrors the upstream code that its comment names.
#![forbid(unsafe_code)]

mod apply;
mod checkpoint;
mod debug;
mod exit_writes;
mod host;
mod io;
mod machine;
pub mod migrate;
pub mod names;
mod native;
mod path;
mod plan;
mod prepare;
mod read;
mod schedule;
mod snapshot;
mod state;
mod stream;
mod task_id;
mod version;
mod writes;

pub use apply::{Store, WritesOf, apply_writes};
pub use checkpoint::{Blob, Checkpoint, Configurable, FORMAT, Put, Saved};
pub use exit_writes::{exit_task_id, late_exit_task_id};
pub use host::{Env, Fault, LoopHost, lift, troubleshooting};
pub use machine::{Loop, Settings, Tick};
pub use names::Name;
pub use native::TaskWrites;
pub use path::{PathPart, PathText, TaskPath};
pub use plan::{NodeSpec, Plan, PlanError, Reads};
pub use prepare::{Task, prepare_next_tasks};
pub use read::{read_channels, read_fresh};
pub use schedule::{Scheduler, is_triggered, schedule};
pub use snapshot::{Snapshot, SnapshotTask, snapshot};
pub use state::Channels;
pub use stream::{Effect, Mode, Modes};
pub use task_id::{as_uuid, hexdigest, id_bytes, id_of, task_id};
pub use version::{Seen, Version, Versions};
pub use writes::{PendingWrite, Says, TaskStatus, Write, task_statuses};
