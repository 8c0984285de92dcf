//! The ten channels of LangGraph 1.2.22, generic over the host that their values live in.
//!
//! [`Channel`] is any of them; each class has its own module, which names the upstream method that it mirrors and is written
//! against the traits of [`state`]. Natively the state is in structs ([`native`]); the bridge puts it into Python objects.
#![forbid(unsafe_code)]

mod any_value;
mod behaviour;
mod binary_operator;
mod channel;
mod delta_channel;
mod ephemeral_value;
mod error;
mod host;
mod last_value;
mod last_value_after_finish;
mod named_barrier_value;
mod named_barrier_value_after_finish;
pub mod native;
pub mod state;
mod topic;
mod untracked_value;

pub use any_value::AnyValue;
pub use binary_operator::BinaryOperatorAggregate;
pub use channel::Channel;
pub use delta_channel::DeltaChannel;
pub use ephemeral_value::EphemeralValue;
pub use error::{ChannelError, ChannelResult};
pub use host::Host;
pub use last_value::LastValue;
pub use last_value_after_finish::LastValueAfterFinish;
pub use named_barrier_value::NamedBarrierValue;
pub use named_barrier_value_after_finish::NamedBarrierValueAfterFinish;
pub use topic::Topic;
pub use untracked_value::UntrackedValue;
