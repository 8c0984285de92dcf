"""The feature groups of random programs: an example draws a few groups, and of each some of its features (swarm).

One table: what a generator may use, what a run counts and what the pairwise table shows have their names from here.
"""

from __future__ import annotations

from parity.generate.swarm import Choices

__all__ = ["FEATURES", "THEMES", "draw_features"]

THEMES: dict[str, tuple[str, ...]] = {
    # State
    "delta": ("delta", "delta_messages", "delta_default_cadence", "delta_overwrite", "delta_bound", "overwrite_input"),
    "messages": ("messages", "message_without_id", "message_removed", "message_twice"),
    "schemas": (
        *("private", "input_schema", "output_schema", "pydantic", "dataclass", "reads", "returns_object"),
        "value_state",
    ),
    "channels": ("topic", "ephemeral", "untracked", "any_value", "custom_channel", "managed"),
    "values": ("values_of_all_sorts", "mutated", "overwrite"),
    # Control
    "routing": ("branch", "branch_many", "branch_ends", "start_branch", "join", "defer", "cycle"),
    "commands": ("command", "command_update", "command_send", "command_several", "command_parent"),
    "sends": ("send", "send_each", "send_timeout"),
    "quiet": ("no_return", "bad_return", "parallel"),
    "limits": ("low_limit", "max_concurrency", "step_timeout", "drain"),
    # Faults
    "errors": ("node_error", "node_error_once", "error_after_writes", "error_note", "cancelled", "reducer_error"),
    "retries": ("retry", "retry_several", "retry_never", "retry_intervals", "retry_list", "retry_graph"),
    "handlers": (
        *("error_handler", "handler_command", "handler_fails", "handler_default"),
        *("handler_async", "handler_beside", "retry_graph"),
    ),
    "timeouts": (
        "timeout_run",
        "timeout_idle",
        "idle_refreshed",
        "idle_strict",
        "attempts_told",
        "outlived",
        "slow_step",
    ),
    "saver_faults": ("put_fails", "put_writes_fails", "crash"),
    # Interrupts
    "static_interrupts": ("interrupt_before", "interrupt_after", "interrupt_all", "interrupt_at_run"),
    "interrupts": (
        "interrupt",
        "interrupt_twice",
        "interrupt_parallel",
        "interrupt_schema",
        "error_between_interrupts",
    ),
    "resumes": ("resume_by_id", "resume_partly", "resume_with_update", "resume_with_goto", "new_input_on_interrupt"),
    "strict": ("resume_strict", "resume_empty", "command_at", "command_out"),
    # Threads' history
    "history": (
        *("state_at", "history_read", "history_filter"),
        *("schemas_asked", "channels_read", "task_alone"),
    ),
    "updates": ("update", "update_as_node", "update_as_end", "update_copy", "update_input", "update_task"),
    "bulk": ("bulk_update", "bulk_tasks"),
    "forks": ("fork", "replay", "head_by_id", "fork_update", "command_at", "run_inside"),
    "threads": ("second_input", "second_thread", "same_run_id", "restart", "delete_thread", "deployed"),
    # Composition
    "subgraphs": ("subgraph", "subgraph_twice", "subgraph_deep", "subgraph_prefix"),
    "persistence": ("subgraph", "subgraph_own_memory", "subgraph_stateless", "subgraph_interrupts"),
    "calls": ("call", "call_own_thread", "call_twice", "call_streamed", "call_hidden"),
    "tools": ("tools", "chat"),
    "functional": ("entrypoint", "task", "task_many", "task_retry", "task_interrupt", "previous", "final"),
    "tasks": ("task", "task_nested", "task_caught", "task_unfinished", "cache_task", "async_api"),
    "raw": (
        "raw",
        "raw_many_channels",
        "raw_barrier",
        "raw_eager",
        "raw_inputs",
        "raw_listener",
        "raw_empty",
        "raw_tags",
    ),
    # Runs
    "async": ("async_api", "async_node"),
    "streams": ("stream_one", "stream_list", "stream_subgraphs", "stream_debug", "stream_v2", "stream_closed"),
    "writers": ("emit", "push_message", "chat"),
    "events": ("events_v2", "events_v3", "stream_v3"),
    "batches": ("batch",),
    "durability": ("durability_async", "durability_exit", "exit_delta"),
    "caches": ("cache", "cache_ttl", "cache_cleared", "cache_key_fails", "cache_graph", "cache_task"),
    "stores": ("store",),
    "runtime": ("context", "config", "config_bound", "callbacks", "output_keys", "inject"),
    "savers": ("sqlite", "no_saver", "pathless", "str_versions", "float_versions", "custom_versions", "postgres"),
    "old_formats": ("old_format",),
    "schedules": ("threads",),
}
"""The groups, in the order of the issue's inventory, and the features of each."""

