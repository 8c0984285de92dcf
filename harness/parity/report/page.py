"""`report.html`: one file that needs no network and no JavaScript, made from a report."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from parity.report.cause import render_cause
from parity.report.markup import Html, Part, el, fragment
from parity.report.model import Fingerprint, Layer, Report
from parity.report.pairs import render_pairs
from parity.report.releases import render_releases
from parity.report.words import PHASES, count, duration, floor_sentence, headline, sentences
from parity.triage.divergence import GATES

__all__ = ["MAX_CAUSES", "MAX_DETAIL_CHARACTERS", "render_page"]

MAX_CAUSES = 200
"""Most causes on a page."""

MAX_DETAIL_CHARACTERS = 6_000_000
"""When the opened parts of the causes add up to this much, the rest are shown as rows only."""

_MAX_FEATURES = 80
_MAX_REASONS = 20
_WORDS = {
    "parity": "Parity",
    "divergence": "Divergence",
    "flaky": "Flaky",
    "vacuity": "Vacuous",
    "waivers": "Waivers",
    "incomplete": "Incomplete",
    "error": "Error",
}


def render_page(report: Report) -> str:
    """The whole page. Raises CaseError if a divergence in the report is not a whole one."""
    style, script = _asset("report.css"), _asset("report.js")
    # Nothing may be loaded, sent or embedded, whatever a case contains: only these two texts may run or style.
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    title = f"{_WORDS[report.verdict]}: {report.provenance.subject} against {report.provenance.oracle}"
    if report.drift is not None:
        title = f"Drift: langgraph {report.drift.old} \u2192 {report.drift.new}"
    head = el(
        "head",
        None,
        el("meta", {"charset": "utf-8"}),
        el("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("meta", {"name": "color-scheme", "content": "light dark"}),
        el("meta", {"name": "referrer", "content": "no-referrer"}),
        el("title", None, title),
        el("style", None, Html(style)),
    )
    body = el(
        "body",
        None,
        el("a", {"class": "skip", "href": "#main"}, "Skip to the verdict"),
        _header(report),
        el(
            "main",
            {"id": "main"},
            None if report.complete else _partial(),
            _verdict(report),
            None if report.drift is None else render_releases(report.drift),
            _causes(report),
            _waivers(report),
            _layers(report),
            _features(report),
            [render_pairs(table) for table in report.pairs],
            _normalisations(report),
            _provenance(report),
        ),
        _footer(report),
        el("script", None, Html(script)),
    )
    return "<!DOCTYPE html>\n" + el("html", {"lang": "en"}, head, body).source + "\n"


def _asset(name: str) -> str:
    return (resources.files("parity.report") / "assets" / name).read_text("utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _header(report: Report) -> Html:
    links = [("#causes", "Causes"), ("#layers", "What ran"), ("#provenance", "Provenance")]
    if report.drift is not None:
        links[:1] = [("#releases", "Releases"), ("#causes", "Changes")]
    return el(
        "header",
        None,
        el("p", {"class": "brand"}, "parity", el("span", None, " · LangGraph differential report")),
        el("nav", {"aria-label": "Sections"}, [el("a", {"href": href}, name) for href, name in links]),
        el(
            "p",
            {"class": "versus"},
            el("span", {"class": "oracle"}, "oracle ", el("b", None, report.provenance.oracle)),
            " against ",
            el("span", {"class": "subject"}, "subject ", el("b", None, report.provenance.subject)),
        ),
    )


def _partial() -> Html:
    return el(
        "div",
        {"class": "partial", "role": "alert"},
        el("b", None, "PARTIAL"),
        " The run's event stream has no footer: it was stopped, or is still running. What follows is what was "
        "recorded, and nothing can be concluded from what is missing.",
    )


def _verdict(report: Report) -> Html:
    run = report.run
    causes = sum(not cause.flaky for cause in report.fingerprints)
    figures: list[tuple[str, str]] = [
        (f"{report.cases:,}", "case" if report.cases == 1 else "cases"),
        (
            str(causes),
            f"{_cause(report)}{'' if causes == 1 else 's'}{_OF[report.drift is not None]}",
        ),
        (str(len(report.floors_missed)), "floor missed" if len(report.floors_missed) == 1 else "floors missed"),
        (duration(run.seconds), "wall time"),
        (str(run.seed), "seed"),
    ]
    return el(
        "section",
        {"class": f"verdict {report.verdict}", "aria-labelledby": "verdict"},
        el("p", {"class": "word"}, _word(report)),
        el("h1", {"id": "verdict"}, headline(report)),
        el("ul", {"class": "sentences"}, [el("li", None, sentence) for sentence in sentences(report)]),
        el(
            "dl",
            {"class": "figures"},
            [el("div", None, el("dt", None, name), el("dd", None, figure)) for figure, name in figures],
        ),
    )


def _causes(report: Report) -> Html:
    causes = _by_component(report)
    parts: list[Part] = []
    room = MAX_DETAIL_CHARACTERS
    heads = {ids[0]: name for name, ids in _components(report).items() if ids}
    for number, cause in enumerate(causes[:MAX_CAUSES], 1):
        if cause.id in heads:
            parts.append(el("h3", {"class": "component"}, heads[cause.id]))
        rendered = render_cause(cause, number, detailed=room > 0)
        room -= len(rendered.source)
        parts.append(rendered)
    if len(causes) > MAX_CAUSES:
        parts.append(
            el("p", {"class": "more"}, f"{len(causes) - MAX_CAUSES} more omitted; report.json has all of them.")
        )
    if not causes:
        parts.append(el("p", {"class": "note"}, "None found."))
    buttons = el(
        "div",
        {"class": "tools", "hidden": True},
        el("button", {"type": "button", "data-expand": "open"}, "Expand all"),
        el("button", {"type": "button", "data-expand": "close"}, "Collapse all"),
    )
    return el(
        "section",
        {"id": "causes", "aria-labelledby": "causes-title"},
        el(
            "div",
            {"class": "heading"},
            el("h2", {"id": "causes-title"}, f"{_cause(report).capitalize()}s{_OF[report.drift is not None]}"),
            buttons if causes else None,
        ),
        el("p", {"class": "lead"}, "Cases that part in the same way are one row: worst first, then most frequent.")
        if causes
        else None,
        parts,
    )


def _waivers(report: Report) -> Html | None:
    if not report.waivers:
        return None
    columns = ("Fingerprint", "State", "Cases", "Until", "Owner", "Issue", "Why it is let pass")
    rows = [
        el(
            "tr",
            None,
            el("th", {"scope": "row"}, el("code", None, waiver.key), el("small", None, waiver.regression)),
            el("td", {"class": "bad" if waiver.failing else None}, waiver.state),
            el("td", None, f"{waiver.cases:,}"),
            el("td", None, waiver.expiry),
            el("td", None, waiver.owner),
            el("td", None, waiver.issue),
            el("td", {"class": "text"}, waiver.reason, f" ({waiver.detail})" if waiver.detail else None),
        )
        for waiver in report.waivers
    ]
    table = el(
        "table",
        {"class": "rules"},
        el("thead", None, el("tr", None, [el("th", {"scope": "col"}, name) for name in columns])),
        el("tbody", None, rows),
    )
    return el(
        "section",
        {"id": "waivers", "aria-labelledby": "waivers-title"},
        el("h2", {"id": "waivers-title"}, "Waivers"),
        el(
            "p", {"class": "lead"}, "Divergences that somebody answers for until a day: counted apart, never as passed."
        ),
        el("div", {"class": "wide", "tabindex": 0, "role": "group", "aria-label": "Waivers"}, table),
    )


_OF = (" of divergence", " of behaviour")


def _cause(report: Report) -> str:
    return "cause" if report.drift is None else "change"


def _word(report: Report) -> str:
    if report.drift is None:
        return _WORDS[report.verdict]
    return {"parity": "No change", "divergence": "Changes"}.get(report.verdict, _WORDS[report.verdict])


def _components(report: Report) -> dict[str, list[str]]:
    """The ids of the changes by component, each in the order of `report.ordered`; none of any other run."""
    if report.drift is None:
        return {}
    order = [cause.id for cause in report.ordered()]
    return {name: [item for item in order if item in ids] for name, ids in report.drift.components.items()}


def _by_component(report: Report) -> list[Fingerprint]:
    causes = {cause.id: cause for cause in report.ordered()}
    grouped = [causes.pop(item) for ids in _components(report).values() for item in ids if item in causes]
    return [*grouped, *causes.values()]


def _layers(report: Report) -> Html:
    columns = (
        "Layer",
        "Cases",
        "Agreed",
        "Diverged",
        "Waived",
        "Flaky",
        "Unsupported",
        "Cases / s",
        "Supersteps",
        "Time",
    )
    rows: list[Part] = []
    for phase, title in PHASES.items():
        layers = [layer for layer in report.layers if layer.phase == phase]
        if layers:
            rows.append(el("tr", {"class": "phase"}, el("th", {"colspan": len(columns), "scope": "rowgroup"}, title)))
            rows += [_layer_row(layer) for layer in layers]
    table = el(
        "div",
        {"class": "wide", "tabindex": 0, "role": "group", "aria-label": "What ran, by layer"},
        el(
            "table",
            None,
            el("thead", None, el("tr", None, [el("th", {"scope": "col"}, name) for name in columns])),
            el("tbody", None, rows),
        ),
    )
    inside = report.run.seconds_oracle + report.run.seconds_subject
    busy = (
        f"{duration(report.run.seconds_oracle)} inside the oracle, {duration(report.run.seconds_subject)} inside the "
        f"subject ({count(report.run.workers, 'worker')})."
    )
    return el(
        "section",
        {"id": "layers", "aria-labelledby": "layers-title"},
        el("h2", {"id": "layers-title"}, "What ran"),
        table if rows else el("p", {"class": "note"}, "No layer had begun."),
        el("p", {"class": "note"}, busy) if inside else None,
        el("ul", {"class": "floors"}, [el("li", None, floor_sentence(floor)) for floor in report.floors_missed])
        if report.floors_missed
        else None,
        [_unsupported(layer) for layer in report.layers if layer.unsupported_reasons],
    )


def _layer_row(layer: Layer) -> Html:
    notes: list[str] = []
    if not layer.complete:
        notes.append("not finished")
    if layer.stopped:
        notes.append(layer.stopped)
    if layer.oracle_failed:
        notes.append(f"oracle failed on {layer.oracle_failed:,}")
    failures = [
        f"{name} {number:,}"
        for name, number in sorted(layer.verdicts.items())
        if name not in ("observed", "unsupported")
    ]
    notes += failures
    if layer.duplicates:
        notes.append(f"{count(layer.duplicates, 'duplicate')} left out")
    name = el("th", {"scope": "row"}, layer.name, el("small", None, ", ".join(notes)) if notes else None)
    figures: list[tuple[str, str | None]] = [
        (f"{layer.cases:,}", None),
        (f"{layer.agreed:,}", None),
        (f"{layer.diverged:,}", "bad" if layer.diverged else None),
        (f"{layer.waived:,}", "warn" if layer.waived else None),
        (f"{layer.flaky:,}", "bad" if layer.flaky else None),
        (f"{layer.unsupported:,}", "warn" if layer.unsupported else None),
        (f"{layer.rate:,.0f}" if layer.rate >= 10 else f"{layer.rate:.1f}", None),
        (f"{layer.supersteps:,}" if layer.supersteps else "\u2013", None),
        (duration(layer.seconds), None),
    ]
    return el("tr", None, name, [el("td", {"class": style}, figure) for figure, style in figures])


def _unsupported(layer: Layer) -> Html:
    reasons = sorted(layer.unsupported_reasons.items(), key=lambda item: (-item[1], item[0]))
    items = [el("li", None, f"{number:,} \u00d7 {reason}") for reason, number in reasons[:_MAX_REASONS]]
    if len(reasons) > _MAX_REASONS:
        items.append(el("li", {"class": "more"}, f"{len(reasons) - _MAX_REASONS} more omitted"))
    return el(
        "details",
        {"class": "fold"},
        el("summary", None, f"Not claimed by the subject in {layer.name}: {count(layer.unsupported, 'case')}"),
        el("ul", None, items),
    )


def _features(report: Report) -> Html | None:
    folds = [_histogram(layer) for layer in report.layers if layer.features and layer.phase not in GATES]
    if not folds:
        return None
    return el(
        "section",
        {"id": "features", "aria-labelledby": "features-title"},
        el("h2", {"id": "features-title"}, "What the cases used"),
        el("p", {"class": "lead"}, "The share of cases that use each feature: what was not used was not tested."),
        folds,
    )


def _histogram(layer: Layer) -> Html:
    features = sorted(layer.features.items(), key=lambda item: (-item[1], item[0]))
    total = max(layer.cases, 1)
    rows: list[Part] = []
    for name, number in features[:_MAX_FEATURES]:
        share = min(number / total, 1.0)
        bar = el(
            "svg",
            {"class": "bar", "viewBox": "0 0 100 6", "width": 100, "height": 6, "aria-hidden": "true"},
            el("rect", {"class": "track", "width": 100, "height": 6, "rx": 3}),
            el("rect", {"class": "fill", "width": f"{max(share * 100, 1):.1f}", "height": 6, "rx": 3}),
        )
        rows.append(
            el("li", None, el("span", {"class": "name"}, name), bar, el("span", {"class": "number"}, f"{number:,}"))
        )
    if len(features) > _MAX_FEATURES:
        rows.append(el("li", {"class": "more"}, f"{len(features) - _MAX_FEATURES} more omitted"))
    where = PHASES[layer.phase].lower()
    return el(
        "details",
        {"class": "fold"},
        el(
            "summary", None, f"{layer.name}, {where}: {count(len(features), 'feature')} in {count(layer.cases, 'case')}"
        ),
        el("ul", {"class": "histogram"}, rows),
    )


def _normalisations(report: Report) -> Html:
    total: dict[str, tuple[str, int]] = {}
    for layer in report.layers:
        for item in layer.normalisations:
            total[item.rule] = (item.reason, total.get(item.rule, ("", 0))[1] + item.count)
    body: Part = el("p", {"class": "note"}, "None was applied: every observation was compared as it is.")
    if total:
        rows = [
            el(
                "tr",
                None,
                el("th", {"scope": "row"}, el("code", None, rule)),
                el("td", {"class": "text"}, reason),
                el("td", None, f"{number:,}"),
            )
            for rule, (reason, number) in sorted(total.items())
        ]
        head = el("tr", None, [el("th", {"scope": "col"}, name) for name in ("Rule", "Why it is right", "Applied")])
        table = el("table", {"class": "rules"}, el("thead", None, head), el("tbody", None, rows))
        body = el("div", {"class": "wide", "tabindex": 0, "role": "group", "aria-label": "Normalisations"}, table)
    return el(
        "section",
        {"id": "normalisations", "aria-labelledby": "normalisations-title"},
        el("h2", {"id": "normalisations-title"}, "Normalisations applied"),
        body,
    )


def _provenance(report: Report) -> Html:
    run, source = report.run, report.provenance

    def versions(table: dict[str, str]) -> Part:
        return [el("span", {"class": "version"}, f"{name} {version}") for name, version in sorted(table.items())]

    rows: list[tuple[str, Part]] = [
        ("Command", el("code", None, run.command)),
        ("Run", f"{run.id}, profile {run.profile}, seed {run.seed}, {count(run.workers, 'worker')}"),
        ("Started", run.started),
        ("Oracle", fragment(f"{source.oracle} ", versions(source.oracle_versions))),
        ("Subject", fragment(f"{source.subject} ", versions(source.subject_versions))),
        ("Python", source.python),
        ("Platform", source.platform),
        ("Commit", el("code", None, source.commit) if source.commit else "not known"),
    ]
    return el(
        "section",
        {"id": "provenance", "aria-labelledby": "provenance-title"},
        el("h2", {"id": "provenance-title"}, "Provenance"),
        el(
            "dl",
            {"class": "provenance"},
            [fragment(el("dt", None, name), el("dd", None, value)) for name, value in rows],
        ),
    )


def _footer(report: Report) -> Html:
    return el(
        "footer",
        None,
        el(
            "p",
            None,
            "Made from report.json, beside this file; it loads nothing and sends nothing. ",
            f"Run {report.run.id}.",
        ),
    )
