"""Random programs over the whole inventory (`docs/programs.md`): groups of features first, then a program of these.

What makes such programs find faults: few groups and several operations per case, a plain twin beside each delta
channel, three parallel nodes of which one stops or fails beside a finisher, errors on the first runs only.
"""

from __future__ import annotations

from hypothesis import strategies as st

from parity.cases.model import Case
from parity.generate.programs.features import executed, features
from parity.generate.programs.graphs import make_graphs
from parity.generate.programs.making import Making
from parity.generate.programs.operations import make_run
from parity.generate.programs.pairs import impossible_pairs, pairs_of
from parity.generate.programs.themes import FEATURES, THEMES, draw_features
from parity.generate.programs.threads import settles
from parity.generate.swarm import Choices, examples

__all__ = ["FEATURES", "THEMES", "cases", "executed", "features", "impossible_pairs", "make", "pairs_of"]


_ASYNC = (
    "async_api",
    "async_node",
    "timeout_run",
    "timeout_idle",
    "slow_step",
    "send_timeout",
    "events_v2",
    "events_v3",
)
"""What only the async API has; all runs of a program are made the same way."""


def make(choices: Choices) -> Case:
    """The program that these choices make."""
    making = Making(choices, draw_features(choices))
    making.asynchronous = making.may(*_ASYNC)
    make_graphs(making)
    run = make_run(making)
    body = {"graphs": making.graphs, "run": run}
    if run.get("schedule") == "threads" and not settles(body):
        del run["schedule"]
    return Case("program", body)


def cases() -> st.SearchStrategy[Case]:
    """Valid programs; each example draws which features it may use at all."""
    return examples(make)
