//! Why something cannot be written.

use codec::write::WriteError;
use pyo3::prelude::*;

/// Why the outermost document cannot be written, in words. Boxed, as every value's outcome could be one.
pub struct Fault(pub(super) Box<str>);

impl Fault {
    #[cold]
    pub fn told(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<WriteError> for Fault {
    #[cold]
    fn from(error: WriteError) -> Self {
        Self(error.to_string().into())
    }
}

/// Anything that went wrong while an object was lowered: upstream tells only whose lowering it was.
pub struct Raised;

impl From<PyErr> for Raised {
    fn from(_: PyErr) -> Self {
        Self
    }
}

impl From<Fault> for Raised {
    fn from(_: Fault) -> Self {
        Self
    }
}

impl From<WriteError> for Raised {
    fn from(_: WriteError) -> Self {
        Self
    }
}
