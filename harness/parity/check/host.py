"""One side's process: real LangGraph with the user's graph, asked over descriptors of its own.

What the user's code prints goes to a file, what it reads is empty, and whatever it does to the process (hang, exit,
kill) is an answer too."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import parity
from parity.check.model import DEFAULT_MODES, CheckError, Event, Loaded, Options

__all__ = ["Answer", "Host"]

_LOAD_TIMEOUT = 300.0
_GRACE = 5.0
"""Seconds in which a process that is to end may do so."""
_TAIL = 4000

# The harness is found by its folder alone: its site-packages are none of the user's business. The working directory
# comes onto the path with the user's graph, when what the worker needs is there: a file may be called as a module of
# Python is.
_BOOTSTRAP = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import importlib.util
root, *descriptors = sys.argv[1:]
spec = importlib.util.spec_from_file_location("parity", root + "/__init__.py", submodule_search_locations=[root])
sys.modules["parity"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from parity.subjects.upstream.app.main import main
sys.exit(main(descriptors))
"""

_OURS = ("LANGGRAPH_BACKEND", "LANGGRAPH_RS_WITNESS", "LANGGRAPH_RS_WITNESS_FILE")
"""Variables that would decide the side before we do."""


@dataclass(frozen=True)
class Answer:
    """What came back for a command: the events, and the answer; or in `ended` how the process ended before it.

    `proof` is what the witness said with the last event.
    """

    events: list[Event]
    done: dict[str, Any] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)
    ended: str = ""
    timed_out: bool = False
    seconds: float = 0.0


class Host:
    """Starts a process when one is needed; after a process has ended the next command starts another.

    Raises CheckError from `load` and from any command whose process cannot load the graph (again).
    """

    def __init__(self, options: Options, side: str, folder: Path, *, observed: bool) -> None:
        self.side = side
        self._options = options
        self._folder = folder
        self._observed = observed
        self._process: subprocess.Popen[bytes] | None = None
        self._commands: IO[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the host does
        self._loaded: Loaded | None = None

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._printed.close()

    def load(self) -> Loaded:
        """Starts the process and loads the graph. Raises CheckError."""
        if self._process is not None and self._loaded is not None:
            return self._loaded
        self._start()
        options = self._options
        answer = self._ask(
            {
                "op": "load",
                "side": self.side,
                "target": options.target,
                "checkpointer": options.checkpointer,
                "modes": options.modes or DEFAULT_MODES,
                "asynchronous": options.asynchronous,
                "subgraphs": options.subgraphs,
                "inline": options.inline,
                "observed": self._observed,
                "folder": tempfile.mkdtemp(dir=self._folder),
                "token": secrets.token_hex(4),
            },
            max(_LOAD_TIMEOUT, options.timeout),
        )
        if answer.timed_out:
            raise CheckError(f"{options.target} was not loaded within {max(_LOAD_TIMEOUT, options.timeout):g} s")
        if answer.ended:
            raise CheckError(f"loading {options.target} ended its process: {answer.ended}{self._last_words()}")
        done = answer.done
        if "refused" in done:
            refused = done["refused"]
            self.close()
            raise CheckError(refused["message"], refused["traceback"])
        self._loaded = Loaded(
            done["name"],
            tuple(done["input_keys"]),
            done["asynchronous"],
            done["saver"],
            done["counted"],
            done["versions"],
        )
        return self._loaded

    def ask(self, command: dict[str, Any]) -> Answer:
        """Sends a command and waits, at most the options' time-out. Raises CheckError as `load` does."""
        self.load()
        return self._ask({**command, "token": secrets.token_hex(4)}, self._options.timeout)

    def printed(self) -> bytes:
        """What the user's code wrote to its standard output and error so far."""
        self._printed.seek(0)
        return self._printed.read()

    def close(self) -> None:
        """Ends the process: the commands end, and what is still there after a while is killed."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            assert self._commands is not None
            self._commands.close()
        _has_ended(process)
        self._kill()

    def _start(self) -> None:
        options = self._options
        python = options.python or sys.executable
        (command_end, commands), (answers, answer_end) = os.pipe(), os.pipe()
        env = {name: value for name, value in os.environ.items() if name not in _OURS}
        env["PYTHONHASHSEED"] = str(options.hash_seed)
        root = str(Path(str(parity.__file__)).parent)
        try:
            self._process = subprocess.Popen(
                (python, "-c", _BOOTSTRAP, root, str(command_end), str(answer_end)),
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=self._printed,
                pass_fds=(command_end, answer_end),
                env=env,
                start_new_session=True,
            )
        except OSError as error:
            for descriptor in (commands, answers):
                os.close(descriptor)
            raise CheckError(f"cannot start {python}: {error.strerror or error}") from error
        finally:
            os.close(command_end)
            os.close(answer_end)
        self._commands = os.fdopen(commands, "wb")
        self._answers = queue.Queue()
        threading.Thread(target=_pump, args=(os.fdopen(answers, "rb"), self._answers), daemon=True).start()

    def _ask(self, command: dict[str, Any], timeout: float) -> Answer:
        started = time.perf_counter()
        events: list[Event] = []
        proof: dict[str, Any] = {}
        assert self._commands is not None
        with contextlib.suppress(OSError):
            # A process that has ended is met when its answer is read.
            self._commands.write(json.dumps(command).encode() + b"\n")
            self._commands.flush()
        while True:
            left = timeout - (time.perf_counter() - started)
            try:
                text = self._answers.get(timeout=max(left, 0.001))
            except queue.Empty:
                self._kill()
                late = f"no answer within {timeout:g} s"
                return Answer(events, proof=proof, ended=late, timed_out=True, seconds=timeout)
            seconds = time.perf_counter() - started
            if text is None or not text.endswith(b"\n"):
                return Answer(events, proof=proof, ended=self._how_it_ended(), seconds=seconds)
            obj = json.loads(text)
            if "done" in obj:
                return Answer(events, obj["done"], seconds=seconds)
            events.append(obj.pop("event"))
            proof = obj

    def _how_it_ended(self) -> str:
        process = self._process
        assert process is not None
        ended = _has_ended(process)
        self._kill()
        if not ended:
            return "closed the descriptors that it was given"
        code = process.returncode
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"

    def _last_words(self) -> str:
        lines = self.printed()[-_TAIL:].decode("utf-8", "replace").strip().splitlines()
        return f"; {lines[-1]}" if lines else ""

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # The group is the process's own (it began a session): what it has started ends with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if self._commands is not None:
            with contextlib.suppress(OSError):
                self._commands.close()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process ends within the grace. It is not reaped: its id stays its own until its group is killed."""
    deadline = time.perf_counter() + _GRACE
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.perf_counter() > deadline:
            return False
        time.sleep(0.01)
    return True


def _pump(stream: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            lines.put(line)
    lines.put(None)
