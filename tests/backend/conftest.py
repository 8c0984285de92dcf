"""Lets the tests of this folder import the helpers beside them, and gives them a virtual environment with the hook."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from interpreters import Interpreter, make_interpreter


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """A virtual environment in which langgraph_rs is installed as its wheel installs it, .pth file included."""
    return make_interpreter(tmp_path_factory.mktemp("venv") / "venv")
