"""What stands in checkpoint bytes: `inspect(data)` gives the tree of their msgpack items, whatever the bytes are.

`python -m langgraph_rs.codec FILE` prints it (`-` reads standard input, `--hex DIGITS` takes the bytes themselves).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from langgraph_rs._core import Item, inspect_msgpack

__all__ = ["Item", "inspect", "main"]

_DEFAULT_LINES = 400


def inspect(data: bytes | bytearray | memoryview) -> Item:
    """The first msgpack item of `data`, with all inside it; extensions 0 to 7 are read inside.

    Nothing is constructed or imported. Any bytes give a tree: what is no msgpack is an item of kind `error` in its
    place (`item.faults` lists them). Raises TypeError for what is not bytes.
    """
    if isinstance(data, memoryview):
        data = data.tobytes()
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"inspect() takes bytes, bytearray or memoryview, not {type(data).__name__}")
    return inspect_msgpack(data)


def main(argv: list[str] | None = None) -> int:
    """Prints the tree of a file's bytes. Exit code 0, or 2 for input that cannot be read or is no whole msgpack."""
    parser = argparse.ArgumentParser(
        prog="python -m langgraph_rs.codec", description="Shows the msgpack of a checkpoint value with offsets."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", metavar="FILE", help="a file of bytes; - for standard input")
    source.add_argument("--hex", metavar="DIGITS", help="the bytes in hexadecimal; spaces are ignored")
    parser.add_argument("--json", action="store_true", help="print JSON: a flat list of items")
    parser.add_argument(
        "--max-lines", type=_lines, default=_DEFAULT_LINES, metavar="N", help="lines of the tree (default: 400)"
    )
    options = parser.parse_args(argv)
    try:
        root = inspect(_read(options.file, options.hex))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        print(f"codec: error: cannot read {options.file or '--hex'}: {reason}", file=sys.stderr)
        return 2
    print(json.dumps(root.to_dict()) if options.json else root.render(options.max_lines))
    faults = root.faults
    if faults:
        first = faults[0]
        print(f"codec: error: malformed at offset {first.offset}: {first.fault}", file=sys.stderr)
        return 2
    return 0


def _read(file: str | None, digits: str | None) -> bytes:
    if digits is not None:
        return bytes.fromhex(digits)
    if file == "-":
        return sys.stdin.buffer.read()
    return Path(str(file)).read_bytes()


def _lines(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"needs a number of lines from 1, got {text!r}")
    return count


if __name__ == "__main__":
    sys.exit(main())
