"""A file of inputs: what its lines mean, and where it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity.check.inputs import object_argument, read_lines, require_one_reading
from parity.check.model import CheckError, Line


def lines_of(folder: Path, text: str, *, plain: bool = False, config: dict[str, Any] | None = None) -> list[Line]:
    path = folder / "in.jsonl"
    path.write_text(text, "utf-8")
    return read_lines(path, config=config or {}, context=None, plain=plain)


def test_a_line_is_an_input_on_a_thread_of_its_own(tmp_path: Path) -> None:
    first, second = lines_of(tmp_path, '{"a": 1}\n\n   \n[1, 2]\n')
    assert (first.number, first.call, first.value, first.thread) == (1, "input", {"a": 1}, "input-1")
    assert (second.number, second.call, second.value, second.thread) == (4, "input", [1, 2], "input-4")
    assert first.last
    assert second.last


def test_a_thread_joins_lines_to_a_conversation(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, '{"input": 1, "thread": "t"}\n{"input": 2}\n{"input": 3, "thread": "t"}\n')
    assert [(line.thread, line.value, line.last) for line in lines] == [
        ("t", 1, False),
        ("input-2", 2, True),
        ("t", 3, True),
    ]


def test_what_resumes_goes_on_with_the_line_before(tmp_path: Path) -> None:
    lines = lines_of(
        tmp_path, '{"a": 1}\n{"resume": "yes"}\nnull\n{"input": null}\n{"goto": "x", "update": {"a": 2}}\n'
    )
    assert {line.thread for line in lines} == {"input-1"}
    assert [line.call for line in lines] == ["input", "command", "go on", "go on", "command"]
    assert lines[1].value == {"resume": "yes"}
    assert lines[4].value == {"update": {"a": 2}, "goto": "x"}
    assert [line.last for line in lines] == [False] * 4 + [True]


def test_a_config_comes_on_top_of_the_one_for_all(tmp_path: Path) -> None:
    common = {"recursion_limit": 5, "configurable": {"user": "a", "model": "m"}}
    text = '{"input": 1, "config": {"configurable": {"user": "b", "thread_id": "t"}}}\n{"input": 2}\n'
    first, second = lines_of(tmp_path, text, config=common)
    assert first.config["recursion_limit"] == 5
    assert first.config["configurable"] == {"user": "b", "model": "m", "thread_id": "t"}
    assert first.thread == "t"
    assert second.config == common


def test_a_thread_for_all_may_be_named_in_the_config(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "1\n2\n", config={"configurable": {"thread_id": "all"}})
    assert [line.thread for line in lines] == ["all", "all"]


def test_plain_lines_are_never_taken_apart(tmp_path: Path) -> None:
    [line] = lines_of(tmp_path, '{"input": "hello"}\n', plain=True)
    assert line.value == {"input": "hello"}


def test_a_line_that_could_be_read_in_two_ways_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines = lines_of(tmp_path, '{"other": 1}\n{"input": "hello"}\n')
    require_one_reading(lines, path, ["question"])
    with pytest.raises(CheckError, match=r"in\.jsonl:2: .*two meanings.*--plain"):
        require_one_reading(lines, path, ["input", "output"])
    require_one_reading(lines_of(tmp_path, '{"input": {"input": "hello"}}\n'), path, ["input"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "in.jsonl has no inputs"),
        ("\n  \n", "in.jsonl has no inputs"),
        ('{"a": 1}\n{"a": }\n', "in.jsonl:2:7: not JSON: Expecting value"),
        ('{"a": 1} {"b": 2}\n', "in.jsonl:1:10: not JSON: Extra data"),
        ('{"a": NaN}\n', "in.jsonl:1: NaN is not JSON"),
        ("[" * 100_000, "in.jsonl:1: nested too deeply"),
        ('{"resume": 1}\n', "in.jsonl:1: there is nothing before this line"),
        ("null\n", "in.jsonl:1: there is nothing before this line"),
        ('1\n{"input": 1, "resume": 2}\n', "in.jsonl:2: input and resume exclude each other"),
        ('{"input": 1, "thread": 5}\n', "in.jsonl:1: thread: a string is wanted, got a number"),
        ('{"input": 1, "config": []}\n', ""),
        ('{"input": 1, "config": [1]}\n', "in.jsonl:1: config: a JSON object is wanted, got a list"),
        ('{"input": 1, "config": {"recursion": 5}}\n', "in.jsonl:1: config has no 'recursion'; known: "),
        ('{"input": 1, "config": {"configurable": 5}}\n', "in.jsonl:1: configurable: a JSON object is wanted"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    if not says:
        assert lines_of(tmp_path, text)
        return
    with pytest.raises(CheckError) as caught:
        lines_of(tmp_path, text)
    assert says in str(caught.value)


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"a": "\xff"}\n')
    with pytest.raises(CheckError, match="is not UTF-8: byte 7"):
        read_lines(path, config={}, context=None, plain=False)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(CheckError, match="is refused"):
        read_lines(path, config={}, context=None, plain=False)


def test_an_option_gives_its_object_as_text_or_as_a_file(tmp_path: Path) -> None:
    assert object_argument('{"recursion_limit": 3}', "--config") == {"recursion_limit": 3}
    path = tmp_path / "config.json"
    path.write_text('{\n "tags": ["a"]\n}')
    assert object_argument(str(path), "--config") == {"tags": ["a"]}
    path.write_text('{\n "tags": ["a"\n}')
    with pytest.raises(CheckError, match=r"config\.json:3:1: not JSON"):
        object_argument(str(path), "--config")
    path.write_text("[1]")
    with pytest.raises(CheckError, match="--context: a JSON object is wanted, got a list"):
        object_argument(str(path), "--context")
    with pytest.raises(CheckError, match=r"cannot read nothing\.json"):
        object_argument("nothing.json", "--context")
