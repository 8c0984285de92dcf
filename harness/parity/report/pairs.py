"""Which pairs of features a run has executed, as a table of their groups, and which it never has."""

from __future__ import annotations

from parity.generate.pairs import PairTable
from parity.report.markup import Html, Part, el
from parity.report.words import count

__all__ = ["render_pairs"]

_MAX_NEVER = 60
"""Most features named beside one in the list of what was never executed; `report.json` has all of them."""


def render_pairs(table: PairTable) -> Html:
    """The section of one generator's pairs."""
    executed, possible = len(table.executed), len(table.possible)
    name = f"pairs-{table.layer}"
    never = [_never(first, others) for first, others in table.never()]
    fold = el(
        "details",
        {"class": "fold"},
        el("summary", None, f"Never executed together: {count(possible - executed, 'pair')}"),
        el("ul", {"class": "never"}, never),
    )
    return el(
        "section",
        {"id": name, "aria-labelledby": f"{name}-title"},
        el("h2", {"id": f"{name}-title"}, f"Pairs of features in {table.layer}"),
        el(
            "p",
            {"class": "lead"},
            f"{executed:,} of {possible:,} pairs of features were executed in one case. By group: pairs executed / "
            f"possible ({count(len(table.impossible), 'pair')} that no program can have left out).",
        ),
        el(
            "div",
            {"class": "wide", "tabindex": 0, "role": "group", "aria-label": f"Pairs of features in {table.layer}"},
            _matrix(table),
        ),
        fold if never else None,
    )


def _matrix(table: PairTable) -> Html:
    """One half of the square: what two groups have in common is the same either way."""
    themes = list(table.themes)
    rows: list[Part] = []
    for index, theme in enumerate(themes):
        cells = [_cell(table, theme, other) for other in themes[: index + 1]]
        rows.append(el("tr", None, el("th", {"scope": "row"}, theme.replace("_", " ")), cells))
    heads = [el("th", {"scope": "col"}, el("span", None, theme.replace("_", " "))) for theme in themes]
    return el(
        "table",
        {"class": "pairs"},
        el("thead", None, el("tr", None, el("td"), heads)),
        el("tbody", None, rows),
    )


def _cell(table: PairTable, one: str, other: str) -> Html:
    executed, possible = table.between(one, other)
    if not possible:
        return el("td")
    style = "all" if executed == possible else "none" if not executed else "half" if 2 * executed < possible else None
    return el("td", {"class": style}, f"{executed}/{possible}")


def _never(first: str, others: list[str]) -> Html:
    more = f" and {len(others) - _MAX_NEVER} more" if len(others) > _MAX_NEVER else ""
    return el("li", None, el("b", None, first), f" with {', '.join(others[:_MAX_NEVER])}{more}")
