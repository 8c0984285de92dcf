"""msgpack shown to a person: as an indented tree, and as a hex dump."""

from parity.compare.msgpack.difference import describe
from parity.compare.msgpack.rows import rows
from parity.compare.msgpack.tree import parse

_MAX_INDENT = 30


def render_tree(data: bytes, *, around: int | None = None, max_lines: int = 40) -> str:
    """`data` as text, a line per object with its offset; the object at offset `around` is marked with ``>``.

    At most `max_lines` lines, those nearest to the marked one; what is left out is said.
    """
    lines: list[str] = []
    marked = 0
    for row in rows(parse(data)):
        here = around is not None and around in (row.node.offset, row.key and row.key.offset)
        if here:
            marked = len(lines)
        indent = "  " * min(row.depth, _MAX_INDENT)
        lines.append(f"{'>' if here else ' '} {row.node.offset:6d}  {indent}{row.label}{describe(row.node)}")
    first = max(0, min(marked - max_lines // 2, len(lines) - max_lines))
    last = min(len(lines), first + max_lines)
    shown = lines[first:last]
    if first:
        shown.insert(0, f"… {first} lines before")
    if last < len(lines):
        shown.append(f"… {len(lines) - last} lines after")
    return "\n".join(shown)


def hexdump(data: bytes, *, around: int = 0, rows: int = 5) -> str:
    """At most `rows` rows of 16 bytes around an offset, its byte in square brackets, printable ASCII beside them."""
    middle = min(around, len(data)) // 16
    first = max(0, min(middle - rows // 2, (max(len(data), 1) - 1) // 16 - rows + 1))
    shown: list[str] = []
    for row in range(first, first + rows):
        chunk = data[row * 16 : row * 16 + 16]
        if not chunk and not (row == middle and around >= len(data)):
            break
        cells = "".join(
            f"[{byte:02x}]" if row * 16 + index == around else f" {byte:02x} " for index, byte in enumerate(chunk)
        )
        if around == len(data) and row == middle:
            cells += "[--]"
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in chunk)
        shown.append(f"{row * 16:08x} {cells:<64} |{text}|")
    return "\n".join(shown)
