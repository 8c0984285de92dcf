"""The Rust extension module: entry points that take a case and return an observation."""

from collections.abc import Iterator
from typing import Any, final

from langgraph_rs.serde import CodecCounters

__version__: str
__profile__: str

def run_case(text: str) -> str:
    """Run one case (JSON text) on the native crates; return its observation as JSON text.

    Raises ValueError for a malformed case; a Rust panic is a PanicException.
    """

def provoke(what: str) -> None:
    """Provoke a fault inside Rust: "panic" or "abort"."""

@final
class ExtHook:
    """Upstream's msgpack extension hook with its allowlist: True, None or a set of `(module, name)`."""

    def __new__(cls, allowed: Any) -> ExtHook: ...
    def __call__(self, code: int, data: bytes) -> Any: ...

def encode_msgpack(value: Any) -> bytes:
    """Mirror upstream's `_msgpack_enc`. Raises TypeError in ormsgpack's words."""

def decode_msgpack(data: Any, hook: Any) -> Any:
    """Mirror `ormsgpack.unpackb` with langgraph's option; what an ExtHook stands for is done natively.

    Raises ValueError in ormsgpack's words.
    """

def codec_counters() -> CodecCounters:
    """What was coded since the process began, and what of it was given to Python."""

def channel_counters() -> dict[str, dict[str, int]]:
    """What channels were asked since the process began; `python` is what went to methods in Python."""

@final
class Item:
    """One item of inspected msgpack. Items of one input share its tree; an item never changes."""

    @property
    def kind(self) -> str:
        """`nil`, `bool`, `int`, `float`, `str`, `bin`, `array`, `map`, `ext`, `document` or `error`.

        A `document` is a whole input with something after its first item; an `error` stands for bytes that are no
        msgpack.
        """
    @property
    def offset(self) -> int:
        """Where the item begins, in bytes from the start of the input."""
    @property
    def length(self) -> int:
        """Bytes of the item, marker and contents included."""
    @property
    def end(self) -> int:
        """The offset just after the item."""
    @property
    def header(self) -> int:
        """Bytes before the contents."""
    @property
    def marker(self) -> int | None:
        """The item's first byte; None for a document and for an error without bytes."""
    @property
    def count(self) -> int | None:
        """The claimed number of items of an array or pairs of a map."""
    @property
    def value(self) -> bool | int | float | str | bytes | None:
        """The scalar; bytes for text that is no UTF-8, for an extension's data and for what is malformed."""
    @property
    def code(self) -> int | None:
        """An extension's code."""
    @property
    def meaning(self) -> str | None:
        """What upstream means by that code: `pydantic v2`, `method` …; None for a code that it does not write."""
    @property
    def module(self) -> str | None:
        """The module that an extension of codes 0 to 5 names."""
    @property
    def name(self) -> str | None:
        """The class or function that it names."""
    @property
    def method(self) -> str | None:
        """The method that it names (codes 3 and 5)."""
    @property
    def fault(self) -> str | None:
        """Why these bytes are no msgpack, for kind `error`."""
    @property
    def path(self) -> str:
        """Where the item is in the whole input: `channel_values.x[2]`, `a(ext 0)[1]`, `{key 3}`; empty for the root."""
    @property
    def text(self) -> str:
        """The item in a few words: `int 200 (cc)`, `ext 0 one argument builtins.set, 20 bytes (c7)`."""
    @property
    def parent(self) -> Item | None:
        """The item that this one is in; None for the root."""
    @property
    def children(self) -> list[Item]:
        """What is directly inside: items, alternating keys and values, or an extension's data."""
    @property
    def faults(self) -> list[Item]:
        """All items of kind `error` in this one, in the order of the bytes."""
    def walk(self) -> Iterator[Item]:
        """This item and all inside it, in the order of the bytes."""
    def __len__(self) -> int: ...
    def render(self, max_lines: int = 400) -> str:
        """A line for each item with its offset, at most `max_lines`, then how many more there are."""
    def to_dict(self) -> dict[str, Any]:
        """JSON data: `offset`, `length` and a flat list of `items`, whose `parent` is an index (None for the first)."""

def inspect_msgpack(data: bytes | bytearray) -> Item:
    """The tree of any bytes. Raises TypeError for what is not bytes."""
