"""The JSON Schemas of everything that is stored, and the one way to check against them."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from referencing import Registry

# jsonschema and referencing are imported where something is checked: the worker runs in environments without them.

__all__ = ["CaseError", "Json", "schema_names", "validate", "validate_part"]

Json = Any
"""Plain JSON data; recursive, so the type checker is not asked to follow it."""

_SUFFIX = ".schema.json"


class CaseError(ValueError):
    """Stored data that does not follow its schema: `where` (a JSON pointer) and `what` was expected there."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"at {where}: {what}")
        self.where = where
        self.what = what


def schema_names() -> list[str]:
    """The names of all schemas in the package, sorted."""
    folder = resources.files("parity.cases") / "schemas"
    return sorted(item.name[: -len(_SUFFIX)] for item in folder.iterdir() if item.name.endswith(_SUFFIX))


@cache
def _registry() -> Registry[Any]:
    from referencing import Registry, Resource

    folder = resources.files("parity.cases") / "schemas"
    pairs = [
        (f"{name}{_SUFFIX}", Resource.from_contents(json.loads((folder / f"{name}{_SUFFIX}").read_text("utf-8"))))
        for name in schema_names()
    ]
    registry: Registry[Any] = Registry()
    return registry.with_resources(pairs)


@cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    contents = _registry().contents(f"{name}{_SUFFIX}")
    return Draft202012Validator({**contents, "$id": f"{name}{_SUFFIX}"}, registry=_registry())


@cache
def _part_validator(name: str, part: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    schema = {"$ref": f"{name}{_SUFFIX}#/$defs/{part}"}
    return Draft202012Validator(schema, registry=_registry())


def validate_part(obj: Json, schema_name: str, part: str) -> None:
    """Checks data against one definition of a schema. Raises CaseError as `validate` does."""
    _check(_part_validator(schema_name, part), obj)


def validate(obj: Json, schema_name: str) -> None:
    """Checks data against a schema. Raises CaseError for the deepest cause: its JSON pointer and what was expected."""
    _check(_validator(schema_name), obj)


def _check(validator: Draft202012Validator, obj: Json) -> None:
    from jsonschema.exceptions import best_match

    try:
        error = best_match(validator.iter_errors(obj))
    except RecursionError:
        raise CaseError("/", "nested too deeply to be checked") from None
    if error is not None:
        where = "/" + "/".join(str(part) for part in error.absolute_path)
        what = error.message if len(error.message) <= 200 else error.message[:200] + "…"
        raise CaseError(where, what.replace("\n", " "))
