"""Names of parameters that are the same in every process, as pytest's workers must collect the same tests."""

from __future__ import annotations

import re
from typing import Any


def shown(value: Any) -> str:
    """The value's repr without addresses, and with the items of sets (in tuples too) in order."""
    if type(value) is set:
        return f"{{{', '.join(sorted(map(shown, value)))}}}"
    if type(value) is tuple:
        return f"({', '.join(map(shown, value))})"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
