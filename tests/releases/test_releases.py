"""A release of upstream as a subject: how it is named, found, installed, and started."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import zipfile
from pathlib import Path

import pytest
from fake_releases import NO_GRAPHS, TOPICS_REVERSED, make_release

from parity.cases.model import Case
from parity.subjects.process import SubjectProcess, SubjectStartError
from parity.subjects.registry import UnknownSubjectError, spec_for
from parity.subjects.releases import cache, environment, pip
from parity.subjects.releases.environment import ensure, find
from parity.subjects.releases.errors import ReleaseError
from parity.subjects.releases.name import parse_release

TOPIC = Case.from_json(
    {
        "schema": "parity/case/1",
        "kind": "channel",
        "channel": {"class": "Topic", "accumulate": True, "key": "k"},
        "ops": [{"op": "update", "values": [1, 2]}, {"op": "get"}],
    }
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))


class TestNames:
    def test_a_version_and_pins_in_any_order(self) -> None:
        release = parse_release("1.2.7+xxhash==4.1.0+langgraph_checkpoint==4.1")
        assert str(release) == "1.2.7+langgraph-checkpoint==4.1+xxhash==4.1.0"
        assert release.subject == "upstream@1.2.7+langgraph-checkpoint==4.1+xxhash==4.1.0"

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "'' is not a release"),
            ("newest", "'newest' is not a release"),
            ("1.1.10", "1.1.10 is too old: releases from 1.2.0 on"),
            ("1.2.0a7", "too old"),
            ("1.2.7+xxhash", "'xxhash' pins nothing"),
            ("1.2.7+xxhash==new", "pins nothing"),
            ("1.2.7+../x==1", "pins nothing"),
            ("1.2.7+langgraph==1.2.8", "langgraph itself is the release"),
        ],
    )
    def test_what_is_none(self, text: str, says: str) -> None:
        with pytest.raises(ReleaseError, match=says.replace("(", r"\(")):
            parse_release(text)


class TestSubject:
    def test_it_runs_in_its_own_environment(self) -> None:
        make_release("1.2.90", TOPICS_REVERSED)
        with SubjectProcess(spec_for("upstream@1.2.90")) as subject:
            assert subject.hello.versions["langgraph"] == "1.2.90"
            assert subject.hello.lacks == {}
            assert subject.run(TOPIC).events[-1]["result"] == [2, 1]  # type: ignore[index]

    def test_one_that_is_not_installed_is_said_so(self) -> None:
        with pytest.raises(UnknownSubjectError, match=r"1\.2\.90 is not installed"):
            spec_for("upstream@1.2.90")

    def test_an_environment_that_holds_another_version_is_not_run(self) -> None:
        make_release("1.2.90", reports="1.2.89")
        with pytest.raises(SubjectStartError, match=r"runs langgraph 1\.2\.89, not 1\.2\.90"):
            SubjectProcess(spec_for("upstream@1.2.90"))

    def test_a_kind_whose_controls_it_lacks_is_named_and_not_claimed(self) -> None:
        make_release("1.2.90", NO_GRAPHS)
        with SubjectProcess(spec_for("upstream@1.2.90")) as subject:
            assert "BackgroundExecutor" in subject.hello.lacks["kind:graph"]
            assert "graph" not in subject.hello.kinds
            assert "channel" in subject.hello.kinds

    def test_it_sees_the_harness_and_nothing_else_of_this_environment(self) -> None:
        folder = environment.harness_path()
        assert [path.name for path in folder.iterdir()] == ["parity"]
        assert environment.harness_path() == folder


# --- installing, from an index of our own


def wheel(folder: Path, name: str, version: str, requires: tuple[str, ...] = (), tag: str = "py3-none-any") -> Path:
    """A wheel with one empty module."""
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}/__init__.py": "",
        f"{info}/METADATA": metadata + "".join(f"Requires-Dist: {item}\n" for item in requires),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
        record = "".join(f"{file},,\n" for file in files) + f"{info}/RECORD,,\n"
        archive.writestr(f"{info}/RECORD", record)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index with few packages, and no other."""
    root = tmp_path / "simple"
    files = tmp_path / "files"
    files.mkdir()
    wheel(files, "langgraph", "1.2.80", ("langgraph-checkpoint>=4.1", "xxhash"))
    wheel(files, "langgraph", "1.2.81", ("langgraph-checkpoint<4.2", "xxhash"))
    wheel(files, "langgraph", "1.2.82", ("nobody-has-this",))
    wheel(files, "langgraph", "1.2.83", (), "cp27-cp27m-win32")
    (files / "langgraph-1.2.84.tar.gz").write_bytes(b"")
    for version in ("4.1.0", "4.3.2", "4.4.0"):
        wheel(files, "langgraph_checkpoint", version)
    wheel(files, "xxhash", "4.1.0")
    wheel(files, "xxhash", "5.0.0")
    wheel(files, "numpy", "2.4.6")
    wheel(files, "langgraph_checkpoint_sqlite", "3.1.2", ("langgraph-checkpoint>=4.3",))
    for project in ("langgraph", "langgraph-checkpoint", "langgraph-checkpoint-sqlite", "xxhash", "numpy"):
        page = root / project / "index.html"
        page.parent.mkdir(parents=True)
        found = sorted(files.glob(f"{project.replace('-', '_')}-[0-9]*"))
        page.write_text("".join(f'<a href="{path.as_uri()}{_hash(path)}">{path.name}</a>\n' for path in found), "utf-8")
    monkeypatch.setenv("PIP_INDEX_URL", root.as_uri())
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return files


