"""Which functions of pydantic, LangChain and the standard library are those that the codec knows the effect of.

The codec writes a plain pydantic model without calling its `model_dump`, and constructs one by its validator without
calling its `__init__`, where those functions do nothing but hand on to pydantic's core. A name does not prove that:
another version may do more, and a program may have replaced them. So their source is compared, without docstring and
annotations, with the one that was read when this was written. Anything else is called as upstream calls it.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import hashlib
import inspect
import ipaddress
import itertools
import keyword
import pathlib
import sys
import textwrap
import uuid
from collections import namedtuple
from types import CodeType, FunctionType, ModuleType

__all__ = ["constructor", "discriminator", "dumper", "is_made_as_objects", "maker", "named_tuple", "validator"]

_NAMED_TUPLE = namedtuple("_NAMED_TUPLE", "field")
_HEAP_TYPE = 1 << 9
"""`Py_TPFLAGS_HEAPTYPE`: of classes written in Python."""
_MEANING = (
    *("co_code", "co_consts", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags"),
    *("co_argcount", "co_posonlyargcount", "co_kwonlyargcount"),
)
"""What of a code object says what it does."""

_MESSAGE = "9cef3c9ef14fdeb134836d930da1599b45d5a7976ddfd67311f1521996a3e7a6"
_KNOWN: dict[tuple[str, str], tuple[str, str]] = {
    ("pydantic.main", "BaseModel.model_dump"): ("3aae1a0379285c30291d913e422f53d3a130f86097a87e8cb0f6f5dcf281a10f", ""),
    ("pydantic.main", "BaseModel.__init__"): ("6e410583eb68994de6ba04f942f901492db22098dcb8d6ca7730feb6de56e65c", ""),
    ("langchain_core.load.serializable", "Serializable.__init__"): (
        "e2aec69bfef35f4b48a264f2f3fcf969c81845862c6da250d32ff82de629ff44",
        "",
    ),
    ("langchain_core.messages.base", "BaseMessage.__init__"): (
        "3417a45f8797f7c23af179482f2579fbd8f9753964a0864710acd8aaf324eea3",
        "content",
    ),
    ("langchain_core.messages.ai", "AIMessage.__init__"): (
        "b73d7e5a5b47b6793e8595f135ded8fa9b6ad29f04070b61704720fd47409b49",
        "content",
    ),
    ("langchain_core.messages.human", "HumanMessage.__init__"): (_MESSAGE, "content"),
    ("langchain_core.messages.system", "SystemMessage.__init__"): (_MESSAGE, "content"),
    ("langchain_core.messages.tool", "ToolMessage.__init__"): (_MESSAGE, "content"),
    ("langchain_core.messages.ai", "AIMessage._backwards_compat_tool_calls"): (
        "c52b952413e9c3404e95fde1dedef99877d9b5580bc3fb59db74ea589756bb55",
        "",
    ),
    ("langchain_core.messages.tool", "ToolMessage.coerce_args"): (
        "79c343b51a737bfb46e1b8099ccbc653d03bcabf4235c43d08ab9481d6784b90",
        "",
    ),
    ("langchain_core.messages.tool", "tool_call"): (
        "a97aec2b7a0f5a8f77ab1c7880bda0cf6c2ce1b94c997cdb260125dcbb9afe8b",
        "",
    ),
    ("langchain_core.messages.utils", "_get_type"): (
        "25cdd6a370364c7288fb9df05e3fecc63070b89232f1c0680727ca796f7f3966",
        "",
    ),
    ("langchain_core.documents.base", "Document.__init__"): (
        "f6ceb75c72ec8ad5a5f42e6b4f1ff020f62ea8857e1daef816352a91bbbe1234",
        "page_content",
    ),
    ("langgraph.types", "Interrupt.__init__"): (
        "42bea20775345e7fbe6fe42d1c3ff336d80ef07906405306ff7b19e85b1b14c7",
        "",
    ),
}
"""By module and qualified name: the digest of the source, and the argument that it takes by name and hands on."""


def validator(function: object) -> tuple[str, list[tuple[FunctionType, CodeType]], dict[str, object]] | None:
    """Of a model's validator: its name, it and what it calls with their code, and where its names are looked up."""
    function = inspect.unwrap(getattr(function, "__func__", function))  # type: ignore[arg-type]
    if not isinstance(function, FunctionType) or not _is_known(function, function.__qualname__):
        return None
    known = [(function, function.__code__)]
    if function.__qualname__ == "AIMessage._backwards_compat_tool_calls":
        called = function.__globals__.get("create_tool_call")
        if not isinstance(called, FunctionType) or not _is_known(called, "tool_call"):
            return None
        known.append((called, called.__code__))
    return function.__qualname__, known, function.__globals__


