"""Engines by the text that makes them again, and no secret in it."""

from __future__ import annotations

import pytest

from kit.models import create
from kit.models.naming import again, name_of


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("tts", "espeak"),
        ("tts", "espeak:en-gb+f3?rate_wpm=200"),
        ("stt", "pocketsphinx?pause_s=0.3"),
        ("llm", "scripted?words_per_s=3.0"),
        ("vad", "silero?threshold=0.6"),
    ],
)
def test_the_name_makes_the_same_engine(part: str, text: str) -> None:
    assert name_of(create(part, text)) == text
    assert again(part, text) == text
    assert again(part, f"{text}, delayed") == text


def test_older_journals_have_the_names_of_classes() -> None:
    assert again("tts", "EspeakTTS, delayed") == "espeak"
    assert again("llm", "OpenAILLM") == "openai"


@pytest.mark.parametrize("name", ["parrot", "", "deepgram.STT", "SimulatedLLM", "pocketsphinx", "scripted:x", "a?b=c"])
def test_what_names_no_engine_of_the_part(name: str) -> None:
    assert again("llm", name) is None


def test_no_secret_is_in_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    llm = create("llm", "openai:m:3b?api_key=sk-option&base_url=http://user:sk-user@host:1/v1?key=sk-query")
    assert llm.label == "openai:m:3b?base_url=http://host:1/v1"
    assert create("llm", "openai?temperature=0.2").label == "openai?temperature=0.2"
    assert create("tts", "openai:x?voice=nova&speed=1.2").label == "openai:x?voice=nova&speed=1.2"
    assert create("stt", "openai:x?language=en").label == "openai:x?language=en"
    recorded = "openai:m:3b?api_key=sk-option&base_url=http://user:sk-user@host:1/v1%3Fkey=sk-query"
    assert again("llm", recorded) == "openai:m:3b?base_url=http://host:1/v1"


def test_what_is_no_engine_of_the_kit_is_called_by_its_class() -> None:
    class Parrot: ...

    assert name_of(Parrot()) == "Parrot"
