"""What can be wrong with an audio file."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class AudioFileError(ValueError):
    """An audio file that cannot be used: says which, and why."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason

    def __reduce__(self) -> tuple[type[AudioFileError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe, which may never end",
    stat.S_IFCHR: "a device, which may never end",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def checked_file(path: str | Path) -> os.stat_result:
    """What the disk tells of a file that can be read from start to end.

    Raises:
        AudioFileError: missing, empty, a folder, or a pipe or device: opening one could wait for ever.
    """
    try:
        status = Path(path).stat()
    except FileNotFoundError as error:
        raise AudioFileError(path, "no such file") from error
    except (OSError, ValueError) as error:
        raise AudioFileError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise AudioFileError(path, f"is {_KINDS.get(stat.S_IFMT(status.st_mode), 'something else')}, not a file")
    if not status.st_size:
        raise AudioFileError(path, "is empty")
    return status
