"""Releases that were never published: the installed LangGraph under another version, with one thing changed.

Such a release is an entry of the cache like any other; nothing is asked of a package index.
"""

from __future__ import annotations

import sys

from parity.oracle.definition import load
from parity.subjects.releases import cache
from parity.subjects.releases.cache import Installed
from parity.subjects.releases.environment import COMPANIONS, WANTED
from parity.subjects.releases.name import parse_release

TOPICS_REVERSED = """
from langgraph.channels import Topic
_get = Topic.get
Topic.get = lambda self: list(reversed(_get(self)))
"""
"""A change in the channels: a Topic gives its values in reverse."""

UNSETTLED = """
import langgraph.channels as channels
for name in channels.__all__:
    getattr(channels, name).get = lambda self: hash("a")
"""
"""A release whose answers depend on the hash seed."""

NO_RESPONSE_SCHEMA = """
import langgraph.types as types
_interrupt = types.interrupt
def interrupt(value):
    return _interrupt(value)
interrupt.__module__ = "langgraph.types"
types.interrupt = interrupt
"""
"""A release that lacks a parameter of the newer one."""

NO_GRAPHS = """
import langgraph.pregel._loop as _loop
del _loop.BackgroundExecutor
"""
"""A release with other internals: what a control of ours replaces is not there."""


def make_release(text: str, changed: str = "", reports: str | None = None) -> Installed:
    """Puts a release into the cache. `changed` is Python run when its interpreter starts; it says that it is
    `reports`, by default the release that it is."""
    release = parse_release(text)
    folder = cache.folder_of(release, load().lock, (*COMPANIONS, *WANTED))
    site = folder / "changed"
    named = reports or str(release.version)
    info = site / f"langgraph-{named}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: langgraph\nVersion: {named}\n", "utf-8")
    (site / "sitecustomize.py").write_text(changed, "utf-8")
    python = cache.python_of(folder)
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{site}" exec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    distributions = {"langgraph": str(release.version), "langgraph-checkpoint": "4.3.2", **dict(release.pins)}
    installed = Installed(folder, text, distributions, {"langgraph-checkpoint": ">=4"}, {})
    installed.save()
    return installed
