"""The fixtures of the corpus tests: a small corpus, and a folder that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small import ORACLE, echo, named

from parity.corpus.generate import record, store
from parity.corpus.model import Corpus


@pytest.fixture
def old() -> Corpus:
    return record(named(1, 2, 3), ORACLE, echo)


@pytest.fixture
def root(tmp_path: Path, old: Corpus) -> Path:
    """A fixtures folder with the old corpus in it."""
    store(tmp_path / "fixtures", old, echo)
    return tmp_path / "fixtures"
