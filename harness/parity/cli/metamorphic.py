"""`parity metamorphic`: relations that one implementation must keep, whatever the oracle says."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import BAD_INPUT, DIVERGED, PARITY, UserError
from parity.cli.options import (
    REPORTS,
    count,
    default_workers,
    folder,
    known_subject,
    positive_float,
    require_frozen,
    seconds_or_zero,
    seed,
    workers,
)

if TYPE_CHECKING:
    from parity.metamorphic.search import Finding

KNOWN = Path("oracles/langgraph-1.2.22/metamorphic.toml")
LEAST_OBSERVED = 0.01
"""Of the programs drawn, the share that each relation must have been observed on."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "metamorphic",
        help="check what must hold between runs of one implementation: stream is invoke, sync is async, …",
        description="Draws random programs and runs each in variants that must agree, on one subject: faults that the "
        "oracle shares with a subject show here. What upstream is known to break is counted apart. Exit code 0: "
        "nothing new; 1: a relation is broken in a way that is not known, or a known one holds again; 2: bad input, "
        "or too little was observed.",
    )
    parser.add_argument("--subject", default="upstream", metavar="NAME", help="whom to ask (default: upstream)")
    parser.add_argument("--cases", type=count(1, 100_000_000), default=300, metavar="N", help="programs (default: 300)")
    parser.add_argument("--seed", type=seed, default=1, metavar="S", help="which programs (default: 1)")
    parser.add_argument("--workers", type=workers, metavar="K", help="processes (default: all cores)")
    parser.add_argument(
        "--shrink-seconds", type=seconds_or_zero, default=20.0, metavar="T", help="per finding (default: 20)"
    )
    parser.add_argument(
        "--timeout", type=positive_float, default=60.0, metavar="T", help="seconds per program (default: 60)"
    )
    parser.add_argument("--known", type=Path, default=KNOWN, metavar="FILE", help=f"known findings (default: {KNOWN})")
    parser.add_argument("--out", type=folder, default=REPORTS / "metamorphic", metavar="DIR", help="for new findings")
    parser.set_defaults(handler=_metamorphic)


def _metamorphic(arguments: argparse.Namespace) -> int:
    from parity.metamorphic.known import KnownError, holds_still, load_known
    from parity.metamorphic.search import Search, summary
    from parity.subjects.process import SubjectProcess, SubjectStartError
    from parity.subjects.registry import spec_for

    name = known_subject(arguments.subject)
    require_frozen(name)
    try:
        known = load_known(arguments.known, Path.cwd())
    except KnownError as error:
        raise UserError(str(error)) from error
    names = {(one.relation, one.aspect) for one in known}
    new: list[Finding] = []

    def found(finding: Finding) -> None:
        is_known = (finding.relation, finding.broken.aspect) in names
        path = "" if is_known else f" ({_kept(finding, arguments.out)})"
        if not is_known:
            new.append(finding)
        print(f"{'known' if is_known else 'BROKEN'} {finding.relation} / {finding.broken.aspect}{path}")
        print(f"    {finding.broken.says}", flush=True)

    search = Search(
        lambda: SubjectProcess(spec_for(name), timeout=arguments.timeout),
        arguments.cases,
        arguments.seed,
        arguments.workers or default_workers(),
        arguments.shrink_seconds,
        found=found,
    )
    try:
        with search.start() as side:
            stale = [one for one in known if not holds_still(one, side)]
        search.run()
    except SubjectStartError as error:
        raise UserError(str(error)) from error
    for one in stale:
        print(f"STALE {one.relation} / {one.aspect}: {one.path} does not show it any more; take it out of the table")
    print(f"{arguments.cases} programs of seed {arguments.seed} on {name}")
    for line in summary(search, names):
        print(line)
    if new or stale:
        return DIVERGED
    poor = [one.name for one in search.relations if search.observed[one.name] < LEAST_OBSERVED * arguments.cases]
    if poor:
        print(f"vacuous: hardly observed: {', '.join(poor)}")
        return BAD_INPUT
    return PARITY


def _kept(finding: Finding, folder: Path) -> Path:
    """Writes the smallest program of a finding; `parity replay` runs it."""
    path = folder / f"{finding.relation}-{finding.case.case_id}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(finding.case.to_json(), indent=1) + "\n", "utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    return path
