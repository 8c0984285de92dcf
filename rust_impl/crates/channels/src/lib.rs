//! The ten channels, generic over the host that their values live in.
#![forbid(unsafe_code)]

mod host;

pub use host::Host;
