"""Modules that are imported, as far as anybody can see, and are gone again."""

from __future__ import annotations

import importlib.machinery
import sys
import types

NAME = "module_that_is_remembered"

SOURCE = """
from pydantic import BaseModel
class Model(BaseModel):
    a: int = 1
"""


def module_of(source: str = SOURCE) -> types.ModuleType:
    """A module as an import leaves it, in `sys.modules`."""
    module = types.ModuleType(NAME)
    module.__spec__ = importlib.machinery.ModuleSpec(NAME, None)
    module.__spec__._initializing = False  # type: ignore[attr-defined]
    sys.modules[NAME] = module
    exec(source, module.__dict__)
    return module
