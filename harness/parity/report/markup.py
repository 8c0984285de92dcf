"""HTML that cannot be injected into: text is escaped unless it was built here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Html", "Part", "el", "fragment"]

_VOID = frozenset({"meta", "br", "hr", "wbr", "img"})
_RAW = frozenset({"style", "script"})
_NAME = re.compile(r"^[a-zA-Z][a-zA-Z0-9:-]*$")
# What HTML forbids in text, and lone surrogates, which UTF-8 cannot carry: shown, not dropped.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Characters that reorder or hide the text around them, so that what is read is not what is there.
_DECEPTIVE = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class Html:
    """Markup that is already safe."""

    source: str


Part = Html | str | int | float | None | Iterable["Part"]


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"


def _escape(text: str) -> str:
    visible = _DECEPTIVE.sub(_shown, _UNPRINTABLE.sub(_shown, text))
    return html.escape(visible, quote=True)


def _render(part: Part) -> str:
    if part is None:
        return ""
    if isinstance(part, Html):
        return part.source
    if isinstance(part, str):
        return _escape(part)
    if isinstance(part, (int, float)):
        return _escape(str(part))
    return "".join(_render(item) for item in part)


def fragment(*parts: Part) -> Html:
    """Parts one after the other; a `str` is text and is escaped, an `Html` is taken as it is."""
    return Html(_render(parts))


def el(tag: str, attributes: dict[str, str | int | float | bool | None] | None = None, *children: Part) -> Html:
    """An element. Attributes that are None or False are left out, True is written bare.

    Raises ValueError for a tag or attribute name that is not a plain name: names are never data.
    """
    if not _NAME.match(tag):
        raise ValueError(f"not an element name: {tag!r}")
    out = [f"<{tag}"]
    for name, value in (attributes or {}).items():
        if not _NAME.match(name):
            raise ValueError(f"not an attribute name: {name!r}")
        if value is None or value is False:
            continue
        out.append(f" {name}" if value is True else f' {name}="{_escape(str(value))}"')
    out.append(">")
    if tag in _VOID:
        return Html("".join(out))
    if tag in _RAW:
        body = "".join(child.source for child in children if isinstance(child, Html))
        if re.search(f"</{tag}", body, re.IGNORECASE):
            raise ValueError(f"a {tag} element cannot hold its own end tag")
        out.append(body)
    else:
        out.append(_render(children))
    out.append(f"</{tag}>")
    return Html("".join(out))
