"""A spoken conversation over recordings: people's speech goes in, the agent answers aloud, and all of it is recorded.

`converse` is a plain call. In virtual time it is done when it returns, as fast as the engines compute; in real time it
takes as long as the conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..models.latency import LatencyProfile
from ..models.registry import ModelError
from ..ports import LLM, STT, TTS, VAD, TurnDetector
from ..session.agent import Agent
from ..session.journal import Journal
from ..session.records import Record
from ..session.session import AgentSession
from ..timing import run_virtual
from ..tuning import Tuning, TuningError
from .cues import Say, Words
from .findings import Findings, tuning_of
from .latency import TurnLatency, turns
from .ledger import Ledger, ledger
from .origins import Origins, origins_before
from .player import Player
from .recipe import Recipe
from .settling import TICK_S, WORDS_S, Settling
from .temporary import TemporaryFolder

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame
    from numpy.typing import NDArray

    from ..session.speech.speech_handle import SpeechHandle
    from ..transports.recording import Channel, Recording

USER_RATE = 16_000
"""Sample rate of the user's audio, in Hz: what speech recognition works on."""

LEAD_S = 0.5
"""Silence before the first recording."""

PAUSE_S = 1.0
"""Silence between the end of an answer and the next recording."""

TAIL_S = 0.5
"""Silence after the last answer."""

Progress = Callable[[int, int], None]
"""Told how many of how many recordings have been answered."""


@dataclass
class Conversation:
    """A recorded conversation: what happened, what was heard, and what it shows.

    Attributes:
        name: What to call it in plots and tables.
        folder: The recording: `journal.jsonl`, `audio.wav`, `tuning.toml`.
        journal: The record of the session.
        latency: The profile of simulated delays that it was held with, "" for none.
        unanswered: The recordings in which nothing was understood.
        agent: Who answered; of one that was read from its folder only the instructions are known, or nothing.
        origins: Who answered and what ended the user's turns, as far as it is known: what a script is made from.
    """

    name: str
    folder: Path
    journal: Journal
    latency: str = ""
    unanswered: tuple[Path, ...] = ()
    _keep: Any = field(default=None, repr=False)
    agent: Agent | None = field(default=None, repr=False)
    origins: Origins | None = field(default=None, repr=False)

    @classmethod
    def load(cls, folder: str | Path, *, name: str = "") -> Conversation:
        """A recording from its folder.

        Raises:
            JournalError, RecordingError: the folder holds no recording that can be read.
        """
        folder = Path(folder)
        journal, recipe = Journal.load(folder / "journal.jsonl"), _recipe_in(folder)
        agent = Agent(instructions=recipe.instructions) if recipe.instructions else None
        origins = recipe.origins if recipe.origins.agent_class else None
        return cls(name or folder.name, folder, journal, recipe.latency, agent=agent, origins=origins)

    @property
    def tuning(self) -> Tuning:
        """The settings at the end."""
        return tuning_of(self.journal)

    @cached_property
    def _sound(self) -> tuple[NDArray[np.int16], int]:
        from ..transports.recording import load_recording

        return load_recording(self.folder)

    @property
    def audio(self) -> NDArray[np.int16]:
        """Samples of shape (n, 3): user, agent, background; sample 0 is the session's start."""
        return self._sound[0]

    @property
    def sample_rate(self) -> int:
        """Of `audio`, in Hz."""
        return self._sound[1]

    @property
    def turns(self) -> list[TurnLatency]:
        """The latency of every turn, by stages."""
        return turns(self.journal)

    @property
    def ledger(self) -> Ledger:
        """The attempts at answering ahead: what they saved and what they cost."""
        return ledger(self.journal)

    def findings(self, versus: Conversation | None = None) -> Findings:
        """What it shows, by itself or against another conversation."""
        return Findings.of(self, versus)

    def play(self, *, background: bool = False) -> Player:
        """A player for a notebook: the user left, the agent right, and between them, if asked for, the background."""
        sound = self.audio[:, :2]
        if background:
            sound = np.clip(sound + self.audio[:, 2:].astype(np.int32), -32768, 32767).astype(np.int16)
        return Player(sound, self.sample_rate, self.name)


