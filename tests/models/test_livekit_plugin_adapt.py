"""What the adapters of LiveKit's plugins have in common: which one is taken, what is refused, how failures are told."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError, inference, stt, tts
from livekit.agents.utils import http_context
from livekit.plugins import openai, silero

from kit.chat import ChatContext, ChatMessage
from kit.models import adapt
from kit.models.livekit_plugin import (
    LiveKitAudioTurnDetector,
    LiveKitLLM,
    LiveKitRealtime,
    LiveKitSTT,
    LiveKitTTS,
    LiveKitVAD,
)
from kit.models.missing import EngineMissing
from kit.models.openai import ModelRequestError
from kit.models.silero import SileroVAD
from kit.ports import AudioTurnDetector
from kit.realtime import is_realtime
from kit.timing import run_virtual
from tests.contracts.audio import audio, heard
from tests.contracts.livekit_plugins import EspeakPlugin, SphinxPlugin, openai_llm, openai_stt, openai_tts
from tests.contracts.openai_stand_in import KEY, StandIn
from tests.contracts.streams import taken
from tests.models.recordings import recording

NOWHERE = "http://127.0.0.1:9/v1"


async def text(*pieces: str) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


def asked(words: str = "Hello?") -> ChatContext:
    return ChatContext([ChatMessage("user", words)])


def run(test: Callable[[StandIn], Awaitable[None]], **server: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), StandIn(**server) as stand_in:
            await test(stand_in)
            await stand_in.idle()

    asyncio.run(main())


# Which adapter


def test_every_kind_of_plugin_has_its_adapter() -> None:
    cases: list[tuple[Any, dict[str, Any], type, str]] = [
        (silero.VAD.load(), {}, LiveKitVAD, "silero.VAD silero"),
        (openai_stt(NOWHERE), {"vad": SileroVAD()}, LiveKitSTT, "openai.STT m"),
        (SphinxPlugin(), {}, LiveKitSTT, "tests.SphinxPlugin"),
        (openai_llm(NOWHERE), {}, LiveKitLLM, "openai.LLM m"),
        (openai_tts(NOWHERE), {"read_ahead": 1}, LiveKitTTS, "openai.TTS tts-1"),
        (inference.TurnDetector(version="v1-mini"), {}, LiveKitAudioTurnDetector, "inference.TurnDetector turn-"),
        (openai.realtime.RealtimeModel(model="m", api_key=KEY), {}, LiveKitRealtime, "openai.RealtimeModel m"),
    ]
    for plugin, options, kind, name in cases:
        adapted = adapt(plugin, **options)
        assert type(adapted) is kind
        assert adapted.label.startswith(name)
        assert repr(adapted) == f"{kind.__name__}({adapted.label})"
        assert is_realtime(adapted) == (kind is LiveKitRealtime)
        assert adapted.needs_network
    assert isinstance(adapt(inference.TurnDetector(version="v1-mini")), AudioTurnDetector)


@pytest.mark.parametrize("other", [silero.VAD, openai.LLM, 3, "silero", None, SileroVAD(), object()])
def test_anything_else_is_refused(other: object) -> None:
    with pytest.raises(TypeError, match="takes an STT, LLM, TTS, VAD, turn detector or realtime model"):
        adapt(other)


def test_an_stt_that_does_not_stream_needs_a_vad() -> None:
    with pytest.raises(ValueError, match=r"openai.STT m .* needs a VAD"):
        adapt(openai_stt(NOWHERE))


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="read_ahead"):
        adapt(openai_tts(NOWHERE), read_ahead=0)
    with pytest.raises(TypeError, match="vad"):
        adapt(openai_llm(NOWHERE), vad=SileroVAD())


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.agents", None)
    with pytest.raises(EngineMissing, match=r"pip install 'speech-tuning-kit\[agents\]'"):
        adapt(object())
    for adapter in (LiveKitLLM, LiveKitSTT, LiveKitTTS, LiveKitVAD, LiveKitRealtime, LiveKitAudioTurnDetector):
        with pytest.raises(EngineMissing, match="livekit-agents"):
            adapter(object())


def test_the_package_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, kit.models.livekit_plugin; sys.exit('livekit.agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Virtual time


@pytest.mark.parametrize(
    "take",
    [
        lambda: taken(adapt(silero.VAD.load())(heard(audio(0.1)))),
        lambda: taken(adapt(SphinxPlugin())(heard(audio(0.1)))),
        lambda: taken(adapt(openai_stt(NOWHERE), vad=SileroVAD())(heard(audio(0.1)))),
        lambda: taken(adapt(openai_llm(NOWHERE))(asked(), ())),
        lambda: taken(adapt(EspeakPlugin())(text("Hello."))),
        lambda: taken(adapt(openai_tts(NOWHERE))(text("Hello."))),
        lambda: adapt(inference.TurnDetector(version="v1-mini")).predict_end_of_turn_from_audio(audio(0.1)),
    ],
)
def test_virtual_time_is_refused(take: Callable[[], Awaitable[Any]]) -> None:
    async def main() -> None:
        await take()

    with pytest.raises(ModelRequestError, match=r"virtual time.*--real-time"):
        run_virtual(main)


# Failures


@pytest.mark.parametrize(
    ("fault", "status", "retryable", "words"),
    [
        (400, 400, False, "told to answer 400"),
        (401, 401, False, "told to answer 401"),
        (429, 429, True, "told to answer 429"),
        (500, 500, True, "told to answer 500"),
        ("truncate", None, False, "Connection error"),  # it has spoken already, so the plugin advises against it
        ("garbage", None, False, "Connection error"),
    ],
)
def test_failures_of_an_llm_are_raised(fault: int | str, status: int | None, retryable: bool, words: str) -> None:
    async def test(server: StandIn) -> None:
        server.faults.append(fault)
        llm = adapt(openai_llm(server.url))
        with pytest.raises(ModelRequestError) as failed:
            await taken(llm(asked(), ()))
        assert (failed.value.status, failed.value.retryable) == (status, retryable)
        assert words in str(failed.value) and "openai.LLM m" in str(failed.value)
        assert len(server.requests) == 1
        assert len(await taken(llm(asked(), ()))) > 5
        await llm.aclose()

    run(test)


@pytest.mark.parametrize("fault", [401, 500, "truncate"])
def test_failures_of_a_tts_are_raised_where_the_sentence_would_be_heard(fault: int | str) -> None:
    async def test(server: StandIn) -> None:
        server.faults.extend(["", fault])
        tts = adapt(openai_tts(server.url), read_ahead=1)
        heard_frames = []
        with pytest.raises(ModelRequestError, match=r"openai.TTS tts-1"):
            async for frame in tts(text("One is here. Two came. Three.")):
                heard_frames.append(frame)
        assert sum(len(frame.data) for frame in heard_frames) >= 1600 * len("One is here.")
        assert len(server.requests) == 2
        await tts.aclose()

    run(test)


@pytest.mark.parametrize("fault", [401, 500, "truncate", "garbage"])
def test_failures_of_an_stt_end_its_stream(fault: int | str, speech_dir: Path) -> None:
    async def test(server: StandIn) -> None:
        server.faults.append(fault)
        stt = adapt(openai_stt(server.url), vad=SileroVAD())
        frames = audio(0.5, (recording(speech_dir, "cards-001"), ""), 1.0)
        with pytest.raises(ModelRequestError, match=r"openai.STT m"):
            await taken(stt(heard(frames)))
        assert len(await taken(stt(heard(frames)))) == 3
        await stt.aclose()

    run(test)


@pytest.mark.parametrize("port", ["llm", "tts"])
def test_a_key_that_the_server_repeats_is_not_shown(port: str) -> None:
    async def test(server: StandIn) -> None:
        mistyped = KEY.upper()
        make = {"llm": openai.LLM, "tts": openai.TTS}[port]
        model = adapt(make(api_key=mistyped, base_url=server.url))
        stream = model(asked(), ()) if port == "llm" else model(text("Hello there."))
        with pytest.raises(ModelRequestError) as failed:
            await taken(stream)
        assert "Incorrect API key provided: ***" in str(failed.value)
        shown = "".join(traceback.format_exception(failed.value)) + repr(model)
        assert mistyped not in shown
        await model.aclose()

    run(test, needs_key=True)


def test_a_plugin_tries_again_as_it_is_told() -> None:
    from livekit.agents import APIConnectOptions

    async def test(server: StandIn) -> None:
        server.faults.append(500)
        llm = adapt(openai_llm(server.url), conn_options=APIConnectOptions(max_retry=1, retry_interval=0))
        assert len(await taken(llm(asked(), ()))) > 5
        assert len(server.requests) == 2
        await llm.aclose()

    run(test)


class FailingPlugin(stt.STT):
    """A stand-in for a plugin whose server fails in any way."""

    def __init__(self, error: Exception) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))
        self.error = error
        self.session_token = "a-secret-token"

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise self.error

    def stream(self, **options: Any) -> Any:
        return FailingStream(stt=self, conn_options=options["conn_options"])


class FailingStream(stt.RecognizeStream):
    async def _run(self) -> None:
        async for _ in self._input_ch:
            raise self._stt.error


@pytest.mark.parametrize(
    ("error", "status", "retryable"),
    [
        (APIError("no a-secret-token", body={"message": "quota of a-secret-token"}), None, True),
        (APIStatusError("no a-secret-token", status_code=403), 403, False),
        (APIConnectionError(), None, True),
        (APITimeoutError(), None, True),
        (ConnectionResetError("a-secret-token"), None, True),
        (ValueError("a-secret-token"), None, False),
    ],
)
def test_any_error_of_a_plugin_comes_as_one_that_says_whose_it_is(
    error: Exception, status: int | None, retryable: bool
) -> None:
    async def main() -> None:
        adapted = adapt(FailingPlugin(error))
        with pytest.raises(ModelRequestError, match="FailingPlugin: ") as failed:
            await taken(adapted(heard(audio(1.0))))
        assert (failed.value.status, failed.value.retryable) == (status, retryable)
        assert "a-secret-token" not in "".join(traceback.format_exception(failed.value))

    asyncio.run(main())


def test_an_error_that_nobody_took_is_not_reported_later(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        stream = adapt(FailingPlugin(ValueError("late")))(heard(audio(1.0)))
        taking = asyncio.create_task(taken(stream))
        for _ in range(6):
            await asyncio.sleep(0)
        taking.cancel()
        await asyncio.wait([taking])
        gc.collect()

    asyncio.run(main())
    assert "never retrieved" not in caplog.text


# What plugins find around them


class ConnectedPlugin(tts.TTS):
    """A stand-in for a plugin that uses the HTTP session of its context, and keeps it."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=16_000, num_channels=1)
        self.session: Any = None

    def synthesize(self, text: str, **options: Any) -> Any:
        return ConnectedStream(tts=self, input_text=text, conn_options=options["conn_options"])


