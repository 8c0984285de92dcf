"""`langgraph_rs.codec.inspect` beside the harness's own parser: two programs that share nothing give the same tree.

The report uses the harness's parser, not Rust's: what judges Rust must not share a bug with it. So that a user sees the
same in both, every offset, length, kind, extension code, path and word is held equal here.
"""

from __future__ import annotations

import io
import json
import random
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import ormsgpack
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from langgraph_rs import codec

from parity.cases.model import Case
from parity.compare.msgpack import Node, parse, render_tree, walk
from parity.compare.msgpack.difference import describe
from parity.compare.msgpack.tree import MEANINGS, type_name
from parity.corpus.files import load
from parity.generate import raw

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
BROAD = settings(
    max_examples=2000, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
)


def recorded() -> Iterator[bytes]:
    """All bytes in the recorded corpora: those of cases, and those that upstream wrote."""
    for _, entry in load(FIXTURES).entries():
        pending: list[object] = [entry.case.to_json(), list(entry.events)]
        while pending:
            found = pending.pop()
            if isinstance(found, dict):
                if isinstance(found.get("hex"), str):
                    yield bytes.fromhex(found["hex"])
                pending += found.values()
            elif isinstance(found, list):
                pending += found


def expected(node: Node) -> tuple[object, ...]:
    """What the harness says of a node."""
    meaning = None if node.code is None else MEANINGS[node.code] if node.code in range(8) else ""
    count = node.count if node.kind in ("array", "map") else None
    names: list[str | None] = [None] * 3
    found = type_name(node)
    if found is not None:
        parts = node.children[0].children
        wanted = [parts[0], parts[1], parts[3] if found[2] is not None else None]
        names = [part and bytes(part.value or b"").decode("utf-8", "replace") for part in wanted]  # type: ignore[arg-type]
    return (
        *(node.kind, node.offset, node.length, node.header, node.marker, count, node.code, meaning),
        *names,
        describe(node),
    )


def actual(item: codec.Item) -> tuple[object, ...]:
    meaning = None if item.code is None else item.meaning or ""
    return (
        *(item.kind, item.offset, item.length, item.header, item.marker, item.count, item.code, meaning),
        *(item.module, item.name, item.method, item.text),
    )


def assert_same_tree(data: bytes) -> None:
    root, tree = parse(data), codec.inspect(data)
    nodes, items = list(walk(root)), list(tree.walk())
    assert len(items) == len(nodes) == len(tree), data.hex()
    for index, ((depth, node), item) in enumerate(zip(nodes, items, strict=True)):
        assert actual(item) == expected(node), data.hex()
        # A path costs its length, so of deep and wide trees some are compared.
        if depth < 40 and (index < 200 or index % 97 == 0):
            assert item.path == node.path, data.hex()
    lines = [line[2:] for line in render_tree(data, max_lines=sys.maxsize).splitlines()]
    assert tree.render(sys.maxsize).splitlines() == lines


def test_every_recorded_input_gives_the_same_tree() -> None:
    inputs = set(recorded())
    assert len(inputs) > 1000
    for data in inputs:
        assert_same_tree(data)


@seed(11)
@BROAD
@given(raw.cases())
def test_random_inputs_give_the_same_tree(case: Case) -> None:
    assert_same_tree(bytes.fromhex(case.body["hex"]))


def test_recorded_inputs_that_were_damaged_give_the_same_tree() -> None:
    rng, inputs = random.Random(5), sorted({data for data in recorded() if 0 < len(data) < 2000})
    for _ in range(2000):
        data = bytearray(rng.choice(inputs))
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        assert_same_tree(bytes(data[: rng.randint(0, len(data))] if rng.random() < 0.3 else data))


def test_another_tree_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    other = codec.inspect
    monkeypatch.setattr(codec, "inspect", lambda data: other(data[:-1] + b"\x02"))
    with pytest.raises(AssertionError):
        assert_same_tree(b"\x92\x01\x01")


