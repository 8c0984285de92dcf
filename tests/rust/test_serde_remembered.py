"""What a reader remembers of a model's module, class and permission never outlives what it was learned from."""

from __future__ import annotations

import copy
import gc
import importlib
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from langgraph.checkpoint.serde import _msgpack, event_hooks, jsonplus
from langgraph.checkpoint.serde.event_hooks import register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer
from model_sides import anatomy, called, outcome
from passing_modules import NAME, module_of
from pydantic import BaseModel


class Patch:
    """What a change may use: a patch that is taken back, the module, and a place for what it sees."""

    def __init__(self, patch: pytest.MonkeyPatch, seen: list[Any]) -> None:
        self.patch, self.seen = patch, seen
        self.undo: list[Callable[[], Any]] = []

    @property
    def module(self) -> types.ModuleType:
        """The module as it now is."""
        return sys.modules[NAME]

    def note(self, what: str, result: Any = None) -> Callable[..., Any]:
        """A function that is noted when it is called."""

        def noted(*arguments: Any) -> Any:
            self.seen.append((what, repr(arguments)))
            return result

        return noted


class Other(BaseModel):
    """Another model."""

    a: int = 2
    b: int = 3


class Odd(types.ModuleType):
    """A module that answers in its own way."""

    def __getattribute__(self, name: str) -> Any:
        return Other if name == "Model" else super().__getattribute__(name)


def in_its_place(patch: Patch) -> None:
    other = types.ModuleType(NAME)
    other.Model = Other  # type: ignore[attr-defined]
    patch.patch.setitem(sys.modules, NAME, other)


def odd_in_its_place(patch: Patch) -> None:
    other = Odd(NAME)
    other.__dict__.update(patch.module.__dict__)
    patch.patch.setitem(sys.modules, NAME, other)


def allows_it(patch: Patch) -> None:
    more = _msgpack.SAFE_MSGPACK_TYPES | {(NAME, "Model")}
    patch.patch.setattr(_msgpack, "SAFE_MSGPACK_TYPES", more)
    jsonplus._warned_unregistered_types.clear()


def other_code(patch: Patch) -> None:
    def warn(seen: Any, key: Any, text: Any, *arguments: Any) -> None:
        logger.error("other code %s", key)  # type: ignore[name-defined]  # noqa: F821 - the module's, whose code this becomes

    patch.patch.setattr(jsonplus._warn_once, "__code__", warn.__code__)


CHANGES: dict[str, Callable[[Patch], Any]] = {
    "another class": lambda patch: patch.patch.setattr(patch.module, "Model", Other),
    "no class": lambda patch: patch.patch.setattr(patch.module, "Model", dict),
    "a function": lambda patch: patch.patch.setattr(patch.module, "Model", patch.note("called")),
    "no such name": lambda patch: patch.patch.delattr(patch.module, "Model"),
    "no module": lambda patch: patch.patch.delitem(sys.modules, NAME),
    "None for a module": lambda patch: patch.patch.setitem(sys.modules, NAME, None),
    "a module in its place": in_its_place,
    "an odd module in its place": odd_in_its_place,
    "the module's class": lambda patch: patch.patch.setattr(patch.module, "__class__", Odd),
    "import_module": lambda patch: patch.patch.setattr(importlib, "import_module", patch.note("import", patch.module)),
    "the table": allows_it,
    "warned of is cleared": lambda patch: jsonplus._warned_unregistered_types.clear(),
    "warned of is another": lambda patch: patch.patch.setattr(jsonplus, "_warned_unregistered_types", set()),
    "a listener": lambda patch: patch.undo.append(register_serde_event_listener(patch.note("event"))),
    "other listeners": lambda patch: patch.patch.setattr(event_hooks, "_listeners", [patch.note("event")]),
    "emit_serde_event": lambda patch: patch.patch.setattr(jsonplus, "emit_serde_event", patch.note("event")),
    "_warn_once": lambda patch: patch.patch.setattr(jsonplus, "_warn_once", patch.note("warned")),
    "the code of _warn_once": other_code,
}

# What nobody can see by itself: what is remembered may be used, or not.
UNSEEN: dict[str, Callable[[Patch], Any]] = {
    "it is being imported": lambda patch: patch.patch.setattr(patch.module.__spec__, "_initializing", True),
    "no spec": lambda patch: patch.patch.setattr(patch.module, "__spec__", None),
    "a spec deleted": lambda patch: patch.patch.delattr(patch.module, "__spec__"),
    "another spec": lambda patch: patch.patch.setattr(patch.module, "__spec__", object()),
    "another name": lambda patch: patch.patch.setattr(patch.module, "more", 1, raising=False),
    "another module": lambda patch: patch.patch.setitem(sys.modules, "one_module_more", types.ModuleType("more")),
    "an equal table": lambda patch: patch.patch.setattr(
        _msgpack, "SAFE_MSGPACK_TYPES", frozenset(list(_msgpack.SAFE_MSGPACK_TYPES))
    ),
}


