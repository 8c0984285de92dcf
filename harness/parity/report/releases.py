"""The parts of a page that only a comparison of two releases has."""

from __future__ import annotations

from parity.report.markup import Html, Part, el
from parity.report.model import Drift
from parity.report.words import count

__all__ = ["named_sides", "render_releases"]

_MAX_NAMES = 200


def named_sides(summary: str, drift: Drift) -> str:
    """A difference's summary with the releases in the places of oracle and subject."""
    return summary.replace(": oracle: ", f": {drift.old}: ", 1).replace(" / subject: ", f" / {drift.new}: ", 1)


def render_releases(drift: Drift) -> Html:
    """What is known of the two releases without running a case."""
    return el(
        "section",
        {"id": "releases", "aria-labelledby": "releases-title"},
        el("h2", {"id": "releases-title"}, "The two releases"),
        el(
            "p",
            {"class": "lead"},
            f"In what follows the oracle is langgraph {drift.old} and the subject langgraph {drift.new}: neither is "
            "taken to be right.",
        ),
        _distributions(drift),
        _lacks(drift.old, drift.new, drift.lacks["old"]),
        _lacks(drift.new, drift.old, drift.lacks["new"]),
        _defaults(drift),
        [el("p", {"class": "note"}, note) for note in drift.notes],
    )


def _distributions(drift: Drift) -> Html:
    rows = [(name, old or "not there", new or "not there") for name, old, new in drift.distributions]
    return _table(
        "Packages that differ; all others are the same on both sides", ("Package", drift.old, drift.new), rows
    )


def _defaults(drift: Drift) -> Html | None:
    if not drift.defaults:
        return None
    return _table("Defaults that changed", ("Parameter", drift.old, drift.new), list(drift.defaults))


def _lacks(side: str, other: str, names: tuple[str, ...]) -> Html:
    title = f"langgraph {side} lacks {count(len(names), 'public name')} that {other} has"
    if not names:
        return el("p", {"class": "note"}, f"langgraph {side} lacks no public name that {other} has.")
    items = [el("li", None, el("code", None, name)) for name in names[:_MAX_NAMES]]
    if len(names) > _MAX_NAMES:
        items.append(
            el("li", {"class": "more"}, f"{len(names) - _MAX_NAMES} more omitted; report.json has all of them")
        )
    return el("details", {"class": "fold", "open": True}, el("summary", None, title), el("ul", None, items))


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, str, str]]) -> Html:
    body: list[Part] = [
        el("tr", None, el("th", {"scope": "row"}, el("code", None, row[0])), [el("td", None, cell) for cell in row[1:]])
        for row in rows
    ]
    return el(
        "div",
        {"class": "wide", "tabindex": 0, "role": "group", "aria-label": title},
        el(
            "table",
            None,
            el("caption", None, title),
            el("thead", None, el("tr", None, [el("th", {"scope": "col"}, name) for name in head])),
            el("tbody", None, body),
        ),
    )
