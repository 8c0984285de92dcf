"""The errors that a command ends with, on purpose."""

from __future__ import annotations

PARITY = 0
"""Exit code: both sides agree."""

DIVERGED = 1
"""Exit code: a divergence, or a waiver or vacuity failure."""

BAD_INPUT = 2
"""Exit code: bad arguments, a bad file, a bad environment, an interrupted run, or a fault of the harness itself."""


class UserError(Exception):
    """Something the user can mend: bad arguments, a bad file, a bad environment.

    Printed as one line, ``parity: error: <message>``, with exit code 2 and no traceback.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str, limit: int = 600) -> str:
    """The text on a single line of at most ``limit`` characters, control characters escaped.

    What a file or a subject contains may end up in a message, and must not be able to move the cursor or add lines.
    """
    clean = "".join(
        ch if ch.isprintable() else ch.encode("unicode_escape").decode("ascii") for ch in " ".join(text.split())
    )
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
