//! The state of a thread as its checkpoint and the writes on it show it (`_prepare_state_snapshot` with `live=True`).

use channels::Host;

use crate::checkpoint::{Configurable, Saved};
use crate::debug::task_result;
use crate::host::LoopHost;
use crate::names::{INPUT, NULL_TASK_ID, Name};
use crate::native::{TaskWrites, apply_to_plan};
use crate::path::TaskPath;
use crate::plan::Plan;
use crate::prepare::prepare_next_tasks;
use crate::read::read_channels;
use crate::state::Channels;
use crate::writes::{Write, task_statuses};

/// A task of a snapshot.
pub struct SnapshotTask<V> {
    /// Its id.
    pub id: Name,
    /// Its node.
    pub name: Name,
    /// Where it comes from.
    pub path: TaskPath,
    /// The error recorded for it, as the saver returned it.
    pub error: Option<V>,
    /// What it wrote to the shown channels, if it finished.
    pub result: Option<V>,
}

/// The state of a thread (`StateSnapshot`).
pub struct Snapshot<H: Host> {
    /// The shown channels, what finished tasks wrote included.
    pub values: H::Value,
    /// The nodes still to run, in task order.
    pub next: Vec<Name>,
    /// Names the checkpoint.
    pub config: Configurable,
    /// Names the checkpoint before it.
    pub parent: Option<Configurable>,
    /// Its superstep.
    pub step: i64,
    /// Its metadata.
    pub metadata: H::Value,
    /// When it was made.
    pub created_at: String,
    /// The tasks of its next superstep.
    pub tasks: Vec<SnapshotTask<H::Value>>,
}

/// The state of a thread from what its saver returned.
///
/// Candidates are all nodes in declaration order, so `next` may be ordered otherwise than the run was. Applying recorded writes has
/// no next version: ephemeral values among them are gone, and deferred channels always finish.
///
/// # Errors
/// Whatever applying the recorded writes raises.
pub fn snapshot<H: LoopHost>(
    host: &H,
    plan: &Plan<H>,
    saved: Saved<H::Value>,
) -> Result<Snapshot<H>, H::Error> {
    let Saved {
        config,
        parent,
        mut checkpoint,
        values,
        step,
        metadata,
        pending,
    } = saved;
    let mut channels = Channels::load(host, plan, values)?;
    let next_step = step.saturating_add(1);
    let mut tasks = prepare_next_tasks(host, plan, &channels, &checkpoint, next_step, None)?;
    let null_writes: Vec<Write<H::Value>> = pending
        .iter()
        .filter(|write| *write.task == *NULL_TASK_ID)
        .map(|write| (Name::clone(&write.channel), host.dup(&write.value)))
        .collect();
    if !null_writes.is_empty() {
        let name = Name::from(INPUT);
        let writes = TaskWrites {
            path: TaskPath::default().to_string(),
            name: &name,
            triggers: &[],
            writes: &null_writes,
        };
        apply_to_plan(
            host,
            plan,
            &mut channels,
            &mut checkpoint,
            vec![writes],
            None,
        )?;
    }
    let statuses = task_statuses(host, &pending);
    for (id, status) in task_statuses(host, &pending) {
        if let Some(task) = tasks.get_mut(&*id) {
            task.writes.extend(status.output);
        }
    }
    let finished: Vec<TaskWrites<'_, H::Value>> = tasks
        .values()
        .filter(|task| !task.writes.is_empty())
        .map(|task| TaskWrites {
            path: task.path.to_string(),
            name: &task.name,
            triggers: &task.triggers,
            writes: &task.writes,
        })
        .collect();
    if !finished.is_empty() {
        apply_to_plan(host, plan, &mut channels, &mut checkpoint, finished, None)?;
    }
    Ok(Snapshot {
        values: read_channels(host, plan, &channels, &plan.shown)?,
        next: tasks
            .values()
            .filter(|task| task.writes.is_empty())
            .map(|task| Name::clone(&task.name))
            .collect(),
        config,
        parent,
        step,
        metadata,
        created_at: checkpoint.ts,
        tasks: tasks
            .into_values()
            .map(|task| {
                let status = statuses.get(&task.id);
                SnapshotTask {
                    error: status
                        .and_then(|status| status.error.as_ref())
                        .map(|error| host.dup(error)),
                    result: status.and_then(|status| task_result(host, plan, status)),
                    id: task.id,
                    name: task.name,
                    path: task.path,
                }
            })
            .collect(),
    })
}
