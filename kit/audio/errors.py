"""What can be wrong with an audio file."""

from __future__ import annotations

from pathlib import Path


class AudioFileError(ValueError):
    """An audio file that cannot be used: says which, and why."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason

    def __reduce__(self) -> tuple[type[AudioFileError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)
