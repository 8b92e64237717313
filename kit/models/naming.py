"""Engines by the text that makes them again: what a journal records, and what a script that is taken away is given.

It has the options that differ from the defaults, and never a key or what else may be secret.
"""

from __future__ import annotations

import inspect
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .latency import DELAYED
from .registry import ENGINES, Engine

_SECRET = ("api_key", "extra")
"""Options that are left out: keys, and what may hold them."""


def name_of(model: object, **more: Any) -> str:
    """The text by which `kit.models.create` makes this engine again; that of its class where it is none of the kit's.

    Options are read from the attributes of their names, or given as `more`. Others, and secret ones, are left out.
    """
    engine = next((engine for engine in ENGINES if _class(engine) == type(model).__name__ and _ours(model)), None)
    if engine is None:
        return type(model).__name__
    options: dict[str, Any] = {}
    for name, parameter in inspect.signature(type(model)).parameters.items():
        value = more[name] if name in more else getattr(model, name, parameter.default)
        if name not in _SECRET and isinstance(value, str | int | float) and value != parameter.default:
            options[name] = _text(value)
    return _written(engine, options)


def again(part: str, name: str) -> str | None:
    """The text for `create` from a recorded name; None where it names no engine that can be made so.

    Args:
        name: What `name_of` said, or the name of an engine's class; with ", delayed" behind it or not.
    """
    address, _, query = name.replace(DELAYED, "").partition("?")
    head, _, main = address.partition(":")
    engine = next((e for e in ENGINES if e.part == part and head in (e.name, _bare_class(e))), None)
    if engine is None or (main and not engine.main):
        return None
    options = {option: value for option, value in parse_qsl(query, keep_blank_values=True) if option not in _SECRET}
    return _written(engine, {**({engine.main: main} if main else {}), **options})


def engine_of(part: str, name: str) -> Engine | None:
    """The engine that a text for `create` names."""
    head = name.partition("?")[0].partition(":")[0]
    return next((engine for engine in ENGINES if engine.part == part and engine.name == head), None)


def _written(engine: Engine, options: dict[str, str]) -> str:
    options = {name: _public(value) if name == "base_url" else value for name, value in options.items()}
    main = options.get(engine.main, "")
    if main and "?" not in main:
        del options[engine.main]
        head = f"{engine.name}:{main}"
    else:
        head = engine.name
    return f"{head}?{urlencode(options, safe=':/')}" if options else head


def _public(address: str) -> str:
    """A server's address without what may be secret in it."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _text(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _class(engine: Engine) -> str:
    return engine.home.rpartition(":")[2]


def _bare_class(engine: Engine) -> str | None:
    """What older journals call it; none for a simulation, which is nothing without its options."""
    return None if engine.kind == "simulation" else _class(engine)


def _ours(model: object) -> bool:
    return type(model).__module__.startswith("kit.models.")
