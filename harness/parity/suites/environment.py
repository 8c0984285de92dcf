"""Whether this environment is the one that the suites run in: the frozen oracle, their plugins, a living backend."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from parity.oracle import OracleError, require
from parity.oracle.lock import LockError, read_lock
from parity.oracle.verify import Installed, installed
from parity.suites.errors import SuiteError
from parity.suites.witness import ENVIRONMENT

__all__ = ["LOCK", "require_backend", "require_environment"]

LOCK = Path(__file__).resolve().parents[3] / "requirements-upstream.lock"
"""What is installed beside the oracle, by hash."""

MEND = "run it as `nox -s upstream`, which makes the environment"

_PROBE = "import langgraph.pregel, langgraph_rs.backend.status as s; print(s.witness()['witness'])"
_PROBE_SECONDS = 120


def require_environment(lock: Path = LOCK, find: Callable[[str], Installed | None] = installed) -> None:
    """Raises SuiteError naming the first package that is not as locked, or the oracle's first file that is not."""
    try:
        require()
        pins = read_lock(lock)
    except (OracleError, LockError) as error:
        raise SuiteError(str(error)) from error
    for name, version in pins.versions.items():
        package = find(name) if pins.applies(name) else None
        if pins.applies(name) and (package is None or package.version != version):
            found = "it is not there" if package is None else f"{package.version} is"
            raise SuiteError(f"upstream's suites need {name} {version} installed, but {found}; {MEND}")


def require_backend() -> None:
    """Raises SuiteError with the backend's own words if LANGGRAPH_BACKEND=rust does not switch it on here."""
    try:
        probe = subprocess.run(
            (sys.executable, "-c", _PROBE),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PROBE_SECONDS,
            env={**os.environ, **ENVIRONMENT},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SuiteError(f"cannot try the Rust backend: {error}") from error
    if probe.returncode != 0 or probe.stdout.strip() != "True":
        said = (probe.stderr.strip().splitlines() or ["LANGGRAPH_BACKEND=rust switched nothing on"])[-1]
        raise SuiteError(f"the Rust backend is not there: {said}; {MEND}")
