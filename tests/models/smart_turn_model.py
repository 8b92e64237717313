"""A Smart Turn model to test with, and pipecat's own features: both out of pipecat's wheel, by pip from the registry.

The package itself is not installed: pipecat-ai 1.14 wants older versions of protobuf and soxr than everything else
here. The wheel is kept in `build/`, and its hash is checked before anything is taken out of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

WHEEL = "pipecat_ai-1.14.0-py3-none-any.whl"
SHA256 = "0352f504b44e78bdf524e45af4bc759601c835b9b7dc195efe5e03384b974a44"
FOLDER = Path(__file__).resolve().parents[2] / "build" / "smart_turn"
MODEL = "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"
FEATURES = "pipecat/audio/turn/smart_turn/_whisper_features.py"


def model_path() -> str:
    """The file of Smart Turn v3.2. Fetched on first use; raises where it cannot be."""
    return str(_unpacked(MODEL))


def pipecat_features() -> ModuleType:
    """pipecat's module that computes log-mel spectrograms. It needs numpy only."""
    spec = importlib.util.spec_from_file_location("pipecat_features", _unpacked(FEATURES))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _unpacked(member: str) -> Path:
    path = FOLDER / Path(member).name
    if not path.is_file():
        with zipfile.ZipFile(_wheel()) as wheel:
            data = wheel.read(member)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)
    return path


def _wheel() -> Path:
    wheel = FOLDER / WHEEL
    if not wheel.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        requirement = FOLDER / "requirements.txt"
        requirement.write_text(f"pipecat-ai==1.14.0 --hash=sha256:{SHA256}\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--require-hashes", "-d", FOLDER, "-r", requirement], check=True, timeout=300)
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == SHA256, f"{wheel} is another file: remove it"
    return wheel
