"""The import hook changes the names of the table and nothing else that a program can see of a module."""

from __future__ import annotations

from interpreters import Interpreter

RUST = {"LANGGRAPH_BACKEND": "rust", "LANGGRAPH_RS_WITNESS": "1"}

DESCRIBE = """
import inspect, json
import langgraph.checkpoint.serde.jsonplus as jsonplus
spec = jsonplus.__spec__
print(json.dumps([
    type(spec.loader).__name__, type(jsonplus.__loader__).__name__, spec.name, spec.origin, spec.cached, spec.parent,
    jsonplus.__file__, jsonplus.__package__, spec.loader is jsonplus.__loader__,
    inspect.getsource(jsonplus), inspect.getsource(jsonplus.InvalidModuleError),
    spec.loader.get_source(jsonplus.__name__) == inspect.getsource(jsonplus),
    sorted(name for name in vars(jsonplus) if not name.startswith("__")),
]))
"""


def test_a_module_looks_as_it_does_without_the_hook(python: Interpreter) -> None:
    assert python.result(DESCRIBE, **RUST) == python.result(DESCRIBE)


def test_the_module_can_be_looked_at_before_it_is_imported(python: Interpreter) -> None:
    program = """
    import importlib.util, json, sys
    spec = importlib.util.find_spec("langgraph.checkpoint.serde.jsonplus")
    print(json.dumps([spec.origin, spec.loader.get_source(spec.name), spec.loader.path, spec.has_location,
                      spec.loader.is_package(spec.name), spec.name in sys.modules]))
    """
    assert python.result(program, **RUST) == python.result(program)


def test_a_reloaded_module_is_replaced_again(python: Interpreter) -> None:
    program = """
    import importlib, json, langgraph_rs
    import langgraph.checkpoint.serde.jsonplus as jsonplus
    first = jsonplus._is_safe_json_type
    assert importlib.reload(jsonplus) is jsonplus
    assert jsonplus._is_safe_json_type is not first
    names = langgraph_rs.witness()["names"]
    one = jsonplus.JsonPlusSerializer()
    print(json.dumps([one.loads_typed(one.dumps_typed([1])), type(one).__module__, set(names.values()) == {"live"}]))
    """
    # Only this module is loaded, so other rows may still wait for theirs.
    value, module, _ = python.result(program, **RUST)
    assert (value, module) == ([1], "langgraph_rs.serde")


def test_a_module_reloaded_after_uninstall_is_upstreams(python: Interpreter) -> None:
    program = """
    import importlib, json, langgraph_rs
    import langgraph.checkpoint.serde.jsonplus as jsonplus
    langgraph_rs.uninstall()
    importlib.reload(jsonplus)
    one = jsonplus.JsonPlusSerializer()
    print(json.dumps([one.loads_typed(one.dumps_typed([1])), type(one).__module__, langgraph_rs.uninstall()]))
    """
    assert python.result(program, **RUST) == [[1], "langgraph.checkpoint.serde.jsonplus", []]


def test_a_lazily_loaded_module_is_replaced_when_it_loads(python: Interpreter) -> None:
    program = """
    import importlib.util, json, sys
    import langgraph.checkpoint.serde
    name = "langgraph.checkpoint.serde.jsonplus"
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    early = type(module).__name__
    print(json.dumps([early, module.JsonPlusSerializer.__module__, type(module.__spec__.loader).__name__]))
    """
    assert python.result(program, **RUST) == ["_LazyModule", "langgraph_rs.serde", "SourceFileLoader"]


def test_threads_that_import_at_once_all_get_the_replaced_name(python: Interpreter) -> None:
    program = """
    import json, threading
    modules = ("langgraph.checkpoint.serde.jsonplus", "langgraph.checkpoint.base", "langgraph.checkpoint.memory",
               "langgraph.checkpoint.serde.encrypted", "langgraph.cache.base") * 4
    gate, found, errors = threading.Barrier(len(modules)), [], []

    def load(name):
        gate.wait()
        try:
            module = __import__(name, fromlist=["x"])
            found.append(module.JsonPlusSerializer.__module__ if hasattr(module, "JsonPlusSerializer") else "")
        except BaseException as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=load, args=(name,)) for name in modules]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(json.dumps([sorted(set(found)), errors]))
    """
    assert python.result(program, **RUST) == [["", "langgraph_rs.serde"], []]


def test_our_module_may_be_imported_first(python: Interpreter) -> None:
    program = """
    import json
    from langgraph_rs.serde import JsonPlusSerializer
    import langgraph.graph
    from langgraph.checkpoint.serde import encrypted, jsonplus
    print(json.dumps(jsonplus.JsonPlusSerializer is JsonPlusSerializer is encrypted.JsonPlusSerializer))
    """
    assert python.result(program, **RUST) is True


def test_a_replaced_class_pickles_by_its_own_name(python: Interpreter) -> None:
    program = """
    import json, pickle
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    written = pickle.dumps(JsonPlusSerializer)
    upstreams = b"clanggraph.checkpoint.serde.jsonplus\\nJsonPlusSerializer\\n."
    print(json.dumps([pickle.loads(one) is JsonPlusSerializer for one in (written, upstreams)]))
    """
    assert python.result(program, **RUST) == [True, True]


def test_no_loaded_module_of_langgraph_holds_an_original(python: Interpreter) -> None:
    program = """
    import importlib, json, pkgutil, langgraph, langgraph_rs
    failed = []
    for module in pkgutil.walk_packages(langgraph.__path__, "langgraph.", onerror=failed.append):
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            failed.append(f"{module.name}: {error}")
    known = langgraph_rs.witness()
    print(json.dumps([known["captured"], known["caught"], sorted(set(known["names"].values())), failed]))
    """
    captured, caught, states, failed = python.result(program, **RUST)
    assert (captured, caught, states) == ([], {}, ["live"])
    # What needs a package that is not installed is no concern of the hook.
    assert all("No module named" in text or "install" in text for text in failed), failed
