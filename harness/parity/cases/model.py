"""A case: what is run, as data (`docs/cases.md`)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from parity.cases.program import check_program
from parity.cases.programs import check_programs
from parity.cases.schema import CaseError, Json, validate
from parity.cases.values import check

__all__ = ["CASE_SCHEMA", "MAX_CASE_BYTES", "Case", "CaseError", "Json", "canonical"]

CASE_SCHEMA = "parity/case/1"
"""The version that a case file names; another one is an error, never a guess."""

MAX_CASE_BYTES = 16 * 1024 * 1024
"""A case file larger than this is refused unread."""


def canonical(obj: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII. What hashes and comparisons are made of."""
    return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


@dataclass(frozen=True)
class Case:
    """One case: its kind and its body (every member but `schema` and `kind`).

    The kind is `value`, `bytes`, `serde`, `channel`, `graph` or `program`; the body is plain JSON and is
    not changed once the case is made.
    """

    kind: str
    body: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The whole case object, as a file or a subject gets it."""
        return {"schema": CASE_SCHEMA, "kind": self.kind, **self.body}

    @cached_property
    def text(self) -> str:
        """The case object as one line of JSON, its members in their own order: the text that a subject is sent."""
        return json.dumps(self.to_json(), separators=(",", ":"))

    @property
    def case_id(self) -> str:
        """12 hex digits that name the content."""
        return hashlib.sha256(canonical(self.to_json()).encode()).hexdigest()[:12]

    @classmethod
    def from_json(cls, obj: Json) -> Case:
        """Validates a case object against the schema of its kind. Raises CaseError: where, and what was expected."""
        if not isinstance(obj, dict):
            raise CaseError("/", f"expected a case object, got {type(obj).__name__}")
        if obj.get("schema") != CASE_SCHEMA:
            raise CaseError("/schema", f"expected {CASE_SCHEMA!r}, got {obj.get('schema')!r}")
        if obj.get("kind") == "value":
            # a value may nest deeper than a recursive validator can follow; `check` says what its schema says
            check(obj.get("value"))
            validate({**obj, "value": None} if "value" in obj else obj, "case")
        else:
            validate(obj, "case")
        kind = str(obj["kind"])
        if kind == "graph":
            check_program(obj)
        elif kind == "program":
            check_programs(obj)
        return cls(kind, {key: value for key, value in obj.items() if key not in ("schema", "kind")})

    @staticmethod
    def read(path: Path) -> Case:
        """Reads a case file. Raises CaseError for one that is missing, too large, not JSON or not a case."""
        try:
            if path.stat().st_size > MAX_CASE_BYTES:
                raise CaseError("/", f"{path} is larger than {MAX_CASE_BYTES} bytes")
            obj = json.loads(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise CaseError("/", f"cannot read {path}: {error.strerror or error}") from error
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise CaseError("/", f"{path} is not JSON: {error}") from error
        return Case.from_json(obj)
