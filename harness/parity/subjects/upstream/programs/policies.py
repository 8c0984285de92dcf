"""The policies of nodes and tasks (`docs/programs.md` §1): retries, caches, time-outs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import CachePolicy, RetryPolicy

from parity.cases.programs import NO_KEY

__all__ = ["policies"]

_RETRY_ON: dict[str, Any] = {
    "ValueError": ValueError,
    "RuntimeError": RuntimeError,
    "KeyError": KeyError,
    "all": Exception,
    "none": lambda error: False,
    "invalid": 0,
}

_RETRY = {
    "attempts": "max_attempts",
    "initial": "initial_interval",
    "factor": "backoff_factor",
    "most": "max_interval",
    "jitter": "jitter",
}


def policies(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments that LangGraph takes for the policies of a node, a task, an entrypoint or all nodes."""
    members: dict[str, Any] = {}
    if "retry" in spec:
        retry = spec["retry"]
        members["retry_policy"] = [_retry(item) for item in retry] if isinstance(retry, list) else _retry(retry)
    if "cache" in spec:
        members["cache_policy"] = _cache(spec["cache"])
    if "timeout" in spec:
        members["timeout"] = _timeout(spec["timeout"])
    return members


def _retry(spec: Mapping[str, Any]) -> RetryPolicy:
    on = spec.get("on", "default")
    members = {_RETRY[name]: value for name, value in spec.items() if name in _RETRY}
    return RetryPolicy(**members, **({} if on == "default" else {"retry_on": _retried(on)}))


def _retried(on: Any) -> Any:
    return [_RETRY_ON[name] for name in on] if isinstance(on, list) else _RETRY_ON[on]


def _cache(spec: Mapping[str, Any]) -> CachePolicy[Any]:
    return CachePolicy(ttl=spec.get("ttl"), **_KEYS[spec.get("key", "default")])


def _constant(*args: Any, **kwargs: Any) -> str:
    return "constant"


def _no_key(*args: Any, **kwargs: Any) -> str:
    raise ValueError(NO_KEY)


_KEYS: dict[str, dict[str, Any]] = {
    "default": {},
    "constant": {"key_func": _constant},
    "fails": {"key_func": _no_key},
}


def _timeout(spec: Mapping[str, Any]) -> Any:
    if set(spec) == {"run"}:
        return spec["run"]
    from langgraph.types import TimeoutPolicy

    members = {"run": "run_timeout", "idle": "idle_timeout", "refresh_on": "refresh_on"}
    return TimeoutPolicy(**{members[name]: value for name, value in spec.items()})
