"""The transcript of a Talk: what a person reads of each kind of record."""

from __future__ import annotations

from typing import Any

import pytest

from kit.session import records
from kit.session.records import Record
from kit.widgets.talking.lines import MOST_LINES, Line, TalkLines


class Reader:
    """Takes records, each a second after the one before it, and remembers what was told."""

    def __init__(self) -> None:
        self.told: list[Line] = []
        self.clock = 0.0
        self.lines = TalkLines(self.told.append, lambda: self.clock)

    def take(self, kind: type[Record], **values: Any) -> None:
        self.clock += 1.0
        self.lines.take(kind(t=self.clock, **values))

    @property
    def read(self) -> list[tuple[str, str, str, str]]:
        return [(line.who, line.text, line.interim, line.note) for line in self.lines.lines]


@pytest.fixture
def reader() -> Reader:
    return Reader()


def heard(reader: Reader, text: str, *, turn: int = 1) -> None:
    """The user said this, and it is a turn."""
    reader.take(records.Transcript, text=text, final=True)
    reader.take(records.TurnCommitted, turn=turn, text=text, audio_t=reader.clock)


def answered(reader: Reader, text: str, *, turn: int = 1, speech: str = "s1", interrupted: bool = False) -> None:
    reader.take(records.SpeechCreated, speech=speech, source="turn", turn=turn)
    reader.take(records.SpeechStarted, speech=speech)
    reader.take(records.SpeechFinished, speech=speech, interrupted=interrupted, played_s=1.0, text=text)


def test_words_that_may_still_change_become_words_that_stand(reader: Reader) -> None:
    reader.take(records.Transcript, text="what is", final=False)
    assert reader.read == [("you", "", "what is", "")]
    reader.take(records.Transcript, text="what is the", final=True)
    assert reader.read == [("you", "what is the", "", "")]
    reader.take(records.Transcript, text="weather", final=False)
    assert reader.read == [("you", "what is the", "weather", "")]
    reader.take(records.Transcript, text="  ", final=False)
    reader.take(records.TurnCommitted, turn=1, text="What is the weather?", audio_t=1.0)
    assert reader.read == [("you", "What is the weather?", "", "")]
    assert len(reader.told) == 4 and {line.id for line in reader.told} == {1}


def test_silence_is_no_line_and_a_turn_without_a_transcript_is_one(reader: Reader) -> None:
    reader.take(records.Transcript, text="  ", final=True)
    assert reader.read == []
    reader.take(records.TurnCommitted, turn=1, text="hello", audio_t=1.0)
    assert reader.read == [("you", "hello", "", "")]


def test_the_next_turn_is_another_line(reader: Reader) -> None:
    heard(reader, "one", turn=1)
    heard(reader, "two", turn=2)
    assert [text for _, text, _, _ in reader.read] == ["one", "two"]


def test_an_answer_grows_and_ends_as_it_was_heard(reader: Reader) -> None:
    reader.take(records.SpeechCreated, speech="s1", source="turn", turn=1)
    reader.lines.saying("too early")
    assert reader.read == []
    reader.take(records.SpeechStarted, speech="s1")
    assert reader.read == [("agent", "…", "", "")]
    reader.lines.saying("It is sunny")
    reader.lines.saying("It is sunny")
    reader.lines.saying("")
    assert reader.read == [("agent", "It is sunny", "", "")] and len(reader.told) == 2
    reader.take(records.SpeechFinished, speech="s1", interrupted=False, played_s=1.0, text="It is sunny in Paris.")
    reader.lines.saying("too late")
    assert reader.read == [("agent", "It is sunny in Paris.", "", "")]


@pytest.mark.parametrize(
    ("text", "shown", "note"),
    [
        ("It is sunny, with a light", "It is sunny, with a light", "interrupted at “light”"),
        ("It is sunny in Paris.", "It is sunny in Paris.", "interrupted at “Paris”"),
        ("", "(nothing was heard)", "interrupted"),
        ("…", "…", "interrupted"),
    ],
)
def test_an_interruption_tells_the_word(reader: Reader, text: str, shown: str, note: str) -> None:
    answered(reader, text, interrupted=True)
    assert reader.read == [("agent", shown, "", note)]


def test_a_speech_that_goes_on_after_a_pause_stays_one_line(reader: Reader) -> None:
    reader.take(records.SpeechCreated, speech="s1", source="say", turn=0)
    reader.take(records.SpeechStarted, speech="s1")
    reader.take(records.SpeechStarted, speech="s1")
    reader.take(records.SpeechFinished, speech="s1", interrupted=False, played_s=1.0, text="Done.")
    assert reader.read == [("agent", "Done.", "", "")]


def test_a_speech_that_was_never_heard_is_no_line(reader: Reader) -> None:
    reader.take(records.SpeechCreated, speech="s1", source="turn", turn=1)
    reader.take(records.SpeechFinished, speech="s1", interrupted=True, played_s=0.0, text="")
    assert reader.read == []


