//! Errors as Python raises them: a class, arguments and notes.

use std::fmt;
use std::sync::Arc;

use codec::Value;
use codec::value::Exception;

/// A raised exception: what nodes, reducers and routes fail with, and what a run fails with.
///
/// ```
/// let error = graph::Error::value("too many");
/// assert_eq!(error.class(), "ValueError");
/// assert_eq!(error.to_string(), "too many");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Raised>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Raised {
    module: Arc<str>,
    class: Arc<str>,
    args: Vec<Value>,
    notes: Vec<String>,
}

impl Error {
    /// An exception of a class with arguments.
    #[must_use]
    pub fn new(module: &str, class: &str, args: Vec<Value>) -> Self {
        Self(Box::new(Raised {
            module: module.into(),
            class: class.into(),
            args,
            notes: Vec::new(),
        }))
    }

    fn builtin(class: &str, message: impl Into<String>) -> Self {
        Self::new("builtins", class, vec![Value::from(message.into())])
    }

    fn langgraph(class: &str, message: impl Into<String>) -> Self {
        Self::new("langgraph.errors", class, vec![Value::from(message.into())])
    }

    /// `ValueError(message)`
    #[must_use]
    pub fn value(message: impl Into<String>) -> Self {
        Self::builtin("ValueError", message)
    }

    /// `TypeError(message)`
    #[must_use]
    pub fn type_(message: impl Into<String>) -> Self {
        Self::builtin("TypeError", message)
    }

    /// `RuntimeError(message)`
    #[must_use]
    pub fn runtime(message: impl Into<String>) -> Self {
        Self::builtin("RuntimeError", message)
    }

    /// `KeyError(key)`; its text is the key's `repr`.
    #[must_use]
    pub fn key(key: impl Into<String>) -> Self {
        Self::builtin("KeyError", key)
    }

    /// `InvalidUpdateError(message)`
    #[must_use]
    pub fn invalid_update(message: impl Into<String>) -> Self {
        Self::langgraph("InvalidUpdateError", message)
    }

    /// `EmptyInputError(message)`
    #[must_use]
    pub fn empty_input(message: impl Into<String>) -> Self {
        Self::langgraph("EmptyInputError", message)
    }

    /// `GraphRecursionError(message)`
    #[must_use]
    pub fn recursion(message: impl Into<String>) -> Self {
        Self::langgraph("GraphRecursionError", message)
    }

    /// `EmptyChannelError()`
    #[must_use]
    pub fn empty_channel() -> Self {
        Self::new("langgraph.checkpoint.base", "EmptyChannelError", Vec::new())
    }

    /// The module of the class.
    #[must_use]
    pub fn module(&self) -> &str {
        &self.0.module
    }

    /// The bare name of the class.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.0.class
    }

    /// The arguments it was made with.
    #[must_use]
    pub fn args(&self) -> &[Value] {
        &self.0.args
    }

    /// The notes added to it.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// The same error with one more note.
    #[must_use]
    pub fn with_note(mut self, note: String) -> Self {
        self.0.notes.push(note);
        self
    }

    /// The exception as a value; only its `repr` is ever stored.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let args: Vec<String> = self.0.args.iter().map(crate::text::repr).collect();
        Value::Exception(Arc::new(Exception {
            module: Arc::clone(&self.0.module),
            name: Arc::clone(&self.0.class),
            args: self.0.args.clone().into(),
            repr: Value::from(format!("{}({})", self.0.class, args.join(", "))),
        }))
    }
}

/// `str(exception)`
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.args.as_slice() {
            [] => Ok(()),
            [only] if &*self.0.class == "KeyError" => f.write_str(&crate::text::repr(only)),
            [only] => f.write_str(&crate::text::display(only)),
            all => f.write_str(&crate::text::repr(&Value::tuple(all.to_vec()))),
        }
    }
}

impl std::error::Error for Error {}
