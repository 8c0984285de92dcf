"""What takes the place of the `_migrate_checkpoint` methods of `Pregel` and `CompiledStateGraph`."""

from __future__ import annotations

from typing import Any

from langgraph_rs import _core

__all__ = ["migrate_pregel_checkpoint", "migrate_state_graph_checkpoint"]


def migrate_pregel_checkpoint(self: Any, checkpoint: Any) -> None:
    """Makes pending `Send`s of an older checkpoint the value of their channel; mirrors `Pregel._migrate_checkpoint`."""
    _core.migrate_pending_sends(checkpoint)


def migrate_state_graph_checkpoint(self: Any, checkpoint: Any) -> None:
    """Gives older trigger channels today's names; mirrors `CompiledStateGraph._migrate_checkpoint`."""
    from langgraph.graph.state import CompiledStateGraph

    super(CompiledStateGraph, self)._migrate_checkpoint(checkpoint)
    _core.migrate_triggers(checkpoint, self)
