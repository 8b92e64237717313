"""Plugins as the kit's ears and voice: where speech is in the audio, what is said, and when its words begin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import APIConnectOptions, inference, stt, tts, vad
from livekit.agents.types import TimedString
from livekit.plugins import silero
from livekit.rtc import AudioFrame

from kit.models.livekit_plugin import adapt
from kit.models.silero import SileroVAD
from kit.ports import TIMED_WORDS, SpeechEvent, SpeechEventType, TimedWord, VADEvent, VADEventType
from tests.contracts.audio import audio, heard, in_stereo_at_48_khz, seconds
from tests.contracts.livekit_plugins import EspeakPlugin, openai_stt, openai_tts
from tests.contracts.openai_stand_in import SAMPLES_PER_CHARACTER, StandIn, spoken
from tests.contracts.streams import taken
from tests.models.recordings import WORDS, energy_span, recording, zeros

START, END = VADEventType.START_OF_SPEECH, VADEventType.END_OF_SPEECH


def run(test: Callable[[StandIn], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), StandIn() as stand_in:
            await test(stand_in)
            await stand_in.idle()

    asyncio.run(main())


def in_silence(folder: Path, name: str) -> list[AudioFrame]:
    return audio(0.7, (recording(folder, name), ""), 1.2)


async def text(*pieces: str) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


# Voice activity detection


@pytest.mark.parametrize("name", WORDS)
def test_the_silero_plugin_and_the_kit_s_own_find_the_same_speech(name: str, speech_dir: Path) -> None:
    frames = in_silence(speech_dir, name)

    async def main() -> tuple[list[VADEvent], list[VADEvent], list[VADEvent]]:
        detectors = (adapt(silero.VAD.load()), adapt(inference.VAD(min_silence_duration=0.55)), SileroVAD())
        plugin, bundled, own = [await taken(detector(heard(frames))) for detector in detectors]
        return plugin, bundled, own

    plugin, bundled, own = asyncio.run(main())
    assert [event.type for event in plugin] == [event.type for event in bundled] == [event.type for event in own]
    times = [event.audio_t for event in own]
    assert [event.audio_t for event in plugin] == pytest.approx(times, abs=0.1)
    assert [event.audio_t for event in bundled] == pytest.approx(times, abs=0.1)
    first, last = energy_span(np.concatenate([zeros(0.7), recording(speech_dir, name), zeros(1.2)]))
    assert plugin[0].audio_t == pytest.approx(first, abs=0.1)
    assert plugin[-1].audio_t == pytest.approx(last, abs=0.1)


class CoarsePlugin(vad.VAD):
    """A stand-in for a plugin that tells nothing but starts and ends, and these by a clock of its own."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.5))

    def stream(self) -> CoarseStream:
        return CoarseStream(self)


class CoarseStream(vad.VADStream):
    async def _main_task(self) -> None:
        speaking, speech_s, silence_s = False, 0.0, 0.0
        async for frame in self._input_ch:
            if not isinstance(frame, AudioFrame):
                continue
            loud = np.abs(np.frombuffer(frame.data, np.int16)).max() > 500
            speech_s, silence_s = (speech_s + frame.duration, 0.0) if loud else (0.0, silence_s + frame.duration)
            if (silence_s > 0.45) if speaking else (speech_s > 0.25):
                speaking = not speaking
                kind = vad.VADEventType.START_OF_SPEECH if speaking else vad.VADEventType.END_OF_SPEECH
                self._event_ch.send_nowait(vad.VADEvent(kind, 0, 1e9, speech_s, silence_s))


def test_a_plugin_that_tells_little_is_understood(speech_dir: Path) -> None:
    frames = audio(0.7, (recording(speech_dir, "cards-001"), ""), 1.5, (recording(speech_dir, "cards-001"), ""), 1.2)

    async def main() -> tuple[list[VADEvent], list[VADEvent]]:
        coarse = []
        async with aclosing(adapt(CoarsePlugin())(heard(frames))) as events:
            async for event in events:
                coarse.append(event)
        return coarse, await taken(SileroVAD()(heard(frames)))

    coarse, own = asyncio.run(main())
    assert [event.type for event in coarse] == [START, END, START, END]
    assert [event.audio_t for event in coarse] == pytest.approx([event.audio_t for event in own], abs=0.1)


# Speech to text


