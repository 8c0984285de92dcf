//! `langgraph/pregel/_algo.py` on Python objects: the logic is `crates/pregel`'s, the world that it runs in is here.
//!
//! No lock is held across a call into Python, and nothing here is borrowed mutably: reducers, comparisons, savers and threads may
//! call any of these functions again while one is running.

mod apply;
pub mod channel_map;
mod config;
mod ids;
mod interrupt;
mod pending;
mod prepare;
mod read;
mod scratchpad;
pub mod tally;
mod upstream;
mod versions;
pub mod watch;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Adds classes and functions to the extension module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    macro_rules! functions {
        ($($function:path,)*) => {
            $(module.add_function(wrap_pyfunction!($function, module)?)?;)*
        };
    }
    functions![
        algorithm_counters,
        apply::apply_writes,
        ids::task_path_str,
        ids::uuid5_str,
        ids::xxhash_str,
        interrupt::should_interrupt,
        pending::coerce_pending_error,
        pending::read_error_for_task_id,
        pending::read_error_source_node,
        pending::read_errors,
        pending::sanitize_untracked_values_in_send,
        prepare::call::prepare_push_task_functional,
        prepare::handler::prepare_node_error_handler_task,
        prepare::prepare_next_tasks,
        prepare::prepare_single_task,
        prepare::pull::is_triggered,
        prepare::pull::proc_input,
        prepare::send::prepare_push_task_send,
        read::local_read,
        scratchpad::scratchpad,
        versions::checkpoint_null_version,
        versions::increment,
    ];
    module.add_class::<channel_map::ChannelMap>()?;
    module.add_class::<scratchpad::LazyAtomicCounter>()?;
    module.add_class::<scratchpad::NullResume>()
}

/// What the algorithm did since the process began, and what of it was left to Python and why.
#[pyfunction]
fn algorithm_counters(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let counters = tally::to_dict(py)?;
    counters.set_item("mapping", crate::mapping::counters(py)?)?;
    Ok(counters)
}