def test_an_answer_made_ready_says_how_long_before_its_turn(reader: Reader) -> None:
    heard(reader, "hello", turn=7)
    reader.take(records.PreemptionAdopted, attempt=1, turn=7, lead_s=0.346)
    answered(reader, "Hello.", turn=7)
    answered(reader, "And again.", turn=7, speech="s2")
    assert reader.read[1] == ("agent", "Hello.", "", "made ready 0.35 s before its turn")
    assert reader.read[2] == ("agent", "And again.", "", "")


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("transcript_changed", "other words came"),
        ("context_changed", "what the agent knows changed"),
        ("tools_changed", "its tools changed"),
        ("failed", "it failed"),
        ("setting_changed", "a setting changed"),
        ("turn_cleared", "the turn was cleared"),
        ("session_closed", None),  # whatever ended the turn is told by itself
    ],
)
def test_an_answer_begun_too_early_says_why_it_was_dropped(reader: Reader, reason: str, why: str | None) -> None:
    reader.take(records.Transcript, text="hello", final=True)
    used = {"prompt_tokens": 1, "completion_tokens": 1, "characters": 1}
    reader.take(records.PreemptionDiscarded, attempt=1, turn=1, reason=reason, **used)
    note = "" if why is None else f"an answer begun too early was dropped: {why}"
    assert reader.read == [("you", "hello", "", note)]


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        ("stop_response", "no answer: the agent chose to stay silent"),
        ("hook_failed", "no answer: on_user_turn_completed failed"),
        ("agent_uninterruptible", "no answer: the agent was not to be interrupted"),
        ("no_llm", "no answer: there is no LLM"),
        ("session_closed", "no answer: the conversation ended"),
        ("of_another_version", "no answer: of_another_version"),
    ],
)
def test_a_turn_without_a_reply_says_why(reader: Reader, reason: str, note: str) -> None:
    heard(reader, "hello", turn=3)
    reader.take(records.TurnDropped, turn=3, reason=reason)
    assert reader.read == [("you", "hello", "", note)]


def test_a_note_stands_at_its_own_turn(reader: Reader) -> None:
    heard(reader, "one", turn=1)
    heard(reader, "two", turn=2)
    reader.take(records.TurnDropped, turn=1, reason="no_llm")
    assert [note for *_, note in reader.read] == ["no answer: there is no LLM", ""]


def test_tools_and_who_takes_over_are_notes(reader: Reader) -> None:
    reader.take(records.ToolCalled, name="weather", call="c1", speech="s1")
    reader.take(records.AgentHandoff, old="", new="host")
    reader.take(records.AgentHandoff, old="host", new="booking")
    assert reader.read == [
        ("note", "the agent calls weather", "", ""),
        ("note", "booking takes over from host", "", ""),
    ]


def test_an_error_says_where_it_is_and_whether_that_is_all(reader: Reader) -> None:
    reader.take(records.Error, source="stt", message="connection lost", recoverable=True)
    reader.take(records.Error, source="llm", message="no such model", recoverable=False)
    assert reader.read == [
        ("error", "stt: connection lost", "", ""),
        ("error", "llm: no such model It cannot be tried again.", "", ""),
    ]


def test_what_is_typed_says_so(reader: Reader) -> None:
    reader.lines.typed("hello")
    assert reader.read == [("you", "hello", "", "typed")]


def test_what_nobody_reads_is_no_line(reader: Reader) -> None:
    reader.take(records.UserSpeechStarted, audio_t=0.0)
    reader.take(records.LlmRequested, request="r", turn=1, attempt=0)
    reader.take(records.AgentState, old="listening", new="thinking")
    assert reader.read == [] and reader.told == []


def test_markup_stays_text(reader: Reader) -> None:
    markup = "<b>bold</b> & <img src=x onerror=alert(1)> <break time='1s'/>"
    heard(reader, markup)
    reader.take(records.SpeechStarted, speech="s1")
    reader.lines.saying(markup)
    assert [text for _, text, _, _ in reader.read] == [markup, markup]
    assert reader.lines.told(reader.lines.lines[0])["text"] == markup


def test_a_line_is_told_with_its_age(reader: Reader) -> None:
    reader.lines.typed("hello")
    reader.clock += 2.5
    told = reader.lines.told(reader.lines.lines[0])
    assert told == {"id": 1, "who": "you", "text": "hello", "interim": "", "note": "typed", "ago_s": 2.5}


def test_another_conversation_goes_on_below_with_turns_of_its_own(reader: Reader) -> None:
    reader.take(records.Transcript, text="cut off", final=False)
    reader.take(records.PreemptionAdopted, attempt=1, turn=1, lead_s=0.3)
    reader.take(records.SpeechStarted, speech="s1")
    reader.lines.begin()
    heard(reader, "hello", turn=1)
    answered(reader, "Hello.")
    assert [line.id for line in reader.lines.lines] == [1, 2, 3, 4]
    assert reader.read[2:] == [("you", "hello", "", ""), ("agent", "Hello.", "", "")]


def test_only_the_latest_lines_are_kept_and_none_loses_its_number(reader: Reader) -> None:
    for number in range(MOST_LINES + 25):
        heard(reader, f"turn {number}", turn=number)
    kept = reader.lines.lines
    assert len(kept) == MOST_LINES
    assert [line.id for line in kept] == list(range(26, MOST_LINES + 26))
    assert kept[-1].text == f"turn {MOST_LINES + 24}"


def test_what_it_remembers_of_turns_and_speeches_does_not_grow(reader: Reader) -> None:
    for number in range(2000):
        heard(reader, "hello", turn=number)
        reader.take(records.PreemptionAdopted, attempt=number, turn=number, lead_s=0.1)
        answered(reader, "Hello.", turn=number, speech=f"s{number}")
    for number in range(2000, 4000):
        heard(reader, "hello", turn=number)
        reader.take(records.PreemptionAdopted, attempt=number, turn=number, lead_s=0.1)
    kept = [value for value in vars(reader.lines).values() if isinstance(value, dict | list)]
    assert max(map(len, kept)) <= MOST_LINES
