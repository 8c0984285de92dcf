"""One cause of divergence as a part of the page: everything a reviewer needs to believe it and to run it again."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import Any

from parity.cases.model import Case, CaseError
from parity.compare import MsgpackDifference
from parity.compare.msgpack import parse
from parity.compare.rules import RULES
from parity.observe.model import Outcome
from parity.report.drawing import draw
from parity.report.hexdump import Span, dump
from parity.report.listing import listing
from parity.report.markup import Html, Part, el
from parity.report.model import Fingerprint
from parity.report.sides import render_agreed, render_event
from parity.report.tree import find, render_tree
from parity.report.words import cause_name, count
from parity.triage.divergence import GATES, Divergence

__all__ = ["MAX_CASE_SOURCE", "render_cause"]

MAX_CASE_SOURCE = 24_000
"""Longest case shown as JSON, in characters; the listing above it is capped by itself."""

_MAX_DETAIL = 6000
_MAX_ALIGNED = 1200
_SEVERITY_WORDS = {"crash": "crash", "divergence": "divergence", "flaky": "flaky"}
_WHAT = {
    "type": "a different type",
    "value": "a different value",
    "length": "a different length",
    "missing key": "a key that only the oracle wrote",
    "extra key": "a key that only the subject wrote",
    "key order": "the same keys in another order",
    "ext code": "a different extension code",
    "malformed": "bytes that are no msgpack",
    "marker width": "the same value in another width",
    "set order": "the same set in another order",
}


def render_cause(cause: Fingerprint, number: int, detailed: bool) -> Html:
    """A `<details>` whose summary is the row of the cause. Without `detailed` the page has no room for the rest of it.

    Raises CaseError if the saved divergence in the report is not a whole one.
    """
    summary = el(
        "summary",
        {"id": f"cause-{cause.id}"},
        el("span", {"class": f"badge {cause.severity}"}, _SEVERITY_WORDS[cause.severity]),
        el(
            "span",
            {"class": "what"},
            el("span", {"class": "title", "role": "heading", "aria-level": 3}, cause_name(cause)),
            el("span", {"class": "sentence"}, _short(cause.summary, 400)),
        ),
        el(
            "span",
            {"class": "facts"},
            el("span", {"class": "count"}, count(cause.count, "case")),
            el("span", {"class": "id"}, cause.id),
        ),
    )
    body: list[Part] = [_replay(cause.replay, number)]
    if cause.divergence is None:
        body.append(el("p", {"class": "note"}, cause.omitted))
    elif not detailed:
        body.append(el("p", {"class": "note"}, "Omitted to keep this page small; the command above shows it."))
    else:
        body.append(_detail(cause, Divergence.from_json(cause.divergence)))
    return el("details", {"class": f"cause {cause.severity}"}, summary, el("div", {"class": "body"}, body))


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _replay(command: str, number: int) -> Html:
    return el(
        "div",
        {"class": "replay"},
        el("span", {"class": "label"}, "Run it again"),
        el("code", {"id": f"replay-{number}"}, command),
        el("button", {"type": "button", "hidden": True, "data-copy": f"replay-{number}"}, "Copy"),
    )


def _section(title: str, *parts: Part) -> Html:
    return el("section", None, el("h4", None, title), parts)


def _detail(cause: Fingerprint, divergence: Divergence) -> Html:
    difference = divergence.difference
    notes: list[str] = []
    if cause.flaky:
        notes.append(
            "Running the case again did not show the same difference; what is shown is what both sides said first."
            + (f" Then: {divergence.again}." if divergence.again else "")
        )
    elif not cause.shrunk:
        notes.append("Shrinking had not ended, so a smaller case may exist.")
    facts = el(
        "p",
        {"class": "note"},
        f"First found with seed {cause.first_seed} in {divergence.campaign_layer}; "
        f"{count(cause.count, 'case')} of the run part in this way. ",
        " ".join(notes),
        "" if divergence.localised is None else f" On the Rust side: {divergence.localised.told()}.",
    )
    parts: list[Part] = [facts, _case(divergence.case, divergence.original_case), _where(divergence)]
    if difference.bytes is not None:
        parts.append(_bytes(difference.bytes))
    parts.append(_normalisations(divergence.applied))
    return el("div", {"class": "parts"}, parts)


def _case(case: Case, original: Case) -> Html:
    titles = {
        "graph": "The smallest graph that shows it",
        "program": "The smallest program that shows it",
        "channel": "The shortest channel sequence that shows it",
        "value": "The smallest value that shows it",
        "bytes": "The shortest input that shows it",
    }
    parts: list[Part] = []
    if case.kind == "graph":
        drawing = draw(case.body)
        if drawing is None:
            parts.append(
                el("p", {"class": "note"}, "This graph is too large to draw; the listing below has all of it.")
            )
        else:
            parts.append(
                el("div", {"class": "drawing", "tabindex": 0, "role": "group", "aria-label": "Drawing"}, drawing)
            )
    parts.append(el("pre", {"class": "listing", "tabindex": 0}, "\n".join(listing(case))))
    source = json.dumps(case.to_json(), indent=1, ensure_ascii=True)
    found = f"Case {case.case_id}"
    if original.case_id != case.case_id:
        found += f", shrunk from {original.case_id}"
    omitted = len(source) - MAX_CASE_SOURCE
    parts.append(
        el(
            "details",
            {"class": "source"},
            el("summary", None, f"{found}, as JSON"),
            el("pre", {"tabindex": 0}, source[:MAX_CASE_SOURCE]),
            el("p", {"class": "note"}, f"{omitted:,} more characters omitted") if omitted > 0 else None,
        )
    )
    return _section(titles.get(case.kind, "The smallest case that shows it"), parts)


def _where(divergence: Divergence) -> Html:
    difference = divergence.difference
    other = "the oracle, run again," if divergence.phase in GATES else "the subject"
    place: list[Part] = [f"Event {difference.index}"]
    if difference.path:
        place += [", at ", el("code", None, _short(difference.path, 300))]
    last: Part = el("p", {"class": "note"}, "None: they part at the first event.")
    if difference.last_agreed is not None:
        last = render_agreed(difference.last_agreed)
    return _section(
        "Where they part",
        el("h5", None, "Last event that both agree on"),
        last,
        el("p", {"class": "place"}, place, "."),
        el(
            "div",
            {"class": "pair"},
            _side("the oracle said", "oracle", difference.expected, difference.actual, divergence.expected),
            _side(f"{other} said", "subject", difference.actual, difference.expected, divergence.actual),
        ),
    )


def _side(title: str, side: str, event: dict[str, Any] | None, other: dict[str, Any] | None, outcome: Outcome) -> Html:
    parts: list[Part] = [el("h5", {"class": side}, title)]
    if outcome.status != "observed":
        parts.append(el("p", {"class": "status"}, _failure(outcome.status)))
        if outcome.detail:
            parts.append(el("pre", {"class": f"event {side}", "tabindex": 0}, _short(outcome.detail, _MAX_DETAIL)))
    elif event is None:
        parts.append(el("p", {"class": "status"}, "Nothing: no event here, its observation had ended."))
    if event is not None:
        parts.append(render_event(event, other, side))
    return el("div", {"class": f"side {side}"}, parts)


def _failure(status: str) -> str:
    words = {
        "panic": "It panicked.",
        "exception": "It failed with an exception of its own.",
        "timeout": "It gave no answer in time and was killed.",
        "abort": "Its process died.",
        "protocol": "It answered with something that is not the protocol.",
        "witness": "It cannot be shown that Rust did the work.",
        "unsupported": "It does not claim to support this case.",
    }
    return words.get(status, status)


def _bytes(difference: MsgpackDifference) -> Html:
    try:
        expected, actual = bytes.fromhex(difference.expected_hex), bytes.fromhex(difference.actual_hex)
    except ValueError as error:
        raise CaseError("/difference/bytes", f"not hexadecimal: {error}") from error
    changed_expected, changed_actual = _changed(expected, actual)
    both = (
        ("the oracle wrote", "oracle", expected, difference.offset_expected, changed_expected),
        ("the subject wrote", "subject", actual, difference.offset_actual, changed_actual),
    )
    sides: list[Html] = []
    for title, side, data, offset, changed in both:
        root = parse(data)
        node = find(root, offset)
        sides.append(
            el(
                "div",
                {"class": f"side {side}"},
                el("h5", {"class": side}, f"{title} {count(len(data), 'byte')}"),
                el("p", {"class": "label"}, f"Structure, differing at offset {offset} (0x{offset:x})"),
                render_tree(root, node, side),
                el("p", {"class": "label"}, "Hex, differing bytes marked"),
                dump(data, Span(node.offset, max(node.length, 1)), changed, side),
            )
        )
    same = (
        "Both decode to equal values: only the encoding differs."
        if difference.same_value
        else "The two decode to different values."
    )
    return _section(
        "What differs in the bytes",
        el(
            "p",
            {"class": "place"},
            _WHAT.get(difference.what, difference.what).capitalize(),
            " at ",
            el("code", None, difference.path or "the root"),
            ": the oracle wrote ",
            el("code", {"class": "oracle"}, _short(difference.expected_text, 300)),
            ", the subject ",
            el("code", {"class": "subject"}, _short(difference.actual_text, 300)),
            f". {same}",
        ),
        el("div", {"class": "pair"}, sides),
    )


def _changed(one: bytes, other: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """The offsets, on each side, of bytes that have no counterpart on the other."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    if len(left) > _MAX_ALIGNED or len(right) > _MAX_ALIGNED:
        return frozenset(range(start, len(one) - end)), frozenset(range(start, len(other) - end))
    mine: set[int] = set()
    theirs: set[int] = set()
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            mine.update(range(start + a, start + b))
            theirs.update(range(start + c, start + d))
    return frozenset(mine), frozenset(theirs)


def _normalisations(applied: dict[str, int]) -> Html:
    if not applied:
        return _section(
            "Normalisations applied", el("p", {"class": "note"}, "None: what both sides said was compared as it is.")
        )
    reasons = {rule.name: rule.reason for rule in RULES}
    rows = [
        el("li", None, el("code", None, name), f" \u00d7 {times:,}: {reasons.get(name, 'a rule of another version')}")
        for name, times in sorted(applied.items())
    ]
    return _section("Normalisations applied", el("ul", {"class": "rules"}, rows))
