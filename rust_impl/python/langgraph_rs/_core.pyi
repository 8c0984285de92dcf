"""The Rust extension module: entry points that take a case and return an observation."""

from collections.abc import Iterator
from typing import Any, final

from typing_extensions import Self

from langgraph_rs.serde import CodecCounters

__version__: str
__profile__: str

def run_case(text: str) -> str:
    """Run one case (JSON text) on the native crates; return its observation as JSON text.

    Raises ValueError for a malformed case; a Rust panic is a PanicException.
    """

def provoke(what: str) -> None:
    """Provoke a fault inside Rust: "panic" or "abort"."""

class TypedCodec:
    """The base of the serializer: the two methods that every checkpoint goes through."""

    def __new__(cls, *args: Any, **options: Any) -> Self: ...
    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The tag and the bytes of an object; mirrors upstream's, whose TypeError it raises."""

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The object of a tag and bytes; mirrors upstream's, whose ValueError and NotImplementedError it raises."""

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

def get_overwrite(value: Any) -> tuple[bool, Any]:
    """Mirror upstream's `_get_overwrite`: whether a value is an `Overwrite` in any form, and the value in it."""

def channel_counters() -> dict[str, dict[str, int]]:
    """What channels were asked since the process began, by class; `python` is what went to methods in Python."""

class Channel:
    """What the ten channel classes have in common, in the place of upstream's `BaseChannel`."""

    key: Any
    typ: Any

    def __class_getitem__(cls, params: Any) -> Any: ...

class LastValue(Channel):
    """Mirrors `langgraph.channels.LastValue`, as the other nine do the classes of their names."""

class LastValueAfterFinish(Channel): ...
class AnyValue(Channel): ...
class EphemeralValue(Channel): ...
class UntrackedValue(Channel): ...
class Topic(Channel): ...
class BinaryOperatorAggregate(Channel): ...
class NamedBarrierValue(Channel): ...
class NamedBarrierValueAfterFinish(Channel): ...
class DeltaChannel(Channel): ...

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

# The algorithm: each as the function of that name in `langgraph.pregel._algo`, whose docstrings say what it does.

def algorithm_counters() -> dict[str, Any]:
    """What the algorithm did since the process began: supersteps, visits, tasks, mappings; what went to Python."""

class ChannelMap(dict[Any, Any]):
    """A dict of channels that knows which of them a superstep need look at."""

class LazyAtomicCounter:
    """Counts from 0 with each call, from any thread."""

    def __call__(self) -> int: ...

@final
class NullResume:
    """`get_null_resume` of a scratchpad: the answer to an interrupt that was not given to any task in particular."""

    def __call__(self, consume: bool = False) -> Any: ...

