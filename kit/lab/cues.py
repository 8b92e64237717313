"""What is said in a conversation without a recording: typed by the user, or by the agent of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..session.records import SpeechCreated, SpeechFinished, TurnCommitted, TurnDropped, UserInput

if TYPE_CHECKING:
    from ..session.journal import Journal


@dataclass(frozen=True, slots=True)
class Words:
    """Base of the two."""

    text: str


class Typed(Words):
    """The user types it, and the agent answers."""

    __slots__ = ()


class Say(Words):
    """The agent says it of itself, such as a greeting."""

    __slots__ = ()


def words_of(journal: Journal, *, answers_again: bool = True) -> tuple[Words, ...]:
    """The words by which a conversation can be held again: what the user said or typed, and what the agent said of
    itself.

    Args:
        answers_again: Whether the answers can be made again. Otherwise they are given as they were heard, in the place
            of the user's words.
    """
    dropped = {record.turn for record in journal.of(TurnDropped)}
    heard = {record.speech: record.text for record in journal.of(SpeechFinished)}
    words: list[Words] = []
    typed = False
    for record in journal:
        if isinstance(record, TurnCommitted) and record.turn not in dropped and answers_again:
            words.append(Typed(record.text))
        elif isinstance(record, UserInput):
            typed = True
            if answers_again:
                words.append(Typed(record.text))
        elif isinstance(record, SpeechCreated):
            answer = record.source == "turn" or (record.source == "generate_reply" and typed)
            if record.source == "generate_reply":
                typed = False
            if not (answer and answers_again) and heard.get(record.speech):
                words.append(Say(heard[record.speech]))
    return tuple(words)


def plain(words: Sequence[Words]) -> list[dict[str, str]]:
    """As TOML holds them: each a table with `user` or `agent`."""
    return [{"user" if isinstance(one, Typed) else "agent": one.text} for one in words]
