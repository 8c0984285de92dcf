//! Graph cases (`docs/cases.md` §4): a program, run on the native graph crate, and everything that can be seen of it.

mod instructions;
mod observe;
mod program;

pub use observe::observe;
