"""The scores: per component, who kills how many, who kills what the other does not, and how soon."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from parity.mutants.judgements import Judgement
from parity.mutants.verdict import Verdict
from parity.subjects.mutation.catalogue import Mutant
from parity.subjects.mutation.targets import COMPONENTS

__all__ = ["ALL", "Compared", "Row", "Score", "score"]

ALL = "all"
"""The name of the row that sums up."""

_NO_MUTANT = ("same", "unbuildable")


@dataclass(frozen=True)
class Row:
    """One side on one component.

    `mutants` is how many were judged; `same` compile to upstream's own code, or not at all, and `excused` are judged
    equivalent or unobservable by a person: neither counts in the score. `median` is seconds of wall time per mutant,
    over all that count, `median_killed` over those that were killed; `cpu` all processor seconds.
    """

    component: str
    mutants: int
    killed: int
    survived: int
    unreached: int
    stopped: int
    same: int
    excused: int
    median: float | None
    median_killed: float | None
    cpu: float

    @property
    def counted(self) -> int:
        """How many mutants the score is of."""
        return self.mutants - self.same - self.excused

    @property
    def percent(self) -> float | None:
        """Killed, in per cent of those that count."""
        return 100.0 * self.killed / self.counted if self.counted else None


@dataclass(frozen=True)
class Compared:
    """The same mutants on both sides: only those that count and that both have judged.

    `ratio` is the median over mutants of our seconds divided by the suites', of those mutants that both kill.
    """

    component: str
    both: int
    ours_only: int
    suites_only: int
    neither: int
    ratio: float | None


@dataclass(frozen=True)
class Score:
    """The tables; `compared` is empty without verdicts of the suites. `layers`: our kills by what showed them."""

    ours: tuple[Row, ...]
    suites: tuple[Row, ...]
    compared: tuple[Compared, ...]
    layers: Mapping[str, int]


def score(
    mutants: Sequence[Mutant],
    ours: Mapping[str, Verdict],
    suites: Mapping[str, Verdict],
    judged: Mapping[str, Judgement],
) -> Score:
    """The scores of these mutants, by what is known of them."""
    layers: dict[str, int] = {}
    for mutant in mutants:
        verdict = ours.get(mutant.id)
        if verdict is not None and verdict.kill is not None:
            name = f"{verdict.kill.origin} {verdict.kill.kind}".strip()
            layers[name] = layers.get(name, 0) + 1
    both = [mutant for mutant in mutants if mutant.id in ours and mutant.id in suites]
    return Score(
        ours=tuple(_rows(mutants, ours, judged)),
        suites=tuple(_rows(mutants, suites, judged)),
        compared=tuple(
            _compared(name, [ours[one.id] for one in group], [suites[one.id] for one in group])
            for name, group in _groups(_counted(_counted(both, ours, judged), suites, judged))
        ),
        layers=dict(sorted(layers.items(), key=lambda item: -item[1])),
    )


def _groups(mutants: Sequence[Mutant]) -> list[tuple[str, list[Mutant]]]:
    names = dict.fromkeys([*COMPONENTS, *sorted(mutant.component for mutant in mutants)])
    found = [(name, [mutant for mutant in mutants if mutant.component == name]) for name in names]
    return [(name, group) for name, group in [*found, (ALL, list(mutants))] if group]


def _counted(
    mutants: Iterable[Mutant], verdicts: Mapping[str, Verdict], judged: Mapping[str, Judgement]
) -> list[Mutant]:
    return [one for one in mutants if verdicts[one.id].verdict not in _NO_MUTANT and one.id not in judged]


def _rows(mutants: Sequence[Mutant], verdicts: Mapping[str, Verdict], judged: Mapping[str, Judgement]) -> Iterable[Row]:
    for name, group in _groups([mutant for mutant in mutants if mutant.id in verdicts]):
        counted = [verdicts[one.id] for one in _counted(group, verdicts, judged)]
        same = sum(verdicts[one.id].verdict in _NO_MUTANT for one in group)
        killed = [verdict for verdict in counted if verdict.verdict == "killed"]
        yield Row(
            component=name,
            mutants=len(group),
            killed=len(killed),
            survived=sum(verdict.verdict == "survived" for verdict in counted),
            unreached=sum(verdict.verdict == "unreached" for verdict in counted),
            stopped=sum(verdict.verdict == "stopped" for verdict in counted),
            same=same,
            excused=len(group) - same - len(counted),
            median=_median([verdict.seconds for verdict in counted]),
            median_killed=_median([verdict.seconds for verdict in killed]),
            cpu=round(sum(verdict.cpu for verdict in counted), 1),
        )


def _compared(name: str, ours: Sequence[Verdict], suites: Sequence[Verdict]) -> Compared:
    pairs = [(left.verdict == "killed", right.verdict == "killed") for left, right in zip(ours, suites, strict=True)]
    ratios = [
        left.seconds / right.seconds
        for left, right, kills in zip(ours, suites, pairs, strict=True)
        if kills == (True, True) and right.seconds > 0
    ]
    return Compared(
        name,
        both=pairs.count((True, True)),
        ours_only=pairs.count((True, False)),
        suites_only=pairs.count((False, True)),
        neither=pairs.count((False, False)),
        ratio=_median(ratios),
    )


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