def test_each_stretch_of_speech_is_sent_with_its_padding(speech_dir: Path) -> None:
    async def test(server: StandIn) -> None:
        model = adapt(openai_stt(server.url, language="de"), vad=silero.VAD.load(), padding_s=0.3)
        frames = in_silence(speech_dir, "goforward")
        events = await taken(model(heard(in_stereo_at_48_khz(frames))))
        await model.aclose()
        assert [event.type for event in events] == [
            SpeechEventType.START_OF_SPEECH,
            SpeechEventType.FINAL_TRANSCRIPT,
            SpeechEventType.END_OF_SPEECH,
        ]
        start_t, end_t = events[0].audio_t or 0, events[1].audio_t or 0
        told_s = float(events[1].text.split()[0])
        assert told_s == pytest.approx(end_t - start_t + 0.6, abs=0.02)
        sent = server.requests[0].fields
        assert (sent["model"], sent["language"]) == ("m", "de")

    run(test)


def test_requests_overlap_and_transcripts_keep_the_order_of_the_speech(speech_dir: Path) -> None:
    async def test(server: StandIn) -> None:
        server.thinks_s.extend([0.4, 0.0])
        model = adapt(openai_stt(server.url), vad=SileroVAD())
        clubs, forward = recording(speech_dir, "cards-001"), recording(speech_dir, "goforward")
        events = await taken(model(heard(audio(0.5, (clubs, ""), 1.0, (forward, ""), 1.0))))
        await model.aclose()
        finals = [event.audio_t or 0 for event in events if event.type is SpeechEventType.FINAL_TRANSCRIPT]
        assert len(finals) == 2 and finals == sorted(finals)

    run(test)


def test_livekit_s_own_adapter_of_streams_may_be_inside(speech_dir: Path) -> None:
    async def test(server: StandIn) -> None:
        inner = openai_stt(server.url)
        plugin = stt.StreamAdapter(stt=inner, vad=silero.VAD.load())
        events = await taken(adapt(plugin)(heard(in_silence(speech_dir, "goforward"))))
        await inner.aclose()
        (final,) = [event for event in events if event.type is SpeechEventType.FINAL_TRANSCRIPT]
        assert " seconds " in final.text and final.audio_t is None

    run(test)


class TellingPlugin(stt.STT):
    """A stand-in for a plugin that streams, and tells what it is made to tell once the sound has ended."""

    def __init__(self, *events: stt.SpeechEvent) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.events = events
        self.frames: list[AudioFrame] = []
        self.options: list[APIConnectOptions] = []

    async def _recognize_impl(self, *_: Any, **__: Any) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(self, *, conn_options: APIConnectOptions, **_: Any) -> TellingStream:
        self.options.append(conn_options)
        return TellingStream(stt=self, conn_options=conn_options)


class TellingStream(stt.RecognizeStream):
    async def _run(self) -> None:
        async for frame in self._input_ch:
            if isinstance(frame, AudioFrame):
                self._stt.frames.append(frame)
        for event in self._stt.events:
            self._event_ch.send_nowait(event)


def told(kind: str, words: str = "", start_s: float = 0.0, end_s: float = 0.0) -> stt.SpeechEvent:
    return stt.SpeechEvent(stt.SpeechEventType(kind), alternatives=[stt.SpeechData("en", words, start_s, end_s)])


def test_events_of_a_stream_are_the_kit_s() -> None:
    plugin = TellingPlugin(
        told("start_of_speech", "", 0.25),
        told("interim_transcript", " "),
        told("interim_transcript", " ten", 0.25, 0.5),
        told("preflight_transcript", "ten of", 0.25, 0.7),
        stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT),
        told("final_transcript", "Ten of clubs. ", 0.25, 1.00049),
        stt.SpeechEvent(
            stt.SpeechEventType.RECOGNITION_USAGE, recognition_usage=stt.RecognitionUsage(audio_duration=1.0)
        ),
        stt.SpeechEvent(stt.SpeechEventType.END_OF_SPEECH),
        told("final_transcript", "More.", 1.5, 99.0),
        told("final_transcript", "Untimed."),
    )
    kinds = SpeechEventType

    async def main() -> list[SpeechEvent]:
        return await taken(adapt(plugin)(heard(audio(2.0))))

    assert asyncio.run(main()) == [
        SpeechEvent(kinds.START_OF_SPEECH, "", 0.25),
        SpeechEvent(kinds.INTERIM_TRANSCRIPT, "ten", 0.5),
        SpeechEvent(kinds.INTERIM_TRANSCRIPT, "ten of", 0.7),
        SpeechEvent(kinds.FINAL_TRANSCRIPT, "Ten of clubs.", 1.0),
        SpeechEvent(kinds.END_OF_SPEECH),
        SpeechEvent(kinds.FINAL_TRANSCRIPT, "More.", 2.0),
        SpeechEvent(kinds.FINAL_TRANSCRIPT, "Untimed."),
    ]
    assert plugin.options[0].max_retry == 0


