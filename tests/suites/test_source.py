"""Upstream's source distributions: only the pinned file is ever used, and only its tests are unpacked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import tiny

from parity.suites.errors import SuiteError
from parity.suites.source import fetch, unpack


@pytest.fixture(autouse=True)
def only_this_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip is told of nothing but what a test tells it."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)


def test_it_is_fetched_once_and_then_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiny.distribution()
    source = tiny.suite(data).source
    with tiny.index(data) as (url, asked):
        monkeypatch.setenv("PIP_INDEX_URL", url)
        kept = fetch(source, tmp_path)
        assert kept.read_bytes() == data
        assert len(asked) == 2
        assert fetch(source, tmp_path) == kept
        assert len(asked) == 2
        kept.write_bytes(data[:-1])
        assert fetch(source, tmp_path).read_bytes() == data, "what is damaged in the cache is fetched again"


def test_another_file_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiny.distribution()
    source = tiny.with_another_hash(tiny.suite(data)).source
    with tiny.index(data) as (url, _):
        monkeypatch.setenv("PIP_INDEX_URL", url)
        with pytest.raises(SuiteError, match=rf"^cannot fetch {tiny.FILE} .*another hash: Expected sha256 0000.* Got "):
            fetch(source, tmp_path)
    assert [path.name for path in (tmp_path / "sources").iterdir()] == []


def test_no_network_is_an_error_of_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed.getsockname()[1]}/simple")
        monkeypatch.setenv("PIP_RETRIES", "0")
        with pytest.raises(SuiteError, match=f"^cannot fetch {tiny.FILE} from the package index: [^\n]+$"):
            fetch(tiny.suite(b"").source, tmp_path)


def test_a_cache_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sources").write_text("in the way")
    with pytest.raises(SuiteError, match=f"cannot keep {tiny.FILE}"):
        fetch(tiny.suite(b"").source, tmp_path)


def test_tests_and_their_settings_are_unpacked_and_nothing_of_the_package(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(tiny.distribution(langgraph__core_py="never = 1\n"))
    (tmp_path / "out").mkdir()
    unpack(path, tmp_path / "out")
    found = sorted(str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert found == ["pyproject.toml", "tests/conftest.py", "tests/test_tiny.py"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (tiny.distribution()[:200], "cannot unpack a.tar.gz: "),
        (b"not an archive", "cannot unpack a.tar.gz: "),
        (b"", "cannot unpack a.tar.gz: "),
        (tiny.archive({"pyproject.toml": tiny.SETTINGS}), "holds no tests"),
        (tiny.archive({"tests/../../../evil.py": "x"}), "which leads out of its folder"),
        (tiny.archive({"docs/../../../evil.md": "x"}), "which leads out of its folder"),
        (tiny.archive({"/tests/evil.py": "x"}, folder=""), "which leads out of its folder"),
    ],
    ids=["truncated", "no archive", "empty", "no tests", "leads out", "leads out elsewhere", "absolute"],
)
def test_an_archive_that_cannot_be_trusted_writes_nothing_outside(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(data)
    (tmp_path / "deep" / "out").mkdir(parents=True)
    with pytest.raises(SuiteError, match=says):
        unpack(path, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil*"))


def test_a_link_in_the_tests_is_refused(tmp_path: Path) -> None:
    import io
    import tarfile

    path = tmp_path / "a.tar.gz"
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        link = tarfile.TarInfo("tiny_suite-1.0/tests/evil")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    path.write_bytes(data.getvalue())
    with pytest.raises(SuiteError, match="neither a file nor a folder"):
        unpack(path, tmp_path)
