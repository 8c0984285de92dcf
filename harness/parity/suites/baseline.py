"""What the tests of a suite do on plain Python, kept in the cache once computed.

It is computed, not recorded in the repository: some outcomes depend on the machine (a version of Python, a server that
is there), and a list kept by hand would go stale. Its key is made of all that could change it, so it is never out of
date; and it is kept only if the run was whole and as many tests passed as the suite's definition says.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from parity.suites import savers
from parity.suites.definition import Suite
from parity.suites.environment import LOCK
from parity.suites.outcomes import Outcomes, Result

__all__ = ["keep", "key", "recall"]

_HERE = Path(__file__).resolve().parent


def key(suite: Suite) -> str:
    """What a baseline depends on, as a digest: the tests, the environment's lock, Python, platform, our recording."""
    digest = hashlib.sha256()
    files = (LOCK, _HERE / "recorder.py", _HERE / "outcomes.py", _HERE / "run.py", *savers.files())
    for text in (suite.name, suite.source.sha256, repr(sorted(suite.env.items())), sys.version, platform.platform()):
        digest.update(text.encode() + b"\0")
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def recall(suite: Suite, cache: Path) -> Outcomes | None:
    """The kept baseline, or None if there is none for exactly this suite and environment."""
    try:
        data = json.loads(_path(suite, cache).read_bytes())
        results = {
            test: Result(found["outcome"], found["text"], found["seconds"], tuple(map(tuple, found["notes"])))
            for test, found in data["results"].items()
        }
        return Outcomes(results, (), data["status"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or torn: it is only a cache


def keep(suite: Suite, cache: Path, outcomes: Outcomes) -> None:
    """Keeps a baseline. Raises OSError."""
    path = _path(suite, cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    results = {test: asdict(result) for test, result in outcomes.results.items()}
    draft.write_text(json.dumps({"status": outcomes.status, "results": results}) + "\n", "utf-8")
    draft.replace(path)


def _path(suite: Suite, cache: Path) -> Path:
    return cache / "baselines" / f"{suite.name}-{key(suite)[:32]}.json"
