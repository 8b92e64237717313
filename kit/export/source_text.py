"""The text of a class or a function as it was run: from its file, or from the notebook's cell that defined it.

A notebook's classes are of no file, so `inspect.getsource` does not find them; their methods know the cell they are
from, whose text is in `linecache`. Text that does not make the code that ran, as of a file that was edited since, is
none.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FUTURE = 0x1000000
"""`CO_FUTURE_ANNOTATIONS`: the annotations are not evaluated."""
_FUTURES = 0x1FE0000
"""Of all features of `__future__` that the compiler has yet to be told of."""
_Defines = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """`text` begins a line, with its decorators if it is `decorated`. `lazy`: its annotations are not evaluated."""

    name: str
    text: str
    decorated: bool
    lazy: bool
    functions: tuple[types.FunctionType, ...]

    def has(self, name: str) -> bool:
        """Whether a name stands for something."""
        try:
            self.value(name)
        except KeyError:
            return False
        return True

    def value(self, name: str) -> Any:
        """What a name that it uses stands for.

        Raises:
            KeyError: nothing that is known.
        """
        for function in self.functions:
            if name in (code := function.__code__).co_freevars:
                try:
                    return (function.__closure__ or ())[code.co_freevars.index(name)].cell_contents
                except ValueError:  # it has not been given a value
                    break
        for function in self.functions:
            if name in function.__globals__:
                return function.__globals__[name]
        return vars(sys.modules["__main__"])[name]


def source_of(thing: Any) -> Source | None:
    """The text of a class or a function; None where it is not to be had."""
    if isinstance(thing, types.FunctionType):
        found = _function(thing)
        return None if found is None else _source(found, (thing,))
    if not isinstance(thing, type):
        return None
    functions = tuple(_functions(thing))
    found = _class(thing, functions) if functions else _bare_class(thing)
    return None if found is None else _source(found, functions)


def assignment(name: str, source: Source) -> ast.expr | None:
    """The expression that a name was last given at the top of a cell or a file; None where there is none."""
    for tree in _trees_around(source):
        for node in reversed(tree.body):
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
                return node.value
    return None


def imported_from(name: str, source: Source) -> tuple[str, str] | None:
    """The module and the name in it by which a name was imported; None where it was not."""
    for tree in _trees_around(source):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for one in node.names:
                    if (one.asname or one.name) == name:
                        return node.module, one.name
    return None


def _trees_around(source: Source) -> list[ast.Module]:
    """Its own file or cell, and the notebook's other cells."""
    files = dict.fromkeys([function.__code__.co_filename for function in source.functions] + _cells())
    return [tree for tree in map(_tree, files) if tree is not None]


@dataclass(frozen=True, slots=True)
class _Found:
    filename: str
    node: _Defines


def _function(function: types.FunctionType) -> _Found | None:
    code = function.__code__
    if not _is_what_ran(code):
        return None
    for node in _defined(_tree(code.co_filename)):
        if not isinstance(node, ast.ClassDef) and node.name == code.co_name and _first(node) == code.co_firstlineno:
            return _Found(code.co_filename, node)
    return None


def _class(kind: type, functions: tuple[types.FunctionType, ...]) -> _Found | None:
    """The innermost class of that name around all its methods."""
    filenames = {function.__code__.co_filename for function in functions}
    if len(filenames) != 1 or not all(_is_what_ran(function.__code__) for function in functions):
        return None
    (filename,) = filenames
    lines = [function.__code__.co_firstlineno for function in functions]
    around = [
        node
        for node in _defined(_tree(filename))
        if isinstance(node, ast.ClassDef)
        and node.name == kind.__name__
        and all(node.lineno <= line <= (node.end_lineno or 0) for line in lines)
    ]
    return _Found(filename, around[-1]) if around else None


def _bare_class(kind: type) -> _Found | None:
    """A class without a method does not know its place: the last one of its name in the notebook, or in the script."""
    main = sys.modules["__main__"]
    if kind.__module__ != "__main__" or vars(main).get(kind.__name__) is not kind:
        return None
    for filename in [*_cells(), *filter(None, [getattr(main, "__file__", None)])]:
        tree = _tree(filename)
        for node in reversed(tree.body if tree else []):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                return _Found(filename, node)
    return None


def _source(found: _Found, functions: tuple[types.FunctionType, ...]) -> Source | None:
    node = found.node
    lines = linecache.getlines(found.filename)[_first(node) - 1 : node.end_lineno]
    text = textwrap.dedent("".join(lines)).rstrip() + "\n"
    try:
        if ast.dump(ast.parse(text).body[0]) != ast.dump(node):  # a text of several lines was moved by the dedent
            return None
    except SyntaxError:
        return None
    lazy = any(function.__code__.co_flags & _FUTURE for function in functions)
    return Source(node.name, text, bool(node.decorator_list), lazy, functions)


def _functions(kind: type) -> Iterator[types.FunctionType]:
    """What is defined by `def` in the class's own body."""
    for value in vars(kind).values():
        parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value,)
        for part in parts:
            function = inspect.unwrap(getattr(part, "__func__", part)) if part is not None else None
            if (
                isinstance(function, types.FunctionType)
                and function.__qualname__ == f"{kind.__qualname__}.{function.__name__}"
                and linecache.getlines(function.__code__.co_filename)
            ):
                yield function


def _is_what_ran(code: types.CodeType) -> bool:
    """Whether the text that is there now makes this code: compiled whole, or by statements as a notebook's cell is."""
    linecache.checkcache(code.co_filename)
    tree = _tree(code.co_filename)
    statements = [] if tree is None else [ast.Module([node], []) for node in tree.body]
    return any(
        (other.co_name, other.co_firstlineno) == (code.co_name, code.co_firstlineno)
        and (other.co_code, other.co_names) == (code.co_code, code.co_names)
        and _constants(other) == _constants(code)
        for part in ([tree, *statements] if tree else [])
        for other in _compiled(part, code)
    )


def _compiled(part: ast.Module, like: types.CodeType) -> Iterator[types.CodeType]:
    """All code of a part of a file, compiled as another was."""
    flags = (like.co_flags & _FUTURES) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        yield from _codes(compile(part, like.co_filename, "exec", flags=flags, dont_inherit=True))
    except (SyntaxError, ValueError):  # a `return` at the top, or `from __future__` where it is not the first
        return


def _constants(code: types.CodeType) -> list[object]:
    return [one for one in code.co_consts if not isinstance(one, types.CodeType)]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _codes(inner)


def _tree(filename: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return None


def _defined(tree: ast.Module | None) -> list[_Defines]:
    """From the outside to the inside."""
    nodes = [] if tree is None else ast.walk(tree)
    return [node for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]


def _first(node: _Defines) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _cells() -> list[str]:
    """The cells of the notebook, the one run last first."""
    return [name for name in reversed(list(linecache.cache)) if "ipykernel" in name or "ipython-input" in name]
