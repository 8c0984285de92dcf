"""`langgraph.pregel._algo` in Rust: tasks, their ids and inputs, and the end of a superstep.

Each name is upstream's. What is not here (`Call`, `PregelTaskWrites`, `WritesProtocol`, types) stays upstream's.
"""

from langgraph_rs._core import (
    LazyAtomicCounter,
    _coerce_pending_error,
    _proc_input,
    _read_error_for_task_id_from_pending_writes,
    _read_error_source_node_from_pending_writes,
    _read_errors_from_pending_writes,
    _scratchpad,
    _triggers,
    _uuid5_str,
    _xxhash_str,
    apply_writes,
    checkpoint_null_version,
    increment,
    local_read,
    prepare_next_tasks,
    prepare_node_error_handler_task,
    prepare_push_task_functional,
    prepare_push_task_send,
    prepare_single_task,
    sanitize_untracked_values_in_send,
    should_interrupt,
    task_path_str,
)

__all__ = (
    "LazyAtomicCounter",
    "_coerce_pending_error",
    "_proc_input",
    "_read_error_for_task_id_from_pending_writes",
    "_read_error_source_node_from_pending_writes",
    "_read_errors_from_pending_writes",
    "_scratchpad",
    "_triggers",
    "_uuid5_str",
    "_xxhash_str",
    "apply_writes",
    "checkpoint_null_version",
    "increment",
    "local_read",
    "prepare_next_tasks",
    "prepare_node_error_handler_task",
    "prepare_push_task_functional",
    "prepare_push_task_send",
    "prepare_single_task",
    "sanitize_untracked_values_in_send",
    "should_interrupt",
    "task_path_str",
)
