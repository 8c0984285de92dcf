"""Runs of `parity check` on the programs in `apps/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parity import cli
from parity.cases.schema import validate

APPS = Path(__file__).with_name("apps")


@dataclass(frozen=True)
class Checked:
    """What a run said."""

    code: int
    out: str
    err: str
    result: dict[str, Any]

    @property
    def verdicts(self) -> list[str]:
        """The verdict of each line."""
        return [line["verdict"] for line in self.result["lines"]]

    def rules(self) -> set[str]:
        """The rules that were needed for any line."""
        return {rule for line in self.result["lines"] for rule in line["rules"]}


class Checker:
    """Runs the command in the folder of the programs."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, target: str, inputs: str | list[Any], *options: str) -> Checked:
        """`inputs`: the name of a file in `apps/`, or values, a line each. Times are not taken unless asked for.

        The verdict as JSON follows its schema, whatever it is.
        """
        path = APPS / str(inputs)
        if isinstance(inputs, list):
            path = self.folder / "inputs.jsonl"
            path.write_text("".join(json.dumps(value) + "\n" for value in inputs))
        result = self.folder / "result.json"
        rounds = () if "--repeat" in options else ("--repeat", "0")
        code = cli.main(["check", target, "--inputs", str(path), "--json", str(result), *rounds, *options])
        said = self._capsys.readouterr()
        if not result.exists():
            return Checked(code, said.out, said.err, {})
        found = json.loads(result.read_text())
        validate(found, "check")
        return Checked(code, said.out, said.err, found)


@pytest.fixture
def checker(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Checker:
    """In the folder of the programs, as their users would be."""
    monkeypatch.chdir(APPS)
    return Checker(tmp_path, capsys)
