"""Which markup a LiveKit plugin's voice is given.

The plugins here stand in for those of services: they have their modules' names and keep their options as those do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import tts

from kit.models.livekit_plugin import LiveKitTTS
from kit.models.livekit_plugin.markup import puts_document_around, service_markup
from kit.text.ssml import dialect, written


def plugin(service: str, model: str = "", **options: Any) -> Any:
    kind = type("TTS", (), {"__module__": f"livekit.plugins.{service}.tts", "model": model})
    made = kind()
    made.options = SimpleNamespace(**options)
    return made


@pytest.mark.parametrize(
    ("made", "markup"),
    [
        (plugin("openai"), "plain"),
        (plugin("deepgram", "aura-2-thalia-en"), "plain"),
        (plugin("unheard_of"), "plain"),
        (object(), "plain"),
        (plugin("azure"), "azure"),
        (plugin("google"), "plain"),
        (plugin("google", enable_ssml=False), "plain"),
        (plugin("google", enable_ssml=True), "google"),
        (plugin("google", enable_ssml=True, voice="name: en-US-Chirp3-HD-Kore"), "google-chirp"),
        (plugin("google", use_markup=True), "google-markup"),
        (plugin("aws", text_type="text"), "plain"),
        (plugin("aws", text_type="ssml", speech_engine="neural"), "polly"),
        (plugin("aws", text_type="ssml", speech_engine="generative"), "polly-generative"),
        (plugin("aws", text_type="ssml", speech_engine="standard"), "polly-standard"),
        (plugin("elevenlabs", "eleven_turbo_v2_5"), "plain"),
        (plugin("elevenlabs", "eleven_turbo_v2_5", enable_ssml_parsing=True), "elevenlabs"),
        (plugin("elevenlabs", "eleven_flash_v2", enable_ssml_parsing=True), "elevenlabs-phoneme"),
        (plugin("elevenlabs", "eleven_v3"), "elevenlabs-v3"),
        (plugin("cartesia", "sonic-3"), "cartesia-sonic-3"),
        (plugin("cartesia", "sonic-3.5"), "cartesia"),
        (plugin("cartesia", "sonic-2"), "cartesia"),
        (plugin("inworld"), "inworld"),
        (plugin("rime", "mistv2"), "plain"),
        (plugin("rime", "coda", pause_between_brackets=True), "plain"),
        (plugin("rime", "mistv2", pause_between_brackets=True), "rime-pauses"),
        (plugin("rime", "mistv2", pause_between_brackets=True, phonemize_between_brackets=True), "rime"),
        (plugin("rime", "mistv3", pause_between_brackets=True, phonemize_between_brackets=True), "rime-pauses"),
    ],
)
def test_a_service_is_given_what_it_takes(made: Any, markup: str) -> None:
    assert service_markup(made) == markup
    dialect(markup)


def test_a_class_made_of_a_plugin_s_is_one() -> None:
    azure = type(plugin("azure"))
    mine = type("Mine", (azure,), {"__module__": "my_agent"})()
    assert service_markup(mine) == "azure" and puts_document_around(mine)


class Sayer(tts.TTS):
    """Keeps what it is asked to say, a sentence at a time, and says nothing."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24_000, num_channels=1)
        self.asked: list[str] = []

    def synthesize(self, text: str, **_: Any) -> Any:
        self.asked.append(text)
        return Silence()


class Silence:
    def __aiter__(self) -> Silence:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration

    async def aclose(self) -> None:
        pass


TEXT = 'One & <prosody rate="80%">two. Three <break time="1s"/>four</prosody>. <break time="1s"/>'


@pytest.mark.parametrize(
    ("markup", "asked"),
    [
        ("plain", ["One & two.", "Three four."]),
        (
            "polly",
            [
                '<speak>One &amp; <prosody rate="80%">two. </prosody></speak>',
                '<speak><prosody rate="80%">Three <break time="1000ms"/>four</prosody>.</speak>',
            ],
        ),
    ],
)
def test_each_request_is_whole(markup: str, asked: list[str]) -> None:
    sayer = Sayer()

    async def main() -> None:
        adapted = LiveKitTTS(sayer, markup=markup)

        async def text() -> AsyncIterator[str]:
            for piece in TEXT.split("t"):
                yield piece if piece == TEXT.split("t")[-1] else f"{piece}t"

        assert [frame async for frame in adapted(written(text(), dialect(adapted.markup)))] == []
        await adapted.aclose()

    asyncio.run(main())
    assert sayer.asked[: len(asked)] == asked


def test_no_such_markup() -> None:
    with pytest.raises(ValueError, match="no dialect of markup 'poly': did you mean polly"):
        LiveKitTTS(Sayer(), markup="poly")
