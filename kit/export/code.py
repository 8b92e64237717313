"""What a script needs to have classes and functions of the notebook again: imports, definitions, values.

What can be imported is imported. What was defined in the notebook is written as it was, with what it uses: other
definitions, and values that are plain data. What is neither, as a client or an open file, is said to be missing, in the
place where it has to be put in; and so is whatever looks like a key.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import logging
import re
import symtable
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from typing import Any

from .importing import home_of, is_at, is_installed, is_name, is_real
from .keys import is_secret, key_in
from .python_text import comment, literal
from .source_text import Source, assignment, imported_from, source_of

_PURE = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr, ast.expr_context,
)  # fmt: skip
"""What an expression may be made of to be evaluated again without a thought, as `Literal["small", "large"]`."""


class Unwritable(Exception):
    """Something that the script cannot have as it was. Says why, in words."""


class Code:
    """`use` what the script needs; `imports`, `remarks` and `definitions` are then what it begins with.

    Args:
        taken: Names that the script gives to other things.
        known: What the script imports anyhow: by what it is called, its module and its name there, "" for the module.
        offered: What it may import, in the same form: these names are given to nothing else.

    Attributes:
        imports: By module: the names from it with what they are called, or "" where it is imported itself.
        lazy: Whether a definition's annotations are not to be evaluated.
        missing: Whether something is not there, and has to be put in.
    """

    def __init__(
        self, taken: Collection[str], known: Mapping[str, tuple[str, str]], offered: Mapping[str, tuple[str, str]]
    ) -> None:
        self._taken = taken
        self._named = {name: _value_at(*home) for name, home in {**known, **offered}.items()}
        self.imports: dict[str, set[tuple[str, str]]] = {}
        self.remarks: list[str] = []
        self.definitions: list[str] = []
        self.lazy = self.missing = False
        for called, (module, name) in known.items():
            self.add_import(module, name, called)

    def use(self, thing: Any) -> str:
        """Have a class or a function, and return its name.

        Raises:
            Unwritable: it cannot be imported, and its text is not to be had. Nothing is had of it then.
        """
        named, lines, before = dict(self._named), (len(self.remarks), len(self.definitions)), (self.lazy, self.missing)
        imports = {module: set(names) for module, names in self.imports.items()}
        try:
            return self._use(thing)
        except Unwritable:
            self._named, self.imports = named, imports
            del self.remarks[lines[0] :], self.definitions[lines[1] :]
            self.lazy, self.missing = before
            raise

    def _use(self, thing: Any) -> str:
        if (home := home_of(thing)) is not None:
            module, name = home
            self._take(name, thing)
            self.add_import(module, name, name)
            return name
        name = str(getattr(thing, "__name__", ""))
        if name in self._named and self._named[name] is thing:
            return name
        source = source_of(thing if isinstance(thing, type) else inspect.unwrap(thing))
        if source is None:
            raise Unwritable("it cannot be imported, and the text of its definition is not to be found any more")
        if not isinstance(thing, type) and inspect.unwrap(thing) is not thing and not source.decorated:
            raise Unwritable("it was made by a call, not by a decorator: its definition alone is not all of it")
        self._take(source.name, thing)
        self._define(source)
        return source.name

    def add_import(self, module: str, name: str, called: str = "") -> None:
        """`name`: in the module, or "" for the module itself."""
        known = self.imports.setdefault(module, set())
        if (name, called or name) not in known and not is_installed(module.partition(".")[0]):
            file = f"{module.replace('.', '/')}.py"
            self.remarks.append(
                comment(f"{module} is a module of yours: {file} has to be where Python finds it, as beside this file.")
            )
        known.add((name, called or name))

    def plain(self, value: Any) -> str | None:
        """The literal of plain data; None for anything else."""
        if not _is_plain(value):
            return None
        return repr(value) if isinstance(value, set) else literal(value)

    def _take(self, name: str, thing: Any) -> None:
        if name in self._taken or (name in self._named and self._named[name] is not thing):
            raise Unwritable(f"its name, or that of something it uses, is taken in a script: rename {name}")
        self._named[name] = thing

    def _define(self, source: Source) -> None:
        tree = ast.parse(source.text)
        if (key := key_in(tree)) is not None:
            raise Unwritable(f"its text holds what looks like a key, in line {key} of it: have it read the environment")
        for name in sorted(_names_used(source.text) | {name for name in _quoted(tree) if source.has(name)}):
            self._have(name, source, tree)
        self.lazy = self.lazy or source.lazy
        self.definitions.append(source.text.rstrip("\n"))

    def _have(self, name: str, source: Source, tree: ast.AST) -> None:
        try:
            value = source.value(name)
        except KeyError:
            if hasattr(builtins, name) or name in ("__class__", source.name):
                return
            if (home := imported_from(name, source)) is not None:  # for a type checker alone
                self.add_import(*home, name)
            else:
                self.remarks.append(comment(f"{source.name} uses {name}, which was not defined."))
            return
        if isinstance(value, types.ModuleType):
            self._have_module(name, value, tree)
        elif (home := home_of(value)) is not None:
            self._take(name, value)
            self.add_import(*home, name)
        elif name in self._named and self._named[name] is value:
            return
        elif isinstance(value, type | types.FunctionType) or hasattr(value, "__wrapped__"):
            if self._use(value) != name:
                self._value(name, value, getattr(value, "__name__", ""))
        else:
            self._have_value(name, value, source)

    def _have_module(self, name: str, module: types.ModuleType, tree: ast.AST) -> None:
        if not is_real(module.__name__):
            raise Unwritable(f"it uses {name}, which is no module of a file")
        self._take(name, module)
        self.add_import(module.__name__, "", name)
        if name == module.__name__:
            for chain in _chains(tree, name):  # a module's own modules have to be imported by their whole names
                for end in range(2, len(chain) + 1):
                    if isinstance(sys.modules.get(dotted := ".".join(chain[:end])), types.ModuleType):
                        self.add_import(dotted, "", dotted)

    def _have_value(self, name: str, value: Any, source: Source) -> None:
        if (home := imported_from(name, source)) is not None and is_at(value, *home):
            self._take(name, value)
            self.add_import(*home, name)
        elif is_secret(name, value):
            self._have_secret(name, value)
        elif _is_plain(value):
            self._have_plain(name, value, source)
        elif isinstance(value, re.Pattern) and _is_plain(value.pattern):
            self.add_import("re", "", "re")
            self._value(name, value, f"re.compile({literal(value.pattern)}, {int(value.flags)})")
        elif isinstance(value, logging.Logger):
            self.add_import("logging", "", "logging")
            self._value(name, value, f"logging.getLogger({literal(value.name)})")
        elif (text := self._expression(name, value, source)) is not None:
            self._value(name, value, text)
        else:
            self.missing = True
            kind = type(value).__name__
            note = comment(f"{name}, which {source.name} uses, was a {kind} and cannot be written down: make it here.")
            self._value(name, value, f"missing({literal(name)})", note, annotation=": Any")

    def _have_secret(self, name: str, value: Any) -> None:
        note = comment("Looks like a key, so it is not written here: set it in the environment.")
        if isinstance(value, str):
            self.add_import("os", "", "os")
            self._value(name, value, f"os.environ[{literal(name)}]", note)
        else:
            self.missing = True
            note = comment(f"{name} holds what looks like a key, so it is not written here: make it here.")
            self._value(name, value, f"missing({literal(name)})", note, annotation=": Any")

    def _have_plain(self, name: str, value: Any, source: Source) -> None:
        """A list or a dict as it was written, where that can be seen: tools may have filled it since."""
        note, first = "", value
        if isinstance(value, list | dict | set) and (given := assignment(name, source)) is not None:
            try:
                first = ast.literal_eval(given)
            except ValueError:
                first = value
            if first != value:
                note = comment(f"{name} as it was at first; at the end of the conversation it held something else.")
        self._value(name, value, repr(first) if isinstance(first, set) else literal(first), note, _hint(first))

    def _expression(self, name: str, value: Any, source: Source) -> str | None:
        """How the value was written, where that calls nothing and has not been changed since."""
        given = assignment(name, source)
        if given is None or not all(isinstance(node, _PURE) for node in ast.walk(given)):
            return None
        text = ast.unparse(given)
        used = sorted({node.id for node in ast.walk(given) if isinstance(node, ast.Name)})
        try:
            values = {one: source.value(one) for one in used if not hasattr(builtins, one)}
            if eval(text, dict(values)) != value:
                return None
        except Exception:
            return None
        for one in values:
            self._have(one, source, given)
        return text

    def _value(self, name: str, value: Any, text: str, note: str = "", annotation: str = "") -> None:
        self._take(name, value)
        self.definitions.append("\n".join(filter(None, [note, f"{name}{annotation} = {text}"])))


def _hint(value: Any) -> str:
    """Where a type checker would not see by itself what may be in a list or a dict."""
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    if not isinstance(value, list | dict | set) or (parts and len({type(part) for part in parts}) == 1):
        return ""
    return f": {type(value).__name__}[Any{', Any' * isinstance(value, dict)}]"


def _value_at(module: str, name: str) -> Any:
    return getattr(import_module(module), name) if name else import_module(module)


def _names_used(text: str) -> set[str]:
    """The names that are to be found outside of a definition."""
    found, defined = set(), set()
    tables = [symtable.symtable(text, "definition", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            is_outer = table.get_type() == "module"
            if is_outer and symbol.is_assigned():
                defined.add(symbol.get_name())
            elif symbol.is_referenced() and (is_outer or symbol.is_global()):
                found.add(symbol.get_name())
    return found - defined


def _quoted(tree: ast.AST) -> Iterator[str]:
    """The texts in type hints that may be the names of types."""
    for node in ast.walk(tree):
        hint = getattr(node, "annotation", None) or getattr(node, "returns", None)
        for part in ast.walk(hint) if isinstance(hint, ast.AST) else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and is_name(part.value):
                yield part.value


def _chains(tree: ast.AST, name: str) -> Iterator[list[str]]:
    """How attributes of a name are asked for: of `xml.dom.minidom.parse`, ["xml", "dom", "minidom", "parse"]."""
    for node in ast.walk(tree):
        parts: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if parts and isinstance(inner, ast.Name) and inner.id == name:
            yield [name, *reversed(parts)]


def _is_plain(value: Any) -> bool:
    """Whether its literal makes it again."""
    if type(value) in (list, tuple, set):
        return bool(value or type(value) is not set) and all(map(_is_plain, value))
    if type(value) is dict:
        return all(_is_plain(part) for pair in value.items() for part in pair)
    return value is None or (type(value) is float and value - value == 0) or type(value) in (str, bytes, int, bool)
