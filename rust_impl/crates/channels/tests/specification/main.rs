//! The ten channels as upstream 1.2.22 specifies them, on a tiny host that can be made to fail anywhere.
//!
//! What is stated here was read from upstream's classes and is checked against them by `tests/rust/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod any_value;
mod binary_operator_aggregate;
mod delta_channel;
mod ephemeral_value;
mod every_channel;
mod last_value;
mod last_value_after_finish;
mod named_barrier_value;
mod named_barrier_value_after_finish;
mod test_host;
mod topic;
mod untracked_value;
