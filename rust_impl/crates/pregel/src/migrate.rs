//! Channels of older checkpoints that are named otherwise today (`StateGraph._migrate_checkpoint`).

/// What the channel that starts a node begins with today.
pub const BRANCH_TO: &str = "branch:to:";

/// The node that an older trigger channel, `start:NODE` or `branch:SOURCE:CONDITION:NODE`, started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger<'a> {
    /// `start:NODE`
    Start(&'a str),
    /// `branch:SOURCE:CONDITION:NODE`
    Branch(&'a str),
}

/// What an older trigger channel started; `None` for any other channel.
#[must_use]
pub fn trigger(channel: &str) -> Option<Trigger<'_>> {
    let parts: Vec<&str> = channel.split(':').collect();
    match *parts.as_slice() {
        ["start", node, ..] => Some(Trigger::Start(node)),
        ["branch", _, _, node] => Some(Trigger::Branch(node)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_triggers_name_the_node_they_start() {
        assert_eq!(trigger("start:a"), Some(Trigger::Start("a")));
        assert_eq!(trigger("start:a:b"), Some(Trigger::Start("a")));
        assert_eq!(trigger("branch:s:route:a"), Some(Trigger::Branch("a")));
        for other in ["a", "starting:a", "start", "branch:to:a", "branch:s:c:a:b"] {
            assert_eq!(trigger(other), None, "{other}");
        }
    }
}
