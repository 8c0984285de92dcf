"""One PostgreSQL server for all tests, started by the first that needs it and stopped when they end."""

from __future__ import annotations

import contextlib

import pytest

from parity.subjects.postgres.shared import owned

_OWNED = pytest.StashKey[contextlib.ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    # Before other processes of tests are started: they find it in their environment.
    config.stash[_OWNED] = contextlib.ExitStack()
    config.stash[_OWNED].enter_context(owned())


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_OWNED].close()
