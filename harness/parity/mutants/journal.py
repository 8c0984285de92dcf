"""Verdicts on disk, one line each as soon as it is known, so that a session which is stopped goes on where it was."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parity.mutants.errors import MutantsError
from parity.mutants.verdict import Verdict
from parity.subjects.mutation.catalogue import Mutant

__all__ = ["SCHEMA", "Journal"]

SCHEMA = "parity/mutants/1"


class Journal:
    """The verdicts of one side, in a JSON Lines file: a header with the settings that they were made with, then one
    line per mutant. Safe to add to from several threads.

    An existing file is continued; one made with other settings is refused, since its verdicts would not be comparable.
    Without settings it is only read, whatever it was made with. Raises MutantsError, naming the file.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._settings = None if settings is None else dict(settings)
        self.verdicts = self._read()

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        """Keeps a verdict, on disk when this returns."""
        if self._settings is None:
            raise AssertionError("this journal is only read")
        line = {"id": mutant.id, "mutant": _told(mutant), "verdict": verdict.to_json()}
        with self._lock:
            self.verdicts[mutant.id] = verdict
            try:
                with self.path.open("ab") as file:
                    file.write(json.dumps(line).encode("ascii") + b"\n")
            except OSError as error:
                raise MutantsError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _read(self) -> dict[str, Verdict]:
        header = {"schema": SCHEMA, "settings": self._settings}
        try:
            if not self.path.exists() and self._settings is None:
                return {}
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_bytes(json.dumps(header).encode("ascii") + b"\n")
                return {}
            data = self.path.read_bytes()
        except OSError as error:
            raise MutantsError(f"cannot use {self.path}: {error.strerror or error}") from error
        whole = data[: data.rfind(b"\n") + 1]
        try:
            first, *lines = whole.splitlines()
            found = json.loads(first)
            settings = found["settings"]
            if found["schema"] != SCHEMA:
                raise ValueError(f"schema {found['schema']!r:.60}")
            rows = [json.loads(line) for line in lines]
            verdicts = {str(row["id"]): Verdict.from_json(row["verdict"]) for row in rows}
        except (ValueError, KeyError, TypeError) as error:
            raise MutantsError(f"{self.path} is not a file of verdicts ({error!r:.100})") from error
        wanted = self._settings
        if wanted is None:
            return verdicts
        if settings != wanted:
            differing = sorted(key for key in wanted.keys() | settings.keys() if wanted.get(key) != settings.get(key))
            raise MutantsError(
                f"{self.path} was made with other settings ({', '.join(differing)}): name another --out, or remove it"
            )
        if len(whole) < len(data):
            # The last line was being written when the session was killed: its mutant is judged again.
            try:
                with self.path.open("r+b") as file:
                    file.truncate(len(whole))
            except OSError as error:
                raise MutantsError(f"cannot mend {self.path}: {error.strerror or error}") from error
        return verdicts


def _told(mutant: Mutant) -> dict[str, Any]:
    """What a reader of the file wants to know of a mutant."""
    return {
        "place": mutant.place,
        "component": mutant.component,
        "function": mutant.function,
        "operator": mutant.operator,
        "variant": mutant.variant,
        "source": mutant.source,
        "original": mutant.original,
        "mutated": mutant.mutated,
    }
