"""A spoken conversation over recordings: people's speech goes in, the agent answers aloud, and all of it is recorded.

`converse` is a plain call. In virtual time it is done when it returns, as fast as the engines compute; in real time it
takes as long as the conversation.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..models.latency import LatencyProfile
from ..models.registry import ModelError
from ..ports import LLM, STT, TTS, VAD, TurnDetector
from ..session.agent import Agent
from ..session.journal import Journal, Record
from ..session.session import AgentSession
from ..timing import run_virtual
from ..tuning import Tuning
from .findings import Findings, tuning_of
from .latency import TurnLatency, turns
from .ledger import Ledger, ledger
from .settling import WORDS_S, Settling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..transports.recording import Recording

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
    """

    name: str
    folder: Path
    journal: Journal
    latency: str = ""
    unanswered: tuple[Path, ...] = ()
    _keep: Any = field(default=None, repr=False)

    @classmethod
    def load(cls, folder: str | Path, *, name: str = "") -> Conversation:
        """A recording from its folder.

        Raises:
            JournalError, RecordingError: the folder holds no recording that can be read.
        """
        folder = Path(folder)
        return cls(name or folder.name, folder, Journal.load(folder / "journal.jsonl"))

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

    def play(self) -> Player:
        """A player for a notebook: the user left, the agent right."""
        return Player(self)


class Player:
    """Shows itself in a notebook as an audio element."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def _repr_html_(self) -> str:
        from ..audio.encoding import encode_for_browser

        sound = encode_for_browser(self._conversation.audio[:, :2], self._conversation.sample_rate)
        source = f"data:{sound.mime_type};base64,{base64.b64encode(sound.data).decode()}"
        return f'<audio controls preload="metadata" src="{source}"></audio>'


def converse(
    recordings: Sequence[str | Path] | str | Path,
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
        recordings: Audio files. All are read before anything is made.
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

    paths = [Path(recordings)] if isinstance(recordings, str | Path) else [Path(path) for path in recordings]
    if not paths:
        raise ValueError("there is nothing to say: give at least one recording")
    speeches = [speech_samples(path, USER_RATE) for path in paths]
    models, profile = _models(latency, seed, stt=stt, llm=llm, tts=tts, vad=vad)
    if virtual:
        _refuse_network(models)
    session = AgentSession(**models, turn_detection=turn_detection, tuning=tuning, seed=seed)
    keep = None if out is not None else tempfile.TemporaryDirectory(prefix="kit-")
    folder = Path(out) if out is not None else Path(keep.name) / "recording"  # type: ignore[union-attr]
    if on_record is not None:
        session.journal.subscribe(on_record)
    unanswered: list[int] = []
    with Recording(folder, overwrite=overwrite) as recording:

        async def hold() -> None:
            nonlocal unanswered
            unanswered = await _hold(session, agent or Agent(), speeches, recording, on_progress)

        if virtual:
            run_virtual(hold, seed=seed)
        else:
            _run_real(hold)
    missed = tuple(paths[number] for number in unanswered)
    return Conversation(name or folder.name, folder, session.journal, profile, missed, keep)


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
    speeches: Sequence[NDArray[np.int16]],
    recording: Recording,
    on_progress: Progress | None,
) -> list[int]:
    """Say one recording after another. Returns the numbers of those in which nothing was understood."""
    from ..transports.files import AudioFileInput
    from ..transports.playout import PacedOutput

    loop = asyncio.get_running_loop()
    zero = loop.time()
    user = AudioFileInput(sample_rate=USER_RATE, on_frame=lambda at, frame: recording.write("user", at - zero, frame))
    output = PacedOutput(on_played=lambda at, frame: recording.write("agent", at - zero, frame))
    recording.write_tuning(session.tuning.to_toml())
    session.journal.subscribe(lambda record: recording.write_entry(record.as_json()))
    settled = _Settled(session)
    unanswered: list[int] = []
    try:
        await session.start(agent, audio_in=user, audio_out=output)
        for number, samples in enumerate(speeches):
            if on_progress is not None:
                on_progress(number, len(speeches))
            utterance = user.say(samples, pause_s=PAUSE_S if number else LEAD_S)
            if not await settled.wait(await utterance.wait() - zero):
                unanswered.append(number)
        if on_progress is not None:
            on_progress(len(speeches), len(speeches))
        await asyncio.sleep(TAIL_S)
    finally:
        await session.aclose()
        output.settle()
    return unanswered


class _Settled:
    """Waits until a recording has been answered, or will not be."""

    def __init__(self, session: AgentSession) -> None:
        self._settling = Settling()
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._zero = self._loop.time()
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
            now_t = self._loop.time() - self._zero
            if due_t is not None and due_t <= now_t:
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
