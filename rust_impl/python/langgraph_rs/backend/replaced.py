"""THE table: every upstream name that the backend replaces, in its defining module, and by what.

Rows are in order of their modules. CONTRIBUTING.md, "a replaced name", says what a row needs before it goes live.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PARTS", "REPLACED", "Replacement", "part_of"]


@dataclass(frozen=True)
class Replacement:
    """One replaced name.

    `module` and `name` ("name" or "Class.method") say where upstream defines it, `provider` ("module:attribute") what
    takes its place. `poisons` ("module:qualified name" each) are further upstream functions or classes that nothing may
    use any more once the name is replaced, because only what was replaced used them: under the witness they raise like
    the name itself.
    """

    module: str
    name: str
    provider: str
    poisons: tuple[str, ...] = ()


_BARRIER = "langgraph.channels.named_barrier_value"
_BINOP = "langgraph.channels.binop"
_JSONPLUS = "langgraph.checkpoint.serde.jsonplus"
_ALGO = "langgraph.pregel._algo"
_CHECKPOINT = "langgraph.pregel._checkpoint"
_IO = "langgraph.pregel._io"
_DEBUG = "langgraph.pregel.debug"

REPLACED: tuple[Replacement, ...] = (
    Replacement("langgraph.channels.any_value", "AnyValue", "langgraph_rs.channels:AnyValue"),
    Replacement(
        _BINOP,
        "BinaryOperatorAggregate",
        "langgraph_rs.channels:BinaryOperatorAggregate",
        poisons=(f"{_BINOP}:_operators_equal", f"{_BINOP}:_strip_extras"),
    ),
    Replacement(_BINOP, "_get_overwrite", "langgraph_rs.channels:get_overwrite"),
    Replacement("langgraph.channels.delta", "DeltaChannel", "langgraph_rs.channels:DeltaChannel"),
    Replacement("langgraph.channels.ephemeral_value", "EphemeralValue", "langgraph_rs.channels:EphemeralValue"),
    Replacement("langgraph.channels.last_value", "LastValue", "langgraph_rs.channels:LastValue"),
    Replacement("langgraph.channels.last_value", "LastValueAfterFinish", "langgraph_rs.channels:LastValueAfterFinish"),
    Replacement(_BARRIER, "NamedBarrierValue", "langgraph_rs.channels:NamedBarrierValue"),
    Replacement(_BARRIER, "NamedBarrierValueAfterFinish", "langgraph_rs.channels:NamedBarrierValueAfterFinish"),
    Replacement(
        "langgraph.channels.topic",
        "Topic",
        "langgraph_rs.channels:Topic",
        poisons=("langgraph.channels.topic:_flatten",),
    ),
    Replacement("langgraph.channels.untracked_value", "UntrackedValue", "langgraph_rs.channels:UntrackedValue"),
    Replacement(
        _JSONPLUS,
        "JsonPlusSerializer",
        "langgraph_rs.serde:JsonPlusSerializer",
        poisons=(f"{_JSONPLUS}:_msgpack_default",),
    ),
    Replacement(_JSONPLUS, "_create_msgpack_ext_hook", "langgraph_rs.serde:create_msgpack_ext_hook"),
    Replacement(_JSONPLUS, "_msgpack_enc", "langgraph_rs.serde:msgpack_enc"),
    Replacement(_JSONPLUS, "_msgpack_ext_hook", "langgraph_rs.serde:MSGPACK_EXT_HOOK"),
    Replacement(
        "langgraph.graph.state",
        "CompiledStateGraph._migrate_checkpoint",
        "langgraph_rs.algorithm.migration:migrate_state_graph_checkpoint",
    ),
    *(
        Replacement(_ALGO, name, f"langgraph_rs.algorithm.tasks:{name}")
        for name in (
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
    ),
    Replacement(
        _CHECKPOINT,
        "channels_from_checkpoint",
        "langgraph_rs.algorithm.checkpoint:channels_from_checkpoint",
        poisons=(
            f"{_CHECKPOINT}:_delta_channels_to_replay",
            f"{_CHECKPOINT}:_replay",
            f"{_CHECKPOINT}:_require_saver_for_history",
        ),
    ),
    Replacement(
        _CHECKPOINT,
        "create_checkpoint",
        "langgraph_rs.algorithm.checkpoint:create_checkpoint",
        poisons=(f"{_CHECKPOINT}:_mark_bumps_seen", f"{_CHECKPOINT}:_bump_keys"),
    ),
    *(
        Replacement(_CHECKPOINT, name, f"langgraph_rs.algorithm.checkpoint:{name}")
        for name in (
            "achannels_from_checkpoint",
            "acheckpoint_superseded",
            "checkpoint_superseded",
            "copy_checkpoint",
            "create_checkpoint_plan_for_update_state_api",
            "create_metadata_for_update_state_api",
            "delta_channels_overwritten",
            "delta_channels_to_snapshot",
            "delta_channels_with_pending_writes",
            "empty_checkpoint",
            "exit_delta_late_task_id",
            "exit_delta_task_id",
            "get_delta_channels_from_all_channels",
            "get_updated_channels_from_tasks",
            "put_writes_accepts_task_path",
            "versions_seen_without_bumps",
        )
    ),
    *(
        Replacement(_IO, name, f"langgraph_rs.algorithm.io:{name}")
        for name in (
            "map_command",
            "map_input",
            "map_output_updates",
            "map_output_values",
            "read_channel",
            "read_channels",
        )
    ),
    Replacement(
        "langgraph.pregel._task_status",
        "read_task_statuses",
        "langgraph_rs.algorithm.task_status:read_task_statuses",
    ),
    Replacement(
        "langgraph.pregel._utils",
        "get_new_channel_versions",
        "langgraph_rs.algorithm.checkpoint:get_new_channel_versions",
    ),
    *(
        Replacement(_DEBUG, name, f"langgraph_rs.algorithm.debug:{name}")
        for name in (
            "is_multiple_channel_write",
            "map_debug_checkpoint",
            "map_debug_task_results",
            "map_debug_tasks",
            "map_task_result_writes",
            "rm_pregel_keys",
            "tasks_w_writes",
        )
    ),
    Replacement(
        "langgraph.pregel.main",
        "Pregel._migrate_checkpoint",
        "langgraph_rs.algorithm.migration:migrate_pregel_checkpoint",
    ),
)

PARTS: dict[str, tuple[str, ...]] = {
    "codec": (_JSONPLUS,),
    "channels": ("langgraph.channels",),
    "algorithm": (_ALGO,),
    "io": (_IO, _DEBUG, "langgraph.pregel._task_status"),
    "checkpoint": (_CHECKPOINT, "langgraph.pregel._utils", "langgraph.pregel.main", "langgraph.graph.state"),
}
"""The parts of the backend by name: the modules (or packages) of upstream whose rows belong to each.

For finding faults a part can be left to upstream's Python while the others are Rust's (docs/backend.md).
"""


def part_of(row: Replacement) -> str:
    """The part that a row belongs to. Raises LookupError for a module that no part names."""
    for part, modules in PARTS.items():
        if any(row.module == module or row.module.startswith(f"{module}.") for module in modules):
            return part
    raise LookupError(f"{row.module} belongs to no part: name it in PARTS")
