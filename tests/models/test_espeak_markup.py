"""What eSpeak NG does with each element, measured in its sound and in the phonemes that it reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from kit.models.espeak import EspeakTTS
from kit.models.espeak_library import SAMPLE_RATE
from kit.ports import TIMED_WORDS
from kit.text.ssml import phonetics

_WORDS = """
    tomato water question weather beautiful nature judge church thing measure away boy house boat power poor hair care
    bird world nurse palm thought lot strut goose fleece happy comma bottle rhythm schedule engine university resume
    kubernetes ubuntu python boxes hour royal cure star idea museum onion
"""


def speak(
    text: str, voice: str = "en-us"
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[tuple[str, str]]]:
    """Samples, and each word with its phonemes."""

    async def pieces() -> AsyncIterator[str]:
        for start in range(0, len(text), 5):
            yield text[start : start + 5]

    async def main() -> tuple[bytes, list[tuple[str, str]]]:
        sound, words = b"", list[tuple[str, str]]()
        async for frame in EspeakTTS(voice)(pieces()):
            sound += bytes(frame.data)
            words += [(word.text, word.ipa) for word in frame.userdata.get(TIMED_WORDS, [])]
        return sound, words

    sound, words = asyncio.run(main())
    return np.frombuffer(sound, np.int16).astype(np.float64), words


def length_s(text: str) -> float:
    return len(speak(text)[0]) / SAMPLE_RATE


def loudness(text: str) -> float:
    samples, _ = speak(text)
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize(
    ("alphabet", "ph"), [("ipa", "ˈkjuːbkənˌtroʊl"), ("x-sampa", "&quot;kju:bk@n%troUl"), ("espeak", "kj'u:bk@ntr,oUl")]
)
def test_a_phoneme_is_said_in_its_sounds_and_not_as_it_is_written(alphabet: str, ph: str) -> None:
    _, words = speak(f'Use <phoneme alphabet="{alphabet}" ph="{ph}">kubectl</phoneme> now.')
    assert words == [("Use", "jˈuːs"), ("kubectl", "kjˈuːbkəntɹˌoʊl"), ("now.", "nˈaʊ")]


@pytest.mark.parametrize("voice", ["en-us", "en-gb"])
def test_the_engine_s_own_ipa_comes_back_as_the_same_sounds(voice: str) -> None:
    tts = EspeakTTS(voice)
    sounds = {word: tts.phonemes(word) for word in _WORDS.split()}
    text = " ".join(f"<phoneme ph='{ipa}'>{word}</phoneme>," for word, ipa in sounds.items())
    assert {word.strip(" ,"): ipa for word, ipa in speak(text, voice)[1]} == sounds


def test_a_sound_that_english_lacks_leaves_the_word() -> None:
    assert phonetics.to_espeak("køn") is None
    assert speak("<phoneme ph='køn'>cone</phoneme>")[1] == speak("cone")[1]
    assert speak("<phoneme ph='kø:n'>heute</phoneme>", "de")[1] == speak("heute", "de")[1]


@pytest.mark.parametrize(("time", "seconds"), [("500ms", 0.5), ("0.5s", 0.5), ("1.5s", 1.5), ("1h", 0.0)])
def test_a_break_is_as_long_as_it_says(time: str, seconds: float) -> None:
    assert length_s(f'one <break time="{time}"/> two') - length_s("one two") == pytest.approx(seconds, abs=0.1)


def test_no_break_is_longer_than_ten_seconds() -> None:
    assert length_s('one <break time="3600s"/> two') < 12


def test_stronger_breaks_are_longer() -> None:
    strengths = ("none", "medium", "strong", "x-strong")
    lengths = [length_s(f'one <break strength="{strength}"/> two') for strength in strengths]
    assert lengths == sorted(set(lengths))
    assert length_s("one <break/> two") == lengths[1]


def test_rate_volume_and_emphasis_are_heard() -> None:
    plain = length_s("hello world")
    assert length_s('<prosody rate="50%">hello world</prosody>') > 1.5 * plain
    assert length_s('<prosody rate="200%">hello world</prosody>') < 0.75 * plain
    assert length_s("<emphasis>hello</emphasis> world") > plain
    for decibel in (-12, -6, 6):
        louder = loudness(f'<prosody volume="{decibel:+}dB">hello world</prosody>') / loudness("hello world")
        assert 20 * np.log10(louder) == pytest.approx(decibel, abs=1.0)


def test_say_as_spells() -> None:
    assert speak('<say-as interpret-as="characters">a1!</say-as>')[1] == [("a1!", "ˌeɪwˌʌnˌɛkskləmˈeɪʃən")]
    assert speak('<say-as interpret-as="digits">123</say-as>')[1] == [("123", "wˈʌntˈuːθɹˈiː")]
    assert speak('<say-as interpret-as="date">1/2</say-as>')[1] == speak("1/2")[1]


def test_a_substitution_and_another_language() -> None:
    assert speak('<sub alias="kube">k8s</sub>')[1] == [("k8s", "kjˈuːb")]
    assert speak('I say <lang xml:lang="de">heute</lang>.')[1][-1] == ("heute .", "hˈɔøtə")


def test_signs_beside_markup_are_only_signs() -> None:
    said = [("5", "fˈaɪv"), ("6", "sˈɪks"), ("AT&T", "ˈeɪtiːəntˈiː"), ("x", "ˈɛks")]
    for text in (
        "5 < 6 AT&T [[ x ]]",
        "5 < 6 AT&T [[ x ]]<mark name='m'/>",
        "<speak>5 &lt; 6 AT&amp;T [[ x ]]</speak>",
    ):
        words = [(word.strip(" <[]"), ipa) for word, ipa in speak(text)[1]]
        assert words == said, text
    marked = speak("5 < 6 AT&T [[ x ]] <emphasis>so</emphasis> <phoneme ph='a'>a</phoneme>")[1]
    assert [(word.strip(" <[]"), ipa) for word, ipa in marked][:4] == said


def test_an_element_around_all_is_spoken_sentence_by_sentence() -> None:
    slow, words = speak('<prosody rate="slow">One is. Two is.</prosody>')
    plain, plain_words = speak("One is. Two is.")
    assert words == plain_words
    assert len(slow) > 1.15 * len(plain)


@pytest.mark.parametrize(
    "text",
    ["<sub alias='kube'>k8s</sub>", "<say-as interpret-as='characters'>!</say-as>", "<p>a</p><sub alias='!'>b</sub>"],
)
def test_any_element_alone_is_spoken(text: str) -> None:
    speak(text)
