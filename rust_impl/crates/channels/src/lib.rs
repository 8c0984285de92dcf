//! channels
#![forbid(unsafe_code)]
