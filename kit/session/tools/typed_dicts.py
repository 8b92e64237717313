"""`typing.TypedDict` for pydantic, which below Python 3.12 takes only the one of typing_extensions."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints, is_typeddict


def portable(hint: Any, names: Mapping[str, Any], inside: tuple[Any, ...] = ()) -> Any:
    """The same type, each `typing.TypedDict` in it replaced by its like.

    `names`: what their fields' hints may name that their module does not know. Left as it is: one that contains itself,
    and one that is the type of a field of a dataclass or a pydantic model.

    Raises:
        NameError: a field's hint names what does not exist.
    """
    if sys.version_info >= (3, 12):
        return hint
    if is_typeddict(hint) and type(hint).__module__ == "typing":
        return hint if hint in inside else _like(hint, names, (*inside, hint))
    origin, args = get_origin(hint), get_args(hint)
    changed = tuple(portable(arg, names, inside) for arg in args)
    if all(new is old for new, old in zip(changed, args, strict=True)):
        return hint
    if origin is Annotated:
        return Annotated[(changed[0], *hint.__metadata__)]
    if origin in (Union, types.UnionType):
        return Union[changed]  # noqa: UP007
    return hint.copy_with(changed) if hasattr(hint, "copy_with") else origin[changed]


def _like(kind: Any, names: Mapping[str, Any], inside: tuple[Any, ...]) -> Any:
    from typing_extensions import TypedDict

    try:
        hints = get_type_hints(kind, include_extras=True)
    except NameError:
        hints = get_type_hints(kind, localns=dict(names), include_extras=True)
    fields: dict[str, Any] = {}
    for name, hint in hints.items():
        marked = get_origin(hint) in (Required, NotRequired)
        needed = get_origin(hint) is Required if marked else name in kind.__required_keys__
        inner = portable(get_args(hint)[0] if marked else hint, names, inside)
        fields[name] = Required[inner] if needed else NotRequired[inner]
    like = TypedDict(kind.__name__, fields)  # type: ignore[misc]
    like.__doc__ = kind.__doc__
    return like
