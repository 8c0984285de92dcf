"""The end of a run as plain lines, for terminals and CI logs, and as Markdown for a CI summary."""

from __future__ import annotations

import html
import re

from parity.report.model import Report
from parity.report.words import PHASES, count, duration, headline, sentences

__all__ = ["components", "markdown", "summary_lines"]

_MAX_CAUSES = 30
_MAX_SUMMARY = 220
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def _line(text: str, limit: int = _MAX_SUMMARY) -> str:
    """One line that cannot move the cursor: a summary may quote what a case holds."""
    flat = _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", " ".join(text.split()))
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def summary_lines(report: Report) -> list[str]:
    """The verdict, what ran, and for each cause its summary and the command that runs it again."""
    lines = [f"{report.verdict.upper()}: {headline(report)}"]
    if not report.complete:
        lines.append("PARTIAL: the event stream has no footer; only what was recorded is reported.")
    lines += [f"  {_line(sentence)}" for sentence in sentences(report)]
    width = max((len(layer.name) for layer in report.layers), default=0)
    for phase, title in PHASES.items():
        layers = [layer for layer in report.layers if layer.phase == phase]
        if layers:
            lines.append(f"{title}:")
        for layer in layers:
            parts = [f"{layer.cases:>7,} cases", f"{layer.agreed:>7,} agreed", f"{layer.diverged:>5,} diverged"]
            if layer.waived:
                parts.append(f"{layer.waived:,} waived")
            if layer.flaky:
                parts.append(f"{layer.flaky:,} flaky")
            if layer.unsupported:
                parts.append(f"{layer.unsupported:,} unsupported")
            if layer.supersteps:
                parts.append(count(layer.supersteps, "superstep"))
            parts.append(duration(layer.seconds))
            if not layer.complete:
                parts.append("not finished")
            lines.append(f"  {_line(layer.name):<{width}}  " + "  ".join(parts))
    if report.waivers:
        lines.append("Waivers:")
    for waiver in report.waivers:
        lines.append(
            f"  [{waiver.state}] {_line(waiver.key)}, {count(waiver.cases, 'case')}, until {waiver.expiry}, "
            f"{_line(waiver.owner)}, {_line(waiver.issue)}: {_line(waiver.reason)}"
        )
    causes = report.ordered()
    lines += components(report)
    if causes:
        lines.append("Causes of divergence:")
    for cause in causes[:_MAX_CAUSES]:
        lines.append(f"  [{cause.severity}] {_line(cause.fingerprint)}, {count(cause.count, 'case')}")
        lines.append(f"      {_line(cause.summary)}")
        lines.append(f"      {_line(cause.replay)}")
    if len(causes) > _MAX_CAUSES:
        lines.append(f"  … {len(causes) - _MAX_CAUSES} more omitted; the report has all of them")
    return lines


def components(report: Report) -> list[str]:
    """Of two releases: each component with the changes that lie in it, by id; no line for any other run."""
    found = {} if report.drift is None else report.drift.components
    return [f"{name}: {count(len(ids), 'change')} ({', '.join(ids)})" for name, ids in found.items()]


def _cell(text: str) -> str:
    """Text that Markdown shows as it is."""
    return html.escape(_line(text), quote=False).replace("\\", "\\\\").translate(_MARKDOWN)


_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "|*_`[]#~"})


def markdown(report: Report) -> str:
    """The same as a Markdown page."""
    lines = [f"## {report.verdict.capitalize()}", "", _cell(headline(report)), ""]
    if not report.complete:
        lines += ["**PARTIAL:** the event stream has no footer; only what was recorded is reported.", ""]
    lines += [f"- {_cell(sentence)}" for sentence in sentences(report)]
    lines += [f"- {_cell(line)}" for line in components(report)]
    columns = ("phase", "layer", "cases", "agreed", "diverged", "waived", "flaky", "unsupported")
    lines += ["", f"| {' | '.join(columns)} |", f"|---|---|{'--:|' * (len(columns) - 2)}"]
    for x in report.layers:
        figures = (x.cases, x.agreed, x.diverged, x.waived, x.flaky, x.unsupported)
        lines.append(f"| {PHASES[x.phase]} | {_cell(x.name)} | {' | '.join(f'{number:,}' for number in figures)} |")
    if report.waivers:
        lines += ["", "| waiver | state | cases | until | owner | issue | reason |", "|---|---|--:|---|---|---|---|"]
    lines += [
        f"| {_cell(x.key)} | {x.state} | {x.cases:,} | {x.expiry} | {_cell(x.owner)} | {_cell(x.issue)} | "
        f"{_cell(x.reason)} |"
        for x in report.waivers
    ]
    causes = report.ordered()
    if causes:
        lines += ["", "| severity | cause | cases | summary | run it again |", "|---|---|--:|---|---|"]
    lines += [
        f"| {x.severity} | {_cell(x.fingerprint)} | {x.count:,} | {_cell(x.summary)} | {_cell(x.replay)} |"
        for x in causes[:_MAX_CAUSES]
    ]
    if len(causes) > _MAX_CAUSES:
        lines += ["", f"{len(causes) - _MAX_CAUSES} more omitted."]
    lines += ["", f"Seed {report.run.seed}, {duration(report.run.seconds)}."]
    return "\n".join(lines) + "\n"
