"""Where two observations part."""

from parity.compare.diff import LAYERS, Comparison, Difference, compare
from parity.compare.msgpack import MsgpackDifference

__all__ = ["LAYERS", "Comparison", "Difference", "MsgpackDifference", "compare"]
