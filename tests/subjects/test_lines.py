"""Lines of a pipe: whole whatever the pieces they come in, in time or not at all, and replies of the same text."""

from __future__ import annotations

import os

import pytest

from parity.cases.model import Case
from parity.compare import compare
from parity.observe.model import Outcome
from parity.subjects.lines import Lines
from parity.subjects.protocol import Reply, observation_text, same_reply


@pytest.fixture
def pipe() -> tuple[int, int]:
    return os.pipe()


def test_lines_are_whole_whatever_pieces_they_come_in(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    lines = Lines(source, 100)
    os.write(sink, b"one\ntw")
    assert lines.next(1) == b"one\n"
    with pytest.raises(TimeoutError):
        lines.next(0.01)
    os.write(sink, b"o\n\nfour")
    assert [lines.next(1), lines.next(1)] == [b"two\n", b"\n"]
    os.close(sink)
    assert [lines.next(1), lines.next(1), lines.next(1)] == [b"four", None, None]


def test_a_line_that_is_too_long_is_given_in_pieces(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    lines = Lines(source, 100)
    os.write(sink, b"x" * 300)
    assert lines.next(1) == b"x" * 300


TEXT = b'{"kind":"channel","events":[{"e":"get","result":1}]}'
KNOWN = Reply("observed", [{"e": "get", "result": 1}], "", 0.5, text=TEXT)


@pytest.mark.parametrize(("rest", "work"), [(b"", {}), (b',"work":{"tasks":3}', {"tasks": 3})])
def test_an_observation_of_the_same_text_is_the_one_that_was_read(rest: bytes, work: dict[str, int]) -> None:
    reply = same_reply(b'{"id":7,"observation":' + TEXT + rest + b"}\n", 7, KNOWN, 0.25)
    assert reply is not None
    assert reply.events is KNOWN.events
    assert (reply.work, reply.seconds) == (work, 0.25)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":8,"observation":' + TEXT + b"}\n",
        b'{"id":7,"observation":' + TEXT.replace(b"1", b"2") + b"}\n",
        b'{"id":7,"observation":' + TEXT.replace(b"1", b"1.0") + b"}\n",
        b'{"id":7,"observation":' + TEXT + b',"failure":{}}\n',
        b'{"id":7,"observation":' + TEXT + b',"work":{},"failure":{}}\n',
        b'{"id":7,"observation":' + TEXT + b',"work":[]}\n',
        b'{"id":7,"observation":' + TEXT + b"\n",
        b"noise\n",
    ],
)
def test_any_other_text_is_read_by_itself(line: bytes) -> None:
    assert same_reply(line, 7, KNOWN, 0.25) is None


def test_what_was_never_read_is_like_nothing() -> None:
    line = b'{"id":7,"observation":' + TEXT + b"}\n"
    assert observation_text(line, 7) == TEXT
    assert same_reply(line, 7, Reply("observed", [], "", 0.5), 0.25) is None
    assert same_reply(line, 7, Reply("observed", [], "", 0.5, {"tasks": 1}, TEXT), 0.25) is None


def test_equal_events_that_are_not_the_same_objects_are_compared() -> None:
    case = Case("channel", {"channel": {"class": "LastValue", "key": "k"}, "ops": [{"op": "get"}]})
    one, other = (Outcome("observed", ({"e": "get", "result": value},)) for value in (1, True))
    assert compare(case, one, one).difference is None
    assert compare(case, one, other).difference is not None
