"""Waivers: divergences that somebody answers for until a day, read from `waivers.toml`.

A waiver names a fingerprint and the kept regression that shows it. It is data, checked against `waivers.schema.json`
and against what a schema cannot say; what is wrong is told with the line of the file and the field.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from parity.cases.model import CaseError, Json
from parity.cases.schema import validate
from parity.compare import LAYERS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["WAIVERS_SCHEMA", "Waiver", "active", "concerning", "expired", "load_waivers", "matching", "regression_path"]

WAIVERS_SCHEMA = "parity/waivers/1"
"""The version that a file of waivers names; another one is an error, never a guess."""

MAX_WAIVERS_BYTES = 1024 * 1024
"""A file of waivers larger than this is refused unread."""

_ASPECT = re.compile(r"[A-Za-z0-9_.:+-]+")
_HEADER = re.compile(r"\s*\[\[\s*waiver\s*\]\]\s*(#.*)?")


@dataclass(frozen=True)
class Waiver:
    """One divergence that is known.

    `fingerprint` is `layer/aspect`. `reason` says why it is let pass, `owner` who answers for it, `issue` where it is
    followed. Until the end of the day `expiry` (local time) it holds. `regression` is the file in
    `fixtures/regressions/`, without `.json`, that shows it. `subject` and `layer` (`values`, `graphs` …: the layer to
    which the case's kind belongs) narrow it; None is any.
    """

    fingerprint: str
    reason: str
    owner: str
    issue: str
    expiry: date
    regression: str
    subject: str | None = None
    layer: str | None = None

    @property
    def key(self) -> str:
        """What names it in a run and in reports: no two waivers of a file that hold for one case have the same."""
        return self.fingerprint if self.layer is None else f"{self.fingerprint} in {self.layer}"

    def to_json(self) -> dict[str, Any]:
        """As a worker or a report gets it; the date as ISO 8601."""
        return {**asdict(self), "expiry": self.expiry.isoformat()}

    @classmethod
    def from_json(cls, obj: dict[str, Any]) -> Waiver:
        """The inverse of `to_json`."""
        return cls(**{**obj, "expiry": date.fromisoformat(obj["expiry"])})

    def concerns(self, subject: str) -> bool:
        """Whether it may hold in a run of that subject."""
        return self.subject in (None, subject)


def load_waivers(path: Path, layers: Iterable[str]) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order; `layers` are the names that `layer` may have.

    Raises CaseError: one line that names the file, the line and the field.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CaseError("/", f"{path} is not TOML: {error}") from error
    places = _Places(path, text)
    plain = _dates_as_text(data)
    try:
        validate(plain, "waivers")
    except CaseError as error:
        what = "needs a date, as 2030-12-31" if error.where.endswith("/expiry") else error.what
        raise CaseError("/", f"{places.told(error.where)}: {what}") from error
    waivers: list[Waiver] = []
    for index, entry in enumerate(data.get("waiver", [])):
        made = _waiver(entry, f"/waiver/{index}", places, tuple(layers))
        for other_index, other in enumerate(waivers):
            if _overlap(made, other):
                first = places.line(f"/waiver/{other_index}")
                where = places.told(f"/waiver/{index}/fingerprint")
                raise CaseError("/", f"{where}: {made.fingerprint} is waived already on line {first}")
        waivers.append(made)
    return tuple(waivers)


def concerning(waivers: Iterable[Waiver], subject: str) -> tuple[Waiver, ...]:
    """Those that may hold in a run of that subject."""
    return tuple(waiver for waiver in waivers if waiver.concerns(subject))


def expired(waiver: Waiver, today: date) -> bool:
    """Whether its last day is over."""
    return waiver.expiry < today


def active(waivers: Iterable[Waiver], today: date) -> tuple[Waiver, ...]:
    """Those that have not expired: an expired one lets nothing pass."""
    return tuple(waiver for waiver in waivers if not expired(waiver, today))


def matching(waivers: Sequence[Waiver], fingerprint: str, layer: str) -> Waiver | None:
    """The waiver that lets a divergence of that fingerprint pass, on a case that belongs to that layer."""
    for waiver in waivers:
        if waiver.fingerprint == fingerprint and waiver.layer in (None, layer):
            return waiver
    return None


def regression_path(waiver: Waiver, fixtures: Path) -> Path:
    """The kept regression that the waiver names. Raises CaseError if there is no such file."""
    path = fixtures / "regressions" / f"{waiver.regression}.json"
    if not path.is_file():
        raise CaseError("/", f"the waiver of {waiver.fingerprint} names a regression that is not there: {path}")
    return path


def _overlap(one: Waiver, other: Waiver) -> bool:
    """Whether both could hold for one case."""
    return one.fingerprint == other.fingerprint and all(
        left is None or right is None or left == right
        for left, right in ((one.subject, other.subject), (one.layer, other.layer))
    )


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise CaseError("/", f"cannot read {path}: {'not a file' if path.exists() else 'no such file'}")
        if path.stat().st_size > MAX_WAIVERS_BYTES:
            raise CaseError("/", f"{path} has more than {MAX_WAIVERS_BYTES} bytes")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CaseError("/", f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CaseError("/", f"{path} is not UTF-8 text: byte {error.start}") from error


def _dates_as_text(value: Any) -> Json:
    """TOML as JSON: a local date as its text, which the schema knows; other times stay what no schema accepts."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    if type(value) is date:
        return f"date {value.isoformat()}"
    return value if isinstance(value, (str, int, float, bool)) else {"time": str(value)}


def _waiver(entry: dict[str, Any], at: str, places: _Places, layers: tuple[str, ...]) -> Waiver:
    def refuse(field: str, why: str) -> CaseError:
        return CaseError("/", f"{places.told(f'{at}/{field}')}: {why}")

    layer, slash, aspect = entry["fingerprint"].partition("/")
    if not slash or layer not in LAYERS or not _ASPECT.fullmatch(aspect):
        known = ", ".join(LAYERS)
        raise refuse("fingerprint", f"{entry['fingerprint']!r:.100} is no fingerprint: LAYER/ASPECT, LAYER of {known}")
    if layer == "subject" and aspect.startswith("oracle-"):
        raise refuse("fingerprint", "a failure of the oracle cannot be waived")
    for field in ("reason", "owner", "issue"):
        if not entry[field].strip() or not entry[field].isprintable():
            raise refuse(field, "needs one line of text")
    if "layer" in entry and entry["layer"] not in layers:
        raise refuse("layer", f"unknown layer {entry['layer']!r:.60}; known: {', '.join(layers)}")
    return Waiver(**entry)


class _Places:
    """Where in the file the members of its data stand, found by its text: TOML's reader does not say."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._headers = [number for number, line in enumerate(self._lines, 1) if _HEADER.fullmatch(line)]

    def line(self, pointer: str) -> int:
        """The line of what a JSON pointer leads to, or of the nearest thing around it."""
        parts = [part for part in pointer.split("/") if part]
        if len(parts) > 1 and parts[0] == "waiver" and int(parts[1]) < len(self._headers):
            index = int(parts[1])
            start = self._headers[index]
            end = self._headers[index + 1] - 1 if index + 1 < len(self._headers) else len(self._lines)
            return self._key(parts[2], start, end) or start if len(parts) > 2 else start
        return (self._key(parts[0], 0, len(self._lines)) if parts else None) or 1

    def told(self, pointer: str) -> str:
        """`waivers.toml, line 7, waiver 2, field expiry`."""
        parts = [part for part in pointer.split("/") if part]
        names = [f"waiver {int(parts[1]) + 1}"] if len(parts) > 1 and parts[0] == "waiver" else []
        field = parts[2:3] if names else parts[:1]
        names += [f"field {name}" for name in field]
        return ", ".join((str(self._path), f"line {self.line(pointer)}", *names))

    def _key(self, name: str, start: int, end: int) -> int | None:
        pattern = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
        return next((n for n in range(start + 1, end + 1) if pattern.match(self._lines[n - 1])), None)
