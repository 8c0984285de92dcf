//! `langgraph/pregel/_algo.py` on Python objects: the logic is `crates/pregel`'s, the world that it runs in is here.

// The Rust channels hold the cell; until they do, only tests use it.
#[allow(dead_code)]
pub mod watch;
