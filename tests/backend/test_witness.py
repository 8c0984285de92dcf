"""Under the witness no Python function that Rust replaces can be used, by whatever reference, without being caught."""

from __future__ import annotations

import asyncio
import functools
import inspect
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from interpreters import Interpreter
from langgraph_rs import WitnessError
from langgraph_rs.backend.poison import functions_of, poison
from langgraph_rs.backend.record import RECORD

SERIALIZER = "langgraph.checkpoint.serde.jsonplus:JsonPlusSerializer"

UPSTREAM = """
import asyncio, contextlib, functools

def plain(a, b=1, *, c=2): return a

def around():
    x, y = 1, 2
    def inner(a): return x + y + a
    return inner
closure = around()

def steps():
    yield 1

async def waits(): return 1
async def flows(): yield 1

@contextlib.contextmanager
def opens(): yield 1

@functools.lru_cache
def cached(a): return a

part = functools.partial(plain, 1)

def decorate(function):
    @functools.wraps(function)
    def wrapper(*args): return function(*args)
    return wrapper

@decorate
def decorated(a): return a

class Thing:
    def __init__(self, n=0): self.n = n
    def method(self): return self.n
    def generator(self): yield self.n
    async def coroutine(self): return self.n
    @staticmethod
    def static(): return 1
    @classmethod
    def made(cls): return 1
    @property
    def value(self): return self.n
    @value.setter
    def value(self, n): self.n = n
    @functools.cached_property
    def kept(self): return self.n
    half = functools.partialmethod(made, 1)
    def __eq__(self, other): return True
    def __hash__(self): return 1
    class Inner:
        def method(self): return 1
        def with_super(self): return super().__repr__()
"""


@pytest.fixture
def upstream() -> ModuleType:
    module = ModuleType("upstream")
    exec(UPSTREAM, vars(module))
    return module


def assert_raises(name: str, use: Callable[[], Any]) -> None:
    before = RECORD.caught().get(f"upstream:{name}", 0)
    with pytest.raises(WitnessError, match=f"upstream:{name} is replaced by Rust"):
        use()
    assert RECORD.caught()[f"upstream:{name}"] == before + 1


FUNCTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "plain": ("plain", lambda function: function(1)),
    "closure": ("around.<locals>.inner", lambda function: function(1)),
    "steps": ("steps", lambda function: list(function())),
    "waits": ("waits", lambda function: asyncio.run(function())),
    "flows": ("flows", lambda function: function().__anext__()),
    "opens": ("opens", lambda function: function().__enter__()),
    "cached": ("cached", lambda function: function(5)),
    "part": ("plain", lambda function: function()),
    "decorated": ("decorated", lambda function: function(1)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_kind_of_function_raises_through_a_reference_taken_before(upstream: ModuleType, name: str) -> None:
    qualified, use = FUNCTIONS[name]
    held = functools.partial(getattr(upstream, name))
    assert poison(getattr(upstream, name), vars(upstream), f"upstream:{name}") >= 1
    assert_raises(qualified, lambda: use(held))
    # Twice, and by any arguments: what is caught is the use, not one way to use it.
    with pytest.raises(WitnessError):
        held.func(1, 2, 3, x=4)


def test_every_method_of_a_class_raises(upstream: ModuleType) -> None:
    thing_class = upstream.Thing
    thing, inner = thing_class(3), thing_class.Inner()
    bound, getter = thing.method, thing_class.value.fget

    class Sub(thing_class):  # type: ignore[misc]
        def method(self) -> Any:
            return super().method()

    sub = Sub(4)
    assert poison(thing_class, vars(upstream), "upstream:Thing") == 13
    assert_raises("Thing.__init__", lambda: thing_class(1))
    assert_raises("Thing.method", bound)
    assert_raises("Thing.method", sub.method)
    assert_raises("Thing.generator", lambda: list(thing.generator()))
    assert_raises("Thing.coroutine", lambda: asyncio.run(thing.coroutine()))
    assert_raises("Thing.static", thing_class.static)
    assert_raises("Thing.made", Sub.made)
    assert_raises("Thing.value", lambda: thing.value)
    assert_raises("Thing.value", lambda: getter(thing))
    assert_raises("Thing.value", lambda: setattr(thing, "value", 1))
    assert_raises("Thing.kept", lambda: thing.kept)
    assert_raises("Thing.made", thing_class.half)
    assert_raises("Thing.__eq__", lambda: thing == 1)
    assert_raises("Thing.__hash__", lambda: {thing})
    assert_raises("Thing.Inner.method", inner.method)
    assert_raises("Thing.Inner.with_super", inner.with_super)


def test_functions_that_are_not_upstreams_are_left_alone(upstream: ModuleType) -> None:
    upstream.Thing.borrowed = assert_raises
    upstream.Thing.other = pickle.Pickler
    found = {function.__qualname__ for function in functions_of(upstream.Thing, vars(upstream))}
    assert "assert_raises" not in found
    assert poison(len, vars(upstream), "upstream:len") == 0
    poison(upstream.opens, vars(upstream), "upstream:opens")
    with inspect.getmodule(pytest.raises) and pytest.raises(WitnessError):  # type: ignore[union-attr]
        upstream.opens().__enter__()


# --- in a process with the backend ------------------------------------------------------------------------------------


def test_a_direct_use_of_an_original_is_caught(python: Interpreter) -> None:
    found = python.result(
        """
        import json, langgraph_rs
        import langgraph.checkpoint.serde.jsonplus as jsonplus
        from langgraph_rs.backend.record import RECORD
        clean = langgraph_rs.witness()
        original = RECORD.replaced[jsonplus.__name__, "JsonPlusSerializer"].value
        encode = RECORD.replaced[jsonplus.__name__, "_msgpack_enc"].value
        hook = RECORD.replaced[jsonplus.__name__, "_msgpack_ext_hook"].value
        raised = []
        for use in (original, lambda: encode(1), lambda: hook(0, b"1"), lambda: jsonplus._msgpack_default(1)):
            try:
                use()
            except langgraph_rs.WitnessError as error:
                raised.append(str(error).split(" ")[0].partition(":")[2])
        jsonplus.kept = original
        print(json.dumps([clean, raised, langgraph_rs.witness()]))
        """,
        LANGGRAPH_BACKEND="rust",
        LANGGRAPH_RS_WITNESS="1",
    )
    clean, raised, after = found
    assert (clean["witness"], clean["caught"], clean["captured"]) == (True, {}, [])
    assert clean["poisoned"] > 10
    assert raised == [
        "JsonPlusSerializer.__init__",
        "_msgpack_enc",
        "_create_msgpack_ext_hook.<locals>.ext_hook",
        "_msgpack_default",
    ]
    assert set(after["caught"].values()) == {1}
    assert len(after["caught"]) == 4
    held = ["__main__.encode", "__main__.hook", "__main__.original", "langgraph.checkpoint.serde.jsonplus.kept"]
    assert [name for name in after["captured"] if name != "__main__.use"] == held


FALLBACK = """
import sys
from unittest import mock
import langgraph_rs
from langgraph_rs.backend import finder
from langgraph_rs.backend.replaced import Replacement

class JsonPlusSerializer:
    # A provider that hands its work to what it replaces, and hides the trouble.
    def dumps_typed(self, value):
        from langgraph_rs.backend.record import RECORD
        original = RECORD.replaced["langgraph.checkpoint.serde.jsonplus", "JsonPlusSerializer"].value
        try:
            return original().dumps_typed(value)
        except Exception:
            return "msgpack", b"\\xc0"

sys.modules["fallback"] = sys.modules["__main__"]
row = Replacement("langgraph.checkpoint.serde.jsonplus", "JsonPlusSerializer", "fallback:JsonPlusSerializer")
finder.REPLACED = (row,)
langgraph_rs.install()
"""


def test_a_provider_that_secretly_delegates_is_caught(python: Interpreter) -> None:
    program = FALLBACK + (
        "from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer\n"
        "import json\n"
        "print(json.dumps([JsonPlusSerializer().dumps_typed([1])[1].hex(), langgraph_rs.witness()['caught']]))\n"
    )
    # Without the witness nobody would notice.
    assert python.result(program) == ["9101", {}]
    caught = {"langgraph.checkpoint.serde.jsonplus:JsonPlusSerializer.__init__": 1}
    assert python.result(program, LANGGRAPH_RS_WITNESS="1") == ["c0", caught]


def test_a_row_whose_original_cannot_be_poisoned_is_refused(python: Interpreter) -> None:
    program = FALLBACK.replace('"JsonPlusSerializer", "fallback', '"LC_REVIVER", "fallback')
    done = python.run(f"{program}\nimport langgraph.checkpoint.serde.jsonplus", LANGGRAPH_RS_WITNESS="1")
    assert "no Python function in langgraph.checkpoint.serde.jsonplus:LC_REVIVER" in done.stderr.splitlines()[-1]


def test_a_row_that_upstream_does_not_have_is_refused(python: Interpreter) -> None:
    program = FALLBACK.replace('"JsonPlusSerializer", "fallback', '"NoSuchName", "fallback')
    done = python.run(f"{program}\nimport langgraph.checkpoint.serde.jsonplus")
    assert done.stderr.splitlines()[-1].endswith(
        "BackendError: upstream's langgraph.checkpoint.serde.jsonplus has no NoSuchName to replace"
    )


METHODS = """
import sys
import langgraph_rs
from langgraph_rs.backend import finder
from langgraph_rs.backend.replaced import Replacement

def loads(self, data):
    return [type(self).__name__, data]

sys.modules["fallback"] = sys.modules["__main__"]
module = "langgraph.checkpoint.serde.jsonplus"
finder.REPLACED = (Replacement(module, "JsonPlusSerializer.loads_typed", "fallback:loads"),)
langgraph_rs.install()
import json
import langgraph.checkpoint.serde.jsonplus as jsonplus
held = langgraph_rs.backend.record.RECORD.replaced[module, "JsonPlusSerializer.loads_typed"].value
one = jsonplus.JsonPlusSerializer()
found = [one.dumps_typed([1])[0], one.loads_typed(5)]
try:
    held(one, ("null", b""))
except langgraph_rs.WitnessError as error:
    found.append(str(error))
live = {name: place.still_replaced() for (_, name), place in langgraph_rs.backend.record.RECORD.replaced.items()}
print(json.dumps([found, live, langgraph_rs.uninstall()]))
"""


def test_a_method_is_replaced_in_its_class_and_the_class_stays(python: Interpreter) -> None:
    found, live, stays = python.result(METHODS, LANGGRAPH_RS_WITNESS="1")
    assert found[:2] == ["msgpack", ["JsonPlusSerializer", 5]]
    assert found[2].startswith(f"{SERIALIZER}.loads_typed is replaced by Rust")
    assert live == {"JsonPlusSerializer.loads_typed": True}
    assert stays == [f"{SERIALIZER}.loads_typed"]


def test_a_module_that_loads_around_the_hook_is_told(python: Interpreter) -> None:
    """An import hook of somebody else's that stands before ours can find the module first."""
    found = python.result(
        """
        import importlib.machinery, json, sys, langgraph_rs

        class First:
            def find_spec(self, name, path, target=None):
                if name == "langgraph.checkpoint.serde.jsonplus":
                    return importlib.machinery.PathFinder.find_spec(name, path)

        sys.meta_path.insert(0, First())
        import langgraph.checkpoint.serde.jsonplus
        print(json.dumps(langgraph_rs.witness()["names"]))
        """,
        LANGGRAPH_BACKEND="rust",
    )
    assert found[SERIALIZER] == "bypassed"
