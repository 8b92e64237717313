"""Who plays the user and the application in a replay: each thing is done when what it reacts to has happened."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...ports import SpeechEvent, SpeechEventType, VADEvent, VADEventType
from ...session import records
from ..settling import TICK_S, WORDS_S, Settling
from .answers import Answers
from .course import REACTION_S, Done, Heard, Item, Place, Stretch
from .models import ASKED, ReplayedEar, ReplayedLLM

if TYPE_CHECKING:
    from ...session.session import AgentSession

OTHERS_S = 3.0
"""How long more speeches are waited for than have come, where the recording had several on end."""


class Conductor:
    """Leads a session through what a recording tells. `begun_t`: where each stretch of the user's speech came to begin.

    Args:
        vad: Told where voice is heard; None: the STT tells it, as it did in the recording.
        overrides: Settings that the recording's own changes do not touch.
    """

    def __init__(
        self,
        session: AgentSession,
        items: Sequence[Item],
        answers: Answers,
        stt: ReplayedEar[SpeechEvent],
        vad: ReplayedEar[VADEvent] | None,
        llm: ReplayedLLM,
        *,
        overrides: Sequence[str],
        changes_settings: bool,
    ) -> None:
        self._session = session
        self._items = items
        self._answers = answers
        self._stt, self._vad, self._llm = stt, vad, llm
        self._overrides = overrides
        self._changes_settings = changes_settings
        self._loop = asyncio.get_running_loop()
        self._zero = self._loop.time()
        self._changed = asyncio.Event()
        self._settling = Settling()
        self._order: list[str] = []
        self._begins: list[float] = []
        self._ends: dict[str, float] = {}
        self._spoken_t = 0.0
        self._asked = 0
        self.begun_t: list[tuple[Stretch, float]] = []
        session.journal.subscribe(self._take)

    async def lead(self) -> None:
        """Through everything, until the last of it has been answered."""
        heard, told = 0, 0
        for item in self._items:
            place = item.place
            target = heard + place.speech - told
            at_t = await self._when(place, target, place.speech - told)
            told = place.speech
            heard = min(target, len(self._begins)) if place.speech else 0
            if isinstance(item, Stretch):
                await self._speak(item, at_t)
                last_t = at_t + item.starts_s[-1] + REACTION_S
                heard = sum(begin_t <= last_t for begin_t in self._begins)
            else:
                await self._until(at_t)
                self._act(item.record)
        await self._settled()

    async def _when(self, place: Place, target: int, more: int) -> float:
        """When the moment has come that corresponds to a place of the recording, in seconds of the session."""
        if not place.speech:
            return place.offset_s
        if not await self._speech(target, ended=not place.into, patience_s=OTHERS_S if more > 1 else 0.0):
            return self._now + min(place.offset_s, 1.0)  # the speech did not come
        if place.into:
            return self._begins[target - 1] + place.offset_s
        while True:
            at_t = self._end(target) + place.offset_s
            await self._until(at_t)
            if target >= len(self._begins) or self._begins[target] > at_t - REACTION_S:
                return at_t
            target += 1
            await self._speech(target, ended=True, patience_s=0.0)

    async def _speak(self, stretch: Stretch, at_t: float) -> None:
        """Say a stretch to its end."""
        self.begun_t.append((stretch, at_t))
        for offset_s, record in stretch.done:
            self._loop.call_at(self._zero + at_t + offset_s, self._act, record)
        for heard in stretch.heard:
            self._put(heard, at_t)
        self._spoken_t = at_t + stretch.length_s
        await self._until(self._spoken_t)

    def _put(self, heard: Heard, at_t: float) -> None:
        due = self._zero + at_t + heard.offset_s
        audio_t = None if heard.audio_s is None else at_t + heard.audio_s
        if heard.kind == "words":
            kind = SpeechEventType.FINAL_TRANSCRIPT if heard.final else SpeechEventType.INTERIM_TRANSCRIPT
            self._stt.outbox.put(SpeechEvent(kind, heard.text, audio_t), due)
            self._loop.call_at(due - 1e-9, self._tell_turn, heard.turn)
            return
        started = heard.kind == "started"
        if self._vad is not None:
            voice = VADEventType.START_OF_SPEECH if started else VADEventType.END_OF_SPEECH
            self._vad.outbox.put(VADEvent(voice, audio_t or 0.0), due)
        else:
            kind = SpeechEventType.START_OF_SPEECH if started else SpeechEventType.END_OF_SPEECH
            self._stt.outbox.put(SpeechEvent(kind, audio_t=audio_t), due)

    def _tell_turn(self, turn: int) -> None:
        if turn:
            self._llm.turn = turn

    def _act(self, record: Done) -> None:
        session = self._session
        if isinstance(record, records.TuningChanged):
            if self._changes_settings and record.path not in self._overrides:
                session.tuning = session.tuning.replace({record.path: record.new})
        elif record.source == "say":
            text = self._answers.said.get(record.speech, "")
            if text.strip():
                session.say(text)
        elif self._asked < len(self._answers.asked):
            session.generate_reply(instructions=f"{ASKED}{self._asked}")
            self._asked += 1

    # what has happened

    @property
    def _now(self) -> float:
        return self._loop.time() - self._zero

    def _take(self, record: Any) -> None:
        self._settling.take(record)
        if isinstance(record, records.SpeechStarted):
            self._order.append(record.speech)
            self._begins.append(record.t)
        elif isinstance(record, records.SpeechFinished):
            self._ends[record.speech] = record.t
        self._changed.set()

    def _end(self, number: int) -> float:
        return self._ends.get(self._order[number - 1], math.inf)

    async def _speech(self, number: int, *, ended: bool, patience_s: float) -> bool:
        """Wait until so many speeches were heard, the last one to its end if `ended`. False if they do not come."""
        while len(self._begins) < number or (ended and math.isinf(self._end(number))):
            due_t = self._due_t()
            due_t = None if due_t is None else due_t + patience_s
            if due_t is not None and due_t <= self._now + TICK_S:
                return False
            await self._change(due_t)
        return True

    async def _settled(self) -> None:
        while (due_t := self._due_t()) is None or due_t > self._now + TICK_S:
            await self._change(due_t)

    def _due_t(self) -> float | None:
        patience_s = max(WORDS_S, self._session.tuning.endpointing.max_delay_s)
        return self._settling.when_settled(self._spoken_t, patience_s)

    async def _change(self, due_t: float | None) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), None if due_t is None else due_t - self._now)

    async def _until(self, t: float) -> None:
        delay_s = t - self._now
        if delay_s > 0:
            await asyncio.sleep(delay_s)