def test_a_stream_is_given_mono_sound_of_one_rate() -> None:
    plugin = TellingPlugin()
    first, then = audio(1.0), audio(1.0)

    async def main() -> None:
        await taken(adapt(plugin)(heard(in_stereo_at_48_khz(first) + then)))

    asyncio.run(main())
    assert {(frame.sample_rate, frame.num_channels) for frame in plugin.frames} == {(48_000, 1)}
    assert seconds(plugin.frames) == pytest.approx(2.0, abs=0.001)


# Text to speech


def sound(frames: list[AudioFrame]) -> bytes:
    return b"".join(bytes(frame.data) for frame in frames)


def test_every_sentence_is_spoken_in_order_and_no_sample_is_lost_or_added() -> None:
    async def test(server: StandIn) -> None:
        model = adapt(openai_tts(server.url, voice="v", speed=1.5))
        frames = await taken(model(text("One is he", "re. Two came. Th", "ree!")))
        await model.aclose()
        assert sound(frames) == spoken("One is here.") + spoken("Two came.") + spoken("Three!")
        sent = server.requests[0].fields
        assert (sent["model"], sent["voice"], sent["speed"]) == ("tts-1", "v", 1.5)

    run(test)


def test_the_next_sentence_is_asked_for_while_one_is_heard_and_no_more_are() -> None:
    async def test(server: StandIn) -> None:
        model = adapt(openai_tts(server.url), read_ahead=2)
        async with aclosing(model(text("One here. Two here. Three here. Four."))) as stream:
            await anext(stream)
            await server.answered(2)
            assert len(server.requests) == 2
            first = SAMPLES_PER_CHARACTER * len("One here.")
            got = 0
            while got <= first:
                got += (await anext(stream)).samples_per_channel
            await server.answered(3)
            assert len(server.requests) == 3
        await model.aclose()

    run(test)


class WordyPlugin(tts.TTS):
    """A stand-in for a plugin that tells its words early, late and not at all, and speaks in stereo at another rate."""

    def __init__(self, *words: TimedString) -> None:
        capabilities = tts.TTSCapabilities(streaming=True, aligned_transcript=True)
        super().__init__(capabilities=capabilities, sample_rate=16_000, num_channels=1)
        self.words = words
        self.pushed: list[str] = []

    def synthesize(self, text: str, **_: Any) -> Any:
        raise NotImplementedError

    def stream(self, *, conn_options: APIConnectOptions) -> WordyStream:
        return WordyStream(tts=self, conn_options=conn_options)


class WordyStream(tts.SynthesizeStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(request_id="r", sample_rate=8_000, num_channels=2, mime_type="audio/pcm", stream=True)
        output_emitter.start_segment(segment_id="s")
        async for piece in self._input_ch:
            if isinstance(piece, str):
                self._tts.pushed.append(piece)
        output_emitter.push_timed_transcript(list(self._tts.words[:-1]))
        output_emitter.push(b"\x00\x10" * 2 * 8_000)
        output_emitter.push_timed_transcript(self._tts.words[-1])
        output_emitter.end_segment()


def test_words_go_with_the_frame_that_they_begin_in() -> None:
    plugin = WordyPlugin(
        TimedString("One ", start_time=0.0),
        TimedString("two ", start_time=0.15),
        TimedString(" "),
        TimedString("untimed"),
        TimedString("three", start_time=0.95),
        TimedString(" four", start_time=1.7),
    )

    async def main() -> list[AudioFrame]:
        return await taken(adapt(plugin)(text(" ", "One two", " three four.")))

    frames = asyncio.run(main())
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(16_000, 1)}
    at, words = 0.0, []
    for frame in frames:
        for word in frame.userdata.get(TIMED_WORDS, ()):
            assert at <= word.start_s + 1e-9 and word.start_s < at + frame.duration
            words.append(word)
        at += frame.duration
        assert frame.duration <= 0.1
    assert words[:3] == [TimedWord("One", 0.0), TimedWord("two", 0.15), TimedWord("three", 0.95)]
    assert words[3].text == "four" and words[3].start_s == pytest.approx(1.0, abs=0.01)
    assert plugin.pushed == [" One two", " three four."]


def test_a_stream_s_words_are_those_of_its_engine() -> None:
    async def main() -> tuple[list[AudioFrame], list[AudioFrame]]:
        plugin = EspeakPlugin()
        told = "One is here. Two came later!"
        return await taken(adapt(plugin)(text(told))), await taken(plugin.engine(text(told)))

    adapted, own = asyncio.run(main())
    assert sound(own).startswith(sound(adapted))
    assert not any(sound(own)[len(sound(adapted)) :])  # silence, which LiveKit's plugins may end with
    of = [[w for frame in frames for w in frame.userdata.get(TIMED_WORDS, ())] for frames in (adapted, own)]
    assert [word.text for word in of[0]] == [word.text for word in of[1]]
    assert [word.start_s for word in of[0]] == pytest.approx([word.start_s for word in of[1]], abs=0.1)
