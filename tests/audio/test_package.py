from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("package", ["kit.audio", "kit.transports"])
def test_every_name_is_loaded_on_first_use(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(module, name).__name__ == name
        assert name in dir(module)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = module.nothing_of_this_name


@pytest.mark.parametrize("package", ["kit.audio", "kit.transports"])
def test_importing_loads_nothing_heavy(package: str, root: Path) -> None:
    code = f"import sys, {package}; print([m for m in ('numpy', 'livekit', 'av', 'soxr') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
