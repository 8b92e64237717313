"""eSpeak NG: heard at once, the same every time, with words at their times."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable

import numpy as np
import numpy.typing as npt
import pytest
from livekit.rtc import AudioFrame

from kit.models.espeak import EspeakTTS, variants, voices
from kit.models.espeak_library import Library
from kit.models.missing import EngineMissing
from kit.ports import TIMED_WORDS, TimedWord
from kit.timing import run_virtual

RATE = 22_050
SENTENCES = ["Please wait.", "Two things!", "Ah, yes.", "Fish swim.", "How are you?", "So it is."]


def speak(text: str | Iterable[str], **options: object) -> list[AudioFrame]:
    async def pieces() -> AsyncIterator[str]:
        for piece in [text] if isinstance(text, str) else text:
            yield piece

    async def collect() -> list[AudioFrame]:
        return [frame async for frame in EspeakTTS(**options)(pieces())]  # type: ignore[arg-type]

    return run_virtual(collect)


def samples(frames: list[AudioFrame]) -> npt.NDArray[np.int16]:
    return np.concatenate([np.zeros(0, np.int16), *(np.frombuffer(frame.data, np.int16) for frame in frames)])


def timed_words(frames: list[AudioFrame]) -> list[TimedWord]:
    return [word for frame in frames for word in frame.userdata.get(TIMED_WORDS, [])]


def silences(audio: npt.NDArray[np.int16]) -> list[tuple[int, int]]:
    """Where 0.1 s or more is silent."""
    loud = np.flatnonzero(np.abs(audio.astype(int)) > 100)
    edges = np.concatenate([[-1], loud, [len(audio)]])
    return [(a + 1, b) for a, b in itertools.pairwise(edges) if b - a > RATE // 10]


def pitch_hz(audio: npt.NDArray[np.int16]) -> float:
    """Of the loudest tenth of a second, by autocorrelation."""
    size = RATE // 10
    powers = np.convolve(audio.astype(float) ** 2, np.ones(size), "valid")
    piece = np.convolve(audio[np.argmax(powers) :][:size].astype(float), np.ones(40), "same")
    correlation = np.correlate(piece, piece, "full")[size - 1 :] / np.arange(size, 0, -1)
    low, high = RATE // 300, RATE // 50
    return float(RATE / (low + np.argmax(correlation[low:high])))


def test_frames() -> None:
    frames = speak("This is a sentence of some length, spoken at once.")
    assert {(frame.sample_rate, frame.num_channels) for frame in frames} == {(RATE, 1)}
    assert EspeakTTS.sample_rate == RATE
    assert frames[0].duration == pytest.approx(0.02)
    assert all(0 < frame.duration <= 0.1 for frame in frames)
    assert 2 < sum(frame.duration for frame in frames) < 5


@pytest.mark.parametrize("voice", ["en-us", "en-gb+f3", "de+whisper"])
@pytest.mark.parametrize("text", SENTENCES)
def test_is_audible_within_5_ms_and_does_not_click(text: str, voice: str) -> None:
    audio = np.abs(samples(speak(text, voice=voice)).astype(int))
    audible = np.argmax(audio >= 0.02 * audio.max())
    assert audible <= 0.005 * RATE
    assert audio[0] <= 0.02 * audio.max()


def test_the_same_text_gives_the_same_bytes_whatever_was_spoken_before() -> None:
    alone = samples(speak("The same words.", voice="en-us+f3"))
    speak("Something else, in another voice.", voice="de")
    EspeakTTS("fr").phonemes("bonjour")
    assert np.array_equal(samples(speak("The same words.", voice="en-us+f3")), alone)
    again = samples(speak("The same words. The same words.", voice="en-us+f3"))
    untrimmed = again[silences(again)[0][0] :]
    assert np.array_equal(untrimmed[-len(alone) // 2 :], alone[-len(alone) // 2 :])


def test_the_same_bytes_in_another_process() -> None:
    script = (
        "import asyncio, hashlib\n"
        "from kit.models.espeak import EspeakTTS\n"
        "async def pieces():\n    yield 'Whispering and humming.'\n"
        "async def main():\n"
        "    return b''.join([bytes(frame.data) async for frame in EspeakTTS('en-us+whisper')(pieces())])\n"
        "print(hashlib.sha256(asyncio.run(main())).hexdigest())\n"
    )
    runs = {subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1


def test_concurrent_speeches_do_not_mix() -> None:
    async def pieces(text: str) -> AsyncIterator[str]:
        yield text

    async def one(text: str, voice: str) -> bytes:
        return b"".join([bytes(frame.data) async for frame in EspeakTTS(voice)(pieces(text))])

    async def both() -> list[bytes]:
        return await asyncio.gather(one("One. Two. Three.", "en-us"), one("Eins. Zwei. Drei.", "de"))

    expected = [samples(speak("One. Two. Three.")).tobytes(), samples(speak("Eins. Zwei. Drei.", voice="de")).tobytes()]
    assert asyncio.run(both()) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "?!", "—", " ( ) ", "\x00"])
def test_nothing_to_say_is_no_frames(text: str) -> None:
    assert speak(text) == []


def test_the_pieces_do_not_matter() -> None:
    text = "Dr. Smith has 3.14 apples. Really? Yes, in the U.S. they do."
    assert np.array_equal(samples(speak(text)), samples(speak(list(text))))


def test_odd_characters_are_spoken_around() -> None:
    assert len(samples(speak("one\x00two \ud800 three \U0001f600."))) > RATE


def test_sentences_are_apart_by_the_engines_pause_and_nothing_follows_the_last() -> None:
    audio = samples(speak("One. Two. Three."))
    first, second = silences(audio)
    assert 0.25 < (first[1] - first[0]) / RATE < 0.4
    assert 0.25 < (second[1] - second[0]) / RATE < 0.4
    assert np.flatnonzero(np.abs(audio.astype(int)) > 100)[-1] > len(audio) - 0.02 * RATE


def test_a_break_that_was_asked_for_is_kept() -> None:
    (begin, end), *_ = silences(samples(speak('<break time="500ms"/> Hello.')))
    assert begin == 0
    assert 0.4 < end / RATE < 0.7


def test_words_have_their_times() -> None:
    text = "Hello, Dr. Smith — it costs $3.14 now. Stop! Then go."
    frames = speak(text)
    words = timed_words(frames)
    assert " ".join(word.text for word in words) == text
    assert words[0] == TimedWord("Hello,", 0.0, "həlˈoʊ")
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    begin = 0.0
    for frame in frames:
        for word in frame.userdata.get(TIMED_WORDS, []):
            assert begin <= word.start_s < begin + frame.duration + 1e-9
        begin += frame.duration


def test_a_word_after_a_pause_is_timed_where_sound_begins() -> None:
    frames = speak("Now. Never. Again.")
    starts = [word.start_s for word in timed_words(frames)]
    sounds = [0.0, *(end / RATE for _, end in silences(samples(frames)))]
    assert starts == pytest.approx(sounds, abs=0.03)


def test_words_of_scripts_without_blanks() -> None:
    words = timed_words(speak("你好。再见。", voice="cmn"))
    assert "".join(word.text for word in words) == "你好。再见。"
    assert len(words) >= 2


def test_speech_begins_before_the_text_is_complete() -> None:
    async def main() -> None:
        more = asyncio.Event()

        async def pieces() -> AsyncIterator[str]:
            yield "The first sentence. And"
            await more.wait()
            yield " the second."

        frames = aiter(EspeakTTS()(pieces()))
        heard = [await anext(frames) for _ in range(8)]
        assert timed_words(heard)[0].text == "The"
        more.set()
        rest = [frame async for frame in frames]
        assert timed_words(rest)[-1].text == "second."

    run_virtual(main)


def test_a_speech_can_be_cancelled_and_the_engine_speaks_on() -> None:
    async def main() -> None:
        async def endless() -> AsyncIterator[str]:
            while True:
                yield "On and on it goes. "

        speaking = asyncio.Event()

        async def listen() -> None:
            async for _ in EspeakTTS()(endless()):
                speaking.set()
                await asyncio.sleep(0)

        task = asyncio.create_task(listen())
        await speaking.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert timed_words(speak("Fine."))[0].text == "Fine."


def test_rate_and_pitch() -> None:
    text = "A sentence to be measured."
    slow, fast = samples(speak(text, rate_wpm=120)), samples(speak(text, rate_wpm=240))
    assert len(slow) > 1.5 * len(fast)
    low, high = speak("Ah.", pitch=10), speak("Ah.", pitch=90)
    assert pitch_hz(samples(high)) > 1.3 * pitch_hz(samples(low))
    flat = samples(speak(text, pitch_range=0))
    assert not np.array_equal(flat, samples(speak(text)))


def test_phonemes() -> None:
    assert EspeakTTS().phonemes("kubectl") == "kjˈuːbɛktəl"
    assert EspeakTTS().phonemes("Hello, world. How are you?") == "həlˈoʊ wˈɜːld hˈaʊ ɑːɹ juː"
    assert EspeakTTS("de").phonemes("ich") == "ɪç"
    assert EspeakTTS().phonemes("") == ""


def test_markup_is_read_and_elements_stay_whole() -> None:
    spelled = timed_words(speak('<say-as interpret-as="characters">SQL</say-as>'))
    assert [(word.text, word.ipa) for word in spelled] == [("SQL", "ˌɛskjˌuːˈɛl")]
    words = timed_words(speak('Say <prosody rate="slow">this. Now that.</prosody> End.'))
    assert [word.text for word in words] == ["Say", "this.", "Now", "that.", "End."]
    assert timed_words(speak("1 < 2 & 3 <x> 4."))[0].text == "1 <"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"voice": "en-uk"}, "no voice 'en-uk'; did you mean"),
        ({"voice": "en-us+wisper"}, "no variant 'wisper'; did you mean 'whisper'"),
        ({"rate_wpm": 10}, "rate_wpm = 10 is out of its range, 80 to 450"),
        ({"pitch": 100}, "pitch = 100 is out of its range"),
        ({"pitch_range": -1}, "pitch_range = -1 is out of its range"),
    ],
)
def test_wrong_settings(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EspeakTTS(**options)  # type: ignore[arg-type]


def test_voices_by_language_name_and_variant() -> None:
    assert {"en-us", "en-gb", "de", "fr", "cmn", "english (america)"} <= set(voices())
    assert {"f3", "whisper"} <= set(variants())
    assert np.array_equal(samples(speak("Hi.", voice="English (America)")), samples(speak("Hi.", voice="EN-US")))


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EngineMissing, match=r"espeakng-loader.*pip install 'speech-tuning-kit\[local\]'"):
        Library()


def test_the_library_is_loaded_only_by_an_instance() -> None:
    script = "import sys, kit, kit.models.espeak; print('espeakng_loader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout.strip() == b"False"
