"""What upstream itself is known to break (`oracles/langgraph-1.2.22/metamorphic.toml`), with its smallest programs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.cases.model import Case, CaseError
from parity.metamorphic.relations import RELATIONS
from parity.metamorphic.search import ask
from parity.triage.pair import Side

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Known", "KnownError", "holds_still", "load_known"]

_MEMBERS = {"relation", "aspect", "case", "says"}


class KnownError(ValueError):
    """The table of known findings cannot be used; the message is one line."""


@dataclass(frozen=True)
class Known:
    """One finding about upstream: the relation, what about it, the program that shows it, and what it is."""

    relation: str
    aspect: str
    case: Case
    path: Path
    says: str


def load_known(path: Path, root: Path) -> tuple[Known, ...]:
    """Reads the table; paths of cases are relative to `root`. Raises KnownError."""
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("finding", [])
    except OSError as error:
        raise KnownError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnownError(f"{path}: {error}") from error
    if not isinstance(rows, list):
        raise KnownError(f"{path}: `finding` must be a list of tables")
    return tuple(_known(row, f"{path}, finding {index}", root) for index, row in enumerate(rows, 1))


def holds_still(known: Known, side: Side) -> bool:
    """Whether the program still breaks the relation in the same aspect."""
    relation = next(one for one in RELATIONS if one.name == known.relation)
    broken = ask(relation, known.case, side).broken
    return broken is not None and broken.aspect == known.aspect


def _known(row: Any, where: str, root: Path) -> Known:
    if not isinstance(row, dict) or set(row) != _MEMBERS or not all(isinstance(value, str) for value in row.values()):
        raise KnownError(f"{where}: needs the strings {', '.join(sorted(_MEMBERS))}, and nothing else")
    if row["relation"] not in {relation.name for relation in RELATIONS}:
        raise KnownError(f"{where}: no relation is named {row['relation']!r}")
    path = root / row["case"]
    try:
        return Known(row["relation"], row["aspect"], Case.read(path), path, row["says"])
    except CaseError as error:
        raise KnownError(f"{where}: {error}") from error
