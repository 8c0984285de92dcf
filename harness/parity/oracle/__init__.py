"""The frozen oracle: what must be installed, and whether it is."""

from parity.oracle.definition import DEFAULT, Oracle, OracleError, load
from parity.oracle.verify import Problem, require, verify

__all__ = ["DEFAULT", "Oracle", "OracleError", "Problem", "load", "require", "verify"]
