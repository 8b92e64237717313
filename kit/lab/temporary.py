"""A folder that lasts as long as whatever holds it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """Made at once, and removed with this object, without a word."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="kit-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