def apply_writes(
    checkpoint: Any, channels: Any, tasks: Any, get_next_version: Any, trigger_to_nodes: Any
) -> set[Any]: ...
def local_read(scratchpad: Any, channels: Any, managed: Any, task: Any, select: Any, fresh: Any = False) -> Any: ...
def should_interrupt(checkpoint: Any, interrupt_nodes: Any, tasks: Any) -> list[Any]: ...
def increment(current: Any, channel: Any) -> Any: ...
def checkpoint_null_version(checkpoint: Any) -> Any: ...
def task_path_str(tup: Any) -> str: ...
def _xxhash_str(namespace: Any, *parts: Any) -> str: ...
def _uuid5_str(namespace: Any, *parts: Any) -> str: ...
def _scratchpad(
    parent_scratchpad: Any,
    pending_writes: Any,
    task_id: Any,
    task_checkpoint_ns: Any,
    resume_map: Any,
    step: Any,
    stop: Any,
) -> Any: ...
def _triggers(channels: Any, versions: Any, seen: Any, null_version: Any, proc: Any) -> bool: ...
def _proc_input(
    proc: Any, managed: Any, channels: Any, *, for_execution: Any, scratchpad: Any, input_cache: Any
) -> Any: ...
def prepare_next_tasks(
    checkpoint: Any,
    pending_writes: Any,
    processes: Any,
    channels: Any,
    managed: Any,
    config: Any,
    step: Any,
    stop: Any,
    *,
    for_execution: Any,
    store: Any = None,
    checkpointer: Any = None,
    manager: Any = None,
    trigger_to_nodes: Any = None,
    updated_channels: Any = None,
    retry_policy: Any = (),
    cache_policy: Any = None,
) -> dict[Any, Any]: ...
def prepare_single_task(task_path: Any, task_id_checksum: Any, **options: Any) -> Any: ...
def prepare_push_task_functional(task_path: Any, task_id_checksum: Any, **options: Any) -> Any: ...
def prepare_push_task_send(task_path: Any, task_id_checksum: Any, **options: Any) -> Any: ...
def prepare_node_error_handler_task(failed_task: Any, **options: Any) -> Any: ...
def sanitize_untracked_values_in_send(packet: Any, channels: Any) -> Any: ...
def _coerce_pending_error(value: Any) -> BaseException: ...
def _read_errors_from_pending_writes(pending_writes: Any) -> list[BaseException]: ...
def _read_error_for_task_id_from_pending_writes(pending_writes: Any, task_id: Any) -> BaseException | None: ...
def _read_error_source_node_from_pending_writes(pending_writes: Any, task_id: Any) -> str | None: ...

# What stands between the algorithm and its users: `langgraph_rs.algorithm.{io,debug,task_status,checkpoint,migration}`.

def read_channel(channels: Any, chan: Any, *, catch: bool = True) -> Any:
    """Mirror upstream's. Raises EmptyChannelError for an empty channel unless `catch`."""

def read_channels(channels: Any, select: Any, *, skip_empty: bool = True) -> Any:
    """Mirror upstream's."""

def command_goto(cmd: Any) -> Iterator[tuple[str, str, Any]]:
    """First part of `map_command`: where the command goes. Raises InvalidUpdateError if it is meant for a parent."""

def command_resume(cmd: Any) -> tuple[tuple[str, str, Any], ...]:
    """Second part of `map_command`: the answer it carries."""

def command_update(cmd: Any) -> Iterator[tuple[str, str, Any]]:
    """Last part of `map_command`: what it writes to channels."""

def input_writes(input_channels: Any, chunk: Any) -> Iterator[tuple[str, Any]]:
    """The whole of `map_input`. Raises TypeError for anything but a dict where several channels take the input."""

def output_values(output_channels: Any, pending_writes: Any, channels: Any) -> tuple[Any, ...]:
    """The whole of `map_output_values`: no chunk, or one."""

def output_updates(output_channels: Any, tasks: Any, cached: Any) -> tuple[dict[str, Any], ...]:
    """The whole of `map_output_updates`: no chunk, or one."""

def read_task_statuses(pending_writes: Any) -> dict[str, Any]:
    """Mirror upstream's: its `TaskStatus` by task id."""

def debug_tasks(tasks: Any) -> Iterator[dict[str, Any]]:
    """The whole of `map_debug_tasks`."""

def is_multiple_channel_write(value: Any) -> bool:
    """Mirror upstream's."""

def map_task_result_writes(writes: Any) -> dict[str, Any]:
    """Mirror upstream's."""

def debug_task_result(task_tup: Any, stream_keys: Any) -> dict[str, Any]:
    """The whole of `map_debug_task_results`: its one event."""

def rm_pregel_keys(config: Any) -> dict[str, Any] | None:
    """Mirror upstream's."""

def debug_checkpoint(
    config: Any,
    channels: Any,
    stream_channels: Any,
    metadata: Any,
    tasks: Any,
    pending_writes: Any,
    parent_config: Any,
    output_keys: Any,
) -> dict[str, Any]:
    """The whole of `map_debug_checkpoint`: its one event."""

