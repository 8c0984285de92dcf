//! pregel
#![forbid(unsafe_code)]
