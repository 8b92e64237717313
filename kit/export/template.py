"""The templates of what is taken away. In HTML whatever they are given is escaped; a script gets its literals made."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def template(name: str, **filters: Callable[[str], str]) -> Template:
    """A file of `templates/`, with filters by their names."""
    environment = Environment(
        loader=PackageLoader("kit.export"),
        autoescape=".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=".html" not in name,
    )
    environment.filters.update(filters)
    return environment.get_template(name)
