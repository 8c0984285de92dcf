"""The planted faults: deliberately wrong subjects, with which the harness itself is tested.

Each is real upstream with one thing broken in memory, in its own worker process (`subjects/upstream/faults.py`),
or the Rust extension made to panic or abort. `layer` is what a report must name.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FAULTS", "RUST_FAULTS", "Fault", "RustFault"]


@dataclass(frozen=True)
class Fault:
    """What is broken, the layer at fault, and whether it is gone when the same case is run again."""

    about: str
    layer: str
    flaky: bool = False


@dataclass(frozen=True)
class RustFault(Fault):
    """A fault planted in the subject `rust`, and where the report must say that it lies: `core`, `bridge`, or "".

    `part` is the part of the backend that it is in; where upstream's takes its place the fault is gone.
    """

    localised: str = ""
    part: str = ""


FAULTS: dict[str, Fault] = {
    "int_width": Fault("integers 128..255 are written in two bytes instead of one", "codec"),
    "reducer_reversed": Fault("BinaryOperatorAggregate applies the updates of a superstep last first", "channels"),
    "finish_ignored": Fault("LastValueAfterFinish never finishes, so a deferred node never runs", "channels"),
    "ephemeral_kept": Fault("EphemeralValue is not cleared at the next step", "channels"),
    "barrier_early": Fault("NamedBarrierValue opens when the first of its names was seen", "channels"),
    "version_twice": Fault("every superstep bumps the version twice", "algorithm"),
    "send_dropped": Fault("the first pending Send of a superstep is dropped", "algorithm"),
    "save_skipped": Fault("the checkpoint of the input is not saved", "loop"),
    "panic": Fault("the Rust side panics on every graph program", "subject"),
    "abort": Fault("the process aborts on every channel sequence", "subject"),
    "hang": Fault("the process never answers about a Topic channel", "subject"),
    "fickle": Fault("the last event of a sequence on an AnyValue is left out the first time", "channels", flaky=True),
}
"""The one table of planted faults; `parity run --subject faulty:NAME` runs one."""

RUST_FAULTS: dict[str, RustFault] = {
    "loads_shifted": RustFault(
        "a strict serializer reads a lone integer as one more", "codec", localised="bridge", part="codec"
    ),
    "shared_loads_shifted": RustFault(
        "`rust` and `core` both read a lone integer as one more", "codec", localised="core"
    ),
    "topic_forgets": RustFault(
        "an update of a Topic is forgotten where it holds two values or more",
        "channels",
        localised="bridge",
        part="channels",
    ),
    "send_dropped": RustFault(
        "the first pending Send of a superstep is dropped", "algorithm", localised="bridge", part="algorithm"
    ),
    "updates_cut": RustFault(
        "a stream chunk of values leaves out the last channel", "loop", localised="bridge", part="io"
    ),
    "updated_forgotten": RustFault(
        "a checkpoint does not say which channels were updated", "algorithm", localised="bridge", part="checkpoint"
    ),
    "original_used": RustFault("the serializer tries upstream's own Python first and hides that it did", "subject"),
    "python_instead": RustFault("Python writes the lone integers 0..127", "subject"),
}
"""The table of faults in `rust`; `parity run --subject rust:NAME` runs one. What `core` shares is also `core:NAME`."""
