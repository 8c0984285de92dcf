"""A run as JUnit XML, for CI systems that show test results: one suite per layer, one test per thing that can fail.

Names of tests do not hold numbers, so that a CI system can follow a test from run to run.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from parity.report.model import Fingerprint, Floor, Layer, Report
from parity.report.words import count, floor_sentence, headline, sentences, waiver_sentence
from parity.triage.divergence import GATES

__all__ = ["junit"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def junit(report: Report) -> str:
    """The XML document, ending in a newline.

    A divergence is a `failure` (also a flaky one, and a waiver that must go), a waived fingerprint is `skipped` with
    the waiver's reason, and what says nothing about the subject is an `error`: a missed vacuity floor, an oracle that
    differs from itself or gave no observation, a layer or a run that did not come to its end.
    """
    root = ET.Element("testsuites", {"name": "parity"})
    for layer in report.layers:
        _layer(root, report, layer)
    _whole(root, report)
    totals = {name: sum(int(suite.get(name, "0")) for suite in root) for name in ("tests", "failures", "errors")}
    root.attrib.update({name: str(number) for name, number in totals.items()})
    root.set("time", _seconds(report.run.seconds))
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _layer(root: ET.Element, report: Report, layer: Layer) -> None:
    suite = _Suite(root, report, f"{layer.phase}.{layer.name}", layer.seconds)
    suite.properties(
        {
            **{
                name: getattr(layer, name) for name in ("cases", "agreed", "diverged", "waived", "flaky", "unsupported")
            },
            **({"supersteps": layer.supersteps} if layer.supersteps else {}),
        }
    )
    if layer.complete:
        suite.passing("executed", layer.seconds)
    else:
        suite.error("executed", "incomplete", f"{layer.name} did not come to its end")
    if layer.oracle_failed:
        suite.error("oracle", "oracle", f"the oracle gave no observation on {count(layer.oracle_failed, 'case')}")
    causes = {(cause.phase in GATES, cause.flaky, _id(cause)): cause for cause in report.fingerprints}
    aa = layer.phase in GATES
    for flaky, numbers in ((False, layer.fingerprints), (True, layer.flaky_fingerprints)):
        for name, number in numbers.items():
            cause = causes.get((aa, flaky, name))
            title = cause.fingerprint if cause is not None else name
            kind = "aa" if aa else "flaky" if flaky else "divergence"
            text = _told(report, cause, number)
            message = f"{count(number, 'case')}: {cause.summary if cause is not None else 'not saved'}"
            (suite.error if aa else suite.failure)(title, kind, message, text)
    for waiver in report.waivers:
        if passed := layer.waivers.get(waiver.key):
            message = (
                f"{waiver.reason} ({count(passed, 'case')}, {waiver.owner}, {waiver.issue}, until {waiver.expiry})"
            )
            suite.skipped(f"waived {waiver.key}", message)
    for floor in report.floors_missed:
        if (floor.phase, floor.layer) == (layer.phase, layer.name):
            suite.error(f"floor {floor.name}", "vacuity", floor_sentence(floor))
    suite.close()


def _whole(root: ET.Element, report: Report) -> None:
    """What belongs to the run and to no layer of it."""
    suite = _Suite(root, report, "run", 0.0)
    text = "\n".join((headline(report), *sentences(report)))
    if report.complete and report.verdict not in ("incomplete", "error"):
        suite.passing("ended", 0.0)
    else:
        suite.error("ended", report.verdict, headline(report), text)
    ran = {(layer.phase, layer.name) for layer in report.layers}
    for floor in report.floors_missed:
        if (floor.phase, floor.layer) not in ran:
            suite.error(f"floor {_floor(floor)}", "vacuity", floor_sentence(floor))
    for waiver in report.waivers:
        if waiver.failing:
            suite.failure(f"waiver {waiver.key}", f"waiver-{waiver.state}", waiver_sentence(waiver))
    suite.close()


def _floor(floor: Floor) -> str:
    return f"{floor.phase} {floor.layer} {floor.name}"


def _id(cause: Fingerprint) -> str:
    """The fingerprint's id: the divergence's, without the case it was found with."""
    return cause.id.partition("-")[0]


def _told(report: Report, cause: Fingerprint | None, number: int) -> str:
    if cause is None:
        return f"{count(number, 'case')}; no file was saved"
    lines = [
        f"smallest case: {report.run.id}/divergences/{cause.id}.json",
        f"first difference: {cause.summary}",
        f"run it again: {cause.replay}",
    ]
    if cause.divergence is not None and cause.divergence.get("again"):
        lines.append(f"flaky: {cause.divergence['again']}")
    return "\n".join(lines)


class _Suite:
    """A testsuite under construction; elements in the order that the common schemas want."""

    def __init__(self, root: ET.Element, report: Report, name: str, seconds: float) -> None:
        self._element = ET.SubElement(root, "testsuite", {"name": _clean(name)})
        self._class = f"parity.{name}"
        self._counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        self._time = _seconds(seconds)
        found = _DATE.match(report.run.started)
        if found:
            self._element.set("timestamp", found.group())

    def properties(self, values: dict[str, int]) -> None:
        """Numbers of the layer; to be called first."""
        holder = ET.SubElement(self._element, "properties")
        for name, value in values.items():
            ET.SubElement(holder, "property", {"name": name, "value": str(value)})

    def passing(self, name: str, seconds: float) -> None:
        """A test that passed."""
        self._case(name, seconds)

    def failure(self, name: str, kind: str, message: str, text: str = "") -> None:
        """A statement about the subject."""
        self._counts["failures"] += 1
        self._fault("failure", name, kind, message, text)

    def error(self, name: str, kind: str, message: str, text: str = "") -> None:
        """Something that lets nothing be said about the subject."""
        self._counts["errors"] += 1
        self._fault("error", name, kind, message, text)

    def skipped(self, name: str, message: str) -> None:
        """What is let pass, and why."""
        self._counts["skipped"] += 1
        ET.SubElement(self._case(name, 0.0), "skipped", {"message": _clean(message)})

    def close(self) -> None:
        """Writes the numbers."""
        self._element.attrib.update({name: str(number) for name, number in self._counts.items()})
        self._element.set("time", self._time)

    def _fault(self, tag: str, name: str, kind: str, message: str, text: str) -> None:
        fault = ET.SubElement(self._case(name, 0.0), tag, {"message": _clean(message), "type": kind})
        fault.text = _clean(text or message)

    def _case(self, name: str, seconds: float) -> ET.Element:
        self._counts["tests"] += 1
        attributes = {"name": _clean(name), "classname": _clean(self._class), "time": _seconds(seconds)}
        return ET.SubElement(self._element, "testcase", attributes)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _clean(text: str) -> str:
    """Text without what XML 1.0 cannot carry: shown as Python would write it."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