def dumper(cls: type) -> tuple[FunctionType, CodeType] | None:
    """The class's `model_dump` and its code, if it is pydantic's own: all that it calls is the serializer."""
    function = inspect.getattr_static(cls, "model_dump", None)
    if isinstance(function, FunctionType) and _is_known(function, "BaseModel.model_dump"):
        return function, function.__code__
    return None


def constructor(cls: type) -> tuple[list[tuple[FunctionType, CodeType]], str] | None:
    """The functions through which `cls(**data)` comes to its validator, and the argument that comes first in `data`.

    `None` if one of them may do more than hand `data` on. The argument is empty where there is none.
    """
    if inspect.getattr_static(type(cls), "__call__", None) is not type.__call__:
        return None
    if inspect.getattr_static(cls, "__new__", None) is not object.__new__:
        return None
    chain: list[tuple[FunctionType, CodeType]] = []
    leading = ""
    for base in cls.__mro__:
        function = base.__dict__.get("__init__")
        if function is None:
            continue
        if not isinstance(function, FunctionType) or function.__module__ != base.__module__:
            return None
        if not _is_known(function, f"{base.__qualname__}.__init__"):
            return None
        argument = _KNOWN[function.__module__, function.__qualname__][1]
        if leading and argument and leading != argument:
            return None
        leading = leading or argument
        chain.append((function, function.__code__))
        if function.__qualname__ == "BaseModel.__init__":
            return chain, leading
    return None


def discriminator(function: object) -> tuple[FunctionType, CodeType] | None:
    """A function that tells models of a union apart and its code, if all that it does is to look at their `type`."""
    if isinstance(function, FunctionType) and _is_known(function, "_get_type"):
        return function, function.__code__
    return None


def is_made_as_objects(cls: type) -> bool:
    """Whether pydantic's core, given a dict for a model, tells that it is none and makes one without Python code."""
    return (
        inspect.getattr_static(type(cls), "__instancecheck__", None) is type.__instancecheck__
        and inspect.getattr_static(cls, "__new__", None) is object.__new__
    )


def _is_known(function: FunctionType, name: str) -> bool:
    known = _KNOWN.get((function.__module__, function.__qualname__))
    return function.__qualname__ == name and known is not None and _digest(function) == known[0]


def _digest(function: FunctionType) -> str:
    """Of the source as it is without decorators, docstring and annotations; empty if there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function.__code__)))
    except (OSError, SyntaxError, TypeError):
        return ""
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return ""
    definition.decorator_list = []
    definition.returns = None
    arguments = definition.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            argument.annotation = None
    if ast.get_docstring(definition) is not None:
        definition.body = definition.body[1:]
    return hashlib.sha256(ast.unparse(definition).encode()).hexdigest()


def named_tuple(cls: type) -> tuple[CodeType, tuple[str, ...]] | None:
    """The code of a class's `_asdict`, if it is what `collections.namedtuple` makes, and the fields that it gives."""
    function = inspect.getattr_static(cls, "_asdict", None)
    fields = inspect.getattr_static(cls, "_fields", None)
    if not isinstance(function, FunctionType) or type(fields) is not tuple or not issubclass(cls, tuple):
        return None
    if function.__code__ is not _NAMED_TUPLE._asdict.__code__ or any(type(name) is not str for name in fields):
        return None
    if len(set(fields)) != len(fields) or inspect.getattr_static(cls, "__iter__") is not tuple.__iter__:
        return None
    if inspect.getclosurevars(function).nonlocals != {"_dict": dict, "_zip": zip}:
        return None
    return function.__code__, fields


