//! What stands between the algorithm and its users: inputs, outputs, debug events, task statuses, checkpoints and their migrations.
//!
//! Mirrors `langgraph/pregel/{_io,debug,_task_status,_checkpoint}.py`, one function of `_utils.py` and the two `_migrate_checkpoint` methods on Python objects.

mod checkpoint;
mod debug;
mod delta;
mod input;
mod load;
mod migrate;
mod names;
mod output;
pub mod read;
pub mod status;
mod tally;
mod upstream;

use pyo3::prelude::*;
use pyo3::types::PyDict;

macro_rules! add {
    ($target:expr, $($part:ident :: $name:ident),* $(,)?) => {
        $($target.add_function(wrap_pyfunction!($part::$name, $target)?)?;)*
    };
}

/// Adds the functions to the extension module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add!(
        module,
        read::read_channel,
        read::read_channels,
        input::command_goto,
        input::command_resume,
        input::command_update,
        input::input_writes,
        output::output_values,
        output::output_updates,
        status::read_task_statuses,
        debug::debug_tasks,
        debug::is_multiple_channel_write,
        debug::map_task_result_writes,
        debug::debug_task_result,
        debug::rm_pregel_keys,
        debug::debug_checkpoint,
        debug::tasks_w_writes,
        checkpoint::empty_checkpoint,
        checkpoint::copy_checkpoint,
        checkpoint::create_checkpoint,
        checkpoint::get_new_channel_versions,
        checkpoint::versions_seen_without_bumps,
        checkpoint::latest_config,
        checkpoint::is_other_checkpoint,
        checkpoint::checkpoint_superseded,
        checkpoint::put_writes_accepts_task_path,
        checkpoint::exit_delta_task_id,
        checkpoint::exit_delta_late_task_id,
        delta::delta_channels_to_snapshot,
        delta::get_updated_channels_from_tasks,
        delta::get_delta_channels_from_all_channels,
        delta::delta_channels_with_pending_writes,
        delta::delta_channels_overwritten,
        delta::create_metadata_for_update_state_api,
        delta::create_checkpoint_plan_for_update_state_api,
        load::plan_channels,
        load::load_channels,
        load::channels_from_checkpoint,
        migrate::migrate_pending_sends,
        migrate::migrate_triggers,
    );
    Ok(())
}

/// What the mappings did since the process began, and what they called Python for.
pub fn counters(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    tally::to_dict(py)
}