class Remembers(JsonPlusSerializer):
    """The fault: what was read once is given again, whatever has changed."""

    read: dict[bytes, Any] = {}  # noqa: RUF012 - for the life of the process, as a fault of this kind would be

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        if data[1] not in self.read:
            self.read[data[1]] = super().loads_typed(data)
        return copy.deepcopy(self.read[data[1]])


def told(side: type, change: Callable[[Patch], Any], **options: Any) -> list[Any]:
    """What a serializer gives, and what is seen of it, before a change, during it and after it."""
    jsonplus._warned_unregistered_types.clear()
    jsonplus._warned_blocked_types.clear()
    Remembers.read.clear()
    seen: list[Any] = []
    module_of()
    typed = Upstream().dumps_typed(sys.modules[NAME].Model(a=5))
    found: list[Any] = []

    def load() -> None:
        value, texts = outcome(lambda: side(**options).loads_typed(typed))
        kind = (type(value).__module__, type(value).__qualname__, type(value) is Other)
        _, parts = anatomy(value) if isinstance(value, BaseModel) else (None, repr(value))
        found.append((kind, parts, texts, seen.copy()))

    try:
        for _ in range(3):
            load()
        with pytest.MonkeyPatch.context() as patch:
            made = Patch(patch, seen)
            change(made)
            for _ in range(3):
                load()
            for undo in made.undo:
                undo()
        for _ in range(3):
            load()
    finally:
        sys.modules.pop(NAME, None)
    return found


@pytest.mark.parametrize("allowed", [True, None, [(NAME, "Model")]], ids=["all", "none", "this"])
@pytest.mark.parametrize("name", [*CHANGES, *UNSEEN])
def test_a_change_is_seen_at_once(name: str, allowed: Any) -> None:
    change = (CHANGES | UNSEEN)[name]
    upstream, rust = (told(side, change, allowed_msgpack_modules=allowed) for side in (Upstream, JsonPlusSerializer))
    assert rust == upstream


@pytest.mark.parametrize("name", CHANGES)
def test_what_outlives_a_change_is_seen(name: str) -> None:
    right, wrong = (told(side, CHANGES[name]) for side in (JsonPlusSerializer, Remembers))
    assert wrong != right


def test_a_module_that_is_being_imported_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of()
    try:
        typed = Upstream().dumps_typed(module.Model())
        load = lambda: JsonPlusSerializer().loads_typed(typed)  # noqa: E731
        load()
        assert called("decoded", load) == {}
        with monkeypatch.context() as patch:
            patch.setattr(module.__spec__, "_initializing", True)
            assert called("decoded", load) == {"importlib.import_module": 1}
        assert called("decoded", load) == {}
    finally:
        del sys.modules[NAME]


def test_more_classes_than_are_remembered() -> None:
    source = "from pydantic import BaseModel\n" + "".join(
        f"class Model{place}(BaseModel):\n    a: int = {place}\n" for place in range(40)
    )
    module = module_of(source)
    try:
        values = [getattr(module, f"Model{place % 40}")() for place in range(100)]
        typed = Upstream().dumps_typed(values)
        assert JsonPlusSerializer().loads_typed(typed) == Upstream().loads_typed(typed) == values
    finally:
        del sys.modules[NAME]


@pytest.mark.parametrize("first", [True, None, [(NAME, "Model")]], ids=["all", "none", "this"])
def test_one_serializer_allows_nothing_for_another(first: Any) -> None:
    module = module_of()
    try:
        typed = Upstream().dumps_typed(module.Model())
        for allowed in (first, None, True, [(NAME, "Model")], [(NAME, "Other")], None):
            found = [one(allowed_msgpack_modules=allowed).loads_typed(typed) for one in (Upstream, JsonPlusSerializer)]
            assert anatomy(found[1]) == anatomy(found[0])
    finally:
        del sys.modules[NAME]


def test_no_module_is_kept_alive() -> None:
    module = module_of()
    typed = Upstream().dumps_typed(module.Model())
    for _ in range(3):
        JsonPlusSerializer().loads_typed(typed)
    gone = [weakref.ref(module), weakref.ref(module.__spec__), weakref.ref(module.Model)]
    del sys.modules[NAME], module
    gc.collect()
    assert [one() for one in gone] == [None, None, None]