Functions = list[tuple[object, str, CodeType]]
"""Functions with the code that they are known to have: of the class under a name (`None`, name), of another object
under a name (object, name), or themselves (function, "")."""
Maker = tuple[str, Functions, tuple[str, ...], bool]
"""What a class's constructor does; the functions that it consists of; the fields that it sets, in that order; whether
`__post_init__` follows."""


def maker(cls: type) -> Maker | None:
    """What `cls(...)` does, where that is nothing but what is known of enums, named tuples, dataclasses and UUIDs."""
    if issubclass(cls, enum.Enum):
        return _enum(cls)
    if issubclass(cls, pathlib.PurePath):
        return _path(cls)
    if inspect.getattr_static(type(cls), "__call__", None) is not type.__call__:
        return None
    if issubclass(cls, tuple):
        return _tuple(cls)
    if inspect.getattr_static(cls, "__new__", None) is not object.__new__:
        return None
    function = inspect.getattr_static(cls, "__init__", None)
    if not isinstance(function, FunctionType):
        return None
    if cls is uuid.UUID:
        return _of_library("uuid", uuid, function)
    if cls is ipaddress.IPv4Address:
        return _of_library("address of 4", ipaddress, function, cls._ip_int_from_string, cls._parse_octet)  # type: ignore[attr-defined]
    if cls is ipaddress.IPv6Address:
        parse = (cls._ip_int_from_string, cls._parse_hextet, cls._split_scope_id)  # type: ignore[attr-defined]
        return _of_library("address of 6", ipaddress, function, *parse)
    if "__dataclass_fields__" not in dir(cls):
        return None
    return _dataclass(cls, function)


def _enum(cls: type[enum.Enum]) -> Maker | None:
    call = inspect.getattr_static(type(cls), "__call__", None)
    new = cls.__new__
    if not isinstance(call, FunctionType) or not isinstance(new, FunctionType):
        return None
    return _of_library("enum", enum, call, new)


def _path(cls: type) -> Maker | None:
    # Later Pythons take a path apart only when its parts are asked for.
    if sys.version_info[:2] != (3, 11) or cls is not pathlib.PosixPath or type(cls).__call__ is not type.__call__:
        return None
    flavour = cls._flavour
    own = [inspect.getattr_static(cls, name) for name in ("__new__", "_from_parts", "_parse_args")]
    made = _of_library("path", pathlib, *(one.__func__ for one in own))
    parse = [(flavour, name, getattr(flavour, name).__code__) for name in ("parse_parts", "splitroot")]
    if made is None or _of_library("", pathlib, *(getattr(flavour, name).__func__ for _, name, _ in parse)) is None:
        return None
    return made[0], made[1] + parse, (), False


def address_text(cls: type) -> tuple[Functions, bool] | None:
    """What `str()` of an address without a scope is written by, and whether it is one of version 6."""
    if cls is ipaddress.IPv4Address:
        found = _of_library("", ipaddress, cls.__str__, cls._string_from_ip_int)  # type: ignore[attr-defined]
    elif cls is ipaddress.IPv6Address:
        own = (cls.__str__, super(cls, cls).__str__, cls._string_from_ip_int, cls._compress_hextets)  # type: ignore[attr-defined]
        found = _of_library("", ipaddress, *own)
    else:
        return None
    return None if found is None else (found[1], cls is ipaddress.IPv6Address)


def _of_library(what: str, module: ModuleType, *functions: object) -> Maker | None:
    """That these functions make this, if each of them is one that a module of the standard library defines."""
    known: Functions = []
    for one in functions:
        function = getattr(one, "__func__", one)
        if not isinstance(function, FunctionType) or not _is_of_library(function, module):
            return None
        known.append((function, "", function.__code__))
    return what, known, (), False


def _tuple(cls: type) -> Maker | None:
    function = getattr(inspect.getattr_static(cls, "__new__", None), "__func__", None)
    fields = inspect.getattr_static(cls, "_fields", None)
    if not isinstance(function, FunctionType) or type(fields) is not tuple:
        return None
    if inspect.getattr_static(cls, "__init__") is not object.__init__ or not all(map(_is_identifier, fields)):
        return None
    listed = ", ".join(fields) + ("," if len(fields) == 1 else "")
    text = f"lambda _cls, {listed}: _tuple_new(_cls, ({listed}))"
    if not _is_same(function.__code__, _compiled(text)) or function.__globals__.get("_tuple_new") is not tuple.__new__:
        return None
    return "named tuple", [(None, "__new__", function.__code__)], fields, False