FEATURES: tuple[str, ...] = tuple(dict.fromkeys(name for names in THEMES.values() for name in names))
"""Every feature by name; `features` counts what a program really holds, by the same names."""

_NEEDS: dict[str, tuple[str, ...]] = {
    "delta_overwrite": ("delta",),
    "delta_default_cadence": ("delta",),
    "message_without_id": ("messages",),
    "message_removed": ("messages",),
    "message_twice": ("messages",),
    "join": ("parallel",),
    "send_timeout": ("send", "async_api", "branch"),
    "send": ("branch",),
    "command_update": ("command",),
    "command_send": ("command",),
    "command_several": ("command",),
    "command_parent": ("subgraph",),
    "drain": ("cycle",),
    "error_note": ("node_error",),
    "cancelled": ("node_error",),
    "retry": ("node_error_once",),
    "retry_several": ("node_error_once",),
    "retry_never": ("node_error_once",),
    "error_handler": ("node_error",),
    "handler_default": ("node_error",),
    "handler_command": ("error_handler", "node_error"),
    "handler_fails": ("error_handler", "node_error"),
    "interrupt_all": ("interrupt_before",),
    "error_between_interrupts": ("interrupt_twice",),
    "resume_by_id": ("interrupt_parallel",),
    "resume_partly": ("interrupt_parallel",),
    "resume_with_update": ("interrupt",),
    "resume_with_goto": ("interrupt",),
    "new_input_on_interrupt": ("interrupt",),
    "bulk_tasks": ("bulk_update",),
    "subgraph_twice": ("subgraph",),
    "subgraph_deep": ("subgraph",),
    "subgraph_prefix": ("subgraph", "subgraph_twice"),
    "subgraph_own_memory": ("subgraph",),
    "subgraph_stateless": ("subgraph",),
    "subgraph_interrupts": ("subgraph",),
    "call_own_thread": ("call",),
    "call_twice": ("call",),
    "call_streamed": ("call",),
    "call_hidden": ("call",),
    "delta_bound": ("delta",),
    "returns_object": ("dataclass",),
    "overwrite_input": ("delta",),
    "retry_intervals": ("node_error_once", "retry"),
    "retry_list": ("node_error_once", "retry"),
    "retry_graph": ("node_error_once",),
    "handler_async": ("error_handler", "node_error", "async_api", "async_node"),
    "handler_beside": ("error_handler", "node_error", "parallel", "interrupt_parallel"),
    "idle_refreshed": ("timeout_idle",),
    "idle_strict": ("timeout_idle",),
    "attempts_told": ("timeout_idle", "callbacks"),
    "outlived": ("timeout_run",),
    "slow_step": ("async_api", "async_node", "parallel"),
    "resume_strict": ("interrupt_parallel", "resume_by_id"),
    "resume_empty": ("interrupt",),
    "run_inside": ("subgraph", "subgraph_interrupts"),
    "task_nested": ("task",),
    "task_caught": ("task", "node_error"),
    "task_unfinished": ("task",),
    "cache_task": ("task", "cache"),
    "cache_key_fails": ("cache",),
    "cache_graph": ("cache",),
    "exit_delta": ("delta", "durability_exit"),
    "raw_listener": ("raw", "delta", "delta_bound"),
    "raw_inputs": ("raw",),
    "raw_empty": ("raw",),
    "raw_tags": ("raw",),
    "cache_ttl": ("cache",),
    "cache_cleared": ("cache",),
    "stream_subgraphs": ("subgraph",),
}
"""What a feature cannot be shown without; drawn with it."""

_FEW = (2, 3, 4, 1, 0, 3, 2, 4)


def draw_features(choices: Choices) -> set[str]:
    """The features that an example may use: of two to four groups (rarely fewer) a part, at least one of each."""
    allowed: set[str] = set()
    names = tuple(THEMES)
    for _ in range(0 if choices.spent else choices.pick(_FEW)):
        features = THEMES[choices.pick(names)]
        bits = choices.byte()
        chosen = {feature for index, feature in enumerate(features) if bits >> index & 1}
        allowed |= chosen or {features[0]}
    for feature in sorted(allowed):
        allowed.update(_NEEDS.get(feature, ()))
    return allowed
