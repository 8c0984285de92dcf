"""The verdict of `parity check` as one HTML file that needs no network and no JavaScript."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from parity.check.judge import LineVerdict
from parity.check.model import Options
from parity.check.run import Check
from parity.check.told import headline, ratio_of, tell
from parity.report.markup import Html, Part, el
from parity.report.sides import render_agreed, render_event

__all__ = ["render"]

_WORDS = {
    "same": "Same",
    "differs": "Differs",
    "witness": "Not proven",
    "undecided": "Undecided",
    "vacuous": "Nothing to compare",
}
_STYLES = {"same": "parity", "differs": "divergence", "witness": "error", "undecided": "error", "vacuous": "vacuity"}


def render(check: Check, options: Options, source: str) -> str:
    """The whole page."""
    style = (resources.files("parity.report") / "assets" / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    head = el(
        "head",
        None,
        el("meta", {"charset": "utf-8"}),
        el(
            "meta",
            {"http-equiv": "Content-Security-Policy", "content": f"default-src 'none'; style-src 'sha256-{digest}'"},
        ),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("title", None, f"{_WORDS[check.verdict]}: {options.target}"),
        el("style", None, Html(style)),
    )
    body = el(
        "body",
        None,
        el(
            "header",
            None,
            el("p", {"class": "brand"}, "parity", el("span", None, " · check of your own graph")),
            el(
                "p",
                {"class": "versus"},
                el("span", {"class": "oracle"}, "upstream"),
                " against ",
                el("span", {"class": "subject"}, options.subject),
            ),
        ),
        el(
            "main",
            {"id": "main"},
            el(
                "section",
                {"class": f"verdict {_STYLES[check.verdict]}", "aria-labelledby": "verdict"},
                el("p", {"class": "word"}, _WORDS[check.verdict]),
                el("h1", {"id": "verdict"}, headline(check, options.subject)),
                el("p", None, f"{options.target} with {source}"),
            ),
            _table(check, options.subject),
            [_difference(line) for line in check.lines if line.difference is not None],
            el(
                "section",
                {"aria-labelledby": "told"},
                el("h2", {"id": "told"}, "As on the console"),
                el("pre", {"class": "event", "tabindex": 0}, [f"{line}\n" for line in tell(check, options)]),
            ),
        ),
    )
    return "<!DOCTYPE html>\n" + el("html", {"lang": "en"}, head, body).source + "\n"


def _table(check: Check, subject: str) -> Html:
    times = check.times.lines if check.times is not None else ()
    columns = ("Line", "Verdict", "Events", "Values", "Not comparable", f"Upstream / {subject}", "Ended with")
    rows: list[Part] = []
    for index, line in enumerate(check.lines):
        ratio = ratio_of([times[index]], "wall") if times else None
        cells = (
            line.status,
            f"{sum(line.events.values()):,}",
            f"{line.values:,}",
            f"{line.skipped:,}",
            ratio.text() if ratio is not None else "\u2013",
            line.end[:200],
        )
        rows.append(el("tr", None, el("th", {"scope": "row"}, line.line.number), [el("td", None, c) for c in cells]))
    return el(
        "section",
        {"aria-labelledby": "lines"},
        el("h2", {"id": "lines"}, "Lines of input"),
        el(
            "div",
            {"class": "wide", "tabindex": 0, "role": "group", "aria-label": "Lines of input"},
            el(
                "table",
                None,
                el("thead", None, el("tr", None, [el("th", {"scope": "col"}, name) for name in columns])),
                el("tbody", None, rows),
            ),
        ),
    )


def _difference(line: LineVerdict) -> Html:
    found = line.difference
    assert found is not None
    parts: list[Part] = []
    if found.last_agreed is not None:
        parts += [el("h3", None, "Last agreed event"), render_agreed(found.last_agreed)]
    for title, event, other, side in (
        ("Upstream", found.expected, found.actual, "oracle"),
        ("The other side", found.actual, found.expected, "subject"),
    ):
        parts.append(el("h3", None, title))
        parts.append(render_event(event, other, side) if event is not None else el("p", None, "No further event."))
    return el(
        "section",
        {"aria-labelledby": f"line-{line.line.number}"},
        el("h2", {"id": f"line-{line.line.number}"}, f"Line {line.line.number}: {found.track} event {found.index}"),
        el("p", None, "Where: ", el("code", None, found.where)) if found.where else None,
        parts,
    )
