"""The scores and survivors in words: Markdown, for the console, a file, or a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parity.mutants.judgements import Judgement
from parity.mutants.score import Row, Score
from parity.mutants.verdict import Verdict
from parity.subjects.mutation.catalogue import Mutant

__all__ = ["survivors", "tables"]


SUITES = {"upstream": "upstream's own suites", "rust": "the crates' own tests"}
"""What the yardstick is called, by target."""


def tables(found: Score, target: str = "upstream") -> str:
    """The tables of scores."""
    parts = ["## Ours: recorded and random cases against the oracle", "", *_side(found.ours)]
    if found.layers:
        parts += ["", "Killed by: " + ", ".join(f"{name} {count}" for name, count in found.layers.items()) + "."]
    if found.suites:
        parts += ["", f"## The yardstick: {SUITES[target]}", "", *_side(found.suites)]
    if found.compared:
        parts += [
            *("", "## The same mutants on both sides", ""),
            "| component | both kill | only ours | only the suites | neither | our seconds / theirs, median |",
            "|---|---:|---:|---:|---:|---:|",
            *(
                f"| {row.component} | {row.both} | {row.ours_only} | {row.suites_only} | {row.neither} | "
                f"{_number(row.ratio, 3)} |"
                for row in found.compared
            ),
        ]
    return "\n".join(parts) + "\n"


def survivors(
    mutants: Sequence[Mutant],
    ours: Mapping[str, Verdict],
    suites: Mapping[str, Verdict],
    judged: Mapping[str, Judgement],
) -> str:
    """Every mutant that we do not kill, with its source line, what reaches it, and what the suites make of it."""
    lines = ["## Survivors", ""]
    for mutant in sorted(mutants, key=lambda one: (one.module, one.line, one.column, one.id)):
        verdict = ours.get(mutant.id)
        if verdict is None or verdict.verdict in ("killed", "same", "unbuildable"):
            continue
        reached = f"{verdict.reaching} cases reach it" if verdict.reaching else "no case reaches it"
        said = judged.get(mutant.id)
        lines += [
            f"* `{mutant.id}` {mutant.place} in `{mutant.function or 'the module'}`, {mutant.operator} "
            f"({mutant.variant}): {reached}{_suite(suites.get(mutant.id))}"
            + (f"; judged {said.said}: {said.reason}" if said is not None else ""),
            f"  `{mutant.source}`",
            f"  `{mutant.original}` → `{mutant.mutated}`",
        ]
    return "\n".join(lines) + "\n"


def _suite(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    if verdict.kill is None:
        return f"; upstream's suites: {verdict.verdict}"
    return f"; killed by upstream's suites: {verdict.kill.case}"


def _side(rows: Sequence[Row]) -> list[str]:
    return [
        "| component | mutants | killed | survived | not reached | out of time | no mutant | judged | score "
        "| s per mutant, median | s per kill, median | CPU s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {row.component} | {row.mutants} | {row.killed} | {row.survived} | {row.unreached} | {row.stopped} "
            f"| {row.same} | {row.excused} | {_number(row.percent, 1)} % | {_number(row.median, 3)} "
            f"| {_number(row.median_killed, 3)} | {row.cpu:.0f} |"
            for row in rows
        ),
    ]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
