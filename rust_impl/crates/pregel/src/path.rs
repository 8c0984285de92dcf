//! Task paths: where in the superstep a task comes from, and the text that orders them.

use std::fmt::{self, Display};

use crate::names::{Name, PULL, PUSH};

/// The text of a path, written part by part (`task_path_str`): bytes, because a name need not be valid Unicode everywhere.
#[derive(Debug, Default)]
pub struct PathText {
    bytes: Vec<u8>,
    /// Whether the next part is the first of its tuple.
    first: bool,
}

impl PathText {
    /// Begins a tuple, the path itself or one inside it.
    pub fn open(&mut self) {
        self.separate();
        self.bytes.push(b'~');
        self.first = true;
    }

    /// Ends the tuple that was begun last.
    pub fn close(&mut self) {
        self.first = false;
    }

    /// Adds a name, or anything else by its text.
    pub fn text(&mut self, text: &[u8]) {
        self.separate();
        self.bytes.extend_from_slice(text);
    }

    /// Adds a position, padded so that texts order as positions do; a bool is one, as in Python.
    pub fn int(&mut self, value: i64) {
        self.separate();
        self.bytes.extend(format!("{value:010}").into_bytes());
    }

    /// The text.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn separate(&mut self) {
        if !self.bytes.is_empty() && !self.first {
            self.bytes.extend(b", ");
        }
        self.first = false;
    }
}

/// One part of a task path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// A name.
    Str(Name),
    /// A position.
    Int(i64),
    /// A flag; formats as an int, because a Python bool is one.
    Bool(bool),
    /// The path of a parent task.
    Path(TaskPath),
}

/// The path of a task: `(PULL, node)`, `(PUSH, index, False)`, or `()` for the run's input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskPath(pub Vec<PathPart>);

impl TaskPath {
    /// The path of a node that a channel triggered.
    #[must_use]
    pub fn pull(node: &Name) -> Self {
        Self(vec![
            PathPart::Str(Name::from(PULL)),
            PathPart::Str(Name::clone(node)),
        ])
    }

    /// The path of the pending `Send` at an index.
    #[must_use]
    pub fn push(index: usize) -> Self {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        Self(vec![
            PathPart::Str(Name::from(PUSH)),
            PathPart::Int(index),
            PathPart::Bool(false),
        ])
    }
}

/// `task_path_str`: the text that tasks are sorted by and that savers get.
impl Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = PathText::default();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text.into_bytes()))
    }
}

impl TaskPath {
    fn write(&self, text: &mut PathText) {
        text.open();
        for part in &self.0 {
            match part {
                PathPart::Str(name) => text.text(name.as_bytes()),
                PathPart::Int(value) => text.int(*value),
                PathPart::Bool(value) => text.int(i64::from(*value)),
                PathPart::Path(path) => path.write(text),
            }
        }
        text.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Trap 3: ints are zero-padded, bools format as ints, `()` sorts first, and PULL sorts before PUSH.
    #[test]
    fn paths_format_as_upstream_and_sort_pull_before_push() {
        let pull = TaskPath::pull(&Name::from("n")).to_string();
        let push = TaskPath::push(7).to_string();
        let input = TaskPath::default().to_string();
        assert_eq!(pull, "~__pregel_pull, n");
        assert_eq!(push, "~__pregel_push, 0000000007, 0000000000");
        assert_eq!(input, "~");
        let nested = TaskPath(vec![
            PathPart::Str(Name::from(PUSH)),
            PathPart::Path(TaskPath::pull(&Name::from("n"))),
            PathPart::Int(2),
            PathPart::Bool(true),
        ]);
        assert_eq!(
            nested.to_string(),
            "~__pregel_push, ~__pregel_pull, n, 0000000002, 0000000001"
        );
        assert!(input < pull && pull < push);
        let after_empty = TaskPath(vec![PathPart::Path(TaskPath::default()), PathPart::Int(-3)]);
        assert_eq!(after_empty.to_string(), "~~, -000000003");
    }

    proptest! {
        /// Sends keep their order up to ten digits of them.
        #[test]
        fn sends_sort_by_index(left in 0usize..2_000_000_000, right in 0usize..2_000_000_000) {
            let (a, b) = (TaskPath::push(left).to_string(), TaskPath::push(right).to_string());
            prop_assert_eq!(left.cmp(&right), a.cmp(&b));
        }

        /// Every pull sorts before every push, and both after the run's input.
        #[test]
        fn pull_before_push(node in "[a-z~_]{0,8}", index in 0usize..1000) {
            let (pull, push) = (TaskPath::pull(&Name::from(node)).to_string(), TaskPath::push(index).to_string());
            prop_assert!(TaskPath::default().to_string() < pull);
            prop_assert!(pull < push);
        }
    }
}