def converse(
    recordings: Sequence[str | Path | Words] | str | Path | Words,
    *,
    tuning: Tuning | None = None,
    agent: Agent | None = None,
    stt: STT | str | None = None,
    llm: LLM | str | None = None,
    tts: TTS | str | None = None,
    vad: VAD | str | None = None,
    turn_detection: TurnDetector | None = None,
    latency: str | LatencyProfile | None = None,
    virtual: bool = True,
    seed: int = 0,
    out: str | Path | None = None,
    name: str = "",
    overwrite: bool = False,
    on_progress: Progress | None = None,
    on_record: Callable[[Record], None] | None = None,
) -> Conversation:
    """Hold a conversation in which the user says these recordings, each after the answer to the one before.

    Args:
        recordings: Audio files, all of which are read before anything is made; or `Typed("...")`, which the user types
            instead of saying it, and `Say("...")`, which the agent says of itself.
        stt, llm, tts, vad: Models, or their names as `kit.models.create` takes them; those left
            out are the local ones (PocketSphinx, a scripted LLM, eSpeak NG, Silero).
        latency: A profile of delays to add to the models, by name or as text (see `kit.models.latency`). In virtual
            time a model's own computation takes no time, so without a profile an answer is as fast as it can be.
        virtual: In virtual time, or in real time.
        seed: Of all that is random: two runs with one seed are identical in virtual time.
        out: The folder of the recording; by default a temporary one, which lasts as long as the result.
        overwrite: Whether `out` may replace a recording that is there.
        on_progress: Called with the number of recordings answered, and of all.
        on_record: Called with each journal record as it is made.

    Raises:
        AudioFileError: a recording is missing, empty, silent or cannot be decoded; nothing has been made then.
        EngineMissing: a local engine is not installed; the message has the install line.
        ModelError: a name is that of no model, or a model behind a server is to run in virtual time.
        TuningError, RecordingError: of `tuning` and of `out`.
    """
    from ..transports.files import speech_samples
    from ..transports.recording import Recording

    given = [recordings] if isinstance(recordings, str | Path | Words) else list(recordings)
    if not given:
        raise ValueError("there is nothing to say: give at least one recording")
    speeches = [turn if isinstance(turn, Words) else speech_samples(Path(turn), USER_RATE) for turn in given]
    models, profile = _models(latency, seed, stt=stt, llm=llm, tts=tts, vad=vad)
    if virtual:
        _refuse_network(models)
    session = AgentSession(**models, turn_detection=turn_detection, tuning=tuning, seed=seed)
    agent = agent or Agent()
    keep = None if out is not None else TemporaryFolder()
    folder = Path(out) if out is not None else keep.path / "recording"  # type: ignore[union-attr]
    if on_record is not None:
        session.journal.subscribe(on_record)
    unanswered: list[int] = []
    with Recording(folder, overwrite=overwrite) as recording:
        origins = origins_before(session, agent)
        recipe = Recipe(session.tuning, seed=seed, latency=profile, instructions=agent.instructions, origins=origins)
        recording.write_tuning(recipe.to_toml())

        async def hold() -> None:
            nonlocal unanswered
            unanswered = await _hold(session, agent, speeches, recording, on_progress)

        if virtual:
            run_virtual(hold, seed=seed)
        else:
            _run_real(hold)
    missed = tuple(Path(given[number]) for number in unanswered)  # type: ignore[arg-type]
    return Conversation(name or folder.name, folder, session.journal, profile, missed, keep, agent, origins)


def _recipe_in(folder: Path) -> Recipe:
    """What the recording's settings file says beside the journal; nothing if there is none."""
    try:
        return Recipe.load(folder / "tuning.toml")
    except TuningError:
        return Recipe(Tuning())


