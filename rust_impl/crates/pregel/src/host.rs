//! What the loop needs of the world besides what channels need.

use channels::{ChannelError, Host};

use crate::version::Version;

/// Something that the loop itself finds wrong, for the host to make one of its errors of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `EmptyInputError`: nothing to run on.
    EmptyInput(String),
    /// `InvalidUpdateError`: the values of a step do not fit a channel.
    InvalidUpdate(String),
    /// `GraphRecursionError`: the recursion limit was reached.
    Recursion(String),
    /// `EmptyChannelError`: a channel without a value was read.
    EmptyChannel,
    /// `ValueError`.
    Value(String),
    /// `TypeError`.
    Type(String),
    /// `KeyError`: of this key.
    Key(String),
}

/// A host that the loop runs on: it also makes the values of streams and knows `Send`s and errors.
pub trait LoopHost: Host {
    /// A string.
    fn str(&self, text: &str) -> Self::Value;

    /// An int.
    fn int(&self, value: i64) -> Self::Value;

    /// A dict with keys that are strings, in this order; a key that comes again replaces the value and keeps its place.
    fn dict(&self, items: Vec<(&str, Self::Value)>) -> Self::Value;

    /// A list.
    fn list(&self, items: Vec<Self::Value>) -> Self::Value;

    /// A tuple.
    fn tuple(&self, items: Vec<Self::Value>) -> Self::Value;

    /// The items of the list in `{"$writes": […]}`, `None` for any other value (`is_multiple_channel_write`).
    fn folded_writes(&self, value: &Self::Value) -> Option<Vec<Self::Value>>;

    /// The items of a list, `None` for any other value.
    fn items(&self, value: &Self::Value) -> Option<Vec<Self::Value>>;

    /// The node and the argument of a `Send`, `None` for any other value.
    fn send_parts(&self, value: &Self::Value) -> Option<(String, Self::Value)>;

    /// A `Send` without the keys of a dict argument that `drop` names; any other value as it is.
    fn send_without(&self, value: &Self::Value, drop: &dyn Fn(&str) -> bool) -> Self::Value;

    /// A new error for a fault.
    fn fault(&self, fault: Fault) -> Self::Error;

    /// The error as a value, as writes and streams carry it.
    fn error_value(&self, error: &Self::Error) -> Self::Value;

    /// The error with one more note (`BaseException.add_note`).
    fn with_note(&self, error: Self::Error, note: String) -> Self::Error;
}

/// What a driver lends the loop: versions, ids and a clock.
pub trait Env<H: Host> {
    /// `get_next_version`: the version after the highest one.
    ///
    /// # Errors
    /// Whatever the saver raises.
    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, H::Error>;

    /// A new checkpoint id (`uuid6(clock_seq=step)`).
    fn new_id(&mut self, step: i64) -> String;

    /// The time now, in ISO 8601.
    fn now(&mut self) -> String;
}

/// A channel's failure as an error of the host.
pub fn lift<H: LoopHost>(host: &H, error: ChannelError<H::Error>) -> H::Error {
    match error {
        ChannelError::Empty => host.fault(Fault::EmptyChannel),
        ChannelError::InvalidUpdate(text) => host.fault(Fault::InvalidUpdate(text)),
        ChannelError::InvalidParameter(text) => host.fault(Fault::Value(text)),
        ChannelError::Host(error) => error,
    }
}

/// A message with upstream's link to the page about an error code (`create_error_message`).
#[must_use]
pub fn troubleshooting(message: &str, code: &str) -> String {
    format!(
        "{message}\nFor troubleshooting, visit: https://docs.langchain.com/oss/python/langgraph/errors/{code}"
    )
}
