"""A file of JSON lines to lines of input (`docs/check.md`, Inputs)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from parity.check.model import CheckError, Line

__all__ = ["ENVELOPE", "MAX_BYTES", "object_argument", "read_lines", "require_one_reading"]

ENVELOPE = ("input", "resume", "update", "goto", "thread", "config", "context")
"""An object that has none but these keys is not an input but says how to run one."""

MAX_BYTES = 256 * 1024 * 1024
"""A file larger than this is refused unread."""

CONFIG_KEYS = ("tags", "metadata", "run_name", "max_concurrency", "recursion_limit", "configurable", "run_id")


def read_lines(path: Path, *, config: dict[str, Any], context: Any, plain: bool) -> list[Line]:
    """The lines of a file. Raises CheckError, naming line and column, for what is not as documented.

    `config` and `context` are those of all lines; a line's own come on top. `plain`: every line is an input as it is.
    """
    lines: list[Line] = []
    common = config.get("configurable", {}).get("thread_id")
    for number, text in enumerate(_text(path).split("\n"), 1):
        if text.strip():
            line = _line(text, f"{path}:{number}", number, plain)
            if not line.thread:
                line = replace(line, thread=_thread_of(line, common, lines, f"{path}:{number}"))
            lines.append(line)
    if not lines:
        raise CheckError(f"{path} has no inputs: one JSON value per line is wanted")
    last = {line.thread: index for index, line in enumerate(lines)}
    return [
        replace(
            line,
            last=last[line.thread] == index,
            config=_merged(config, line.config),
            context=context if line.context is None else line.context,
        )
        for index, line in enumerate(lines)
    ]


def require_one_reading(lines: Sequence[Line], path: Path, keys: Sequence[str]) -> None:
    """Raises CheckError where a line is wrapped, and could as well be itself the input of a graph with these keys."""
    for line in lines:
        if "input" in keys and line.wrapped and line.call == "input" and not isinstance(line.value, dict):
            raise CheckError(
                f'{path}:{line.number}: the state of this graph has a key "input", so the line has two meanings; '
                'write {"input": {"input": …}}, or give --plain if every line is the input itself'
            )


def _thread_of(line: Line, common: Any, before: Sequence[Line], where: str) -> str:
    if isinstance(common, str):
        return common
    if line.call == "input":
        return f"input-{line.number}"
    # What goes on, goes on with the line before.
    if not before:
        raise CheckError(f"{where}: there is nothing before this line that it could go on with")
    return before[-1].thread


def object_argument(text: str, name: str) -> dict[str, Any]:
    """The JSON object that an option gives as text or as the name of a file. Raises CheckError."""
    source = text
    if not text.lstrip().startswith("{"):
        source = _text(Path(text))
    value = _parsed(source, name if source is text else text, several_lines=True)
    if not isinstance(value, dict):
        raise CheckError(f"{name}: a JSON object is wanted, got {_kind(value)}")
    if name == "--config":
        _check_config(value, name)
    return value


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CheckError(f"{path} has more than {MAX_BYTES} bytes; it is refused")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CheckError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CheckError(f"{path} is not UTF-8: byte {error.start}: {error.reason}") from error


def _parsed(text: str, where: str, *, several_lines: bool = False) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise CheckError(f"{where}: {constant} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}:{error.colno}" if several_lines else f"{where}:{error.colno}"
        raise CheckError(f"{place}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise CheckError(f"{where}: nested too deeply") from error
    except ValueError as error:
        raise CheckError(f"{where}: not JSON: {error}") from error


def _line(text: str, where: str, number: int, plain: bool) -> Line:
    value = _parsed(text, where)
    if value is None:
        return Line(number, "go on", None, "", {}, None)
    if plain or not isinstance(value, dict) or not value or not set(value) <= set(ENVELOPE):
        return Line(number, "input", value, "", {}, None)
    config = value.get("config") or {}
    if not isinstance(config, dict):
        raise CheckError(f"{where}: config: a JSON object is wanted, got {_kind(config)}")
    _check_config(config, where)
    thread = value.get("thread", config.get("configurable", {}).get("thread_id", ""))
    if not isinstance(thread, str):
        raise CheckError(f"{where}: thread: a string is wanted, got {_kind(thread)}")
    context = value.get("context")
    command = {name: value[name] for name in ("resume", "update", "goto") if name in value}
    if command:
        if value.get("input") is not None:
            raise CheckError(f"{where}: input and {next(iter(command))} exclude each other")
        return Line(number, "command", command, thread, config, context, wrapped=True)
    if value.get("input") is None:
        return Line(number, "go on", None, thread, config, context, wrapped=True)
    return Line(number, "input", value["input"], thread, config, context, wrapped=True)


def _check_config(config: dict[str, Any], where: str) -> None:
    for key in config:
        if key not in CONFIG_KEYS:
            raise CheckError(f"{where}: config has no {key!r}; known: {', '.join(CONFIG_KEYS)}")
    if not isinstance(config.get("configurable", {}), dict):
        raise CheckError(f"{where}: configurable: a JSON object is wanted, got {_kind(config['configurable'])}")


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {**base, **own}
    for key in ("configurable", "metadata"):
        if isinstance(base.get(key), dict) and isinstance(own.get(key), dict):
            both[key] = {**base[key], **own[key]}
    return both


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
