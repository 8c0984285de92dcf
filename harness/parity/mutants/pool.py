"""The cases that mutants are shown, with what the oracle does, how long it takes and which lines of it they run.

Made once for a corpus, a seed and a harness, and kept in a file: each case is run twice in different processes, and
only what comes out the same both times, to the byte, is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import parity
from parity.campaign.drawing import draw
from parity.campaign.plan import LACKING, LAYERS
from parity.campaign.stored import regression_files
from parity.cases.model import Case, CaseError, canonical
from parity.compare import compare
from parity.corpus.files import load
from parity.mutants.errors import MutantsError
from parity.mutants.forks import Forkserver
from parity.mutants.reaching import lines_around, reaching, read_lines, runs_on_import, written_lines
from parity.observe.model import Outcome
from parity.subjects.mutation.catalogue import Mutant
from parity.subjects.mutation.targets import TARGETS
from parity.subjects.protocol import parse_reply
from parity.triage.divergence import Divergence
from parity.triage.files import write_atomic

__all__ = [
    "DEFAULT_RANDOM",
    "RANDOM",
    "Pool",
    "PoolCase",
    "make_pool",
    "outcome_of",
    "pool_key",
    "random_counts",
    "read_pool",
]

SCHEMA = "parity/mutants-pool/1"

RANDOM: dict[str, int] = {"programs": 1200, "graphs": 200}
"""How many random cases are drawn of the layers of `campaign.plan.LAYERS` that have more or less than others."""

DEFAULT_RANDOM = 400
"""How many are drawn of any other layer."""

_Answered = tuple[str | None, float, dict[str, str] | None]

_FIRST_LIMIT = 60.0
_SLACK_SECONDS = 5.0
_SLACK_FACTOR = 20.0
_MAX_SECONDS = 3.0
"""A random case that takes the oracle longer is left out: it would cost every mutant as much."""


@dataclass(frozen=True)
class PoolCase:
    """A case with its number in the pool, the name that it is told by, and the oracle's answer as it wrote it.

    `origin` is `corpus`, `regression` or `random`; `seconds` what the oracle takes for it; `reach` the lines that it
    runs, by module: bit n of the number is line n.
    """

    number: int
    origin: str
    name: str
    case: Case
    expected: str = ""
    seconds: float = 0.0
    reach: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def line(self) -> bytes:
        """The request, as `forks.Request` wants it."""
        request = {"id": self.number, "case": self.case.to_json()}
        return json.dumps(request, separators=(",", ":")).encode("ascii") + b"\n"

    @property
    def limit(self) -> float:
        """Seconds that a mutant has for it: much more than the oracle takes, also on a busy machine."""
        return _FIRST_LIMIT if not self.expected else _SLACK_SECONDS + _SLACK_FACTOR * self.seconds

    def outcome(self) -> Outcome:
        """What the oracle was observed to do."""
        return outcome_of(self, self.expected)

    def to_json(self) -> dict[str, Any]:
        """The case as a line of the pool's file."""
        return {
            "origin": self.origin,
            "name": self.name,
            "case": self.case.to_json(),
            "expected": self.expected,
            "seconds": self.seconds,
            "reach": written_lines(self.reach),
        }


def outcome_of(case: PoolCase, text: str) -> Outcome:
    """What an answer to a case says."""
    return Outcome.from_reply(parse_reply(json.loads(text), case.number, case.case.kind, 0.0))


@dataclass(frozen=True)
class Pool:
    """The cases, the lines that run when LangGraph is imported, and the modules worth importing before any fork."""

    key: str
    cases: tuple[PoolCase, ...]
    imported: Mapping[str, int]
    preload: tuple[str, ...]
    dropped: int

    def reaching(self, mutant: Mutant) -> list[PoolCase]:
        """The cases that run the mutant's lines: recorded ones first, the fastest first; then random ones.

        Of those only so many are run as there is time for, so those come first that run most of the function around the
        mutant in a second.
        """

        def rank(case: PoolCase) -> tuple[bool, float, int]:
            if case.origin != "random":
                return False, case.seconds, case.number
            return True, case.seconds / (1 + lines_around(case, mutant)), case.number

        return reaching(self.cases, mutant, self.imported, rank)

    def runs_on_import(self, mutant: Mutant) -> bool:
        """Whether the mutant's code, or the function around it, has run when LangGraph has been imported."""
        return runs_on_import(mutant, self.imported)


def random_counts(count: int | None = None, subject: str = "upstream") -> dict[str, int]:
    """How many random cases of each layer that a subject can run: the same of all, or by the table."""
    layers = [layer for layer in LAYERS if layer not in LACKING.get(subject, ())]
    return {layer: RANDOM.get(layer, DEFAULT_RANDOM) if count is None else count for layer in layers}


def pool_key(fixtures: Path, seed: int, counts: Mapping[str, int]) -> str:
    """What a pool is made from, in 16 hex digits: the corpus, the seed, the numbers, the harness, the oracle."""
    digest = hashlib.sha256(canonical([SCHEMA, seed, dict(counts)]).encode())
    package = Path(parity.__file__).parent
    files = [
        *sorted(path for part in ("cases", "generate", "subjects") for path in (package / part).rglob("*.py")),
        fixtures / "manifest.json",
        *(target.path() for target in TARGETS),
    ]
    try:
        for path in files:
            digest.update(path.read_bytes())
    except OSError as error:
        raise MutantsError(f"cannot read {path}: {error.strerror or error}") from error
    return digest.hexdigest()[:16]


