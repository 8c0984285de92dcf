"""`parity check`: a user's own compiled graph on upstream and on the Rust backend."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.errors import UserError, one_line
from parity.cli.options import count, known_subject, new_file, positive_float

if TYPE_CHECKING:
    from parity.check.model import Options
    from parity.check.run import Check
    from parity.check.sides import Run

MODES = ("values", "updates", "custom", "messages", "tasks", "checkpoints", "debug")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "check",
        help="your own graph on both sides: the same, and how much faster, or the first difference",
        description="Runs your graph on upstream twice, on the Rust backend under its witness, and then on both in turn"
        " for time, each in a process of its own (docs/check.md). Exit code 0: the same; 1: a difference, or nothing"
        " could be concluded; 2: bad input or environment.",
    )
    add = parser.add_argument
    add("graph", metavar="MODULE:GRAPH", help="module or FILE.py, and the name in it: a graph or a factory")
    add("--inputs", type=Path, required=True, metavar="FILE.jsonl", help="one input per line")
    add("--stream", metavar="MODES", help=f"what to stream, separated by commas: {', '.join(MODES)}")
    add("--subgraphs", action="store_true", help="stream what happens inside subgraphs too")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--async", dest="asynchronous", action="store_true", default=None, help="run it asynchronously")
    form.add_argument(
        "--sync", dest="asynchronous", action="store_false", help="run it synchronously (default: as its nodes need it)"
    )
    add("--config", metavar="JSON|FILE", help="config of every call: configurable, recursion_limit, …")
    add("--context", metavar="JSON|FILE", help="runtime context of every call")
    add("--plain", action="store_true", help="every line is an input as it is, whatever its keys")
    add(
        "--checkpointer",
        choices=("own", "memory", "sqlite", "none"),
        default="own",
        help="where checkpoints go (default: the graph's own saver, or one in memory if it has none)",
    )
    add(
        "--repeat",
        type=count(0, 1000),
        metavar="N",
        help="rounds for time; 0: none (default: 5, more if they are quick)",
    )
    add(
        "--timeout",
        type=positive_float,
        default=60.0,
        metavar="T",
        help="seconds per line and side (default: 60)",
    )
    add("--inline", action="store_true", help="run parallel tasks one after the other, to compare their order too")
    add("--python", type=Path, metavar="EXE", help="interpreter of your environment (default: the one of parity)")
    add("--seed", type=count(0, 2**32 - 1), default=0, metavar="S", help="PYTHONHASHSEED of all runs (default: 0)")
    add("--json", type=new_file, metavar="FILE", help="write the verdict as JSON")
    add("--html", type=new_file, metavar="FILE", help="write the verdict as one HTML page")
    add("--verbose", action="store_true", help="show what the program prints, and its tracebacks")
    add("--subject", default="rust", metavar="NAME", help=argparse.SUPPRESS)
    parser.set_defaults(handler=_check)


def _check(arguments: argparse.Namespace) -> int:
    from parity.check.inputs import object_argument, read_lines, require_one_reading
    from parity.check.model import CheckError
    from parity.check.run import check
    from parity.check.told import exit_code, tell, to_json

    options = _options(arguments)
    try:
        config = object_argument(arguments.config, "--config") if arguments.config else {}
        context = object_argument(arguments.context, "--context") if arguments.context else None
        lines = read_lines(arguments.inputs, config=config, context=context, plain=arguments.plain)

        def after_load(run: Run) -> None:
            require_one_reading(lines, arguments.inputs, run.loaded.input_keys)

        found = check(options, lines, _say, after_load)
    except CheckError as error:
        if arguments.verbose and error.traceback:
            print(error.traceback, file=sys.stderr, end="")
        raise UserError(str(error)) from error
    finally:
        _say("")
    if arguments.verbose:
        _show_printed(found)
    for line in tell(found, options):
        print(line)
    source = str(arguments.inputs)
    if arguments.json is not None:
        _write(arguments.json, json.dumps(to_json(found, options, source), indent=1) + "\n")
    if arguments.html is not None:
        from parity.check.page import render

        _write(arguments.html, render(found, options, source))
    return exit_code(found)


def _options(arguments: argparse.Namespace) -> Options:
    from parity.check.model import Options

    where, colon, name = arguments.graph.rpartition(":")
    if not colon or not where or not all(part.isidentifier() for part in name.split(".")):
        raise UserError(f"{arguments.graph!r} is not MODULE:GRAPH or FILE.py:GRAPH, as in my_app.agent:graph")
    modes = tuple(mode.strip() for mode in arguments.stream.split(",")) if arguments.stream else ()
    for mode in modes:
        if mode not in MODES:
            raise UserError(f"argument --stream: unknown mode {mode!r}; known: {', '.join(MODES)}")
    if arguments.inline and arguments.asynchronous:
        raise UserError(
            "argument --inline: it is for the synchronous form; asynchronous tasks take turns by themselves"
        )
    return Options(
        target=arguments.graph,
        subject=known_subject(arguments.subject),
        python=str(arguments.python or sys.executable),
        checkpointer=arguments.checkpointer,
        modes=tuple(dict.fromkeys(modes)),
        asynchronous=False if arguments.inline else arguments.asynchronous,
        subgraphs=arguments.subgraphs,
        inline=arguments.inline,
        repeat=arguments.repeat,
        timeout=arguments.timeout,
        hash_seed=arguments.seed,
    )


def _say(text: str) -> None:
    """What is going on, on a terminal only; each takes the place of the one before."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _show_printed(found: Check) -> None:
    for run in (found.upstream, found.other):
        if run.printed:
            print(f"--- printed on {run.side} ---", file=sys.stderr)
            print(run.printed.decode("utf-8", "replace"), file=sys.stderr)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {one_line(error.strerror or str(error))}") from error