def _hash(path: Path) -> str:
    return f"#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


class TestInstalling:
    def test_other_packages_are_those_of_the_frozen_oracle(self, index: Path) -> None:
        said: list[str] = []
        installed = ensure(parse_release("1.2.80"), said.append)
        assert installed.distributions == {
            "langgraph": "1.2.80",
            "langgraph-checkpoint": "4.3.2",
            "langgraph-checkpoint-sqlite": "3.1.2",
            "numpy": "2.4.6",
            "xxhash": "4.1.0",
        }
        assert installed.direct == {"langgraph-checkpoint": ">=4.1", "xxhash": ""}
        assert len(said) == 1
        assert said[0].startswith("installing langgraph 1.2.80")
        assert ensure(parse_release("1.2.80"), said.append) == installed
        assert len(said) == 1, "it is installed once"

    def test_a_pin_that_the_release_refuses_is_told(self, index: Path) -> None:
        installed = ensure(parse_release("1.2.81"))
        assert installed.distributions["langgraph-checkpoint"] == "4.1.0"
        assert installed.refused == {
            "langgraph-checkpoint": "the frozen 4.3.2 is not <4.2",
            "langgraph-checkpoint-sqlite==3.1.2": "it cannot be installed beside this release",
        }

    def test_the_saver_that_programs_want_is_that_of_development(self) -> None:
        project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8")
        assert all(f'"{wanted}"' in project for wanted in environment.WANTED)

    def test_the_user_may_pin_another(self, index: Path) -> None:
        installed = ensure(parse_release("1.2.80+langgraph-checkpoint==4.4.0"))
        assert installed.distributions["langgraph-checkpoint"] == "4.4.0"
        assert installed.distributions["xxhash"] == "4.1.0"

    @pytest.mark.parametrize(
        ("release", "says"),
        [
            ("1.2.99", "unknown release langgraph 1.2.99: the package index does not have it; it has 1.2.82"),
            ("1.2.83", "langgraph 1.2.83 has no wheel for Python 3"),
            ("1.2.84", "langgraph 1.2.84 has no wheel for Python 3"),
            ("1.2.82", "cannot install langgraph 1.2.82"),
            ("1.2.80+xxhash==9.9", "cannot install langgraph 1.2.80"),
        ],
    )
    def test_what_cannot_be_installed(self, index: Path, release: str, says: str) -> None:
        with pytest.raises(ReleaseError) as caught:
            ensure(parse_release(release))
        assert says in str(caught.value)
        assert len(str(caught.value)) < 400
        assert find(parse_release(release)) is None
        assert left() == []

    def test_no_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("PIP_FIND_LINKS", "")
        with pytest.raises(ReleaseError, match=r"cannot be reached.*refused"):
            ensure(parse_release("1.2.80"))

    def test_an_interrupted_installation_leaves_nothing_that_is_taken_for_whole(
        self, index: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(pip, "freeze", interrupted)
            with pytest.raises(KeyboardInterrupt):
                ensure(parse_release("1.2.80"))
        assert find(parse_release("1.2.80")) is None
        assert left() == []
        assert ensure(parse_release("1.2.80")).distributions["langgraph"] == "1.2.80"

    def test_what_a_killed_installation_left_is_replaced(self, index: Path) -> None:
        installed = ensure(parse_release("1.2.80"))
        (installed.folder / "release.json").write_text('{"schema": "parity/rel', "utf-8")
        half = installed.folder.parent / f".{installed.folder.name}.tmp-abc"
        half.mkdir()
        assert find(parse_release("1.2.80")) is None
        assert ensure(parse_release("1.2.80")) == installed
        assert not half.exists()

    def test_two_processes_make_one_environment(self, index: Path, tmp_path: Path) -> None:
        context = multiprocessing.get_context("fork")
        files = [tmp_path / f"said-{number}" for number in range(2)]
        processes = [context.Process(target=_ensure, args=("1.2.80", file)) for file in files]
        for process in processes:
            process.start()
        for process in processes:
            process.join(120)
        said = [json.loads(file.read_text("utf-8")) for file in files]
        assert said[0]["folder"] == said[1]["folder"]
        assert sorted(len(one["said"]) for one in said) == [0, 1], "one of them installs, the other waits and finds it"


def _ensure(text: str, file: Path) -> None:
    said: list[str] = []
    installed = ensure(parse_release(text), said.append)
    file.write_text(json.dumps({"folder": str(installed.folder), "said": said}), "utf-8")


def left() -> list[str]:
    """What is in the cache of releases, locks left out."""
    folder = cache.root() / "releases"
    return [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]
