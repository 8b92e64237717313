"""A recorded conversation once more, under other settings: in virtual time, from its recording alone.

What the models gave is given again with the timing that was measured then: the recogniser's words and the detector's
boundaries at their distance from the user's speech, the LLM's words after its time to the first token, the voice after
its time to the first sound. Only what a setting changes is different, so a difference is the setting's.

What a journal does not tell is replayed as well as it can be: answers of attempts that were cut short are those of
their turn; tools are called without arguments and take as long as they took; a real-time loudspeaker's delay is that
of the recording's median, so that gaps of a real-time recording come back to within what that varied; what a turn
detector said is not recorded, so every pause is as likely to be the end of the turn as any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...audio.frames import frame_from_samples
from ...models.missing import EngineMissing
from ...ports import TTS, SpeechEvent, VADEvent
from ...session.agent import Agent
from ...session.records import SessionClosed, SessionStarted, SpeechFinished
from ...session.session import AgentSession
from ...timing import run_virtual
from ...tuning import Tuning
from ..conversation import TAIL_S, Conversation, play_behind
from ..findings import start_tuning_of
from ..temporary import TemporaryFolder
from .agent import late, replayed_agent
from .answers import Answers, answers
from .conductor import Conductor
from .course import Act, Item, Stretch, course
from .models import ReplayedEar, ReplayedLLM
from .voices import ReplayedTTS

if TYPE_CHECKING:
    from ...transports.recording import Recording

LEAD_S = 0.3
"""How much of what the microphone heard before a stretch of speech goes with it."""
MOST_TAIL_S = 5.0


class ReplayError(ValueError):
    """A conversation that cannot be replayed, with the reason."""


def replay(
    conversation: Conversation | str | Path,
    *,
    tuning: Tuning | None = None,
    changes: Mapping[str, Any] | None = None,
    tts: TTS | str | None = None,
    agent: Agent | None = None,
    name: str = "",
    seed: int = 0,
    out: str | Path | None = None,
) -> Conversation:
    """Hold a recorded conversation again. With nothing changed, the gaps are those of the recording.

    What the user says keeps its distance from the agent's answers: it begins as long after the end of the one before,
    or as far into it. The words that answer are the recorded ones.

    Args:
        conversation: Or the folder of its recording.
        tuning: The settings from the start to the end. Without it, those of the recording, with their changes in it.
        changes: Settings by their dotted paths that are different, over `tuning` or over the recording's.
        tts: The voice, or its name. Without it eSpeak NG where the recording was made with that, and else the recorded
            sound, as long as the words are said as they were; those that are not, eSpeak NG says.
        agent: Whose nodes and hook are to be used. What it says on entering is then its own; its tools are not called.
        name: What to call the result.
        seed: Of all that is random.
        out: The folder of the recording; by default a temporary one, which lasts as long as the result.

    Raises:
        ReplayError: a realtime model led it, whose thinking a journal does not tell.
        JournalError, RecordingError, TuningError: of the recording, of `out` and of the settings.
        ModelError, EngineMissing: of `tts`.
    """
    original = conversation if isinstance(conversation, Conversation) else Conversation.load(conversation)
    models = _models_of(original)
    start = (start_tuning_of(original.journal) if tuning is None else tuning).replace(changes or {})
    told = answers(original.journal)
    voice = _Voice(models["tts"], tts)
    keep = None if out is not None else TemporaryFolder()
    folder = Path(out) if out is not None else keep.path / "recording"  # type: ignore[union-attr]
    held = _Held(original, told, models, start, voice, agent, seed)
    held.changes_settings, held.overrides = tuning is None, tuple(changes or ())
    from ...transports.recording import Recording

    with Recording(folder, sample_rate=original.sample_rate) as recording:
        session = run_virtual(held.hold, recording, seed=seed)
    name = name or f"{original.name}, replayed"
    return Conversation(
        name, folder, session.journal, original.latency, original.unanswered, keep, origins=original.origins
    )


def _models_of(original: Conversation) -> dict[str, str]:
    started = next(iter(original.journal.of(SessionStarted)), None)
    models = {} if started is None else started.models
    if models.get("llm") and not models.get("stt"):
        raise ReplayError(
            f"“{original.name}” was led by {models['llm']}, which hears and answers by itself: "
            "only a conversation with speech to text can be replayed"
        )
    return {port: models.get(port, "") for port in ("stt", "llm", "tts", "vad")}


class _Voice:
    """Which engine speaks, and whether the recorded sound may be heard in its place."""

    def __init__(self, recorded: str, given: TTS | str | None) -> None:
        from ...models import local

        self.recorded_too = False
        self.engine: TTS | None = None
        if given is not None:
            self.engine = local(stt=None, llm=None, vad=None, tts=given)["tts"]
            return
        self.recorded_too = "espeak" not in recorded.lower()
        try:
            self.engine = local(stt=None, llm=None, vad=None, tts="espeak")["tts"]
        except EngineMissing:
            self.recorded_too = True


class _Held:
    """One replay, while it is held."""

    def __init__(
        self,
        original: Conversation,
        told: Answers,
        models: Mapping[str, str],
        start: Tuning,
        voice: _Voice,
        agent: Agent | None,
        seed: int,
    ) -> None:
        self._original, self._told, self._models = original, told, models
        self._start, self._voice, self._agent, self._seed = start, voice, agent, seed
        self.changes_settings = True
        self.overrides: tuple[str, ...] = ()

    async def hold(self, recording: Recording) -> AgentSession:
        from ...transports.playout import PacedOutput

        zero = asyncio.get_running_loop().time()
        stt, llm = ReplayedEar[SpeechEvent](self._models["stt"]), self._llm()
        vad = ReplayedEar[VADEvent](self._models["vad"]) if self._models["vad"] else None
        session = AgentSession(stt=stt, llm=llm, vad=vad, tuning=self._start, seed=self._seed)
        session.tts = self._tts(session, llm)
        output = PacedOutput(on_played=lambda at, frame: recording.write("agent", at - zero, frame))
        recording.write_tuning(session.tuning.to_toml())
        session.journal.subscribe(lambda record: recording.write_entry(record.as_json()))
        conductor = Conductor(
            session,
            self._items(),
            self._told,
            stt,
            vad,
            llm,
            overrides=self.overrides,
            changes_settings=self.changes_settings,
        )
        agent = self._agent or replayed_agent(self._told, lambda: llm.turn)
        try:
            await session.start(agent, audio_in=_silence(), audio_out=late(output, self._told.playout_s))
            await play_behind(session, recording)
            await conductor.lead()
            await asyncio.sleep(_tail_s(self._original))
        finally:
            await session.aclose()
            output.settle()
        end_s = asyncio.get_running_loop().time() - zero
        _write_user(recording, self._original, conductor.begun_t, end_s)
        _write_behind(recording, self._original, session, end_s)
        return session

    def _items(self) -> list[Item]:
        items = course(self._original.journal)
        if self._agent is not None and type(self._agent).on_enter is not Agent.on_enter:
            items = [item for item in items if not (isinstance(item, Act) and item.place.speech == 0)]
        return items

    def _llm(self) -> ReplayedLLM:
        return ReplayedLLM(self._told, self._models["llm"], calls_tools=self._agent is None)

    def _tts(self, session: AgentSession, llm: ReplayedLLM) -> ReplayedTTS:
        original, voice = self._original, self._voice
        return ReplayedTTS(
            self._told,
            self._models["tts"] or "tts",
            engine=voice.engine,
            recorded=original.audio[:, 1] if voice.recorded_too else None,
            sample_rate=original.sample_rate,
            tuning=lambda: session.tuning,
            turn=lambda: llm.turn,
        )


def _tail_s(original: Conversation) -> float:
    """From the last answer to the end."""
    closed, finished = original.journal.of(SessionClosed), original.journal.of(SpeechFinished)
    if not closed or not finished:
        return TAIL_S
    return min(max(0.0, closed[-1].t - finished[-1].t), MOST_TAIL_S)


def _write_user(
    recording: Recording, original: Conversation, begun_t: Sequence[tuple[Stretch, float]], end_s: float
) -> None:
    """The user's sound, each stretch where it came to begin, with what the microphone heard until the next one."""
    rate, channel = original.sample_rate, original.audio[:, 0]
    leads_s = [min(LEAD_S, stretch.start_t) for stretch, _ in begun_t]
    leads_s[:1] = [stretch.start_t for stretch, _ in begun_t[:1]]
    cuts = [(stretch.start_t - lead_s, at_t - lead_s) for (stretch, at_t), lead_s in zip(begun_t, leads_s, strict=True)]
    for (old_t, new_t), (old_end, new_end) in pairwise([*cuts, (len(channel) / rate, end_s)]):
        early_s = max(0.0, -new_t)
        first, last = round((old_t + early_s) * rate), round((old_t + min(old_end - old_t, new_end - new_t)) * rate)
        if last > first:
            part = np.ascontiguousarray(channel[first:last]).reshape(-1, 1)
            recording.write("user", new_t + early_s, frame_from_samples(part, rate))


def _write_behind(recording: Recording, original: Conversation, session: AgentSession, end_s: float) -> None:
    """Sound behind the conversation that no setting names is heard as it was."""
    named = any(
        tuning.background.ambient or tuning.background.thinking
        for tuning in (start_tuning_of(original.journal), original.tuning, session.tuning)
    )
    behind = original.audio[: round(end_s * original.sample_rate), 2]
    if not named and behind.any():
        recording.write(
            "background", 0.0, frame_from_samples(np.ascontiguousarray(behind).reshape(-1, 1), original.sample_rate)
        )


async def _silence() -> AsyncGenerator[Any, None]:
    """The user's sound is not needed: what the models heard in it is known."""
    await asyncio.Event().wait()
    yield  # never
