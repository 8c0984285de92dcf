"""A divergence as a file: everything needed to read it and to run it again, and nothing about how it was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from parity.cases.model import Case, CaseError, Json
from parity.cases.schema import validate
from parity.compare import Difference
from parity.observe.model import Outcome
from parity.triage.files import MAX_FILE_BYTES, read_json, write_atomic
from parity.triage.localise import Localised
from parity.triage.pair import Result

DIVERGENCE_SCHEMA = "parity/divergence/1"
"""The version that a divergence file names; another one is an error, never a guess."""

GATES = ("aa", "aa_subject")
"""The phases in which a side is run against itself: the oracle; the subject too, where two releases are compared."""

READABLE_BYTES = 1024 * 1024
"""A file up to this size is indented for reading; indentation would make a larger one many times larger."""

_ID = re.compile(r"[A-Za-z0-9]{1,16}(-[0-9a-f]{0,12})?")

_PLAIN = (
    *("id", "phase", "campaign_layer", "layer", "aspect", "fingerprint", "fingerprint_id", "oracle", "subject", "seed"),
    *("applied", "provenance", "shrunk", "flaky", "count"),
)


@dataclass(frozen=True)
class Divergence:
    """Two sides that part on one case.

    `id` names the content: the fingerprint's id and the case it was first found with. `phase` and `campaign_layer`
    say where in a run it was found; `layer` is the layer at fault. `case` is the smallest case known,
    `original_case` the one found. `expected` is what the oracle did with `case`, `actual` what the subject did.
    `shrunk` says that shrinking has ended, `flaky` that running `case` again did not show the same difference: then the
    first outcomes of both sides are the ones kept, and `again` says what was seen the second time. `count` is the
    number of cases of the run that had this fingerprint. `localised` says where in the Rust side it lies, if a second
    subject was asked.
    """

    id: str
    phase: str
    campaign_layer: str
    layer: str
    aspect: str
    fingerprint: str
    fingerprint_id: str
    oracle: str
    subject: str
    seed: int
    case: Case
    original_case: Case
    expected: Outcome
    actual: Outcome
    difference: Difference
    applied: dict[str, int]
    provenance: dict[str, Any]
    shrunk: bool
    flaky: bool
    count: int
    localised: Localised | None = None
    again: str = ""

    @classmethod
    def found(
        cls,
        case: Case,
        result: Result,
        *,
        phase: str,
        campaign_layer: str,
        oracle: str,
        subject: str,
        seed: int,
        provenance: dict[str, Any],
    ) -> Divergence:
        """What a case has just shown, not shrunk yet. The result must hold a difference."""
        assert result.comparison is not None
        assert result.comparison.difference is not None
        assert result.actual is not None
        difference = result.comparison.difference
        return cls(
            id=cls.make_id(difference.fingerprint_id, case),
            phase=phase,
            campaign_layer=campaign_layer,
            layer=difference.layer,
            aspect=difference.aspect,
            fingerprint=difference.fingerprint,
            fingerprint_id=difference.fingerprint_id,
            oracle=oracle,
            subject=subject,
            seed=seed,
            case=case,
            original_case=case,
            expected=result.expected,
            actual=result.actual,
            difference=difference,
            applied=dict(result.comparison.applied),
            provenance=provenance,
            shrunk=False,
            flaky=False,
            count=1,
        )

    def smaller(self, case: Case, result: Result) -> Divergence:
        """The same divergence with a smaller case; `original_case` stays. The result must hold a difference.

        The fingerprint is taken anew: a file may be of a version that made other ones.
        """
        assert result.comparison is not None
        assert result.comparison.difference is not None
        assert result.actual is not None
        difference = result.comparison.difference
        return replace(
            self,
            case=case,
            expected=result.expected,
            actual=result.actual,
            difference=difference,
            layer=difference.layer,
            aspect=difference.aspect,
            fingerprint=difference.fingerprint,
            fingerprint_id=difference.fingerprint_id,
            id=self.make_id(difference.fingerprint_id, self.original_case),
            applied=dict(result.comparison.applied),
        )

    @staticmethod
    def make_id(fingerprint_id: str, original_case: Case) -> str:
        """The id of a divergence of that fingerprint, first found with that case. Shrinking does not change it."""
        return f"{fingerprint_id}-{original_case.case_id[:6]}"

    @property
    def replay_command(self) -> str:
        """What to type to run it again from the folder that the run was started in."""
        return f"parity replay {self.id}"

    def to_json(self) -> dict[str, Any]:
        """The whole file as a JSON object."""
        return {
            "schema": DIVERGENCE_SCHEMA,
            "id": self.id,
            "phase": self.phase,
            "campaign_layer": self.campaign_layer,
            "layer": self.layer,
            "aspect": self.aspect,
            "fingerprint": self.fingerprint,
            "fingerprint_id": self.fingerprint_id,
            "replay": self.replay_command,
            "oracle": self.oracle,
            "subject": self.subject,
            "seed": self.seed,
            "shrunk": self.shrunk,
            "flaky": self.flaky,
            "again": self.again,
            "count": self.count,
            "localised": None if self.localised is None else self.localised.to_json(),
            "case": self.case.to_json(),
            "original_case": self.original_case.to_json(),
            "difference": self.difference.to_json(),
            "applied": self.applied,
            "expected": self.expected.to_json(),
            "actual": self.actual.to_json(),
            "provenance": self.provenance,
        }

    @classmethod
    def from_json(cls, obj: Json) -> Divergence:
        """Reads the JSON object of a divergence file. Raises CaseError: where, and what was expected."""
        if not isinstance(obj, dict):
            raise CaseError("/", f"expected a divergence object, got {type(obj).__name__}")
        if obj.get("schema") != DIVERGENCE_SCHEMA:
            raise CaseError("/schema", f"expected {DIVERGENCE_SCHEMA!r}, got {obj.get('schema')!r}")
        validate(obj, "divergence")
        try:
            return cls(
                **{key: obj[key] for key in _PLAIN},
                case=Case.from_json(obj["case"]),
                original_case=Case.from_json(obj["original_case"]),
                expected=Outcome.from_json(obj["expected"]),
                actual=Outcome.from_json(obj["actual"]),
                difference=Difference.from_json(obj["difference"]),
                localised=None if obj.get("localised") is None else Localised.from_json(obj["localised"]),
                again=obj.get("again", ""),
            )
        except CaseError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CaseError("/", f"not a whole divergence: {type(error).__name__}: {error}") from error

    def save(self, folder: Path, name: str = "") -> Path:
        """Writes `<id>.json` into the folder, or the file of that name: atomic, and the same content again is the same
        file. Raises OSError.

        What would be too large to be read back loses events of its outcomes, never the case; `detail` says so.
        """
        path = folder / (name or f"{self.id}.json")
        data = self._encoded()
        if len(data) > MAX_FILE_BYTES:
            around = (max(0, self.difference.index - 1), self.difference.index + 1)
            data = replace(self, expected=_cut(self.expected, *around), actual=_cut(self.actual, *around))._encoded()
        if len(data) > MAX_FILE_BYTES:
            data = replace(self, expected=_cut(self.expected, 0, 0), actual=_cut(self.actual, 0, 0))._encoded()
        write_atomic(path, data)
        return path

    def _encoded(self) -> bytes:
        compact = json.dumps(self.to_json(), separators=(",", ":"), ensure_ascii=True)
        if len(compact) > READABLE_BYTES:
            return compact.encode("ascii") + b"\n"
        return json.dumps(self.to_json(), indent=1, ensure_ascii=True).encode("ascii") + b"\n"

    @staticmethod
    def load(path: Path) -> Divergence:
        """Reads a divergence file. Raises CaseError, one clear line, for anything else."""
        obj = read_json(path)
        try:
            return Divergence.from_json(obj)
        except CaseError as error:
            raise CaseError(error.where, f"{error.what} (in {path})") from error


def _cut(outcome: Outcome, first: int, last: int) -> Outcome:
    kept = outcome.events[first:last]
    left_out = len(outcome.events) - len(kept)
    note = f"{left_out} events were left out of this file; the case gives them again"
    return replace(outcome, events=kept, detail=f"{outcome.detail}; {note}" if outcome.detail else note)


def find(text: str, roots: Iterable[Path]) -> Path:
    """The saved file of the divergence whose id is, or begins with, `text`.

    A root is a folder of runs (`reports`), a run's folder, or a folder of divergence files. Of several runs that
    found the same divergence the one written last is taken; what `parity shrink` wrote beside one (`ID.min.json`) is
    named by its path. Raises CaseError if there is none, or if several ids begin so.
    """
    searched = [root for root in roots if root.is_dir()]
    if not _ID.fullmatch(text):
        raise CaseError("/", f"{text!r} is neither a file nor a divergence id")
    found = [
        path
        for root in searched
        for pattern in (f"{text}*.json", f"divergences/{text}*.json", f"*/divergences/{text}*.json")
        for path in root.glob(pattern)
        if not path.name.endswith(".min.json")
    ]
    names = sorted({path.stem for path in found})
    if not names:
        where = ", ".join(str(root) for root in searched) or "any folder (there are no reports here)"
        raise CaseError("/", f"no divergence {text} in {where}")
    if len(names) > 1 and text not in names:
        raise CaseError("/", f"{text} could be {', '.join(names)}")
    wanted = text if text in names else names[0]
    return max((path for path in found if path.stem == wanted), key=lambda path: path.stat().st_mtime)
