"""What programs do with a store, inside a node or as an operation of its own (`docs/programs.md` §2, §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parity.subjects.upstream.programs.effects import Effect

__all__ = ["use_store"]


def use_store(store: Any, spec: Mapping[str, Any], evaluate: Callable[[Any], Any]) -> Effect:
    """What an instruction or operation does with a store; its result is plain data.

    `put` and `delete` give None, `get` the item's value or None, `search` a list of `[key, value]`.
    """
    namespace = tuple(spec["namespace"])
    kind = spec["do"]
    if kind == "put":
        value = evaluate(spec["value"])
        return Effect(
            lambda: store.put(namespace, spec["key"], value), lambda: store.aput(namespace, spec["key"], value)
        )
    if kind == "delete":
        return Effect(lambda: store.delete(namespace, spec["key"]), lambda: store.adelete(namespace, spec["key"]))
    if kind == "get":

        async def get() -> Any:
            return _value(await store.aget(namespace, spec["key"]))

        return Effect(lambda: _value(store.get(namespace, spec["key"])), get)

    async def search() -> Any:
        return _items(await store.asearch(namespace))

    return Effect(lambda: _items(store.search(namespace)), search)


def _value(item: Any) -> Any:
    return None if item is None else item.value


def _items(items: Any) -> list[Any]:
    return [[item.key, item.value] for item in items]
