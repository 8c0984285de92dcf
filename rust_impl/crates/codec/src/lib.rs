//! codec
#![forbid(unsafe_code)]
