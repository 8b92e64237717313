"""Journals and recordings written by hand after the timing rules, for tests of what reads them.

Counted from the end of the user's speech: `commit = max(min_delay, d_stt, d_vad)`; off, the first audio comes at
commit + ttft + ttfb; on, at max(commit, d_stt + ttft) + ttfb; with speech ahead too, at
max(commit, d_stt + ttft + ttfb).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kit.session.journal import Journal
from kit.session.records import (
    LlmDone,
    LlmFirstToken,
    LlmRequested,
    PreemptionAdopted,
    PreemptionDiscarded,
    PreemptionStarted,
    Record,
    SessionClosed,
    SessionStarted,
    SpeechCreated,
    SpeechFinished,
    SpeechStarted,
    Transcript,
    TtsDone,
    TtsFirstAudio,
    TtsRequested,
    TurnCommitted,
    TurnDropped,
    UserSpeechEnded,
    UserSpeechStarted,
)
from kit.tuning import Tuning

MODELS = {"stt": "simulated, 0.1 s", "llm": "simulated, 0.35 s", "tts": "simulated, 0.2 s", "vad": "simulated, 0.3 s"}
RATE = 16_000


@dataclass
class Said:
    """A turn of the user and what becomes of it. Seconds."""

    text: str = "what is the weather in paris"
    speech_s: float = 1.4
    d_stt: float = 0.1
    d_vad: float = 0.3
    ttft: float = 0.35
    ttfb: float = 0.2
    playout: float = 0.0
    hook: float = 0.0
    reply: str = "It is sunny in Paris, with a light wind."
    reply_s: float = 2.6
    interrupted_after: float | None = None
    dropped: str = ""
    discarded: str = ""
    pause_s: float = 0.6


@dataclass
class Recording:
    """What plots and reports take."""

    journal: Journal
    audio: np.ndarray
    name: str = "conversation"
    sample_rate: int = RATE


@dataclass
class Writer:
    """Writes a journal turn by turn."""

    tuning: Tuning = field(default_factory=Tuning)
    t: float = 0.5
    records: list[Record] = field(default_factory=list)
    turn: int = 0
    number: int = 0
    user: list[tuple[float, float]] = field(default_factory=list)
    agent: list[tuple[float, float]] = field(default_factory=list)

    def add(self, kind: type[Record], t: float, **fields: object) -> None:
        self.records.append(kind(t=round(t, 9), **fields))

    def say(self, said: Said) -> None:
        self.turn += 1
        start = self.t
        end = round(start + said.speech_s, 9)
        self.user.append((start, end))
        self.add(UserSpeechStarted, start, audio_t=start)
        self.add(UserSpeechEnded, end + said.d_vad, audio_t=end)
        self.add(Transcript, end + said.d_stt, text=said.text, final=True)
        known = end + said.d_stt
        if self.tuning.preemption.enabled:
            self.number += 1
            self.add(PreemptionStarted, known, attempt=self.number, turn=self.turn)
        commit = max(end + self.tuning.endpointing.min_delay_s, known, end + said.d_vad)
        self.add(TurnCommitted, commit, turn=self.turn, text=said.text, audio_t=end)
        self.t = self._answer(said, known, commit) + said.pause_s

    def _answer(self, said: Said, known: float, commit: float) -> float:
        settings = self.tuning.preemption
        attempt = self.number if settings.enabled else 0
        if attempt and (said.discarded or said.dropped):
            self._throw_away(said, attempt, known, commit)
            attempt = 0
        go = commit + said.hook
        if said.dropped:
            self.add(TurnDropped, go, turn=self.turn, reason=said.dropped)
            return go
        if attempt:
            self.add(PreemptionAdopted, go, attempt=attempt, turn=self.turn, lead_s=round(commit - known, 9))
        return self._speak(said, attempt, known if attempt else go, go, ahead=bool(attempt) and settings.preemptive_tts)

    def _throw_away(self, said: Said, attempt: int, known: float, commit: float) -> None:
        request = f"llm_d{attempt}"
        self.add(LlmRequested, known, request=request, turn=self.turn, attempt=attempt)
        used = {"prompt_tokens": 40, "completion_tokens": 9}
        self.add(
            LlmDone, commit + said.hook, request=request, turn=self.turn, cancelled=True, tokens_estimated=True, **used
        )
        reason = said.discarded or said.dropped
        self.add(
            PreemptionDiscarded,
            commit + said.hook,
            attempt=attempt,
            turn=self.turn,
            reason=reason,
            characters=0,
            **used,
        )

    def _speak(self, said: Said, attempt: int, asked: float, go: float, *, ahead: bool) -> float:
        speech, llm, tts = f"speech_{self.turn}", f"llm_{self.turn}", f"tts_{self.turn}"
        self.add(LlmRequested, asked, request=llm, turn=self.turn, attempt=attempt)
        token = asked + said.ttft
        self.add(LlmFirstToken, token, request=llm, turn=self.turn)
        self.add(
            LlmDone,
            token,
            request=llm,
            turn=self.turn,
            prompt_tokens=40,
            completion_tokens=len(said.reply.split()),
            cancelled=False,
            tokens_estimated=False,
        )
        self.add(SpeechCreated, go, speech=speech, source="turn", turn=self.turn)
        given = token if ahead else max(token, go)
        self.add(TtsRequested, given, request=tts, speech=speech, attempt=attempt)
        sound = given + said.ttfb
        self.add(TtsFirstAudio, sound, request=tts, speech=speech)
        characters = len(said.reply)
        self.add(
            TtsDone, sound, request=tts, speech=speech, characters=characters, audio_s=said.reply_s, cancelled=False
        )
        heard = max(go, sound) + said.playout
        played = said.reply_s if said.interrupted_after is None else said.interrupted_after
        cut = said.interrupted_after is not None
        text = said.reply if not cut else " ".join(said.reply.split()[: max(1, round(3 * played))])
        self.add(SpeechStarted, heard, speech=speech)
        self.add(SpeechFinished, heard + played, speech=speech, interrupted=cut, played_s=played, text=text)
        self.agent.append((heard, heard + played))
        return heard + played


def write(*turns: Said, tuning: Tuning | None = None) -> Writer:
    writer = Writer(tuning or Tuning())
    for said in turns or (Said(),):
        writer.say(said)
    return writer


def journal_of(writer: Writer) -> Journal:
    start = SessionStarted(
        t=0.0, kit="0.1.0", tuning=writer.tuning.as_dict(), seed=7, clock="virtual", models=dict(MODELS)
    )
    body = sorted(writer.records, key=lambda record: record.t)
    return Journal(records=[start, *body, SessionClosed(t=round(writer.t, 9), reason="closed")])


def journal(*turns: Said, tuning: Tuning | None = None) -> Journal:
    return journal_of(write(*turns, tuning=tuning))


def recording(
    *turns: Said, tuning: Tuning | None = None, name: str = "conversation", background: bool = False
) -> Recording:
    writer = write(*turns, tuning=tuning)
    rng = np.random.default_rng(3)
    audio = np.zeros((round((writer.t + 0.4) * RATE), 3), np.int16)
    for channel, spans, pitch in ((0, writer.user, 210.0), (1, writer.agent, 130.0)):
        for start, end in spans:
            first, last = round(start * RATE), round(end * RATE)
            audio[first:last, channel] = _voice(last - first, pitch, rng)
    if background:
        audio[:, 2] = (rng.normal(0, 300, len(audio))).astype(np.int16)
    return Recording(journal_of(writer), audio, name)


def _voice(samples: int, pitch: float, rng: np.random.Generator) -> np.ndarray:
    """A buzz in syllables of different loudness, loud from its first sample to its last."""
    t = np.arange(samples) / RATE
    buzz = sum(np.sin(2 * np.pi * pitch * k * t + k) / k for k in (1, 2, 3, 4))
    syllables = np.interp(t, np.arange(0, t[-1] + 0.3, 0.11), rng.uniform(0.12, 1.0, int((t[-1] + 0.3) / 0.11) + 1))
    return (buzz * syllables * 9000).astype(np.int16)


OFF = Tuning()
ON = OFF.replace({"preemption.enabled": True})
ON_TTS = ON.replace({"preemption.preemptive_tts": True})

WORDS = (
    "what is the weather in paris",
    "and tomorrow",
    "could you book me a table for two at eight tonight please, by the window if there is one",
    "no",
    "it costs $5 or $6 <script>alert(1)</script> {{ 7 * 7 }}",
    "これは\u0007テスト\nです",
)
"""Short and long, and all that a plot or a page could trip over."""


def mixed(turns: int, seed: int = 1) -> list[Said]:
    """Turns of every kind: answered, interrupted, dropped, with an attempt that is thrown away; fast and slow."""
    rng = np.random.default_rng(seed)
    return [
        Said(
            WORDS[i % len(WORDS)],
            speech_s=round(rng.uniform(0.6, 2.5), 3),
            d_stt=round(rng.uniform(0.05, 0.6), 3),
            ttft=round(rng.lognormal(-1.0, 0.4), 3),
            ttfb=round(rng.uniform(0.1, 0.3), 3),
            playout=0.02,
            reply_s=round(rng.uniform(0.8, 3.0), 3),
            dropped="stop_response" if i % 9 == 5 else "",
            interrupted_after=0.7 if i % 7 == 3 else None,
            discarded="context_changed" if i % 8 == 6 else "",
        )
        for i in range(turns)
    ]
