//! Reading channels, as node inputs, streams and branches see them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::host::LoopHost;
use crate::names::Name;
use crate::plan::Plan;
use crate::state::Channels;
use crate::writes::Write;

/// A dict of the channels that have a value, in the order of `select` (`read_channels`).
///
/// # Errors
/// Whatever the host raises.
pub fn read_channels<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    channels: &Channels<H>,
    select: &Arc<[Name]>,
) -> Result<H::Value, H::Error> {
    let mut items = Vec::with_capacity(select.len());
    for name in select.iter() {
        if let Some(index) = plan.specs.get_index_of(&**name)
            && let Some(value) = channels.read(host, index)?
        {
            items.push((&**name, value));
        }
    }
    Ok(host.dict(items))
}

/// What [`read_channels`] would yield after the writes of one task alone (`local_read(fresh=True)`).
///
/// Each selected channel is copied, its reducer runs on the copy, and a channel that the task did not write hears of the new step,
/// so that ephemeral values are gone. Channels that are not selected cannot be seen and are left alone.
///
/// # Errors
/// Values that do not fit their channel, or whatever a reducer raises.
pub fn read_fresh<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    channels: &Channels<H>,
    select: &Arc<[Name]>,
    writes: &[Write<H::Value>],
) -> Result<Vec<(Name, H::Value)>, H::Error> {
    let mut updates: HashMap<&str, Vec<H::Value>> = HashMap::new();
    for (channel, value) in writes {
        updates.entry(channel).or_default().push(host.dup(value));
    }
    let mut read = Vec::with_capacity(select.len());
    for name in plan.specs.keys() {
        if !select.contains(name) {
            continue;
        }
        if let Some(index) = plan.specs.get_index_of(&**name) {
            let values = updates.remove(&**name).unwrap_or_default();
            read.push((Name::clone(name), channels.read_after(host, index, values)?));
        }
    }
    let mut by_name: HashMap<Name, H::Value> = read
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect();
    Ok(select
        .iter()
        .filter_map(|name| by_name.remove(name).map(|value| (Name::clone(name), value)))
        .collect())
}
