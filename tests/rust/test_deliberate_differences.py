"""The differences from upstream that are meant (`docs/codec.md`): what upstream does, and what is done here instead.

Both sides run in processes of their own, since upstream's may die.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs" / "codec.md"
SIDES = {
    "upstream": "from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer",
    "rust": "from langgraph_rs.serde import JsonPlusSerializer",
}
HARNESS = """
import os, sys
from dataclasses import dataclass
from typing import Any
serializer = JsonPlusSerializer(allowed_msgpack_modules=[("__main__", "P"), ("__main__", "M")])
def say(work):
    try:
        text = str(work())
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
    # Not through the end of the interpreter: freeing what is nested this deep may itself overflow the stack.
    sys.stdout.write(text)
    sys.stdout.flush()
    os._exit(0)
"""


def run(side: str, program: str) -> str:
    """What a program prints on one side; `died` if the interpreter did."""
    source = SIDES[side] + HARNESS + textwrap.dedent(program)
    done = subprocess.run((sys.executable, "-c", source), capture_output=True, text=True, check=False, timeout=300)
    if done.returncode < 0:
        return "died"
    assert done.returncode == 0, done.stderr
    return done.stdout


def both(program: str) -> tuple[str, str]:
    return run("upstream", program), run("rust", program)


def test_a_list_that_shrinks_while_it_is_written() -> None:
    upstream, rust = both("""
        state = []
        class M:
            def model_dump(self):
                del state[1:]
                return {}
        state += [M(), *(str(number) * 20 for number in range(200_000))]
        say(lambda: len(serializer.dumps_typed(state)[1]))
    """)
    assert rust == "TypeError: list changed size during iteration"
    # It reads what lies behind the list: whatever comes of it, it is no list of one.
    assert upstream == "died" or int(upstream) > 1000


def test_a_dict_that_grows_while_it_is_written() -> None:
    upstream, rust = both("""
        state = {}
        class M:
            def model_dump(self):
                for number in range(100):
                    state[f"new{number}"] = number
                return {}
        state.update(a=M(), b=1)
        def work():
            data = serializer.dumps_typed(state)[1]
            return len(serializer.loads_typed(("msgpack", data))), len(data) > 400
        say(work)
    """)
    assert rust == "TypeError: dictionary changed size during iteration"
    # A map of two, and the bytes of a hundred more behind it.
    assert upstream == "(2, True)"


NESTED_POINTS = """
@dataclass
class P:
    x: Any
value = 1
for _ in range({depth}):
    value = P(value)
"""
NESTED_SNAPSHOTS = """
data = b"\\x01"
for _ in range({depth}):
    data = b"\\xc9" + len(data).to_bytes(4, "big") + b"\\x07" + data
"""


def test_objects_deeper_than_the_stack() -> None:
    upstream, rust = both(
        "sys.setrecursionlimit(10**6)"
        + NESTED_POINTS.format(depth=100_000)
        + "say(lambda: len(serializer.dumps_typed(value)[1]))"
    )
    assert rust == "TypeError: Type is not msgpack serializable: P"
    assert upstream == "died"


def test_extensions_deeper_than_the_stack() -> None:
    upstream, rust = both(
        "sys.setrecursionlimit(10**6)"
        + NESTED_SNAPSHOTS.format(depth=40_000)
        + 'say(lambda: serializer.loads_typed(("msgpack", data)))'
    )
    assert rust == "ValueError: ext_hook failed"
    assert upstream == "died"


def test_the_depth_of_extensions_is_fixed() -> None:
    program = "\n".join(
        (
            "sys.setrecursionlimit({limit})",
            NESTED_POINTS.format(depth=300),
            "say(lambda: serializer.dumps_typed(value)[0])",
        )
    )
    upstream, rust = zip(*(both(program.format(limit=limit)) for limit in (250, 1000)), strict=True)
    assert upstream == ("TypeError: Type is not msgpack serializable: P", "msgpack")
    assert rust == ("msgpack", "msgpack")


def test_a_class_registered_as_send_without_being_one() -> None:
    upstream, rust = both("""
        from langgraph.checkpoint.serde.types import SendProtocol
        @dataclass
        class P:
            x: Any
        SendProtocol.register(P)
        assert isinstance(P(1), SendProtocol)
        say(lambda: serializer.loads_typed(serializer.dumps_typed(P(5))))
    """)
    assert upstream == "TypeError: Type is not msgpack serializable: P"
    assert rust == "P(x=5)"


def test_the_hook_called_by_hand() -> None:
    upstream, rust = both('say(lambda: serializer._unpack_ext_hook(7, b"\\xc1"))')
    assert upstream == "ValueError: invalid type Reserved"
    assert rust == "ValueError: ext_hook failed"


CLAIMS = """
import resource
def grown():
    serializer.loads_typed(("msgpack", b"\\x92\\xc0\\xc0"))
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + {room}, resource.getrlimit(resource.RLIMIT_AS)[1]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = set()
    for marker in (0xC6, 0xC9, 0xDB, 0xDD, 0xDF):
        for claim in (b"\\xff\\xff\\xff\\xff", b"\\x7f\\xff\\xff\\xff", b"\\x0f\\xff\\xff\\xff"):
            item = bytes([marker]) + claim
            deep, inside = b"\\x91" * 500 + item, b"\\xd7\\x07" + item + b"\\x00" * 3
            for data in (item, item * 200, deep, inside, item + b"\\xc0" * 5000):
                try:
                    {read}
                except BaseException as error:
                    said.add(type(error).__name__)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 65536, sorted(said)
say(grown)
"""
READ = 'serializer.loads_typed(("msgpack", data))'


def test_a_claimed_length_takes_no_memory() -> None:
    assert run("rust", CLAIMS.format(room=256 << 20, read=READ)) == "(True, ['ValueError'])"


def test_a_reader_that_believes_claims_is_noticed() -> None:
    believing = f"bytearray(int.from_bytes(data[1:5], 'big')); {READ}"
    assert run("upstream", CLAIMS.format(room=256 << 20, read=believing)) != "(True, ['ValueError'])"


def test_the_page_for_users_has_a_row_for_each_test_and_no_other() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", DOCS.read_text("utf-8"), re.MULTILINE))
    source = ast.parse(Path(__file__).read_text("utf-8"))
    tests = {node.name[5:] for node in source.body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"}
    about = {"a_claimed_length_takes_no_memory", "a_reader_that_believes_claims_is_noticed"}
    assert rows == {name for name in tests - about if not name.startswith(("the_page_for", "both_sides"))}
    assert len(rows) == 7


@pytest.mark.parametrize("side", sorted(SIDES))
def test_both_sides_run_at_all(side: str) -> None:
    assert run(side, "say(lambda: serializer.loads_typed(serializer.dumps_typed([1])))") == "[1]"
