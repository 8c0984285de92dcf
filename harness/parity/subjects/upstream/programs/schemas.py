"""The schema classes of a program's graphs (`docs/programs.md` §1): typed dicts, pydantic models, dataclasses."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pydantic
from typing_extensions import TypedDict

from parity.cases.schema import Json
from parity.subjects.upstream.objects import build
from parity.subjects.upstream.programs import user

__all__ = ["context_class", "instance", "schema_class"]


def schema_class(kind: str, name: str, annotations: Mapping[str, Any], defaults: Mapping[str, Json]) -> Any:
    """A class of these keys as a user's module would have it; `kind` is `typed_dict`, `pydantic` or `dataclass`."""
    made: Any
    if kind == "typed_dict":
        made = _typed_dict(name, annotations)
    elif kind == "pydantic":
        fields: dict[str, Any] = {
            key: (typ, pydantic.Field(default_factory=_default(defaults[key])) if key in defaults else ...)
            for key, typ in annotations.items()
        }
        made = pydantic.create_model(name, __module__=user.__name__, **fields)
    else:
        made = dataclasses.make_dataclass(
            name,
            [
                (key, typ, dataclasses.field(default_factory=_default(defaults[key])))
                if key in defaults
                else (key, typ)
                for key, typ in annotations.items()
            ],
            kw_only=True,
        )
    return _installed(made)


def context_class(name: str) -> Any:
    """The class of a graph's context: a dict of whatever."""
    return _installed(_typed_dict(name, {}))


def instance(schema: Any, update: Mapping[str, Any]) -> Any:
    """An instance of a schema class that has only what was written, as nodes may return one."""
    if issubclass(schema, pydantic.BaseModel):
        return schema.model_construct(**update)
    return schema(**update)


def _typed_dict(name: str, annotations: Mapping[str, Any]) -> Any:
    return TypedDict(name, dict(annotations))  # type: ignore[operator]


def _default(tagged: Json) -> Any:
    return lambda: build(tagged)


def _installed(made: Any) -> Any:
    made.__module__ = user.__name__
    setattr(user, made.__name__, made)
    return made
