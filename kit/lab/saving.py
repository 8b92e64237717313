"""Files that are taken away: written whole or not at all, and none replaced unasked."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class SaveError(OSError):
    """A file that cannot be written, or is there already. Says which, and what to do."""


def save_text(path: str | Path, text: str, *, overwrite: bool = False) -> Path:
    """Write a text file; its folder is made if it is not there.

    Raises:
        SaveError: the file is there, and `overwrite` is not given; or it cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    if path.exists() and not overwrite:
        raise SaveError(f"{path}: there is a file of this name already; overwrite it, or give another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        raise SaveError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return path
