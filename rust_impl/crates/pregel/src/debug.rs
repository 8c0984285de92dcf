//! Stream chunks of the mode `debug` (`pregel/debug.py`).

use indexmap::IndexMap;

use crate::checkpoint::Configurable;
use crate::host::LoopHost;
use crate::names::{ERROR, INTERRUPT, Name, RETURN};
use crate::plan::Plan;
use crate::prepare::Task;
use crate::writes::{TaskStatus, Write};

/// Which event a chunk of the mode `debug` wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The checkpoint that the last superstep saved, and the tasks that follow it.
    Checkpoint,
    /// A task about to run.
    Task,
    /// A task that ended.
    TaskResult,
}

/// The wrapper of a `debug` chunk.
pub fn wrap<H: LoopHost>(
    host: &H,
    kind: Kind,
    step: i64,
    now: &str,
    payload: H::Value,
) -> H::Value {
    let (step, kind) = match kind {
        Kind::Checkpoint => (step - 1, "checkpoint"),
        Kind::Task => (step, "task"),
        Kind::TaskResult => (step, "task_result"),
    };
    host.dict(vec![
        ("step", host.int(step)),
        ("timestamp", host.str(now)),
        ("type", host.str(kind)),
        ("payload", payload),
    ])
}

/// `map_debug_tasks` for one task.
pub fn task_payload<H: LoopHost>(host: &H, task: &Task<H>) -> H::Value {
    let triggers = task
        .triggers
        .iter()
        .map(|trigger| host.str(trigger))
        .collect();
    host.dict(vec![
        ("id", host.str(&task.id)),
        ("name", host.str(&task.name)),
        ("input", host.dup(&task.input)),
        ("triggers", host.tuple(triggers)),
    ])
}

/// `map_task_result_writes`: writes by channel, several writes of one channel folded under `$writes`.
pub fn fold_writes<'w, H: LoopHost>(
    host: &H,
    writes: impl Iterator<Item = &'w Write<H::Value>>,
) -> Vec<(&'w str, H::Value)>
where
    H::Value: 'w,
{
    let mut folded: IndexMap<&str, H::Value> = IndexMap::new();
    for (channel, value) in writes {
        let value = match folded.get(&**channel) {
            Some(existing) if !host.is_none(existing) => {
                let mut all = host
                    .folded_writes(existing)
                    .unwrap_or_else(|| vec![host.dup(existing)]);
                all.push(host.dup(value));
                host.dict(vec![("$writes", host.list(all))])
            }
            _ => host.dup(value),
        };
        folded.insert(channel, value);
    }
    folded.into_iter().collect()
}

/// `map_debug_task_results` for one task.
pub fn result_payload<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    task: &Task<H>,
    writes: &[Write<H::Value>],
) -> H::Value {
    let error = writes
        .iter()
        .find(|(channel, _)| **channel == *ERROR)
        .map_or_else(|| host.none(), |(_, error)| host.dup(error));
    let results = writes
        .iter()
        .filter(|(channel, _)| **channel == *RETURN || plan.shows(channel));
    let interrupts = writes
        .iter()
        .filter(|(channel, _)| **channel == *INTERRUPT)
        .flat_map(|(_, value)| host.items(value).unwrap_or_else(|| vec![host.dup(value)]))
        .collect();
    host.dict(vec![
        ("id", host.str(&task.id)),
        ("name", host.str(&task.name)),
        ("error", error),
        ("result", host.dict(fold_writes(host, results))),
        ("interrupts", host.list(interrupts)),
    ])
}

/// The result of a finished task as checkpoints and snapshots show it: `None` while it has not finished.
pub fn task_result<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    status: &TaskStatus<H::Value>,
) -> Option<H::Value> {
    if !status.finished() {
        return None;
    }
    if let Some((_, value)) = status
        .output
        .iter()
        .find(|(channel, _)| **channel == *RETURN)
    {
        return Some(host.dup(value));
    }
    let visible = status
        .output
        .iter()
        .filter(|(channel, _)| plan.shows(channel));
    Some(host.dict(fold_writes(host, visible)))
}

/// What `map_debug_checkpoint` shows beside the tasks.
pub struct CheckpointView<'a, V> {
    /// Names the checkpoint.
    pub config: &'a Configurable,
    /// Names the checkpoint before it.
    pub parent: Option<&'a Configurable>,
    /// The shown channels.
    pub values: V,
    /// Its metadata.
    pub metadata: V,
}

/// `map_debug_checkpoint`.
///
/// # Errors
/// Whatever asking a value for its truth raises.
pub fn checkpoint_payload<'t, H: LoopHost + 't>(
    host: &H,
    plan: &Plan<H>,
    view: CheckpointView<'_, H::Value>,
    tasks: impl Iterator<Item = &'t Task<H>> + Clone,
    statuses: &IndexMap<Name, TaskStatus<H::Value>>,
) -> Result<H::Value, H::Error> {
    let next = tasks.clone().map(|task| host.str(&task.name)).collect();
    let mut shown_tasks = Vec::new();
    for task in tasks {
        shown_tasks.push(task_view(host, plan, task, statuses.get(&task.id))?);
    }
    Ok(host.dict(vec![
        ("config", config(host, Some(view.config))),
        ("parent_config", config(host, view.parent)),
        ("values", view.values),
        ("metadata", view.metadata),
        ("next", host.list(next)),
        ("tasks", host.list(shown_tasks)),
    ]))
}

/// A task of a checkpoint: with its error, else with its result, else with neither.
fn task_view<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    task: &Task<H>,
    status: Option<&TaskStatus<H::Value>>,
) -> Result<H::Value, H::Error> {
    let mut items = vec![("id", host.str(&task.id)), ("name", host.str(&task.name))];
    let error = status.and_then(|status| status.error.as_ref());
    if let Some(error) = error
        && host.truthy(error)?
    {
        items.push(("error", host.dup(error)));
        items.push(("state", host.none()));
        return Ok(host.dict(items));
    }
    if let Some(result) = status.and_then(|status| task_result(host, plan, status))
        && host.truthy(&result)?
    {
        items.push(("result", result));
    }
    let interrupts = status.map_or_else(Vec::new, |status| {
        status
            .interrupts
            .iter()
            .map(|interrupt| host.dup(interrupt))
            .collect()
    });
    items.push(("interrupts", host.tuple(interrupts)));
    items.push(("state", host.none()));
    Ok(host.dict(items))
}

fn config<H: LoopHost>(host: &H, config: Option<&Configurable>) -> H::Value {
    let Some(config) = config else {
        return host.none();
    };
    let items = config
        .0
        .iter()
        .map(|(key, value)| (*key, host.str(value)))
        .collect();
    host.dict(vec![("configurable", host.dict(items))])
}
