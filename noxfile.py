"""The sessions that people and CI run; the same ones in both places.

Only nox and a Rust toolchain need to be there. All sessions share one environment of the Python that runs nox: the
packages of requirements-dev.lock, installed by hash, with the harness and the Rust extension (built by maturin, release
profile) in place. A second run reuses it: a stamp inside says what was installed, and cargo sees for itself what
changed. nox's own environments are per session, so they are not used: each would install the same packages again.

Both compilations (maturin, cargo) use rust_impl/target.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import nox

nox.needs_version = ">=2024.3.2"
nox.options.sessions = ["parity"]

ROOT = Path(__file__).resolve().parent
RUST = ROOT / "rust_impl"
ENVIRONMENT = ROOT / ".nox" / f"dev-{sys.version_info[0]}.{sys.version_info[1]}"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
DEV_LOCK = ROOT / "requirements-dev.lock"
UPSTREAM = ROOT / ".nox" / f"upstream-{sys.version_info[0]}.{sys.version_info[1]}"
UPSTREAM_LOCK = ROOT / "requirements-upstream.lock"
ORACLE = ROOT / "oracles" / "langgraph-1.2.22"
PYTHON_FILES = ("harness", "tests", "noxfile.py", "scripts/bench_codec.py", "scripts/bench_loop.py", "rust_impl/python")
PYTHONS = ((3, 11), (3, 12))
BENCHMARKS = ("codec", "loop")
CARGO_MUTANTS = "27.1.0"
"""The same as in harness/parity/mutants/rust.py, which refuses any other."""


@nox.session(venv_backend="none")
def parity(session: nox.Session) -> None:
    """The main job: doctor, recorded corpora, oracle against itself, then upstream against both Rust subjects at full
    size: `rust`, real LangGraph on the backend, and `core`, the crates on native values.
    """
    _prepare(session, extension=True)
    _postgresql(session)
    _run(session, "parity", "doctor")
    _run(session, "parity", "corpus", "check")
    # The run itself begins with the oracle against itself, and prints the path of its report last.
    _run(session, "parity", "run", "--subject", "rust", "--profile", "standard")
    _run(session, "parity", "run", "--profile", "standard", *session.posargs)


@nox.session(venv_backend="none")
def nightly(session: nox.Session) -> None:
    """What a night is for: 20 times the random values and bytes of `parity` and more of the rest, for both subjects,
    and the oracle against itself on 10,000 programs.
    """
    _prepare(session, extension=True)
    _postgresql(session)
    _run(session, "parity", "run", "--subject", "rust", "--profile", "nightly")
    _run(session, "parity", "run", "--profile", "nightly", *session.posargs)


@nox.session(venv_backend="none")
def drift(session: nox.Session) -> None:
    """What changed in behaviour between two releases of LangGraph: `nox -s drift -- 1.2.17 1.2.18`."""
    if len([item for item in session.posargs if not item.startswith("-")]) < 2:
        session.error("name two releases of langgraph, the older first: nox -s drift -- 1.2.17 1.2.18")
    _prepare(session, extension=False)
    _run(session, "parity", "drift", *session.posargs)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Every test: the harness's (pytest), the crates' (cargo) and the recorded corpora against the oracle."""
    _prepare(session, extension=True)
    _chromium(session)
    _postgresql(session)
    # On all cores, file by file: what a file's tests share is made once. Arguments are for a look at a few tests: one
    # process.
    cores = () if session.posargs else ("-n", "auto", "--dist", "loadfile")
    _run(session, "python", "-m", "pytest", *cores, *session.posargs)
    if session.posargs:
        session.log("arguments were given to pytest: cargo's tests and the corpus check are left out of this run")
        return
    _cargo_test(session)
    _run(session, "parity", "corpus", "check")


@nox.session(venv_backend="none")
def upstream(session: nox.Session) -> None:
    """Upstream's own test suites on Python and on the Rust backend: `nox -s upstream -- --suite langgraph`."""
    _prepare(session, extension=False)
    _postgresql(session)
    python = _upstream_environment(session)
    session.run(str(python), "-m", "parity", "upstream", *session.posargs, external=True, env={"PYTHONHOME": None})


@nox.session(venv_backend="none")
def rust(session: nox.Session) -> None:
    """The crates' tests."""
    _prepare(session, extension=False)
    _cargo_test(session)


@nox.session(venv_backend="none")
def corpus(session: nox.Session) -> None:
    """Checks that the recorded corpora follow their schema and that the oracle still does what they say."""
    _prepare(session, extension=False)
    _postgresql(session)
    _run(session, "parity", "corpus", "check", *session.posargs)


