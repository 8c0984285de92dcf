"""Which functions of pydantic and LangChain are, word for word, those that the codec knows the effect of.

The codec writes a plain pydantic model without calling its `model_dump`, and constructs one by its validator without
calling its `__init__`, where those functions do nothing but hand on to pydantic's core. A name does not prove that:
another version may do more, and a program may have replaced them. So their source is compared, without docstring and
annotations, with the one that was read when this was written. Anything else is called as upstream calls it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from types import CodeType, FunctionType

__all__ = ["constructor", "dumper", "validator"]

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
    ("langchain_core.documents.base", "Document.__init__"): (
        "f6ceb75c72ec8ad5a5f42e6b4f1ff020f62ea8857e1daef816352a91bbbe1234",
        "page_content",
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
