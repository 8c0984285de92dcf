//! What both barriers share: a set of names and those seen so far.

use crate::{ChannelError, ChannelResult, Host};

/// The names that a barrier waits for and those it has seen.
pub(crate) struct Barrier<H: Host> {
    names: H::Set,
    seen: H::Set,
}

impl<H: Host> Barrier<H> {
    /// A barrier that has seen nothing.
    pub(crate) fn new(host: &H, names: H::Set) -> Self {
        Self {
            names,
            seen: host.new_set(),
        }
    }

    /// A barrier of the same names with what a checkpoint says was seen; `None` is nothing.
    pub(crate) fn restored(&self, host: &H, seen: Option<H::Value>) -> ChannelResult<Self, H> {
        Ok(Self {
            names: host.dup_set(&self.names),
            seen: match seen {
                Some(seen) => host.adopt_set(seen)?,
                None => host.new_set(),
            },
        })
    }

    /// A barrier of the same names with a copy of what was seen.
    pub(crate) fn copy(&self, host: &H) -> ChannelResult<Self, H> {
        Ok(Self {
            names: host.dup_set(&self.names),
            seen: host.copy_set(&self.seen)?,
        })
    }

    /// Marks the names as seen; whether one of them is new. A value that is no name is refused; those before it stay seen.
    pub(crate) fn see(
        &mut self,
        host: &H,
        key: &str,
        values: Vec<H::Value>,
    ) -> ChannelResult<bool, H> {
        let mut updated = false;
        for value in values {
            if !host.set_contains(&self.names, &value)? {
                return Err(ChannelError::InvalidUpdate(format!(
                    "At key '{key}': Value {} not in {}",
                    host.display(&value)?,
                    host.display_set(&self.names)?
                )));
            }
            if !host.set_contains(&self.seen, &value)? {
                host.set_add(&mut self.seen, value)?;
                updated = true;
            }
        }
        Ok(updated)
    }

    /// Whether all names, and nothing else, were seen.
    pub(crate) fn is_open(&self, host: &H) -> ChannelResult<bool, H> {
        Ok(host.same_set(&self.seen, &self.names)?)
    }

    /// Forgets what was seen.
    pub(crate) fn reset(&mut self, host: &H) {
        self.seen = host.new_set();
    }

    /// The set of what was seen, itself.
    pub(crate) fn seen(&self, host: &H) -> H::Value {
        host.set_into_value(host.dup_set(&self.seen))
    }

    /// Whether two barriers wait for the same names.
    pub(crate) fn same_names(&self, host: &H, other: &Self) -> ChannelResult<bool, H> {
        Ok(host.same_set(&other.names, &self.names)?)
    }
}
