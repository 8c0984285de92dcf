"""Pairs of features that a run has executed together, of all the pairs that could be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations, product

from parity.generate.programs.themes import FEATURES

__all__ = ["impossible_pairs", "pairs_of"]

_ONE_OF = (("sqlite", "postgres", "pathless", "no_saver"), ("str_versions", "float_versions", "custom_versions"))
"""A run has one saver, and one kind of versions."""

_SAVED = (
    *("put_fails", "put_writes_fails", "crash", "fork", "replay", "head_by_id", "fork_update"),
    *("restart", "old_format", "delete_thread", "deployed", "command_at", "run_inside", "channels_read"),
)
"""What a run without a saver cannot have (`docs/programs.md` §3)."""

_UNSETTLED = (
    *("messages", "message_without_id", "message_removed", "message_twice", "delta_messages", "topic", "raw_barrier"),
    *("mutated", "join", "returns_object", "bad_return", "send", "send_each", "send_timeout", "command_send", "drain"),
    *("node_error", "node_error_once", "error_after_writes", "error_note", "cancelled", "handler_fails"),
    *("put_fails", "put_writes_fails", "crash", "timeout_run", "timeout_idle", "step_timeout"),
    *("interrupt_twice", "interrupt_schema", "error_between_interrupts", "bulk_update", "bulk_tasks"),
    *("subgraph", "subgraph_twice", "subgraph_deep", "subgraph_prefix", "subgraph_own_memory", "subgraph_stateless"),
    *("subgraph_interrupts", "call", "call_own_thread", "call_twice", "call_streamed", "call_hidden", "tools", "chat"),
    *("push_message", "async_api", "events_v2", "events_v3", "stream_v3", "stream_closed", "batch", "callbacks"),
    *("cache", "cache_ttl", "cache_cleared", "store", "delete_thread", "old_format"),
    *("cache_key_fails", "cache_graph", "cache_task", "handler_async", "handler_beside", "idle_refreshed"),
    *("idle_strict", "attempts_told", "outlived", "slow_step", "task_caught", "deployed", "run_inside"),
    *("schemas_asked", "channels_read", "task_alone"),
)
"""What no program under upstream's own threads has: more than orders would be chance (`threads.settles`)."""


def pairs_of(names: Iterable[str]) -> Counter[str]:
    """Each pair of the features of one case once, as ``a+b`` in the order of the alphabet."""
    return Counter(f"{a}+{b}" for a, b in combinations(sorted(set(names)), 2))


def impossible_pairs() -> frozenset[str]:
    """The pairs of FEATURES that contradict each other: no program has both. Every other pair counts as possible."""
    found = [pair for names in _ONE_OF for pair in combinations(names, 2)]
    found += product(("no_saver",), _SAVED)
    found += product(("threads",), _UNSETTLED)
    found.append(("postgres", "custom_versions"))  # an object of a class of ours is no column's value
    assert {name for pair in found for name in pair} <= set(FEATURES)
    return frozenset("+".join(sorted(pair)) for pair in found)
