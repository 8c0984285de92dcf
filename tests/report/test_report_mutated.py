"""Stored reports with one thing wrong in them: a page or one clear error, never anything else."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import report_runs as runs

from parity.cases.schema import CaseError
from parity.report.build import assemble, build
from parity.report.console import markdown, summary_lines
from parity.report.model import Report
from parity.report.page import render_page

JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**400,
    1e308,
    "",
    "x" * 5000,
    "\ud800",
    [],
    {},
    {"t": "dict", "v": [[1]]},
    {"t": "float", "bits": "zz"},
    {"tag": "msgpack", "hex": "0"},
)
MUTATIONS = 250


def places(root: Any) -> list[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    stack = [root]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item))
        found += [(item, key) for key in keys]
        stack += [item[key] for key in keys if isinstance(item[key], (dict, list))]
    return found


def mutated(value: Any, seed: int) -> Any:
    """A copy with one part replaced by junk, or left out."""
    draw = random.Random(seed)
    value = copy.deepcopy(value)
    container, key = draw.choice(places(value))
    if isinstance(container, dict) and draw.random() < 0.2:
        del container[key]
    else:
        container[key] = copy.deepcopy(draw.choice(JUNK))
    return value


def test_a_report_with_anything_wrong_in_it_is_a_page_or_one_error(tmp_path: Path) -> None:
    build(runs.diverged_run(tmp_path))
    good = json.loads((tmp_path / "report.json").read_text())
    rendered = 0
    errors: list[str] = []
    for seed in range(MUTATIONS):
        try:
            report = Report.from_json(mutated(good, seed))
            page = render_page(report)
            page.encode("utf-8")
            "".join((*summary_lines(report), markdown(report))).encode("utf-8")
        except CaseError as error:
            errors.append(str(error))
        else:
            rendered += 1
    assert rendered, "some changes do not matter"
    assert errors, "some do"
    assert not [error for error in errors if "\n" in error]


def test_a_stream_with_anything_wrong_in_it_is_a_report_or_one_error(tmp_path: Path) -> None:
    path = runs.diverged_run(tmp_path) / "events.jsonl"
    good = [json.loads(line) for line in path.read_text().splitlines()]
    read = 0
    errors: list[str] = []
    for seed in range(MUTATIONS):
        lines = mutated(good, seed)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        try:
            report = assemble(tmp_path)
            Report.from_json(report.to_json())
            render_page(report)
        except CaseError as error:
            errors.append(str(error))
        else:
            read += 1
    assert read, "some changes do not matter"
    assert errors, "some do"
    assert not [error for error in errors if "\n" in error]
