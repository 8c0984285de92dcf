"""The serializer keeps nothing; and a serializer that keeps something is found out.

The full check (`nox -s leaks`) is 100,000 dumps and loads; here are enough for a leak in each call to show.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_rs.serde import JsonPlusSerializer as Rust

from parity.corpus.files import load
from parity.subjects.upstream.leaks import Work, check, main, prepare
from parity.subjects.upstream.samples import Point
from parity.subjects.upstream.values import in_deep_stack

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
COUNT = 3000


@pytest.fixture(scope="module")
def work() -> Work:
    cases = [entry.case for file, entry in load(FIXTURES).entries() if file.kind in ("value", "bytes")]
    return in_deep_stack(0, lambda: prepare(cases))


def test_nothing_is_kept(work: Work) -> None:
    found = check(Rust, work, COUNT)  # type: ignore[arg-type]
    assert found.leaks == ()
    assert len(work.values) > 500
    assert len(found.first.references) > 1000
    assert found.refused > COUNT / 4


class Keeps(JsonPlusSerializer):
    """Keeps what `keep` says of every loaded value."""

    kept: list[Any] = []  # noqa: RUF012 - kept for the life of the process, as a leak is
    keep: Callable[[Any], Any] = staticmethod(lambda value: value)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        value = super().loads_typed(data)
        self.kept.append(type(self).keep(value))
        return value


class KeepsBlocks(Keeps):
    keep = staticmethod(lambda value: bytearray(100))


class KeepsErrors(JsonPlusSerializer):
    """Keeps only what it refused, with its traceback."""

    kept: list[BaseException] = []  # noqa: RUF012

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        try:
            return super().dumps_typed(obj)
        except TypeError as error:
            self.kept.append(error)
            raise


class CountsUp(JsonPlusSerializer):
    """Takes a reference to a class at every dump and never gives it back, as an extension may."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(Point))
        return super().dumps_typed(obj)


class Allocates(JsonPlusSerializer):
    """Takes memory that Python knows nothing of."""

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        ctypes.memset(ctypes.c_void_p(_malloc(16384)), 1, 16384)
        return super().loads_typed(data)


def _malloc(size: int) -> int:
    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    return int(malloc(size))


@pytest.mark.parametrize(
    ("serializer", "what"),
    [
        (Keeps, "objects"),
        (KeepsBlocks, "blocks"),
        (KeepsErrors, "objects"),
        (CountsUp, "references to <class 'parity.subjects.upstream.samples.Point'> (type)"),
        (Allocates, "resident"),
    ],
)
def test_a_planted_leak_is_found(work: Work, serializer: type[JsonPlusSerializer], what: str) -> None:
    found = check(serializer, work, COUNT)
    assert what in {leak.what for leak in found.leaks}


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rust", "--fixtures", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
