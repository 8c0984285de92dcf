//! Stream chunks of the mode `updates` (`pregel/_io.py`).

use crate::host::LoopHost;
use crate::names::{ERROR, INTERRUPT, RETURN};
use crate::plan::Plan;
use crate::prepare::Task;
use crate::writes::Write;
use std::collections::HashMap;

/// `map_output_updates` for one task: what it wrote to the shown channels, by node; `None` where it only failed.
pub fn output_updates<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    task: &Task<H>,
    writes: &[Write<H::Value>],
    cached: bool,
) -> Option<H::Value> {
    let (first, _) = writes.first()?;
    if task.hidden || **first == *ERROR || **first == *INTERRUPT {
        return None;
    }
    let mut chunk = vec![(&*task.name, updates_of(host, plan, writes))];
    if cached {
        chunk.push(("__metadata__", host.dict(vec![("cached", host.bool(true))])));
    }
    Some(host.dict(chunk))
}

fn updates_of<H: LoopHost>(host: &H, plan: &Plan<H>, writes: &[Write<H::Value>]) -> H::Value {
    if let Some((_, value)) = writes.iter().find(|(channel, _)| **channel == *RETURN) {
        return host.dup(value);
    }
    let visible: Vec<(&str, &H::Value)> = writes
        .iter()
        .filter(|(channel, _)| plan.shows(channel))
        .map(|(channel, value)| (&**channel, value))
        .collect();
    if visible.is_empty() {
        return host.none();
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (channel, _) in &visible {
        *counts.entry(channel).or_default() += 1;
    }
    if counts.values().any(|count| *count > 1) {
        let single = visible
            .iter()
            .map(|(channel, value)| host.dict(vec![(*channel, host.dup(value))]))
            .collect();
        return host.list(single);
    }
    host.dict(
        visible
            .into_iter()
            .map(|(channel, value)| (channel, host.dup(value)))
            .collect(),
    )
}
