"""Where a class, a function or a value can be imported from, and the statements that do it."""

from __future__ import annotations

import importlib.util
import keyword
import site
import sys
import sysconfig
import types
from collections.abc import Mapping, Set
from typing import Any

from .python_text import WIDTH

Imports = Mapping[str, Set[tuple[str, str]]]
"""By module: the names from it with what they are called, or "" where the module itself is imported."""


def import_lines(imports: Imports) -> list[str]:
    """As statements: of the standard library, of others, of the kit, with a blank line between them."""
    groups: list[list[str]] = [[], [], []]
    for module in sorted(imports, key=str.lower):
        top = module.partition(".")[0]
        group = groups[0 if top in sys.stdlib_module_names else 2 if top == "kit" else 1]
        names = []
        for name, called in sorted(imports[module], key=_import_order):
            if name:
                names.append(name if called == name else f"{name} as {called}")
            else:
                group.append(f"import {module}" if called == module else f"import {module} as {called}")
        line = f"from {module} import {', '.join(names)}"
        if names and len(line) > WIDTH:
            line = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        group += [line] if names else []
    for group in groups:
        group.sort(key=lambda line: line.startswith("from "))
    return "\n\n".join("\n".join(group) for group in groups if group).split("\n")


def _import_order(pair: tuple[str, str]) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    name = pair[0]
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def home_of(thing: Any) -> tuple[str, str] | None:
    """The module and the name by which anybody can import it, the shortest that is loaded; None where it cannot be."""
    module = getattr(thing, "__module__", None)
    name = getattr(thing, "__qualname__", None) or getattr(thing, "_name", None)
    if not isinstance(module, str) or not isinstance(name, str) or not is_name(name):
        return None
    if not is_real(module) or getattr(sys.modules[module], name, None) is not thing:
        return None
    parts = module.split(".")
    for end in range(1, len(parts)):
        package = ".".join(parts[:end])
        if name in _public(package) and getattr(sys.modules[package], name, None) is thing:
            return package, name
    return module, name


def is_at(value: Any, module: str, name: str) -> bool:
    return is_real(module) and getattr(sys.modules[module], name, None) is value


def _public(package: str) -> Any:
    """What a loaded package offers; a lazy one says so in its list alone."""
    loaded = sys.modules.get(package)
    return getattr(loaded, "__all__", None) or vars(loaded or types.ModuleType(""))


def is_real(module: str) -> bool:
    """Whether it is loaded from a file, or is Python's own."""
    if module == "__main__" or not all(map(is_name, module.split("."))) or module not in sys.modules:
        return False
    spec = getattr(sys.modules[module], "__spec__", None)
    return spec is not None and (spec.origin is not None or spec.submodule_search_locations is not None)


def is_installed(top: str) -> bool:
    """Whether it is of the standard library or of a package; otherwise it is a file that lies somewhere."""
    if top == "kit" or top in sys.stdlib_module_names:
        return True
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    origin = "" if spec is None else spec.origin or next(iter(spec.submodule_search_locations or ()), "")
    places = [*site.getsitepackages(), site.getusersitepackages(), *sysconfig.get_paths().values()]
    return any(origin.startswith(place) for place in places)


def is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)