@nox.session(venv_backend="none")
def coverage(session: nox.Session) -> None:
    """Which branches of upstream recorded and random cases take; each other one needs a reason."""
    _prepare(session, extension=False)
    _postgresql(session)
    _run(session, "parity", "coverage", *session.posargs)


@nox.session(venv_backend="none")
def metamorphic(session: nox.Session) -> None:
    """Relations that one implementation must keep, on upstream and on Rust: `nox -s metamorphic -- --cases 2000`."""
    _prepare(session, extension=True)
    _postgresql(session)
    for subject in ("upstream", "rust"):
        _run(session, "parity", "metamorphic", "--subject", subject, *session.posargs)


@nox.session(venv_backend="none")
def mutants(session: nox.Session) -> None:
    """How many small faults would be caught; upstream's own suites as a yardstick with `-- --side both`.

    `-- --target rust`: faults in our crates. docs/mutants.md tells the rest.
    """
    arguments = session.posargs or ["--sample", "400"]
    if "rust" in arguments or "--target=rust" in arguments:
        _prepare(session, extension=False)
        tools = ROOT / ".nox" / "cargo-mutants"
        if not (tools / "bin" / "cargo-mutants").exists():
            install = ("cargo", "install", "--locked", "--quiet", "cargo-mutants", "--version", CARGO_MUTANTS)
            session.run(*install, "--root", str(tools), external=True)
        path = os.pathsep.join((str(BIN), str(tools / "bin"), os.environ.get("PATH", "")))
        _run(session, "parity", "mutants", *arguments, env={**_rust_environment(), "PATH": path})
        return
    _postgresql(session)
    if {"suites", "both", "--side=suites", "--side=both"} & set(arguments):
        python = _upstream_environment(session, wheel=False)
        session.run(str(python), "-m", "parity", "mutants", *arguments, external=True, env={"PYTHONHOME": None})
        return
    _prepare(session, extension=False)
    _run(session, "parity", "mutants", *arguments)


@nox.session(venv_backend="none")
def leaks(session: nox.Session) -> None:
    """100,000 dumps and loads of the recorded cases, errors included: references and memory stay flat."""
    _prepare(session, extension=True)
    _run(session, "python", "-m", "parity.subjects.upstream.leaks", "rust", *session.posargs)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Style and types, Python and Rust."""
    _prepare(session, extension=False)
    _run(session, "ruff", "check", *PYTHON_FILES)
    _run(session, "ruff", "format", "--check", *PYTHON_FILES)
    _run(session, "mypy")
    _cargo(session, "fmt", "--all", "--check")
    _cargo(session, "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings")


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Timings side by side with upstream: `nox -s bench -- codec` or `loop`."""
    subject, *rest = session.posargs or ["codec"]
    if subject not in BENCHMARKS:
        session.error(f"unknown benchmark {subject!r}; known: {', '.join(BENCHMARKS)}")
    _prepare(session, extension=True)
    _run(session, "python", str(ROOT / "scripts" / f"bench_{subject}.py"), *rest)


@nox.session(venv_backend="none")
def lock(session: nox.Session) -> None:
    """Resolves the three locks anew. Pins that still hold stay; `nox -s lock -- --upgrade` lifts those of tools.

    The oracle's own pins are in its requirements.in.
    """
    _prepare(session, extension=False)
    _install(session, "uv==0.13.8")
    compile_lock = (
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--only-binary", ":all:", "--no-emit-build-options", "--no-header"),
    )
    oracle_in = (ORACLE / "requirements.in").relative_to(ROOT)
    oracle_lock = (ORACLE / "requirements.lock").relative_to(ROOT)
    _run(session, *compile_lock, "-o", str(oracle_lock), str(oracle_in))
    _run(
        session,
        *compile_lock,
        *("-c", str(oracle_lock), "-o", DEV_LOCK.name, "pyproject.toml", str(oracle_in), "--group", "dev"),
        *session.posargs,
    )
    _run(
        session,
        *compile_lock,
        *("-c", str(oracle_lock), "-o", UPSTREAM_LOCK.name, "pyproject.toml", str(oracle_in), "--group", "upstream"),
        *session.posargs,
    )


def _run(session: nox.Session, *command: str, env: dict[str, str] | None = None) -> None:
    """Runs a command of the shared environment."""
    path = os.pathsep.join((str(BIN), os.environ.get("PATH", "")))
    variables = {"VIRTUAL_ENV": str(ENVIRONMENT), "PATH": path, "PYTHONHOME": None, **(env or {})}
    session.run(str(BIN / command[0]), *command[1:], env=variables, external=True)


