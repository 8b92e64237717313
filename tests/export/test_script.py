"""The script that is taken away: what is in it, that nothing in it was text, and that it is a pleasure to read."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import Agent, AgentSession, Tuning, export
from kit.export.agent_script import render
from kit.export.python_text import comment, literal
from kit.lab import Recipe, SaveError, Say, Typed
from kit.models import create, local
from kit.models.naming import again
from tests.lab.test_recipe import EVIL, RECIPE

LONG = "word " * 40
TEXTS = [
    EVIL,
    LONG,
    "",
    " ",
    '"',
    "'",
    "\"'",
    "''\"",
    "\\",
    "\\\\'",
    "{",
    "日本" * 30,
    "\0\x1b\ud7ff",
    "a" * 74,
    "a" * 75,
]
MANY = Recipe(
    tuning=RECIPE.tuning.replace(
        {
            "pronunciation.terms": {
                **{text: text for text in TEXTS},
                "x": {"ipa": "x" * 60, "case": "exact", "language": "en"},
                "y": {"say_as": "characters"},
            },
            "background.ambient": "/far/away/" + "x" * 90 + ".wav",
            "background.thinking": "keyboard_typing",
        }
    ),
    evidence=EVIL + "\n" + LONG,
    models=(("stt", "openai:whisper-1"), ("llm", EVIL), ("tts", "espeak:en-gb"), ("vad", "")),
    seed=7,
    latency="stt=0.2,llm=0.35,tts=0.2",
    instructions="\n".join(TEXTS),
    said=tuple(kind(text) for text in TEXTS for kind in (Say, Typed)),
)
texts = st.text() | st.sampled_from(TEXTS)


def names_of(source: str) -> dict[str, Any]:
    """What the script defines when it is imported."""
    names: dict[str, Any] = {"__name__": "taken_away"}
    exec(compile(source, "taken_away", "exec"), names)
    return names


@settings(max_examples=100)
@given(st.recursive(texts | st.integers() | st.booleans(), lambda inner: st.dictionaries(texts, inner), max_leaves=5))
def test_a_literal_is_its_value(value: Any) -> None:
    written = literal(value)
    assert ast.literal_eval(written) == value
    assert not any(ord(c) < 32 and c != "\n" for c in written)


@settings(max_examples=100)
@given(texts)
def test_a_comment_is_nothing_but_a_comment(text: str) -> None:
    assert all(line.startswith("#") and line.isprintable() for line in comment(text).split("\n"))


@settings(max_examples=25)
@given(st.lists(texts, max_size=3), st.dictionaries(texts, texts, max_size=2), texts, texts, texts)
def test_whatever_was_said_is_data(
    said: list[str], terms: dict[str, str], instructions: str, evidence: str, name: str
) -> None:
    words = tuple(map(Typed, said))
    tuning = Tuning().replace({"pronunciation.terms": terms, "background.ambient": name})
    recipe = Recipe(tuning, evidence, (("llm", name),), instructions=instructions, said=words)
    names = names_of(render(recipe, name))
    assert names["TUNING"] == tuning
    known = again("llm", name)
    assert names["MODELS"] == ({"llm": known} if known else {})
    assert names["CONVERSATION"] == list(words or (Typed("Hello!"),))
    assert names["make_agent"]().instructions == instructions


def test_it_says_all_that_was_found() -> None:
    source = render(MANY)
    names = names_of(source)
    assert names["TUNING"] == MANY.tuning
    assert names["MODELS"] == {"stt": "openai:whisper-1", "tts": "espeak:en-gb"}
    assert tuple(names["CONVERSATION"]) == MANY.said
    assert names["make_agent"]().instructions == MANY.instructions
    for part in (
        "pip install 'speech-tuning-kit[local,openai]'",
        "virtual=False",
        "seed=7",
        'latency="stt=0.2,llm=0.35,tts=0.2"',
        "# Ambient sound; a file, which has to be there",
        '"background.thinking": "keyboard_typing",  # Sound while the agent thinks\n',
        "# The llm was ",
    ):
        assert part in source


@pytest.mark.parametrize("recipe", [MANY, RECIPE, Recipe(Tuning())], ids=["many", "some", "none"])
@pytest.mark.parametrize("options", [["--isolated"], ["--isolated", "--line-length=120"]], ids=["88", "120"])
def test_it_is_formatted(recipe: Recipe, options: list[str], tmp_path: Path) -> None:
    path = export.script(recipe, tmp_path / "agent.py")
    for command in (["format", "--diff"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *command, *options, str(path)]
        done = subprocess.run(ruff, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


def test_its_types_are_right(tmp_path: Path, root: Path) -> None:
    path = export.script(MANY, tmp_path / "agent.py")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_short() -> None:
    assert len(render(Recipe(Tuning())).splitlines()) < 70


def test_no_key_is_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    llm = create("llm", "openai:m?api_key=sk-option&base_url=http://user:sk-user@host/v1?key=sk-query")
    session = AgentSession(**local(stt=None, vad=None, llm=llm), tuning=Tuning().replace({"volume.level": 50}))
    source = export.script(session, tmp_path / "agent.py").read_text(encoding="utf-8")
    assert "sk-" not in source
    assert '"volume.level": 50.0' in source
    assert '"llm": "openai:m' in source
    recorded = (("llm", "openai:m?api_key=sk-recorded&base_url=http://user:sk-user@host/v1"),)
    assert "sk-" not in render(Recipe(Tuning(), models=recorded))


def test_it_can_be_imported_elsewhere() -> None:
    names = names_of(render(Recipe(Tuning().replace({"volume.level": 40}), instructions="Be brief.")))
    session = names["make_session"]()
    assert isinstance(session, AgentSession)
    assert session.tuning.volume.level == 40
    assert isinstance(names["make_agent"](), Agent)


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "agent.py"
    path.write_text("mine")
    with pytest.raises(SaveError, match="there is a file of this name already"):
        export.script(Tuning(), path)
    assert path.read_text() == "mine"
    export.script(Tuning(), path, overwrite=True)
    assert "Tuning()" in path.read_text()
