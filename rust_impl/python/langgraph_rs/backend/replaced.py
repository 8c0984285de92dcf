"""THE table: every upstream name that the backend replaces, in its defining module, and by what.

Rows are in order of their modules. CONTRIBUTING.md, "a replaced name", says what a row needs before it goes live.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["REPLACED", "Replacement"]


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
)
