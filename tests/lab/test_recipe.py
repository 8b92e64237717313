"""What it takes to hold a conversation again: from a journal, into a file, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kit import Agent
from kit.lab import Findings, Recipe, SaveError, Say, Typed
from kit.lab.cues import words_of
from kit.lab.origins import Origins
from kit.session.journal import Journal
from kit.session.records import (
    SessionStarted,
    SpeechCreated,
    SpeechFinished,
    ToolCalled,
    ToolReturned,
    TurnCommitted,
    TurnDropped,
    UserInput,
)
from kit.tuning import Tuning, TuningError

EVIL = 'he said "hi"\n\\ """ {{ 7*7 }} </script> \N{RIGHT-TO-LEFT OVERRIDE}rtl\x85 é 日本 \' {% x %} \r ]]>'
RECIPE = Recipe(
    tuning=Tuning().replace(
        {"volume.level": 70.0, "pronunciation.terms": {EVIL: EVIL, "API": {"say_as": "characters"}}}
    ),
    evidence="Answers after 0.91 s.\n\nChanged:\n  nothing\n",
    models=(("stt", "pocketsphinx"), ("llm", EVIL)),
    seed=3,
    latency="stt=0.2,llm=0.35,tts=0.2",
    instructions=EVIL,
    said=(Say(EVIL), Typed(EVIL), Typed("")),
)


@pytest.mark.parametrize(
    "recipe", [RECIPE, Recipe(Tuning()), replace(RECIPE, origins=Origins(agent_class=EVIL, turn_detection="manual"))]
)
def test_a_file_gives_back_what_was_written(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe.save(tmp_path / "new" / "found.toml")
    assert Recipe.load(path) == recipe
    assert Tuning.load(path) == recipe.tuning
    assert [other.name for other in path.parent.iterdir()] == ["found.toml"]


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "found.toml"
    path.write_text("mine")
    with pytest.raises(SaveError, match=r"found\.toml: there is a file of this name already; overwrite it"):
        RECIPE.save(path)
    assert path.read_text() == "mine"
    RECIPE.save(path, overwrite=True)
    assert Recipe.load(path) == RECIPE
    with pytest.raises(SaveError, match="cannot be written"):
        RECIPE.save(path / "below.toml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[findings]\nseed = 'x'", "findings.seed is a whole number"),
        ("[findings]\nmodels = 3", "models is a table"),
        ("[findings]\nsaid = [{user = 3}]", "`user` or `agent` with a text"),
        ("[findings]\nsaid = [{user = 'a', agent = 'b'}]", "`user` or `agent` with a text"),
        ("[findings]\nsaid = 3", "findings.said is a list"),
        ("[findings]\ninstructions = 3", "instructions in findings is a text"),
        ("[findings]\nagent_class = 3", "agent_class in findings is a text"),
        ("[findings]\nlatency = 'swift'", "swift"),
        ("findings = 3", "findings is a table"),
        ("[volumes]\nlevel = 3", "no group 'volumes'"),
        ("x", "not TOML"),
    ],
)
def test_a_wrong_file_is_told(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(TuningError, match=reason) as told:
        Recipe.load(tmp_path / "x.toml")
    assert "x.toml" in str(told.value)


def test_settings_written_by_hand_with_a_comment(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("# For the office.\n\n[volume]\n# Not so loud.\nlevel = 50\n")
    recipe = Recipe.load(tmp_path / "x.toml")
    assert (recipe.evidence, recipe.tuning.volume.level, recipe.said) == ("For the office.\n", 50.0, ())


JOURNAL = Journal(
    [
        SpeechCreated(speech="s1", source="say", turn=0),
        SpeechFinished(speech="s1", interrupted=False, played_s=1.0, text="Hello."),
        TurnCommitted(turn=1, text="one", audio_t=1.0),
        SpeechCreated(speech="s2", source="turn", turn=1),
        SpeechFinished(speech="s2", interrupted=False, played_s=1.0, text="First."),
        TurnCommitted(turn=2, text="two", audio_t=2.0),
        TurnDropped(turn=2, reason="stop_response"),
        UserInput(text="three"),
        SpeechCreated(speech="s3", source="generate_reply", turn=0),
        SpeechFinished(speech="s3", interrupted=False, played_s=1.0, text="Third."),
        SpeechCreated(speech="s4", source="generate_reply", turn=0),
        SpeechFinished(speech="s4", interrupted=False, played_s=1.0, text="By the way."),
        SpeechCreated(speech="s5", source="say", turn=0),
    ]
)


def test_the_words_of_a_conversation() -> None:
    assert words_of(JOURNAL) == (Say("Hello."), Typed("one"), Typed("three"), Say("By the way."))
    assert words_of(JOURNAL, answers_again=False) == tuple(map(Say, ["Hello.", "First.", "Third.", "By the way."]))


def test_findings_know_the_words(tmp_path: Path) -> None:
    class Held:
        journal, name = JOURNAL, "held"

    assert Findings.of(Held()).said == tuple(map(Say, ["Hello.", "First.", "Third.", "By the way."]))


class Greeter(Agent):
    """Greets as it enters, and its tools may speak."""

    async def on_enter(self) -> None: ...


@pytest.mark.parametrize(("agent", "greets"), [(Greeter(), True), (Agent(), False)])
def test_what_an_agents_own_code_says_is_not_said_beside_it(agent: Agent, greets: bool) -> None:
    journal = Journal(
        [
            SessionStarted(kit="", tuning={}, seed=0, clock="virtual", models={"llm": "scripted"}),
            *speech("s1", "say", "Welcome."),
            TurnCommitted(turn=1, text="one", audio_t=1.0),
            *speech("s2", "turn", "First.", turn=1),
            ToolCalled(name="look", call="c", speech="s2"),
            *speech("s3", "say", "I look."),
            ToolReturned(name="look", call="c", error=""),
            *speech("s4", "say", "By the way."),
        ]
    )

    class Held:
        name = "held"

    held: Any = Held()
    held.journal, held.agent = journal, agent
    agent._session = SimpleNamespace(journal=journal, turn_detection=None)  # type: ignore[assignment]
    greeting = [] if greets else [Say("Welcome.")]
    assert list(Findings.of(held).said) == [*greeting, Typed("one"), Say("By the way.")]
    agent._session = None


def speech(name: str, source: Any, text: str, turn: int = 0) -> list[Any]:
    return [
        SpeechCreated(speech=name, source=source, turn=turn),
        SpeechFinished(speech=name, interrupted=False, played_s=1.0, text=text),
    ]
