"""Parts of the backend can be left to upstream, for finding faults: visibly, and never as a proof."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from langgraph_rs.backend.replaced import PARTS, REPLACED, part_of

from parity.subjects.registry import PARTS as NAMED
from parity.subjects.registry import UnknownSubjectError, only, spec_for, without


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-c", code), env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


STATES = """
import json, langgraph_rs
langgraph_rs.install()
import langgraph.pregel, langgraph.graph, langgraph.channels
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
known = langgraph_rs.witness()
print(json.dumps([known["names"], known["parts"], known["witness"], known["captured"], JsonPlusSerializer.__module__]))
"""


def test_every_row_belongs_to_a_part_and_every_part_has_rows() -> None:
    assert {part_of(row) for row in REPLACED} == set(PARTS) == set(NAMED)


@pytest.mark.parametrize("wanted", ["codec", "channels,io", "none"])
def test_only_the_parts_asked_for_are_replaced(wanted: str) -> None:
    done = run(STATES, LANGGRAPH_RS_PARTS=wanted)
    assert done.returncode == 0, done.stderr
    names, parts, witness, captured, serializer = json.loads(done.stdout)
    asked = set() if wanted == "none" else set(wanted.split(","))
    assert set(parts) == asked
    assert not witness
    assert captured == []
    for row in REPLACED:
        assert names[f"{row.module}:{row.name}"] == ("live" if part_of(row) in asked else "left")
    assert serializer.startswith("langgraph_rs") == ("codec" in asked)


def test_the_status_says_so() -> None:
    done = run("import langgraph_rs; langgraph_rs.install(); langgraph_rs.status()", LANGGRAPH_RS_PARTS="io,codec")
    assert "PARTIAL: Rust takes over codec, io; the rest is upstream's, for finding faults only" in done.stdout


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"LANGGRAPH_RS_PARTS": "codec,moon"}, "unknown part 'moon'; known: codec, channels"),
        ({"LANGGRAPH_RS_PARTS": "codec", "LANGGRAPH_RS_WITNESS": "1"}, "a part of the backend proves nothing"),
    ],
)
def test_anything_else_is_refused(env: dict[str, str], says: str) -> None:
    done = run("import langgraph_rs; langgraph_rs.install()", **env)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("langgraph_rs.backend.errors.BackendError: ")
    assert says in done.stderr.splitlines()[-1]


def test_the_subjects_are_named_after_the_parts() -> None:
    assert spec_for(without("rust", "codec")).env["LANGGRAPH_RS_PARTS"] == "channels,algorithm,io,checkpoint"
    assert spec_for(without("rust:send_dropped", "io", "codec")).name == "rust-io-codec:send_dropped"
    assert spec_for(only("rust", "io")).env["LANGGRAPH_RS_PARTS"] == "io"
    assert spec_for(only("rust", "none")).env["LANGGRAPH_RS_PARTS"] == "none"
    for name in ("rust-moon", "rust+moon", "rust-codec:nothing"):
        with pytest.raises(UnknownSubjectError, match="the parts of rust"):
            spec_for(name)
    for name in ("rusty", "rust-", "rust+"):
        with pytest.raises(UnknownSubjectError):
            spec_for(name)