class ConnectedStream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        self._tts.session = self._tts.session or http_context.http_session()
        assert self._tts.session is http_context.http_session() and not self._tts.session.closed
        output_emitter.initialize(request_id="r", sample_rate=16_000, num_channels=1, mime_type="audio/pcm")
        output_emitter.push(b"\x10\x10" * 1600)


@pytest.mark.parametrize("closes", [True, False])
def test_plugins_find_an_http_session_for_as_long_as_they_are_used(
    closes: bool, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    plugin = ConnectedPlugin()

    async def main() -> None:
        model = adapt(plugin)
        for _ in range(2):
            assert len(await taken(model(text("One is here. Two came.")))) > 0
            gc.collect()
        with pytest.raises(RuntimeError, match="outside of a job context"):
            http_context.http_session()
        if closes:
            await model.aclose()
            assert plugin.session.closed

    asyncio.run(main())
    assert plugin.session.closed
    gc.collect()
    assert "Unclosed" not in caplog.text
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]


def test_a_session_that_a_job_has_bound_is_used_and_left_open() -> None:
    plugin = ConnectedPlugin()

    async def main() -> None:
        async with http_context.open() as session:
            model = adapt(plugin)
            await taken(model(text("One is here.")))
            await model.aclose()
            assert plugin.session is session and not session.closed

    asyncio.run(main())
