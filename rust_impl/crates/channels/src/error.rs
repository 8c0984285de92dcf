//! How a channel operation fails.

use std::fmt;

/// Why a channel operation failed, with the text that upstream's exception carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelError<E> {
    /// `EmptyChannelError()`: there is no value to get. Its text is empty.
    Empty,
    /// `InvalidUpdateError(text)`: the values of one step do not fit the channel.
    InvalidUpdate(String),
    /// `ValueError(text)`: a parameter that upstream's constructor refuses.
    InvalidParameter(String),
    /// An error of the host, passed through.
    Host(E),
}

impl<E> ChannelError<E> {
    /// The bare class name of upstream's exception; `None` for an error of the host, which knows its own.
    pub fn class(&self) -> Option<&'static str> {
        match self {
            Self::Empty => Some("EmptyChannelError"),
            Self::InvalidUpdate(_) => Some("InvalidUpdateError"),
            Self::InvalidParameter(_) => Some("ValueError"),
            Self::Host(_) => None,
        }
    }

    /// An `InvalidUpdateError` with the code `INVALID_CONCURRENT_GRAPH_UPDATE` (upstream `create_error_message`).
    pub(crate) fn concurrent_update(message: &str) -> Self {
        Self::InvalidUpdate(format!(
            "{message}\nFor troubleshooting, visit: https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE"
        ))
    }
}

impl<E> ChannelError<E> {
    /// The `ValueError` of a `DeltaChannel` whose snapshot frequency is not positive.
    pub fn frequency(shown: &dyn fmt::Display) -> Self {
        Self::InvalidParameter(format!(
            "snapshot_frequency must be a positive int, got {shown}"
        ))
    }
}

impl<E> From<E> for ChannelError<E> {
    fn from(error: E) -> Self {
        Self::Host(error)
    }
}

impl<E: fmt::Display> fmt::Display for ChannelError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::InvalidUpdate(text) | Self::InvalidParameter(text) => f.write_str(text),
            Self::Host(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for ChannelError<E> {}

/// The result of a channel operation on a host.
pub type ChannelResult<T, H> = Result<T, ChannelError<<H as crate::Host>::Error>>;
