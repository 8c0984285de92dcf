"""A suite as upstream's, but tiny: a source distribution made here, served by a package index made here."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from parity.suites.definition import Source, Suite

PROJECT = "tiny-suite"
FILE = "tiny_suite-1.0.tar.gz"

SETTINGS = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny-suite"
version = "1.0"

[tool.pytest.ini_options]
addopts = "--strict-markers"
"""

# pip asks a distribution for its metadata before it hands it out.
BACKEND = """\
import os

def prepare_metadata_for_build_wheel(folder, settings=None):
    os.mkdir(f"{folder}/tiny_suite-1.0.dist-info")
    with open(f"{folder}/tiny_suite-1.0.dist-info/METADATA", "w") as file:
        file.write("Metadata-Version: 2.1\\nName: tiny-suite\\nVersion: 1.0\\n")
    return "tiny_suite-1.0.dist-info"
"""

TESTS = """\
def test_passes():
    pass
"""

# What the Rust backend of `langgraph_rs` leaves behind when a process ends, said by the suite itself.
TESTIFIES = """\
import json, os

SAID = {"schema": "langgraph_rs/witness/1", "witness": True, "names": {"a:b": "live"}, "caught": {}, "captured": [],
        "counters": {"codec": {"dumps": 3}, "channel": {}}}

def pytest_unconfigure():
    path = os.environ.get("LANGGRAPH_RS_WITNESS_FILE")
    if path:
        with open(f"{path}.said.json", "w") as file:
            json.dump(SAID, file)
"""


def archive(files: Mapping[str, str], folder: str = "tiny_suite-1.0") -> bytes:
    """A source distribution with these files."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}" if folder else name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


def distribution(tests: str = TESTS, **more: str) -> bytes:
    """A source distribution with one module of tests, which leaves a testimony on Rust."""
    return archive(
        {
            "PKG-INFO": "Metadata-Version: 2.1\nName: tiny-suite\nVersion: 1.0\n",
            "pyproject.toml": SETTINGS,
            "backend.py": BACKEND,
            "tests/conftest.py": TESTIFIES,
            "tests/test_tiny.py": tests,
            **{name.replace("__", "/").replace("_py", ".py"): text for name, text in more.items()},
        }
    )


def suite(data: bytes, *, passed: int = 1) -> Suite:
    """The definition of a suite with that distribution."""
    source = Source(PROJECT, "1.0", FILE, hashlib.sha256(data).hexdigest())
    # Upstream's suites need the plugins that are installed; loading them takes longer than all of these tests.
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return Suite("tiny", source, passed, ("codec",), env, None, serial=False, savers=False)


def cached(cache: Path, tests: str = TESTS, *, passed: int = 1, **more: str) -> Suite:
    """A suite whose distribution is in the cache already."""
    data = distribution(tests, **more)
    kept = cache / "sources" / FILE
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    return suite(data, passed=passed)


def with_another_hash(known: Suite) -> Suite:
    """The same suite, pinned to a file that nobody has."""
    return replace(known, source=replace(known.source, sha256="0" * 64))


@contextmanager
def index(data: bytes) -> Iterator[tuple[str, list[str]]]:
    """A package index with the distribution; yields its URL and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            page = f'<!DOCTYPE html><html><body><a href="/files/{FILE}">{FILE}</a></body></html>'.encode()
            known = {f"/simple/{PROJECT}/": (page, "text/html"), f"/files/{FILE}": (data, "application/gzip")}
            body, kind = known.get(self.path, (b"", ""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