def tasks_w_writes(
    tasks: Any, pending_writes: Any, states: Any, output_keys: Any, *, live: bool = False
) -> tuple[Any, ...]:
    """Mirror upstream's: its `PregelTask`s."""

def empty_checkpoint() -> dict[str, Any]:
    """Mirror upstream's."""

def copy_checkpoint(checkpoint: Any) -> dict[str, Any]:
    """Mirror upstream's."""

def create_checkpoint(
    checkpoint: Any,
    channels: Any,
    step: int,
    *,
    id: str | None = None,
    updated_channels: Any = None,
    get_next_version: Any = None,
    channels_to_snapshot: Any = None,
    stored_versions: Any = None,
    trigger_to_nodes: Any = None,
) -> dict[str, Any]:
    """Mirror upstream's."""

def get_new_channel_versions(previous_versions: Any, current_versions: Any) -> Any:
    """Mirror upstream's of `pregel/_utils.py`."""

def versions_seen_without_bumps(versions_seen: Any) -> Any:
    """Mirror upstream's."""

def latest_config(config: Any) -> dict[str, Any] | None:
    """First half of `checkpoint_superseded`: the config of the thread's latest checkpoint; None if there is no need."""

def is_other_checkpoint(latest: Any, saved: Any) -> bool:
    """Second half of `checkpoint_superseded`."""

def checkpoint_superseded(saver: Any, config: Any, saved: Any) -> bool:
    """Mirror upstream's."""

def put_writes_accepts_task_path(put_writes: Any) -> bool:
    """Mirror upstream's."""

def exit_delta_task_id(step: int, task_id: str) -> str:
    """Mirror upstream's. Raises ValueError for what is no UUID."""

def exit_delta_late_task_id(step: int, task_id: str) -> str:
    """Mirror upstream's. Raises ValueError for what is no UUID."""

def delta_channels_to_snapshot(channels: Any, counters_since_delta_snapshot: Any, channel_versions: Any) -> set[str]:
    """Mirror upstream's."""

def get_updated_channels_from_tasks(run_tasks: Any) -> set[str]:
    """Mirror upstream's."""

def get_delta_channels_from_all_channels(channels: Any, channel_versions: Any) -> set[str]:
    """Mirror upstream's."""

def delta_channels_with_pending_writes(specs: Any, pending_writes: Any) -> set[str]:
    """Mirror upstream's."""

def delta_channels_overwritten(specs: Any, writes: Any) -> set[str]:
    """Mirror upstream's."""

def create_metadata_for_update_state_api(
    channels: Any, updated_channels: Any, *, prev_metadata: Any
) -> dict[str, tuple[int, int]]:
    """Mirror upstream's."""

def create_checkpoint_plan_for_update_state_api(
    channels: Any,
    updated_channels: Any,
    *,
    source: Any,
    step: int,
    parents: Any,
    saved_metadata: Any,
    is_fresh_thread: bool,
    fork_channels: Any,
    channel_versions: Any,
) -> tuple[set[str], dict[str, Any]]:
    """Mirror upstream's."""

def plan_channels(specs: Any, checkpoint: Any, can_ask: bool) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """First half of `achannels_from_checkpoint`: channels, managed values, and which histories to ask the saver for.

    Raises ValueError if there are any and the saver cannot be asked.
    """

def load_channels(channels: dict[str, Any], checkpoint: Any, histories: Any) -> ChannelMap:
    """Second half of `achannels_from_checkpoint`: the live channels."""

def channels_from_checkpoint(
    specs: Any, checkpoint: Any, *, saver: Any = None, config: Any = None
) -> tuple[ChannelMap, dict[str, Any]]:
    """Mirror upstream's."""

def migrate_pending_sends(checkpoint: Any) -> None:
    """Mirror `Pregel._migrate_checkpoint`."""

def migrate_triggers(checkpoint: Any, graph: Any) -> None:
    """Mirror what `CompiledStateGraph._migrate_checkpoint` does after its base class."""
