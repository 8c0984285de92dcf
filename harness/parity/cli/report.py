"""`parity report`: makes the report of a run again."""

from __future__ import annotations

import argparse
from pathlib import Path

from parity.cli.errors import UserError
from parity.cli.options import new_file
from parity.cli.run import write_junit


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "report",
        help="make the report of a run again",
        description="Reads a run's event stream and divergences and writes report.json, report.html and summary.md "
        "into its folder; with --from-json, or where there is no event stream, makes report.html from report.json "
        "alone. Prints the summary and, last, the path of the page.",
    )
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="the folder of a run")
    parser.add_argument("--from-json", action="store_true", help="use report.json only")
    parser.add_argument("--junit", type=new_file, metavar="FILE", help="also write the result as JUnit XML")
    parser.set_defaults(handler=_report)


def _report(arguments: argparse.Namespace) -> int:
    from parity.cases.schema import CaseError
    from parity.report.build import build, load, render
    from parity.report.console import summary_lines

    run_dir: Path = arguments.run_dir
    if not run_dir.is_dir():
        raise UserError(f"{run_dir} is not the folder of a run")
    stored = arguments.from_json or not (run_dir / "events.jsonl").exists()
    if stored and not (run_dir / "report.json").exists():
        raise UserError(f"{run_dir} has no {'report.json' if arguments.from_json else 'events.jsonl or report.json'}")
    try:
        page = render(run_dir) if stored else build(run_dir)
        lines = summary_lines(load(run_dir / "report.json"))
    except CaseError as error:
        raise UserError(error.what if error.where == "/" else str(error)) from error
    except OSError as error:
        raise UserError(f"cannot write the report: {error.strerror or error}") from error
    if arguments.junit is not None:
        write_junit(run_dir, arguments.junit)
    for line in lines:
        print(line)
    print(page)
    return 0
