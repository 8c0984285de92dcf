"""The Rust loop against upstream's: the graph corpus, awkward programs, and random ones, event for event."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from langgraph_rs._core import run_case

from parity.cases.model import Case
from parity.compare import compare
from parity.corpus.entries.graphs import entries
from parity.generate.graphs import FEATURES, cases, features
from parity.observe.model import Outcome
from parity.subjects.upstream.graphs import observe_graph

Part = dict[str, Any]

START, END = "__start__", "__end__"
LAST: Part = {"channel": "LastValue"}
LOG: Part = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}
SUM: Part = {"channel": "BinaryOperatorAggregate", "reducer": "add_int", "type": "int"}
PAIR: Part = {"channel": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"}
TOPIC: Part = {"channel": "Topic", "accumulate": False}
ANY: Part = {"channel": "AnyValue"}
UNTRACKED: Part = {"channel": "UntrackedValue", "guard": True}
EPHEMERAL: Part = {"channel": "EphemeralValue", "guard": True}
OPAQUE: Part = {"t": "opaque"}


def lit(value: Any) -> Part:
    return {"lit": value}


def put(key: str, value: Any) -> Part:
    return {"op": "write", "key": key, "value": value}


def fail(error: str, message: str, when: Part | None = None) -> Part:
    return {"op": "raise", "error": error, "message": message, "when": when}


def node(name: str, *do: Part, defer: bool = False, returns: str = "dict") -> Part:
    return {"name": name, "defer": defer, "do": list(do), "returns": returns}


def logs(name: str, *, defer: bool = False) -> Part:
    return node(name, put("log", lit([name])), defer=defer)


def branch(source: str, path: Part, *, ends: list[str] | None = None) -> Part:
    return {"from": source, "name": "route", "path": path, "ends": ends}


def dict_(**items: Any) -> Part:
    return {"t": "dict", "v": [[key, value] for key, value in items.items()]}


def less(key: str, bound: int) -> Part:
    return {"cmp": "lt", "left": {"get": key}, "right": lit(bound)}


def program(
    state: Part,
    nodes: Sequence[Part],
    edges: Sequence[Sequence[str]],
    *,
    joins: Sequence[Part] = (),
    branches: Sequence[Part] = (),
    inputs: Sequence[Any] = (dict_(),),
    limit: int = 12,
) -> Case:
    calls = [{"input": value} for value in inputs]
    body = {
        "state": state,
        "nodes": list(nodes),
        "edges": [list(edge) for edge in edges],
        "joins": list(joins),
        "branches": list(branches),
        "run": {"recursion_limit": limit, "versions": "int", "calls": calls},
    }
    return Case.from_json({"schema": "parity/case/1", "kind": "graph", **body})


def awkward() -> Iterator[tuple[str, Case]]:
    """Programs that a careless implementation gets wrong and that chance seldom makes."""
    yield from values_that_cannot_be_saved()
    yield from inputs_that_are_no_dicts()
    yield from wiring()
    yield from failures()
    yield from comparisons()


def values_that_cannot_be_saved() -> Iterator[tuple[str, Case]]:
    again = [dict_(), None]
    write = node("n", put("a", lit(OPAQUE)))
    yield "in a channel", program({"a": LAST}, [write, node("m")], [(START, "n"), ("n", "m")], inputs=again)
    beside = node("m", put("b", lit(1)))
    yield (
        "in one of two tasks",
        program({"a": LAST, "b": LAST}, [write, beside], [(START, "n"), (START, "m")], inputs=[*again, dict_(b=2)]),
    )
    inputs = [dict_(a=OPAQUE), None, dict_(a=1)]
    yield "as input", program({"a": LAST}, [node("n"), node("m")], [(START, "n"), ("n", "m")], inputs=inputs)
    send = branch("n", {"to": [{"send": "m", "arg": lit(OPAQUE)}]})
    yield "in a Send", program({"a": LAST}, [node("n"), node("m")], [(START, "n")], branches=[send], inputs=again)
    length = node("m", put("b", {"len": {"get": "a"}}))
    yield (
        "in an untracked channel",
        program({"a": UNTRACKED, "b": LAST}, [write, length], [(START, "n"), ("n", "m")], inputs=again),
    )
    yield (
        "beside a node error",
        program({"a": LAST}, [write, node("m", fail("KeyError", "k"))], [(START, "n"), (START, "m")], inputs=again),
    )
    deep = node("n", put("p", lit(1)))
    yield (
        "nested beyond msgpack's depth",
        program({"p": PAIR}, [deep], [(START, "n"), ("n", "n")], limit=270, inputs=[dict_(p=0), None]),
    )


def inputs_that_are_no_dicts() -> Iterator[tuple[str, Case]]:
    nodes, edges = [node("n", put("a", lit(1)))], [(START, "n")]
    for value in (
        5,
        "x",
        "",
        [],
        ["a"],
        True,
        {"t": "tuple", "v": [1]},
        {"t": "bytes", "hex": "00"},
        {"t": "float", "bits": "3ff8000000000000"},
        {"t": "set", "v": [1]},
        {"t": "subclass", "base": "dict", "v": dict_(a=1)},
        {"t": "dict", "v": [[1, 2], ["a", 3], [None, 4]]},
        {"t": "uuid", "hex": "0" * 32},
    ):
        yield f"input {json.dumps(value)}", program({"a": LAST}, nodes, edges, inputs=[value, None, dict_(a=1)])
    yield "resumed before any input", program({"a": LAST}, nodes, edges, inputs=[None, dict_(a=1), None, None])


def wiring() -> Iterator[tuple[str, Case]]:
    three, fan, twice = [logs(name) for name in "abc"], [(START, "a"), (START, "b")], [dict_(), dict_()]
    yield "START to END", program({"a": LAST}, [node("n")], [(START, END)], inputs=[dict_(a=1), None, dict_(a=2)])
    nowhere = [branch(START, {"to": []})]
    yield "START to nowhere", program({"a": LAST}, [node("n")], [], branches=nowhere, inputs=[dict_(a=1), None])
    joins = [{"from": list(sides), "to": "c"} for sides in ("ab", "ba", "ab")]
    yield "one join twice and turned round", program({"log": LOG}, three, fan, joins=joins, inputs=twice)
    late = [logs("a"), logs("b"), logs("c", defer=True)]
    for name, nodes in (("a join", three), ("a deferred join", late)):
        edges = [(START, "a"), ("a", "b"), ("a", "c")]
        yield f"{name} and an edge to one node", program({"log": LOG}, nodes, edges, joins=joins[:1], inputs=twice)
    half = branch("a", {"if": {"has": "log"}, "then": ["b"], "else": []})
    yield (
        "a join left half open by one call",
        program(
            {"log": LOG},
            three,
            [(START, "a")],
            joins=joins[:1],
            branches=[half],
            inputs=[dict_(), dict_(log=["x"]), None],
        ),
    )
    heard = [node("n", put("u", lit(1)), put("a", lit(1))), node("w", put("log", {"list": [{"input": True}]}))]
    sends = branch("n", {"to": [{"send": "w", "arg": arg} for arg in ({"input": True}, {"get": "u"})]})
    yield (
        "Sends of untracked values",
        program(
            {"u": UNTRACKED, "a": ANY, "log": LOG},
            heard,
            [(START, "n")],
            branches=[sends],
            inputs=[dict_(u=3), None, dict_(u=4)],
        ),
    )
    whole = node("m", put("a", {"input": True}))
    pass_on = {"to": [{"send": "m", "arg": {"input": True}}]}
    yield (
        "a branch of START sees keys that no channel has",
        program({"a": LAST}, [whole], [], branches=[branch(START, pass_on)], inputs=[dict_(z=1, a=3)]),
    )
    yield (
        "a branch sees its node's updates first",
        program(
            {"a": LAST, "b": LAST},
            [node("n", put("b", lit(2))), whole],
            [(START, "n")],
            branches=[branch("n", pass_on)],
            inputs=[dict_(b=1, a=3)],
        ),
    )


def failures() -> Iterator[tuple[str, Case]]:
    again = [dict_(), None, None]
    low = {"not": {"cmp": "ge", "left": {"get": "i"}, "right": lit(2)}}
    yield (
        "a failure beside transient channels",
        program(
            {"i": SUM, "e": EPHEMERAL, "t": TOPIC},
            [
                node("n", put("i", lit(1)), put("t", lit([1, 2]))),
                node("m", fail("ValueError", "x", low), put("e", lit(1))),
            ],
            [(START, "n"), ("n", "m"), (START, "m")],
            inputs=[dict_(), None, None, dict_(i=5), None],
        ),
    )
    counted = [node("n", put("i", lit(1)), put("log", lit(["a"]))), logs("m")]
    state, edges = {"i": SUM, "log": LOG}, [(START, "n"), ("n", "m")]
    lost = branch("n", {"to": ["m"]}, ends=[END])
    yield "a branch fails after updates and an edge", program(state, counted, edges, branches=[lost], inputs=again)
    wrong = [node("n", put("i", lit("s"))), logs("m")]
    to_m = branch("n", {"to": ["m"]})
    yield "a reducer fails in a branch's copy", program(state, wrong, edges, branches=[to_m], inputs=again)
    writers = [node(name, put("a", lit(name))) for name in "xyz"]
    fan = [(START, name) for name in "zyx"]
    yield "three writers of one value", program({"a": LAST}, writers, fan, inputs=[dict_(a=0), None, dict_(a=9), None])
    failing = [node(name, put("a", lit(name)), fail("RuntimeError", name)) for name in "xyz"]
    yield "three failures at once", program({"a": LAST}, failing, fan, inputs=[dict_(a=0), None])
    for do in ([], [put("b", lit(1)), put("a", lit(2))]):
        shown = node("n", *do, returns="list")
        yield f"a list of {len(do)} returned", program({"a": LAST, "b": LAST}, [shown], [(START, "n")], inputs=again)


def comparisons() -> Iterator[tuple[str, Case]]:
    one_two, two_one = dict_(a=1, b=2), dict_(b=2, a=1)
    for left, right in ((True, 1), (one_two, two_one), ([1], {"t": "tuple", "v": [1]}), ("é", "é")):
        equal = {"cmp": "eq", "left": lit(left), "right": lit(right)}
        route = branch("n", {"if": equal, "then": ["y"], "else": ["z"]})
        nodes = [node("n"), logs("y"), logs("z")]
        yield f"{left!r} eq {right!r}", program({"log": LOG}, nodes, [(START, "n")], branches=[route])
    big = [node("n", put("i", lit({"t": "int", "v": str(2**70)}))), logs("m")]
    route = branch("n", {"if": less("i", 3), "then": [], "else": ["m"]})
    yield "an int beyond 64 bits", program({"i": SUM, "log": LOG}, big, [(START, "n")], branches=[route])


def difference(case: Case) -> str | None:
    """The first difference between upstream and the Rust loop on a case; None if there is none."""
    expected = Outcome("observed", tuple(json.loads(json.dumps(observe_graph(case.body)))))
    reply = json.loads(run_case(json.dumps(case.to_json())))
    assert reply["kind"] == "graph"
    found = compare(case, expected, Outcome("observed", tuple(reply["events"]))).difference
    if found is None:
        return None
    return (
        f"{case.case_id} event {found.index}: {found.summary[:400]}\nupstream: {found.expected}\nrust: {found.actual}"[
            :3000
        ]
    )


NAMED = dict([*entries(), *awkward()])


@pytest.mark.parametrize("name", NAMED)
def test_a_named_program_leaves_the_same_trace(name: str) -> None:
    assert difference(NAMED[name]) is None


def test_the_named_programs_are_many_and_end_in_every_way() -> None:
    kinds: Counter[str] = Counter()
    for case in NAMED.values():
        kinds.update(event["e"] for event in json.loads(run_case(json.dumps(case.to_json())))["events"])
    assert len(NAMED) >= 120
    assert all(
        kinds[kind] >= 20 for kind in ("call", "load", "version", "put", "put_writes", "stream", "result", "error")
    )


def test_random_programs_leave_the_same_traces() -> None:
    met: Counter[str] = Counter()

    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def run(case: Case) -> None:
        met.update(features(case))
        assert difference(case) is None

    run()
    # What these few programs never hold says nothing about the loop.
    assert len(met) >= len(FEATURES) - 4, sorted(set(FEATURES) - set(met))


JUNK: tuple[Any, ...] = (None, 1, -1, 2**70, "x", START, END, "configurable", [], {}, [1], {"t": "x"}, True, 1.5)


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def damage(case: Any, chance: random.Random) -> None:
    """Removes or replaces one member of a case, somewhere."""
    *path, last = chance.choice(list(places(case))[1:])
    parent = case
    for key in path:
        parent = parent[key]
    if chance.random() < 0.4:
        del parent[last]
    else:
        parent[last] = deepcopy(chance.choice(JUNK))


def test_a_damaged_program_is_refused_in_one_line() -> None:
    whole = program(
        {"a": LAST, "t": TOPIC, "log": LOG},
        [node("n", put("a", {"add": [{"get": "a"}, lit(1)]}), fail("KeyError", "k", less("a", 2))), node("m")],
        [(START, "n")],
        joins=[{"from": ["n", "m"], "to": "n"}],
        branches=[branch("n", {"if": {"has": "a"}, "then": [{"send": "m", "arg": lit(1)}], "else": ["m"]}, ends=["m"])],
        inputs=[dict_(a=1), None],
    ).to_json()
    chance, refused = random.Random(0), 0
    for _ in range(3000):
        case: Any = deepcopy(whole)
        for _ in range(chance.randint(1, 3)):
            damage(case, chance)
        message = refusal(json.dumps(case))
        assert "\n" not in (message or "")
        refused += message is not None
    assert refused > 2000


def refusal(text: str) -> str | None:
    """Why a case is refused; None if it is run."""
    try:
        run_case(text)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("opening", "core", "closing"), [('{"len":', '{"lit":1}', "}"), ('{"list":[', '{"lit":1}', "]}")]
)
def test_instructions_may_nest_as_deeply_as_a_case_may(opening: str, core: str, closing: str) -> None:
    shallow = json.dumps(program({"a": LAST}, [node("n", put("a", lit("@")))], [(START, "n")]).to_json())
    deep = shallow.replace('{"lit": "@"}', opening * 1500 + core + closing * 1500)
    assert deep != shallow
    assert json.loads(run_case(deep))["events"][-1]["e"] == "state"
