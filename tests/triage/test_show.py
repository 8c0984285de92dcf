"""What `parity show` prints of a divergence."""

from __future__ import annotations

from dataclasses import replace

from makers import bytes_case, failing, make, observed

from parity.cases.model import Case
from parity.compare import compare
from parity.observe.model import Outcome
from parity.triage.show import MAX_LINES, show


def test_it_shows_both_sides_the_case_and_how_to_replay() -> None:
    text = show(make())
    assert make().id in text
    assert '"hex": "93010203"' in text
    assert f"parity replay {make().id}" in text
    assert text.index("oracle\n") < text.index("subject\n")
    assert '"value": 1' in text
    assert '"value": 2' in text
    assert "some_rule 2x" in text


def test_it_shows_the_last_agreed_event() -> None:
    text = show(make(expected=observed(8, 1), actual=observed(8, 2)))
    assert "last agreed event (number 0)" in text
    assert '"value": 8' in text


def test_it_shows_which_bytes_differ() -> None:
    case = Case("value", {"value": 200})
    sides = [Outcome("observed", ({"e": "dumps", "tag": "msgpack", "hex": text},)) for text in ("ccc8", "cd00c8")]
    difference = compare(case, *sides).difference
    assert difference is not None
    text = show(replace(make(), case=case, difference=difference, expected=sides[0], actual=sides[1]))
    assert "the same value, encoded differently" in text
    assert "[cc]" in text
    assert "[cd]" in text


def test_a_verdict_shows_its_detail() -> None:
    assert "panic: it broke" in show(make(actual=failing("panic")))


def test_a_plain_case_is_printed() -> None:
    assert '"hex": "01"' in show(bytes_case("01"))


def test_a_long_block_is_cut_and_says_so() -> None:
    many = make(expected=observed(list(range(1000))), actual=observed(2))
    lines = show(many).split("\n")
    assert len(lines) < 3 * MAX_LINES
    assert any("lines more" in line for line in lines)


def test_nothing_in_a_file_can_move_the_cursor() -> None:
    text = show(make(actual=failing("panic", "\x1b[2J\x07 boom\u202e")))
    assert "boom" in text
    assert all(ch == "\n" or ch.isprintable() for ch in text)