def _prepare(session: nox.Session, *, extension: bool) -> None:
    """The locked environment with the harness, and with the Rust extension where a session runs it."""
    found = sys.version_info[:2]
    if found not in PYTHONS:
        names = " or ".join(".".join(map(str, version)) for version in PYTHONS)
        session.error(
            f"the oracle needs CPython {names} and nox runs on {found[0]}.{found[1]} (ormsgpack 1.13.1 needs 3.11; "
            "upstream writes paths differently on 3.13): e.g. `python3.12 -m pip install nox`, then `python3.12 -m nox`"
        )
    if shutil.which("cargo") is None:
        session.error("cargo is not on PATH: install a Rust toolchain, 1.88 or newer")
    stamp = ENVIRONMENT / "parity-installed"
    wanted = _digest(DEV_LOCK, ROOT / "pyproject.toml") + f" {sys.version}"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        session.run(sys.executable, "-m", "virtualenv", "--quiet", "--clear", str(ENVIRONMENT), external=True)
        _install(session, "--require-hashes", "--only-binary", ":all:", "-r", str(DEV_LOCK))
        _install(session, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        stamp.write_text(wanted, "utf-8")
    if extension:
        with session.chdir(RUST):
            _run(session, "maturin", "develop", "--release", "--locked", "--quiet", env=_rust_environment())


def _upstream_environment(session: nox.Session, *, wheel: bool = True) -> Path:
    """An environment of upstream's suites alone: their packages by hash, the harness, our wheel as a user has it."""
    python = UPSTREAM / BIN.name / "python"
    stamp = UPSTREAM / "parity-installed"
    wanted = _digest(UPSTREAM_LOCK, ROOT / "pyproject.toml") + f" {sys.version}"
    install = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        session.run(sys.executable, "-m", "virtualenv", "--quiet", "--clear", str(UPSTREAM), external=True)
        session.run(
            *install, "--require-hashes", "--only-binary", ":all:", "-r", str(UPSTREAM_LOCK), external=True, silent=True
        )
        session.run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT), external=True)
        stamp.write_text(wanted, "utf-8")
    if not wheel:
        return python
    wheels = UPSTREAM / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    with session.chdir(RUST):
        build = ("maturin", "build", "--release", "--locked", "--quiet", "--interpreter", str(python))
        _run(session, *build, "--out", str(wheels), env=_rust_environment())
    [built] = wheels.glob("*.whl")
    session.run(*install, "--no-deps", "--force-reinstall", str(built), external=True)
    return python


def _install(session: nox.Session, *arguments: str) -> None:
    _run(session, "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _rust_environment() -> dict[str, str]:
    """One target directory and one interpreter for maturin and cargo, or each would compile PyO3 anew for itself.

    Tests of the bridge embed the interpreter, so the loader must find its libpython where that is shared.
    """
    libraries = (str(sysconfig.get_config_var("LIBDIR") or ""), os.environ.get("LD_LIBRARY_PATH", ""))
    return {
        "PYO3_PYTHON": str(BIN / "python"),
        "CARGO_TARGET_DIR": str(RUST / "target"),
        "LD_LIBRARY_PATH": os.pathsep.join(part for part in libraries if part),
    }


def _cargo(session: nox.Session, *arguments: str) -> None:
    with session.chdir(RUST):
        session.run("cargo", *arguments, external=True, env=_rust_environment())


def _cargo_test(session: nox.Session) -> None:
    _cargo(session, "test", "--locked", "--workspace", "--quiet")


def _chromium(session: nox.Session) -> None:
    """The report's test opens it in a headless Chromium; installs Debian's where that is possible."""
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        _debian(session, "chromium", "the report's test needs Chromium")


def _postgresql(session: nox.Session) -> None:
    """Programs and suites of savers get servers of their own; installs Debian's PostgreSQL where that is possible."""
    if not shutil.which("initdb") and not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        _debian(session, "postgresql", "programs and suites that save to it need PostgreSQL")


def _debian(session: nox.Session, package: str, need: str) -> None:
    """Installs a package of Debian's, or ends the session saying what needs it."""
    if not (sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get")):
        session.error(f"{need}: install it (Debian: `sudo apt-get install {package}`), then rerun")
    session.run("apt-get", "update", "-qq", external=True)
    session.run(
        *("apt-get", "install", "-y", "-qq", "--no-install-recommends", package),
        external=True,
        env={"DEBIAN_FRONTEND": "noninteractive"},
    )