def test_an_item_says_what_and_where_it_is() -> None:
    data = ormsgpack.packb({"at": ormsgpack.Ext(3, ormsgpack.packb(["datetime", "datetime", "2024", "fromisoformat"]))})
    root = codec.inspect(data)
    key, ext = root.children
    assert (root.kind, root.count, root.length, root.parent, root.faults) == ("map", 1, len(data), None, [])
    assert (key.value, key.path, ext.path, ext.offset, ext.end) == ("at", "{key 0}", "at", 4, len(data))
    assert (ext.code, ext.meaning) == (3, "method")
    assert (ext.module, ext.name, ext.method) == ("datetime", "datetime", "fromisoformat")
    assert ext.children[0].children[2].value == "2024"
    assert ext.children[0].parent is not None
    assert ext.children[0].parent.offset == ext.offset
    assert str(root) == root.render()
    assert repr(ext) == "<Item at at 4: ext 3 method datetime.datetime.fromisoformat, 38 bytes (c7)>"


def test_faults_say_where_and_what() -> None:
    root = codec.inspect(b"\x92\x01\xc1")
    assert [(fault.offset, fault.fault, fault.value) for fault in root.faults] == [
        (2, "marker 0xc1 is not used in msgpack", b"\xc1")
    ]
    assert codec.inspect(b"").fault == "truncated: 1 bytes missing"


def test_scalars_have_their_values() -> None:
    values = [None, True, False, 0, -1, 2**64 - 1, -(2**63), 1.5, float("inf"), "é", b"\xff"]
    assert [item.value for item in codec.inspect(ormsgpack.packb(values)).children] == values
    assert codec.inspect(b"\xa1\xff").value == b"\xff"


@pytest.mark.parametrize("data", ["text", None, 5, [1], object()])
def test_what_is_not_bytes_is_refused(data: object) -> None:
    with pytest.raises(TypeError, match="takes bytes, bytearray or memoryview, not"):
        codec.inspect(data)  # type: ignore[arg-type]


def test_buffers_are_read_as_they_were() -> None:
    data = bytearray(b"\x92\x01\x02")
    root = codec.inspect(data)
    data[:] = b"\xc1\xc1\xc1"
    assert [item.value for item in root.children] == [1, 2]
    assert codec.inspect(memoryview(b"\x01\x02\x03")[::2]).text == "an object with something after it"


def test_json_data_is_flat_so_that_depth_does_not_matter() -> None:
    deep = b"\x91" * 100_000 + b"\x01"
    items = json.loads(json.dumps(codec.inspect(deep).to_dict()))["items"]
    assert len(items) == 100_001
    assert (items[-1]["parent"], items[-1]["step"], items[-1]["text"]) == (99_999, "[0]", "int 1 (01)")
    inner = codec.inspect(b"\x81\xa1a\x92\x01\x02").children[1].to_dict()
    assert [(item["parent"], item["step"]) for item in inner["items"]] == [(None, ""), (0, "[0]"), (0, "[1]")]


def test_memory_follows_the_input_and_not_what_it_claims() -> None:
    inputs = [
        b"\xdd\xff\xff\xff\xff" * 200_000,
        b"\x91" * 1_000_000,
        b"\xdf\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x00",
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in inputs:
        tree = codec.inspect(data)
        assert len(tree) <= len(data) + 1
        assert tree.faults
        assert len(tree.render(100).splitlines()) <= 101
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    assert grown < 400 * 1_000_000


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_prints_the_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "value"
    file.write_bytes(b"\x81\xa1a\x01")
    assert codec.main([str(file)]) == 0
    assert capsys.readouterr().out == "     0  map of 1 (81)\n     3    a: int 1 (01)\n"
    assert codec.main(["--hex", "92 01 02", "--max-lines", "1"]) == 0
    assert capsys.readouterr().out == "     0  array of 2 (92)\n… 2 lines after\n"
    assert codec.main(["--hex", "c0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["kind"] == "nil"


def test_the_command_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xc3")))
    assert codec.main(["-"]) == 0
    assert capsys.readouterr().out == "     0  bool True (c3)\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--hex", "9201c1"], "codec: error: malformed at offset 2: marker 0xc1 is not used in msgpack"),
        (["--hex", "zz"], "codec: error: cannot read --hex: "),
        (["/no/such/file"], "codec: error: cannot read /no/such/file: No such file or directory"),
        (["/"], "codec: error: cannot read /: Is a directory"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert codec.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["a", "--hex", "c0"], ["a", "--max-lines", "0"], ["a", "--max-lines", "x"]])
def test_a_wrong_command_line_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        codec.main(arguments)
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
