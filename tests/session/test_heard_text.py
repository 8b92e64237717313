"""Which of the agent's words were heard when it was stopped: by its voice's word times, or by how fast it speaks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.rtc import AudioFrame

from kit import Agent, Tuning
from kit.models.simulated import SimulatedTTS
from kit.session.records import SpeechFinished
from kit.session.speech.speaking_rate import CHARACTERS_PER_S, SpeakingRate
from kit.text.filters import filter_emoji, filter_markdown
from tests.session.scenes import Scene, hold

TEXT = "One two three four five six seven eight nine ten."
TTFB = 0.2


def stopped(after_s: float, text: str = TEXT, **options: Any) -> str:
    """What the history keeps of a text that was heard for so long."""

    async def act(scene: Scene) -> None:
        handle = scene.session.say(text)
        await asyncio.sleep(TTFB + after_s)
        handle.interrupt()
        await handle

    scene = hold(act, **options)
    said = [text for _, text in scene.said()]
    assert [record.text for record in scene.of(SpeechFinished)] == (said or [""])
    return said[0] if said else ""


def up_to(spoken: str) -> float:
    """How long the simulated voice takes for this."""
    return len(spoken) / 15


# a voice that tells its words' times


@pytest.mark.parametrize("count", range(1, 11))
def test_a_word_counts_from_its_beginning(count: int) -> None:
    words = TEXT.split()
    before = " ".join(words[: count - 1]) + " " if count > 1 else ""
    assert stopped(up_to(before) + 0.001) == " ".join(words[:count])
    if count > 1:
        assert stopped(up_to(before) - 0.001) == " ".join(words[: count - 1])


def test_of_several_sentences() -> None:
    text = "Good day. How are you? Very well."
    # each sentence is spoken for itself, without the blank behind it
    assert stopped(up_to("Good day.") + 0.001, text) == "Good day. How"
    assert stopped(up_to("Good day.How are ") + 0.001, text) == "Good day. How are you?"
    assert stopped(up_to("Good day.How are you?") + 0.001, text) == "Good day. How are you? Very"


def test_of_a_text_that_comes_in_pieces() -> None:
    async def pieces() -> AsyncIterator[str]:
        for piece in ("Good d", "ay. How", " are you? Ve", "ry well."):
            yield piece
            await asyncio.sleep(0.05)

    async def act(scene: Scene) -> None:
        handle = scene.session.say(pieces())
        # "Good day." is known with the second piece, at 0.05
        await asyncio.sleep(0.05 + TTFB + up_to("Good day.How are ") + 0.01)
        handle.interrupt()
        await handle

    assert [text for _, text in hold(act).said()] == ["Good day. How are you?"]


def test_heard_to_its_end_it_is_as_it_was_written() -> None:
    text = "  Dash — and 🙂 *stars* stay.  "

    async def act(scene: Scene) -> None:
        await scene.session.say(text)

    assert [text for _, text in hold(act).said()] == [text.strip()]


# respelled


LEXICON = Tuning().replace({"pronunciation.terms": {"kubectl": "kube control", "API": "A P I", "nginx": "engine ex"}})
TERMS = "Use kubectl with the API and nginx today."


@pytest.mark.parametrize(
    ("spoken", "kept"),
    [
        ("Use k", "Use kubectl"),
        ("Use kube con", "Use kubectl"),
        ("Use kube control w", "Use kubectl with"),
        ("Use kube control with the A", "Use kubectl with the API"),
        ("Use kube control with the A P I", "Use kubectl with the API"),
        ("Use kube control with the A P I an", "Use kubectl with the API and"),
        ("Use kube control with the A P I and engine e", "Use kubectl with the API and nginx"),
        ("Use kube control with the A P I and engine ex t", TERMS),
    ],
)
def test_by_the_lexicon(spoken: str, kept: str) -> None:
    assert stopped(up_to(spoken) - 0.01, TERMS, tuning=LEXICON) == kept


def test_a_lexicon_that_changes_while_the_agent_speaks() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(TERMS)
        await asyncio.sleep(TTFB + 0.1)
        scene.session.tuning = Tuning()
        await asyncio.sleep(up_to("Use kube control w") - 0.11)
        handle.interrupt()
        await handle

    assert [text for _, text in hold(act, tuning=LEXICON).said()] == ["Use kubectl with"]


def node(change: Callable[[str], str]) -> Agent:
    """An agent whose voice is given another text."""

    class Changes(Agent):
        async def tts_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[AudioFrame]:
            async def changed() -> AsyncIterator[str]:
                yield change("".join([piece async for piece in text]))

            async for frame in Agent.default.tts_node(self, changed(), model_settings):
                yield frame

    return Changes()


def test_by_a_node() -> None:
    agent = node(lambda text: text.replace("ten", "ten, that is to say ten").replace("two", "2"))
    assert stopped(up_to("One 2 three f") - 0.01, agent=agent) == "One two three four"


def test_by_a_node_that_leaves_words_out() -> None:
    agent = node(lambda text: text.replace("two three four ", ""))
    assert stopped(up_to("One five s") - 0.01, agent=agent) == "One two three four five six"


def test_by_a_node_that_speaks_something_else() -> None:
    """Nothing matches: in proportion."""
    agent = node(lambda text: "Un deux trois quatre cinq six sept huit neuf dix.")
    half = stopped(up_to("Un deux trois quatre cinq six sept huit neuf dix.") / 2, agent=agent)
    assert TEXT.startswith(half) and 4 <= len(half.split()) <= 7


WRITTEN = "It **is** _sunny_ 🎉 in [the south](https://a.org/b_c) and `rainy` elsewhere."
SPOKEN = "It is sunny in the south and rainy elsewhere."


@pytest.mark.parametrize(
    ("spoken", "kept"),
    [
        ("It is s", "It **is** _sunny_"),
        ("It is sunny in the s", "It **is** _sunny_ 🎉 in [the south](https://a.org/b_c)"),
        ("It is sunny in the south and r", "It **is** _sunny_ 🎉 in [the south](https://a.org/b_c) and `rainy`"),
        (SPOKEN[:-3], WRITTEN),
    ],
)
def test_of_text_whose_marks_are_not_spoken(spoken: str, kept: str) -> None:
    """The history keeps them, for they are what the LLM has written."""

    class Filters(Agent):
        def tts_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterable[AudioFrame]:
            return Agent.default.tts_node(self, filter_emoji(filter_markdown(text)), model_settings)

    assert stopped(up_to(spoken) - 0.01, WRITTEN, agent=Filters()) == kept


# a voice that does not tell them


class Plain:
    """A voice that tells no word times, of a given speed. It makes its sound at once, or as fast as it is heard."""

    def __init__(self, characters_per_s: float = 15.0, *, live: bool = False) -> None:
        self.sample_rate = 16_000
        self._speed = characters_per_s
        self._live = live

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncIterator[AudioFrame]:
        whole = "".join([piece async for piece in text])
        await asyncio.sleep(TTFB)
        for _ in range(round(len(whole) / self._speed / 0.1)):
            yield AudioFrame(b"\x00\x10" * 1600, 16_000, 1, 1600)
            if self._live:
                await asyncio.sleep(0.1)


WORDS = "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj"  # ten words of five characters
WORDS_S = len(WORDS) / 15


@pytest.mark.parametrize("tenth", range(1, 10))
def test_of_sound_that_is_all_made_it_is_the_proportion(tenth: int) -> None:
    kept = stopped(3.2 * tenth / 10 - 0.02, WORDS, tts=Plain(49 / 3.2))
    assert len(kept.split()) == tenth


def test_a_slow_voice_whose_sound_is_all_made() -> None:
    assert stopped(5.0 + 0.01, WORDS, tts=Plain(4.9)) == " ".join(WORDS.split()[:5])


def test_of_sound_that_is_still_being_made_it_is_the_usual_speed() -> None:
    """After 1.6 s at 15 characters a second, 24 of 49 were heard."""
    assert CHARACTERS_PER_S == 15.0
    assert stopped(1.6, WORDS, tts=Plain(live=True)) == " ".join(WORDS.split()[:5])


def test_the_speed_is_learned_from_what_was_heard_whole() -> None:
    """The voice speaks 5 characters a second, a third of the usual speed. Before it is known, too much is taken."""

    def after(texts: int) -> int:
        async def act(scene: Scene) -> None:
            for _ in range(texts):
                await scene.session.say(WORDS)
            started = asyncio.get_running_loop().time()
            handle = scene.session.say(WORDS)
            await asyncio.sleep(started + TTFB + 4.9 - asyncio.get_running_loop().time())  # half of its 9.8 s
            handle.interrupt()
            await handle

        scene = hold(act, tts=Plain(5.0, live=True))
        return len(scene.said()[-1][1].split())

    counts = [after(texts) for texts in range(4)]
    assert counts[0] == 10  # at 15 a second all of it would be over
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] in (5, 6)


def test_the_speed_that_is_learned() -> None:
    rate = SpeakingRate()
    assert rate.duration_s(30) == pytest.approx(2.0)
    rate.learn(100, 20.0)
    assert rate.duration_s(130) == pytest.approx(22.0)  # the first guess counts as 30 characters in 2 s
    for characters, audio_s in ((0, 5.0), (10, 0.0)):
        rate.learn(characters, audio_s)
    assert rate.duration_s(130) == pytest.approx(22.0)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1000)), max_size=10), st.integers(0, 1000))
def test_any_speed_gives_a_time(texts: list[tuple[int, float]], characters: int) -> None:
    rate = SpeakingRate()
    for count, audio_s in texts:
        rate.learn(count, audio_s)
    assert 0 <= rate.duration_s(characters) < 1e6


def test_the_whole_is_kept_when_the_whole_was_heard_however_fast() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.say(WORDS)

    for speed, live in itertools.product((3.0, 15.0, 60.0), (True, False)):
        assert [text for _, text in hold(act, tts=Plain(speed, live=live)).said()] == [WORDS]


def test_of_ready_audio() -> None:
    async def tone(seconds: float) -> AsyncIterator[AudioFrame]:
        for _ in range(round(seconds * 10)):
            yield AudioFrame(b"\x00\x10" * 1600, 16_000, 1, 1600)

    async def act(scene: Scene) -> None:
        handle = scene.session.say(WORDS, audio=tone(3.2))
        await asyncio.sleep(1.0)
        handle.interrupt()
        await handle

    (text,) = [text for _, text in hold(act, tts=None).said()]
    assert text == " ".join(WORDS.split()[:3])  # 1.0 of 3.3 s: while it is still being read, at the usual speed


def test_nothing_was_heard() -> None:
    assert stopped(-0.05) == ""
    assert stopped(-0.05, tts=Plain()) == ""


@settings(max_examples=40)
@given(
    st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=10),
    st.integers(1, 60),
    st.sampled_from(["timed", "plain", "live"]),
)
def test_it_is_always_a_beginning_of_what_was_written(words: list[str], tenths: int, voice: str) -> None:
    text = " ".join(words)
    tts: Any = {"timed": SimulatedTTS(TTFB), "plain": Plain(), "live": Plain(live=True)}[voice]
    kept = stopped(tenths / 10, text, tts=tts)
    assert kept.split() == text.split()[: len(kept.split())]


def test_more_time_is_never_fewer_words() -> None:
    for tts in (SimulatedTTS(TTFB), Plain(), Plain(live=True)):
        counts = [len(stopped(tenths / 10 + 0.03, tts=tts).split()) for tenths in range(0, 34, 3)]
        assert counts == sorted(counts)
