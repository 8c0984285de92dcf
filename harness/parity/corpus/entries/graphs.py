"""The graph corpus: named programs, each for one behaviour of the loop.

Numbers in names are the traps of upstream-loop.md §5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from parity.cases.model import Case

__all__ = ["entries"]

START, END = "__start__", "__end__"
Program = dict[str, Any]

LAST: Program = {"channel": "LastValue"}
LOG: Program = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}
SUM: Program = {"channel": "BinaryOperatorAggregate", "reducer": "add_int", "type": "int"}
PAIR: Program = {"channel": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"}
TOPIC: Program = {"channel": "Topic", "accumulate": False}
TOPIC_KEPT: Program = {"channel": "Topic", "accumulate": True}
EPHEMERAL: Program = {"channel": "EphemeralValue", "guard": True}
EPHEMERAL_OPEN: Program = {"channel": "EphemeralValue", "guard": False}
UNTRACKED: Program = {"channel": "UntrackedValue", "guard": True}
ANY: Program = {"channel": "AnyValue"}


def entries() -> Iterator[tuple[str, Case]]:
    """Yields (name, case), the same ones in the same order every time."""
    for family in (
        _basics,
        _channels,
        _joins,
        _deferred,
        _branches,
        _sends,
        _cycles,
        _errors,
        _calls,
        _versions,
        _wide,
    ):
        for name, program in family():
            yield name, Case("graph", program)


def _lit(value: Any) -> Program:
    return {"lit": value}


def _write(key: str, value: Any) -> Program:
    return {"op": "write", "key": key, "value": value}


def _raise(error: str, message: str, when: Program | None = None) -> Program:
    return {"op": "raise", "error": error, "message": message, "when": when}


def _node(name: str, *do: Program, defer: bool = False, returns: str = "dict") -> Program:
    return {"name": name, "defer": defer, "do": list(do), "returns": returns}


def _logs(name: str, **options: Any) -> Program:
    """A node that appends its own name to the key `log`."""
    return _node(name, _write("log", _lit([name])), **options)


def _branch(source: str, path: Program, *, name: str = "route", ends: list[str] | None = None) -> Program:
    return {"from": source, "name": name, "path": path, "ends": ends}


def _join(sources: Sequence[str], target: str) -> Program:
    return {"from": list(sources), "to": target}


def _send(node: str, arg: Program) -> Program:
    return {"send": node, "arg": arg}


def _dict(**items: Any) -> Program:
    return {"t": "dict", "v": [[key, value] for key, value in items.items()]}


def _program(
    state: Program,
    nodes: Sequence[Program],
    edges: Sequence[tuple[str, str]],
    *,
    joins: Sequence[Program] = (),
    branches: Sequence[Program] = (),
    inputs: Sequence[Any] | None = None,
    limit: int = 12,
    versions: str = "int",
) -> Program:
    given = [_dict()] if inputs is None else inputs
    return {
        "state": state,
        "nodes": list(nodes),
        "edges": [list(edge) for edge in edges],
        "joins": list(joins),
        "branches": list(branches),
        "run": {"recursion_limit": limit, "versions": versions, "calls": [{"input": value} for value in given]},
    }


def _chain(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(START, names[0]), *pairwise(names), (names[-1], END)]


def _basics() -> Iterator[tuple[str, Program]]:
    add = _write("a", {"add": [{"get": "a"}, _lit(1)]})
    yield "one node", _program({"a": LAST}, [_node("n", add)], _chain(["n"]), inputs=[_dict(a=1)])
    yield "chain of four", _program({"a": LAST}, [_node(n, add) for n in "wxyz"], _chain("wxyz"), inputs=[_dict(a=0)])
    yield "a node that writes nothing", _program({"a": LAST}, [_node("n")], _chain(["n"]), inputs=[_dict(a=1)])
    nothing = _node("n", _write("a", _lit(2)), returns="none")
    yield "a node that returns None", _program({"a": LAST}, [nothing], _chain(["n"]), inputs=[_dict(a=1)])
    yield "an empty input", _program({"a": LAST}, [_node("n", add)], _chain(["n"]))
    yield (
        "an input key that no channel has",
        _program({"a": LAST}, [_node("n", add)], _chain(["n"]), inputs=[_dict(a=1, z=9)]),
    )
    yield (
        "a value of every JSON sort",
        _program(
            {"a": LAST, "b": LAST},
            [_node("n", _write("b", {"input": True}))],
            _chain(["n"]),
            inputs=[{"t": "dict", "v": [["a", [None, True, -33, 2**40, "é", {"t": "dict", "v": [[1, "one"]]}]]]}],
        ),
    )
    two = [("n", "m"), ("m", "n")]
    for first, second in two:
        yield (
            f"declared {first} before {second}, fan-out (2: order of the next tasks)",
            _program({"log": LOG}, [_logs(first), _logs(second)], [(START, first), (START, second)]),
        )


def _channels() -> Iterator[tuple[str, Program]]:
    for name, spec in (
        ("Topic", TOPIC),
        ("kept Topic", TOPIC_KEPT),
        ("EphemeralValue", EPHEMERAL),
        ("open EphemeralValue", EPHEMERAL_OPEN),
        ("UntrackedValue", UNTRACKED),
        ("AnyValue", ANY),
        ("LastValue", LAST),
    ):
        program = _program(
            {"c": spec, "seen": LOG},
            [_node("w", _write("c", _lit(1))), *(_node(n, _write("seen", {"list": [{"get": "c"}]})) for n in "xyz")],
            _chain("wxyz"),
            inputs=[_dict(c=0)],
        )
        yield f"{name} over four supersteps (7: what the next step clears)", program
        writers = [_node(n, _write("c", _lit(n))) for n in "pqr"]
        yield (
            f"{name} written by three nodes at once",
            _program({"c": spec}, writers, [(START, n) for n in "rqp"], inputs=[_dict(c=0)]),
        )
    for reducer, typ, updates in (
        ("add_list", "list", [[1], [2], []]),
        ("add_int", "int", [1, 200, -40]),
        ("concat_str", "str", ["x", "", "é"]),
        ("merge_dict", "dict", [_dict(k=1), _dict(k=2), _dict(j=3)]),
        ("last_wins", "any", [1, None, 3]),
        ("pair", "any", [1, 2, 3]),
    ):
        spec = {"channel": "BinaryOperatorAggregate", "reducer": reducer, "type": typ}
        writers = [_node(n, _write("v", _lit(u))) for n, u in zip("cab", updates, strict=True)]
        yield (
            f"reducer {reducer}, three writers (3: applied in path order)",
            _program({"v": spec}, writers, [(START, n) for n in "abc"]),
        )
    overwrite = {"t": "dict", "v": [["__overwrite__", [9]]]}
    yield (
        "an Overwrite between two writers",
        _program(
            {"log": LOG},
            [_logs("a"), _node("b", _write("log", _lit(overwrite))), _logs("c")],
            [(START, n) for n in "abc"],
        ),
    )
    yield (
        "an Overwrite as first value is stored raw (9)",
        _program({"p": PAIR}, [_node("n", _write("p", _lit(overwrite)))], _chain(["n"])),
    )


def _joins() -> Iterator[tuple[str, Program]]:
    state = {"log": LOG}
    fan = [(START, "a"), (START, "b")]
    yield (
        "a join of two",
        _program(state, [_logs("a"), _logs("b"), _logs("c")], fan, joins=[_join("ab", "c")]),
    )
    yield (
        "a join whose sides come in different supersteps",
        _program(state, [_logs(n) for n in "abxc"], [(START, "a"), (START, "x"), ("x", "b")], joins=[_join("ab", "c")]),
    )
    yield (
        "a join that never opens",
        _program(state, [_logs(n) for n in "abc"], [(START, "a")], joins=[_join("ab", "c")]),
    )
    yield (
        "a join that opens twice in a cycle",
        _program(
            {"log": LOG, "i": SUM},
            [_node("a", _write("i", _lit(1))), _logs("b"), _logs("c")],
            [(START, "a"), (START, "b")],
            joins=[_join("ab", "c")],
            branches=[
                _branch("c", {"if": _lt("i", 2), "then": ["a", "b"], "else": [END]}),
            ],
        ),
    )
    yield (
        "two joins into one node",
        _program(
            state,
            [_logs(n) for n in "abcd"],
            [(START, "a"), (START, "b"), (START, "c")],
            joins=[_join("ab", "d"), _join("bc", "d")],
        ),
    )
    yield "a join of one", _program(state, [_logs("a"), _logs("c")], [(START, "a")], joins=[_join("a", "c")])


def _lt(key: str, bound: int) -> Program:
    return {"cmp": "lt", "left": {"get": key}, "right": _lit(bound)}


def _deferred() -> Iterator[tuple[str, Program]]:
    state = {"log": LOG}
    nodes = [_logs("a"), _logs("b"), _logs("z", defer=True)]
    yield "a deferred node after a chain", _program(state, nodes, [(START, "a"), (START, "z"), ("a", "b")])
    yield (
        "a deferred join",
        _program(state, nodes, [(START, "a"), (START, "b")], joins=[_join("ab", "z")]),
    )
    yield (
        "two deferred nodes",
        _program(state, [_logs("a"), _logs("y", defer=True), _logs("z", defer=True)], [(START, n) for n in "ayz"]),
    )
    yield (
        "a deferred node after a deferred node",
        _program(
            state, [_logs("a"), _logs("y", defer=True), _logs("z", defer=True)], [(START, "a"), ("a", "y"), ("y", "z")]
        ),
    )
    yield (
        "a pending Send does not hold a deferred node back (1)",
        _program(
            state,
            nodes,
            [(START, "a"), (START, "z")],
            branches=[_branch("a", {"to": [_send("b", _lit(1))]})],
        ),
    )
    yield (
        "a deferred node in a cycle",
        _program(
            {"log": LOG, "i": SUM},
            [_node("a", _write("i", _lit(1))), _logs("z", defer=True)],
            [(START, "a"), ("a", "z")],
            branches=[_branch("z", {"if": _lt("i", 3), "then": ["a"], "else": [END]})],
        ),
    )


def _branches() -> Iterator[tuple[str, Program]]:
    state = {"log": LOG, "i": SUM}
    nodes = [_node("a", _write("i", _lit(1))), _logs("b"), _logs("c")]
    fresh = _branch("a", {"if": {"cmp": "eq", "left": {"get": "i"}, "right": _lit(1)}, "then": ["b"], "else": ["c"]})
    yield (
        "a branch sees its own node's writes (8: fresh read)",
        _program(state, nodes, [(START, "a")], branches=[fresh]),
    )
    yield (
        "a fresh read runs the reducers anew and clears an ephemeral in the copy (8)",
        _program(
            {"e": EPHEMERAL, "log": LOG},
            [_node("a"), _logs("b"), _logs("c")],
            [(START, "a")],
            branches=[_branch("a", {"if": {"has": "e"}, "then": ["b"], "else": ["c"]})],
            inputs=[_dict(e=1)],
        ),
    )
    yield "a branch to two", _program(state, nodes, [(START, "a")], branches=[_branch("a", {"to": ["c", "b"]})])
    yield "a branch to nothing", _program(state, nodes, [(START, "a")], branches=[_branch("a", {"to": []})])
    yield "a branch to END", _program(state, nodes, [(START, "a")], branches=[_branch("a", {"to": [END]})])
    yield (
        "two branches of one node",
        _program(
            state,
            nodes,
            [(START, "a")],
            branches=[_branch("a", {"to": ["b"]}, name="one"), _branch("a", {"to": ["b", "c"]}, name="two")],
        ),
    )
    yield (
        "a branch of START",
        _program(state, nodes, [], branches=[_branch(START, {"if": {"has": "i"}, "then": ["b"], "else": ["c"]})]),
    )
    yield (
        "a path map",
        _program(state, nodes, [(START, "a")], branches=[_branch("a", {"to": ["b"]}, ends=["b", "c", END])]),
    )
    yield (
        "a destination outside the path map",
        _program(state, nodes, [(START, "a")], branches=[_branch("a", {"to": ["c"]}, ends=["b", END])]),
    )
    yield (
        "a branch sees what its node returned, not what others wrote",
        _program(
            {"log": LOG},
            [_logs("a"), _logs("b"), _logs("c")],
            [(START, "a"), (START, "b")],
            branches=[
                _branch(
                    "a",
                    {
                        "if": {"cmp": "eq", "left": {"len": {"get": "log"}}, "right": _lit(1)},
                        "then": ["c"],
                        "else": [END],
                    },
                )
            ],
        ),
    )


def _sends() -> Iterator[tuple[str, Program]]:
    state = {"log": LOG, "items": LAST}
    worker = _node("w", _write("log", {"list": [{"input": True}]}))
    each = _branch("a", {"each": "items", "node": "w"})
    for count in (0, 1, 3, 11):
        yield (
            f"one Send for each of {count} items",
            _program(
                state, [_node("a"), worker], [(START, "a")], branches=[each], inputs=[_dict(items=list(range(count)))]
            ),
        )
    yield (
        "Sends and a plain node of the same name (3: PUSH listed first, PULL applied first)",
        _program(
            state,
            [_node("a"), worker, _logs("b")],
            [(START, "a"), ("a", "b")],
            branches=[_branch("a", {"to": [_send("w", _lit(1)), "w", _send("b", _lit(_dict(log=["x"])))]})],
        ),
    )
    yield (
        "a Send from START",
        _program(state, [worker], [], branches=[_branch(START, {"to": [_send("w", _lit([7]))]})]),
    )
    yield (
        "a Send whose task sends again",
        _program(
            {"log": LOG, "i": SUM},
            [_node("w", _write("i", _lit(1)))],
            [],
            branches=[
                _branch(START, {"to": [_send("w", _lit(0))]}),
                _branch("w", {"if": _lt("i", 3), "then": [_send("w", _lit(1))], "else": []}),
            ],
        ),
    )
    yield (
        "a Send to a deferred node",
        _program(
            {"log": LOG},
            [_node("a"), _logs("z", defer=True)],
            [(START, "a")],
            branches=[_branch("a", {"to": [_send("z", _lit(_dict(log=["sent"])))]})],
        ),
    )
    yield (
        "a Send that carries an untracked value",
        _program(
            {"u": UNTRACKED, "log": LOG},
            [_node("a"), worker],
            [(START, "a")],
            branches=[_branch("a", {"to": [_send("w", _lit(_dict(u=1, log=[2])))]})],
            inputs=[_dict(u=5)],
        ),
    )


def _cycles() -> Iterator[tuple[str, Program]]:
    add = _write("i", _lit(1))
    loop = _branch("n", {"if": _lt("i", 4), "then": ["n"], "else": [END]})
    yield "a loop of four turns", _program({"i": SUM}, [_node("n", add)], [(START, "n")], branches=[loop])
    for limit in (1, 2, 4, 5):
        yield (
            f"a loop of four turns under a recursion limit of {limit} (21)",
            _program({"i": SUM}, [_node("n", add)], [(START, "n")], branches=[loop], limit=limit),
        )
    yield (
        "an endless edge",
        _program({"i": SUM}, [_node("n", add)], [(START, "n"), ("n", "n")], limit=3),
    )
    yield (
        "two nodes in turns",
        _program(
            {"log": LOG, "i": SUM},
            [_node("a", add), _logs("b")],
            [(START, "a"), ("a", "b")],
            branches=[_branch("b", {"if": _lt("i", 3), "then": ["a"], "else": [END]})],
        ),
    )


def _errors() -> Iterator[tuple[str, Program]]:
    state = {"log": LOG, "v": LAST}
    for error in ("ValueError", "RuntimeError", "KeyError"):
        yield (
            f"a node raises {error}",
            _program(state, [_logs("n"), _node("m", _raise(error, 'it\'s "no"'))], _chain("nm")),
        )
    yield (
        "one of three parallel nodes raises",
        _program(
            state,
            [_logs("a1"), _node("b1", _raise("ValueError", "b")), _logs("c1")],
            [(START, n) for n in ("a1", "b1", "c1")],
        ),
    )
    yield (
        "two of three parallel nodes raise",
        _program(
            state,
            [_node("x", _raise("ValueError", "x")), _logs("y"), _node("z", _raise("KeyError", "z"))],
            [(START, n) for n in "xyz"],
        ),
    )
    yield (
        "a reducer raises while the writes are applied",
        _program({"s": SUM}, [_node("n", _write("s", _lit("no int")))], _chain(["n"]), inputs=[_dict(s=1)]),
    )
    yield (
        "a reducer raises on the input",
        _program({"s": SUM}, [_node("n", _write("s", _lit(1)))], _chain(["n"]), inputs=[_dict(s="no int")]),
    )
    yield "a node returns a list", _program(state, [_node("n", _write("v", _lit(1)), returns="list")], _chain(["n"]))
    yield (
        "two writers of one LastValue",
        _program({"a": LAST}, [_node(n, _write("a", _lit(n))) for n in "pq"], [(START, "p"), (START, "q")]),
    )
    yield (
        "a node raises only in the second superstep of a loop",
        _program(
            {"i": SUM},
            [
                _node(
                    "n",
                    _write("i", _lit(1)),
                    _raise("RuntimeError", "late", {"cmp": "ge", "left": {"get": "i"}, "right": _lit(1)}),
                )
            ],
            [(START, "n"), ("n", "n")],
        ),
    )


def _calls() -> Iterator[tuple[str, Program]]:
    add = _write("i", _lit(1))
    chain = [_node("n", add), _logs("m")]
    state = {"i": SUM, "log": LOG}
    yield "the same thread twice", _program(state, chain, _chain("nm"), inputs=[_dict(i=1), _dict(i=5)])
    yield (
        "three inputs on one thread",
        _program(state, chain, _chain("nm"), inputs=[_dict(), _dict(log=["x"]), _dict()]),
    )
    yield "a resume of a finished thread", _program(state, chain, _chain("nm"), inputs=[_dict(i=1), None])
    yield "a resume of a new thread", _program(state, chain, _chain("nm"), inputs=[None])
    broken = [_logs("a"), _node("b", _raise("ValueError", "b")), _logs("c")]
    fan = [(START, n) for n in "abc"]
    yield "a resume after an error reruns only what failed", _program(state, broken, fan, inputs=[_dict(), None])
    yield "a new input after an error", _program(state, broken, fan, inputs=[_dict(), _dict(i=3)])
    loop = _branch("n", {"if": _lt("i", 9), "then": ["n"], "else": [END]})
    yield (
        "a resume after the recursion limit",
        _program({"i": SUM}, [_node("n", add)], [(START, "n")], branches=[loop], limit=3, inputs=[_dict(), None, None]),
    )
    sends = _branch("a", {"to": [_send("w", _lit(1)), _send("w", _lit(2))]})
    failing = _node("w", _raise("ValueError", "two", {"cmp": "eq", "left": {"input": True}, "right": _lit(2)}))
    yield (
        "a resume where one Send failed",
        _program(state, [_node("a"), failing], [(START, "a")], branches=[sends], inputs=[_dict(), None]),
    )


def _versions() -> Iterator[tuple[str, Program]]:
    add = _write("i", _lit(1))
    loop = _branch("n", {"if": _lt("i", 3), "then": ["n"], "else": [END]})
    for versions in ("int", "str"):
        yield (
            f"a loop with {versions} versions",
            _program({"i": SUM}, [_node("n", add)], [(START, "n")], branches=[loop], versions=versions),
        )
        yield (
            f"a join and a second call with {versions} versions",
            _program(
                {"log": LOG},
                [_logs(n) for n in "abc"],
                [(START, "a"), (START, "b")],
                joins=[_join("ab", "c")],
                inputs=[_dict(), _dict(log=["again"])],
                versions=versions,
            ),
        )


def _wide() -> Iterator[tuple[str, Program]]:
    names = [f"n{index:02d}" for index in range(12)]
    yield (
        "a fan-out of twelve (task paths of two digits)",
        _program({"log": LOG}, [_logs(n) for n in reversed(names)], [(START, n) for n in names]),
    )
    yield (
        "a chain of twenty",
        _program({"i": SUM}, [_node(n, _write("i", _lit(1))) for n in _many(20)], _chain(_many(20)), limit=30),
    )
    keys = {f"k{index}": LAST for index in range(6)}
    node = _node("n", *(_write(key, _lit(key)) for key in reversed(list(keys))))
    yield "six keys written in reverse order", _program(keys, [node], _chain(["n"]), inputs=[_dict(k3=1)])


def _many(count: int) -> list[str]:
    return [f"s{index}" for index in range(count)]