def _dataclass(cls: type, function: FunctionType) -> Maker | None:
    functions: Functions = [(None, "__init__", function.__code__)]
    if function.__qualname__ == "Interrupt.__init__" and _is_known(function, "Interrupt.__init__"):
        return "dataclass", functions, ("value", "id", "response_schema"), False
    fields = inspect.getattr_static(cls, "__dataclass_fields__")
    # What has a C class for a base may refuse what `object` assigns.
    if type(fields) is not dict or any(not base.__flags__ & _HEAP_TYPE for base in cls.__mro__ if base is not object):
        return None
    members = [one for one in fields.values() if one._field_type is not dataclasses._FIELD_CLASSVAR]  # type: ignore[attr-defined]
    names = tuple(one.name for one in members)
    if not all(map(_is_identifier, names)):
        return None
    if any(not one.init or one._field_type is not dataclasses._FIELD for one in members):  # type: ignore[attr-defined]
        return None
    for kind, followed in itertools.product(("dataclass", "frozen dataclass"), (False, True)):
        if _is_same(function.__code__, _compiled(_written_init(members, kind != "dataclass", followed))):
            return (kind, functions, names, followed) if _has_its_cells(function) else None
    return None


def _written_init(members: list[dataclasses.Field[object]], frozen: bool, followed: bool) -> str:
    """An `__init__` with the code of that which `dataclasses` writes for these fields, in a function around it."""
    itself = "__dataclass_self__" if any(one.name == "self" for one in members) else "self"
    around, lines = ["_HAS_DEFAULT_FACTORY", "__dataclass_builtins_object__"], []
    arguments = [itself, *(one.name for one in members if not one.kw_only)]
    if any(one.kw_only for one in members):
        arguments += ["*", *(one.name for one in members if one.kw_only)]
    for one in members:
        value = one.name
        if one.default_factory is not dataclasses.MISSING:
            around.append(f"_dflt_{one.name}")
            value = f"_dflt_{one.name}() if {one.name} is _HAS_DEFAULT_FACTORY else {one.name}"
        if frozen:
            lines.append(f"__dataclass_builtins_object__.__setattr__({itself},{one.name!r},{value})")
        else:
            lines.append(f"{itself}.{one.name}={value}")
    if followed:
        lines.append(f"{itself}.__post_init__()")
    body = "\n".join(f"  {line}" for line in lines or ["pass"])
    return f"def around({', '.join(around)}):\n def __init__({', '.join(arguments)}):\n{body}\n return __init__"


def _has_its_cells(function: FunctionType) -> bool:
    """Whether what the text above calls by these names is what `dataclasses` means."""
    meant = {"_HAS_DEFAULT_FACTORY": dataclasses._HAS_DEFAULT_FACTORY, "__dataclass_builtins_object__": object}  # type: ignore[attr-defined]
    held = inspect.getclosurevars(function).nonlocals
    return all(held[name] is value for name, value in meant.items() if name in held)


def _compiled(text: str) -> CodeType:
    """The innermost function of a text."""
    code = compile(text, "<string>", "exec", dont_inherit=True)
    while inner := [constant for constant in code.co_consts if isinstance(constant, CodeType)]:
        code = inner[0]
    return code


def _is_same(one: CodeType, other: CodeType) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _MEANING)


def _is_identifier(name: object) -> bool:
    return type(name) is str and name.isidentifier() and not keyword.iskeyword(name)


def _is_of_library(function: FunctionType, module: ModuleType) -> bool:
    """Whether a module of the standard library defines the function, under the name that the function has."""
    found: object = module
    for name in function.__qualname__.split("."):
        found = inspect.getattr_static(found, name, None)
    return (
        getattr(found, "__func__", found) is function
        and function.__code__.co_filename == module.__file__
        and function.__globals__ is vars(module)
    )