def read_pool(path: Path, key: str) -> Pool | None:
    """The pool in a file, None if there is none or it is of another key. Raises MutantsError for a damaged one."""
    if not path.is_file():
        return None
    try:
        head, *lines = path.read_text("ascii").splitlines()
        data = json.loads(head)
        if data.get("schema") != SCHEMA or data.get("key") != key:
            return None
        if len(lines) != data["cases"]:
            raise ValueError(f"{len(lines)} cases, not {data['cases']}")
        cases = tuple(_case(number, json.loads(line)) for number, line in enumerate(lines))
        imported = read_lines(data["imported"])
        return Pool(key, cases, imported, tuple(data["preload"]), data["dropped"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MutantsError(f"{path} is not a pool of cases ({error!r:.100}): remove it") from error


def _case(number: int, data: dict[str, Any]) -> PoolCase:
    case = data["case"]
    body = {key: value for key, value in case.items() if key not in ("schema", "kind")}
    reach = read_lines(data["reach"])
    return PoolCase(
        number, data["origin"], data["name"], Case(case["kind"], body), data["expected"], data["seconds"], reach
    )


def make_pool(
    path: Path, fixtures: Path, seed: int, counts: Mapping[str, int], say: Callable[[str], None] = lambda _: None
) -> Pool:
    """Makes the pool of that seed, or takes it from its file. Raises MutantsError, also if the corpus does not hold."""
    key = pool_key(fixtures, seed, counts)
    kept = read_pool(path, key)
    if kept is not None:
        return kept
    recorded = list(_recorded(fixtures))
    drawn = list(_drawn(seed, counts))
    say(f"oracle: {len(recorded)} recorded and {len(drawn)} random cases, each twice, once traced")
    asked = [
        PoolCase(number, origin, name, case)
        for number, (origin, name, case) in enumerate([*(item[:3] for item in recorded), *drawn])
    ]
    with Forkserver.of_cases("full") as server:
        plain, preload = _all(server, asked, trace=False)
        server.preload(preload)
        traced, _ = _all(server, asked, trace=True)
    with Forkserver.of_cases("bare") as server:
        server.preload(preload)
        with server.session(trace=True, imports=[name for name in preload if name.startswith("langgraph")]) as session:
            imported = read_lines(session.import_reach)
    _require_recorded(recorded, asked, plain)
    cases: list[PoolCase] = []
    for one, (text, seconds, _), (again, _, reach) in zip(asked, plain, traced, strict=True):
        if text is None or text != again or '"observation"' not in text[:40]:
            continue
        if one.origin == "random" and seconds > _MAX_SECONDS:
            continue
        number = len(cases)
        # The answer repeats the number of its question: it is to be the one that this case has from now on.
        expected = text.replace(f'{{"id":{one.number},', f'{{"id":{number},', 1)
        lines = read_lines(reach or {})
        cases.append(PoolCase(number, one.origin, one.name, one.case, expected, round(seconds, 6), lines))
    pool = Pool(key, tuple(cases), imported, preload, len(asked) - len(cases))
    _write(path, pool)
    say(f"oracle: {len(cases)} cases kept in {path}, {pool.dropped} that do not repeat or take too long left out")
    return pool


def _require_recorded(
    recorded: Sequence[tuple[str, str, Case, Outcome | None]], asked: Sequence[PoolCase], answers: Sequence[_Answered]
) -> None:
    """Raises MutantsError if the oracle does not do what the corpus says: nothing could be said of mutants then."""
    for (_, name, case, outcome), one, (text, _, _) in zip(recorded, asked, answers, strict=False):
        if outcome is not None and (
            text is None or compare(case, outcome, outcome_of(one, text)).difference is not None
        ):
            raise MutantsError(f"the oracle does not do what the corpus says of {name!r}: `parity corpus check`")


def _write(path: Path, pool: Pool) -> None:
    head = {
        "schema": SCHEMA,
        "key": pool.key,
        "cases": len(pool.cases),
        "imported": written_lines(pool.imported),
        "preload": list(pool.preload),
        "dropped": pool.dropped,
    }
    lines = [head, *(case.to_json() for case in pool.cases)]
    try:
        write_atomic(path, "".join(json.dumps(line) + "\n" for line in lines).encode("ascii"))
    except OSError as error:
        raise MutantsError(f"cannot keep the pool of cases in {path}: {error.strerror or error}") from error


def _recorded(fixtures: Path) -> Iterator[tuple[str, str, Case, Outcome | None]]:
    """The kept regressions, then every entry of the corpus."""
    try:
        for path in regression_files(fixtures):
            yield "regression", path.stem, Divergence.load(path).case, None
        for file, entry in load(fixtures, schemas=False).entries():
            yield "corpus", f"{file.path}: {entry.name}", entry.case, Outcome("observed", entry.events)
    except CaseError as error:
        raise MutantsError(str(error)) from error


def _drawn(seed: int, counts: Mapping[str, int]) -> Iterator[tuple[str, str, Case]]:
    for layer, count in counts.items():
        for case in draw(layer, count, seed, "mutants"):
            yield "random", f"{layer}: {case.case_id}", case


def _all(server: Forkserver, asked: Sequence[PoolCase], *, trace: bool) -> tuple[list[_Answered], tuple[str, ...]]:
    """Upstream's answer to every case, its seconds and reach, None for one that it does not survive; and the modules
    that were imported on the way.
    """
    found: list[_Answered] = []
    modules: dict[str, None] = {}
    while len(found) < len(asked):
        with server.session(trace=trace) as session:
            for _, answer in session.run(asked[len(found) :], trace=trace):
                found.append((answer.text, answer.seconds, answer.reach))
            if found[-1][0] is not None:
                modules.update(dict.fromkeys(session.modules()))
    return found, tuple(modules)
