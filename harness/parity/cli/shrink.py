"""`parity shrink`: goes on with the search for a smaller case."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import DIVERGED, PARITY, UserError, one_line
from parity.cli.options import positive_float
from parity.cli.replay import add_sides, add_source, load_source, pair_of, sides_of, source_path

if TYPE_CHECKING:
    from parity.cases.model import Case
    from parity.subjects.process import SubjectProcess
    from parity.triage.divergence import Divergence
    from parity.triage.pair import Result


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "shrink",
        help="make a saved divergence smaller",
        description="Leaves out parts of the case, one at a time and then two, for as long as the same difference "
        "shows, and writes the smaller one beside the file as NAME.min.json; the file itself stays. Exit code 0: the "
        "search ended, or its budget did; 1: the case does not diverge (any more); 2: bad input or environment.",
    )
    add_source(parser)
    add_sides(parser)
    parser.add_argument(
        "--seconds", type=positive_float, default=60.0, metavar="N", help="the budget, in seconds (default: 60)"
    )
    parser.set_defaults(handler=_shrink)


def _shrink(arguments: argparse.Namespace) -> int:
    from parity.subjects.process import SubjectStartError
    from parity.triage.divergence import Divergence
    from parity.triage.shrinking import shrink, smaller_path

    path = source_path(arguments)
    saved = load_source(arguments)
    case = saved.case if isinstance(saved, Divergence) else saved
    try:
        with ExitStack() as stack:
            oracle, subject = (stack.enter_context(side()) for side in sides_of(arguments, saved))
            pair = pair_of(oracle, subject)
            first = pair.run(case)
            why = _why_not(first)
            if why:
                print(one_line(f"nothing to shrink: {why}", 2000))
                return DIVERGED
            found = shrink(case, first, pair, arguments.seconds)
            kept = saved if isinstance(saved, Divergence) else _fresh(saved, oracle, subject, first)
    except SubjectStartError as error:
        raise UserError(str(error)) from error
    ended = f"cut by the budget of {arguments.seconds:g} s" if found.cut else "nothing more can be left out"
    effort = f"{found.probes} probes in {found.seconds:.1f} s, {ended}"
    if found.after == found.before:
        print(f"no smaller case: {found.before} bytes; {effort}")
        return PARITY
    target = smaller_path(path)
    if _smaller_already(target, found.after):
        print(f"{found.before} -> {found.after} bytes; {effort}; {target} is as small already and stays")
        return PARITY
    try:
        folder = target.parent
        made = found.put_into(kept)
        made.save(folder, target.name)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror or error}") from error
    print(f"{found.before} -> {found.after} bytes; {effort}")
    print(one_line(f"{made.fingerprint}: {made.difference.summary}", 2000))
    print(f"parity replay {target}")
    return PARITY


def _why_not(first: Result) -> str:
    if first.comparison is None:
        outcome = first.actual or first.expected
        return f"nothing to compare ({outcome.status}: {outcome.detail})"
    return "" if first.comparison.difference is not None else "both sides agree on it"


def _smaller_already(target: Path, size: int) -> bool:
    """Whether an earlier search left a case at least as small. Raises UserError if what is there is something else."""
    from parity.cases.model import CaseError
    from parity.triage.divergence import Divergence
    from parity.triage.shrink import case_size

    if not target.exists():
        return False
    try:
        return case_size(Divergence.load(target).case)[0] <= size
    except CaseError as error:
        raise UserError(f"will not overwrite what is no divergence: {error.what}") from error


def _fresh(case: Case, oracle: SubjectProcess, subject: SubjectProcess, first: Result) -> Divergence:
    """A divergence made of a plain case: of no run, so with no seed."""
    from parity.campaign.plan import layer_of
    from parity.triage.divergence import Divergence

    return Divergence.found(
        case,
        first,
        phase="campaign",
        campaign_layer=layer_of(case.kind),
        oracle=oracle.spec.name,
        subject=subject.spec.name,
        seed=0,
        provenance={"oracle": oracle.hello.versions, "subject": subject.hello.versions},
    )
