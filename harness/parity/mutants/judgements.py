"""What a person has said of survivors: `mutants.toml` beside the oracle that they belong to."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parity.mutants.errors import MutantsError
from parity.mutants.verdict import Verdict
from parity.oracle.definition import DEFAULT, folder_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["FILE", "SAID", "SCHEMA", "Judgement", "load", "stale"]

SCHEMA = "parity/mutants-judged/1"
FILE = "mutants.toml"

SAID = ("equivalent", "unobservable")
"""`equivalent`: no program can tell it. `unobservable`: only what nobody compares changes (a log, a speed, a repr)."""

_ID = re.compile(r"[0-9a-f]{10}")


@dataclass(frozen=True)
class Judgement:
    """What is said of a mutant, and why."""

    said: str
    reason: str


def load(path: Path | None = None) -> dict[str, Judgement]:
    """The judgements by mutant; none without the file. Raises MutantsError for one that is malformed."""
    path = path or folder_of(DEFAULT) / FILE
    if not path.exists():
        return {}
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema: expected {SCHEMA!r}, got {data.get('schema')!r:.60}")
        if unknown := sorted(data.keys() - {"schema", "mutants"}):
            raise ValueError(f"{unknown[0]}: not known")
        table = data.get("mutants", {})
        if not isinstance(table, dict):
            raise ValueError("mutants: expected a table")
        return {name: _judgement(name, value) for name, value in table.items()}
    except OSError as error:
        raise MutantsError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise MutantsError(f"{path}: {error}") from error


def stale(judged: Mapping[str, Judgement], *sides: Mapping[str, Verdict]) -> list[str]:
    """The judgements that are refuted: of mutants that somebody has killed."""
    return sorted(
        name
        for name in judged
        if any((verdict := side.get(name)) is not None and verdict.verdict == "killed" for side in sides)
    )


def _judgement(name: str, data: object) -> Judgement:
    if not _ID.fullmatch(name):
        raise ValueError(f"mutants.{name}: expected the id of a mutant, 10 hexadecimal digits")
    if not isinstance(data, dict) or data.keys() != {"said", "reason"}:
        raise ValueError(f"mutants.{name}: expected said and reason")
    if data["said"] not in SAID:
        raise ValueError(f"mutants.{name}.said: expected one of {', '.join(SAID)}, got {data['said']!r:.60}")
    if not isinstance(data["reason"], str) or not data["reason"].strip():
        raise ValueError(f"mutants.{name}.reason: expected words")
    return Judgement(data["said"], data["reason"])
