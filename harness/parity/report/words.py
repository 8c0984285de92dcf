"""What a report says, in sentences; the page and the console say the same ones."""

from __future__ import annotations

from parity.report.model import Drift, Fingerprint, Floor, Report, WaiverResult

__all__ = ["PHASES", "cause_name", "count", "duration", "floor_sentence", "headline", "sentences", "waiver_sentence"]

_MAX_NAMES = 6

PHASES = {
    "regressions": "Kept divergences, first of all",
    "aa": "Oracle against itself",
    "aa_subject": "Subject against itself",
    "corpus": "Recorded corpus",
    "campaign": "Random cases",
}
"""The phases of a run as headings."""


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 case`, `1,234 cases`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def headline(report: Report) -> str:
    """The verdict as one sentence."""
    cases = count(report.cases - report.unsupported - report.waived, "case")
    causes = sum(not cause.flaky for cause in report.fingerprints)
    if report.drift is not None and report.verdict in ("parity", "divergence"):
        between = f"between langgraph {report.drift.old} and {report.drift.new}"
        return f"{count(causes, 'change') if causes else 'No change'} of behaviour found {between} in {cases}."
    if report.verdict == "parity":
        beside = f", beside {count(report.waived, 'waived case')} that did not" if report.waived else ""
        return f"Parity on {cases}: the oracle and the subject agreed{beside}."
    if report.verdict == "divergence":
        return f"{count(causes, 'cause')} of divergence in {cases}."
    if report.verdict == "flaky":
        return "Flaky: a divergence did not show again when the same case was run again."
    if report.verdict == "waivers":
        failing = sum(waiver.failing for waiver in report.waivers)
        return f"{count(failing, 'waiver')} must go: expired, stale or no longer needed."
    if report.verdict == "vacuity":
        return "Nothing proven: too little ran for agreement to mean anything."
    if report.verdict == "incomplete":
        found = f" {count(causes, 'cause')} of divergence so far." if causes else ""
        return f"Incomplete: the run did not come to its end.{found}"
    return "No verdict: the harness or its environment failed."


def sentences(report: Report) -> list[str]:
    """What else a reader must know, one sentence each."""
    out = list(report.reasons)
    if report.unsupported:
        out.append(
            f"{count(report.unsupported, 'case')} used what a side does not claim, and proved nothing."
            if report.drift is None
            else f"{count(report.unsupported, 'case')} used what one of the releases lacks, and proved nothing."
        )
    if report.waived:
        holding = sum(waiver.state == "active" for waiver in report.waivers)
        out.append(
            f"{count(report.waived, 'case')} diverged as {count(holding, 'waiver')} let pass: not counted as passed."
        )
    flaky = sum(layer.flaky for layer in report.layers)
    if flaky:
        out.append(f"{count(flaky, 'case')} diverged and then did not: neither passed nor counted as diverged.")
    out += [waiver_sentence(waiver) for waiver in report.waivers if waiver.failing]
    if report.aa is not None:
        if report.drift is not None:
            out.append(
                f"Each release against itself under two hash seeds: {count(report.aa.differences, 'difference')} in "
                f"{count(report.aa.cases, 'case')}."
            )
        elif report.aa.differences:
            out.append(
                f"The oracle differs from itself on {count(report.aa.differences, 'case')} of {report.aa.cases:,}: "
                "no claim about the subject can be made."
            )
        else:
            out.append(f"The oracle agreed with itself on {count(report.aa.cases, 'case')} under two hash seeds.")
    if report.corpus is not None:
        out.append(
            f"Recorded corpus: {count(report.corpus.entries, 'entry', 'entries')}, "
            f"{count(report.corpus.differences, 'difference')}"
            + (f" (hash {report.corpus.hash})." if report.corpus.hash else ".")
        )
    if report.drift is not None:
        out += _releases(report.drift)
    if report.floors_missed:
        out += [floor_sentence(floor) for floor in report.floors_missed]
    elif report.run.floors_checked and report.drift is None:
        out.append(f"All {count(report.run.floors_checked, 'vacuity floor')} were met.")
    return out


def _releases(drift: Drift) -> list[str]:
    """What differs between two releases before a case is run, a sentence each."""
    told = [f"{name} {old or 'not there'} \u2192 {new or 'not there'}" for name, old, new in drift.distributions]
    out = [f"Packages that differ: {', '.join(told)}."]
    for side, names in ((drift.old, drift.lacks["old"]), (drift.new, drift.lacks["new"])):
        if names:
            shown = ", ".join(names[:_MAX_NAMES]) + (" \u2026" if len(names) > _MAX_NAMES else "")
            out.append(f"langgraph {side} lacks {count(len(names), 'public name')}: {shown}.")
    out += [f"The default of {name} changed: {old} \u2192 {new}." for name, old, new in drift.defaults]
    return out


def floor_sentence(floor: Floor) -> str:
    """A missed floor as a sentence."""
    return (
        f"Vacuity floor missed in {floor.layer} ({floor.phase}): {floor.name} was {floor.measured:g}, "
        f"at least {floor.required:g} needed."
    )


def waiver_sentence(waiver: WaiverResult) -> str:
    """What became of a waiver that fails the run."""
    return f"Waiver of {waiver.key} ({waiver.owner}) is {waiver.state}: {waiver.detail}."


def cause_name(cause: Fingerprint) -> str:
    """The fingerprint with room to break the line."""
    return cause.fingerprint.replace("/", " / ")
