"""What an OpenAI-compatible server is asked to say of a text with markup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit.models.openai import OpenAITTS
from kit.text.ssml import dialect_of, written
from tests.contracts.openai_stand_in import StandIn

TEXT = 'Use <phoneme ph="ˈkjuːb">kube</phoneme> & <emphasis>go. Then stop</emphasis>.'


@pytest.mark.parametrize(
    ("markup", "asked"),
    [
        ("openai", ["Use kube & go.", "Then stop."]),
        ("kokoro", ["Use [kube](/kjˈub/) & go.", "Then stop."]),
        (
            "google",
            [
                '<speak>Use <phoneme alphabet="ipa" ph="ˈkjuːb">kube</phoneme> &amp; '
                '<emphasis level="moderate">go. </emphasis></speak>',
                '<speak><emphasis level="moderate">Then stop</emphasis>.</speak>',
            ],
        ),
    ],
)
def test_each_sentence_in_the_server_s_form(markup: str, asked: list[str]) -> None:
    async def main() -> list[str]:
        async with StandIn() as server:
            tts = OpenAITTS(base_url=server.url, markup=markup, read_ahead=1)

            async def text() -> AsyncIterator[str]:
                for character in TEXT:
                    yield character

            async for _ in tts(written(text(), dialect_of(tts))):
                pass
            await tts.aclose()
            return [request.fields["input"] for request in server.requests]

    assert asyncio.run(main()) == asked


def test_no_such_markup() -> None:
    with pytest.raises(ValueError, match="no dialect of markup 'kokorro': did you mean kokoro"):
        OpenAITTS(base_url="http://127.0.0.1:9", markup="kokorro")
