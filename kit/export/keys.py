"""What looks like a key or a password, and so is not written into a file that is handed on."""

from __future__ import annotations

import ast
import re
from typing import Any

_SECRET_NAME = re.compile(r"(?i)(api_?key|token|secret|passw|credential|private_?key)")
_SECRET = re.compile(r"\b(sk|pk|rk|ghp|gho|github_pat|xox[abp]|hf|AKIA|AIza|glpat)[-_]?[A-Za-z0-9_-]{12,}")


def is_secret(name: str, value: Any) -> bool:
    """Whether a value, or a part of it, looks like a key."""
    if isinstance(value, str | bytes):
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return bool(text) and bool(_SECRET_NAME.search(name) or _SECRET.search(text))
    if isinstance(value, dict):
        return any(is_secret(f"{key}", part) or is_secret("", key) for key, part in value.items())
    if isinstance(value, list | tuple | set):
        return any(is_secret(name, part) for part in value)
    return False


def key_in(tree: ast.AST) -> int | None:
    """The line of a text that looks like a key."""
    for node in ast.walk(tree):
        named: list[tuple[str, ast.AST | None]] = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SECRET.search(node.value):
            return node.lineno
        if isinstance(node, ast.keyword):
            named = [(node.arg or "", node.value)]
        elif isinstance(node, ast.Assign):
            named = [(ast.unparse(target), node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            named = [(ast.unparse(node.target), node.value)]
        for name, value in named:
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(text, str) and text and _SECRET_NAME.search(name):
                return int(getattr(value, "lineno", 0))
    return None