def _models(latency: str | LatencyProfile | None, seed: int, **given: Any) -> tuple[dict[str, Any], str]:
    from ..models import delayed, local

    models = local(**{port: model for port, model in given.items() if model is not None})
    if latency is None:
        return models, ""
    profile = LatencyProfile.load(latency)
    return delayed(models, profile, seed=seed), str(profile)


def _refuse_network(models: dict[str, Any]) -> None:
    for port, model in models.items():
        if getattr(model, "needs_network", False):
            raise ModelError(
                f"the {port} is behind a server, and virtual time has no network: converse(..., virtual=False), "
                "or --real-time on the command line"
            )


async def _hold(
    session: AgentSession,
    agent: Agent,
    speeches: Sequence[NDArray[np.int16] | Words],
    recording: Recording,
    on_progress: Progress | None,
) -> list[int]:
    """Say one recording after another. Returns the numbers of those in which nothing was understood."""
    from ..transports.files import AudioFileInput
    from ..transports.playout import PacedOutput

    def write(channel: Channel) -> Callable[[float, AudioFrame], None]:
        return lambda at, frame: recording.write(channel, at - session.origin, frame)

    user = AudioFileInput(sample_rate=USER_RATE, on_frame=write("user"))
    output = PacedOutput(on_played=write("agent"))
    session.journal.subscribe(lambda record: recording.write_entry(record.as_json()))
    settled = _Settled(session)
    unanswered: list[int] = []
    try:
        await session.start(agent, audio_in=user, audio_out=output)
        await play_behind(session, recording)
        for number, speech in enumerate(speeches):
            if on_progress is not None:
                on_progress(number, len(speeches))
            pause_s = PAUSE_S if number else LEAD_S
            if isinstance(speech, Words):
                await asyncio.sleep(pause_s)
                await _answer(session, speech).wait_for_playout()
                continue
            utterance = user.say(speech, pause_s=pause_s)
            if not await settled.wait(await utterance.wait() - session.origin):
                unanswered.append(number)
        if on_progress is not None:
            on_progress(len(speeches), len(speeches))
        await asyncio.sleep(TAIL_S)
    finally:
        await session.aclose()
        output.settle()
    return unanswered


def _answer(session: AgentSession, words: Words) -> SpeechHandle:
    return session.say(words.text) if isinstance(words, Say) else session.generate_reply(user_input=words.text)


async def play_behind(session: AgentSession, recording: Recording) -> None:
    """Play what the session's tuning names behind the conversation, until that is over."""
    if not (session.tuning.background.ambient or session.tuning.background.thinking):
        return
    from ..background import BackgroundAudioPlayer, LazyOutput

    mix = LazyOutput(
        sample_rate=recording.sample_rate,
        on_played=lambda at, frame: recording.write("background", at - session.origin, frame),
    )
    await BackgroundAudioPlayer().start(agent_session=session, output=mix)
    session.journal.subscribe(lambda record: mix.settle())


class _Settled:
    """Waits until a recording has been answered, or will not be."""

    def __init__(self, session: AgentSession) -> None:
        self._settling = Settling()
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._turns = 0
        session.journal.subscribe(self._take)

    def _take(self, record: Record) -> None:
        self._settling.take(record)
        self._changed.set()

    async def wait(self, spoken_t: float) -> bool:
        """Whether the recording that ended at `spoken_t` became a turn of the user."""
        before = self._turns
        while True:
            patience_s = max(WORDS_S, self._session.tuning.endpointing.max_delay_s)
            due_t = self._settling.when_settled(spoken_t, patience_s)
            now_t = self._loop.time() - self._session.origin
            if due_t is not None and due_t <= now_t + TICK_S:
                self._turns = self._settling.turns
                return self._turns > before
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), None if due_t is None else due_t - now_t)


def _run_real(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end on a loop of its own, in a thread of its own where a loop is running here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(main())
        return
    with ThreadPoolExecutor(1, thread_name_prefix="conversation") as pool:
        pool.submit(asyncio.run, main()).result()
