"""What was found: the settings, what they changed, and the figures that speak for them.

A script or a report that is taken away carries these in its head, so that whoever reads it later knows what the
settings were chosen for, and how sure that was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..models.naming import again, name_of
from ..session.records import SessionStarted, TuningChanged
from ..tuning import Change, Tuning, info
from . import wording
from .comparison import Comparison, compare
from .cues import Words, words_of
from .latency import TurnLatency, gaps_s, turns
from .ledger import Ledger, ledger
from .origins import Origins, origins_of
from .recipe import Recipe, printable
from .summary import Summary, summarize

if TYPE_CHECKING:
    from ..session.agent import Agent
    from ..session.journal import Journal
    from ..session.session import AgentSession
    from .recorded import Journaled


@dataclass(frozen=True, slots=True)
class Findings:
    """The settings of a conversation, with their evidence.

    Attributes:
        name: The conversation's.
        baseline_name: What `changes` and `comparison` are against; without another one "the start" of this one.
        tuning: As it was at the end.
        changes: What it changed.
        gaps: Of the turns that were spoken under this tuning, so after its last change; None without any.
        baseline_gaps: Of the other conversation.
        comparison: With the other conversation, turn by turn; None without one.
        ledger: The attempts at answering ahead, of the whole conversation.
        kit, clock, seed, models: As the session recorded them; `clock` is "virtual" or "real".
        latency: The simulated delays, as text; "" for none.
        instructions: The agent's, where they are known.
        said: The words by which the conversation can be held again; without those that the agent's own code says.
        origins: Who answered, and what detected the end of the turns.
    """

    name: str
    baseline_name: str
    tuning: Tuning
    changes: tuple[Change, ...]
    gaps: Summary | None
    baseline_gaps: Summary | None
    comparison: Comparison | None
    ledger: Ledger
    kit: str
    clock: str
    seed: int
    models: tuple[tuple[str, str], ...]
    latency: str = ""
    instructions: str = ""
    said: tuple[Words, ...] = ()
    origins: Origins = field(default_factory=Origins)

    @classmethod
    def of(
        cls,
        conversation: Journaled | AgentSession,
        versus: Journaled | None = None,
        *,
        agent: Agent | None = None,
        seed: int = 0,
    ) -> Findings:
        """What a conversation has shown, by itself or against another one.

        Args:
            conversation: Held by `converse`, or a session, before, while or after it runs.
            versus: The baseline, such as the same conversation with the settings it started from.
            agent: Who answered; by default the one that the conversation knows.
            seed: Of the intervals.
        """
        journal, name = conversation.journal, getattr(conversation, "name", "this conversation")
        start = _start(journal)
        tuning = tuning_of(journal) if start else getattr(conversation, "tuning", None) or Tuning()
        measured, models = turns_under_last_tuning(journal), _models(start, conversation)
        before = start_tuning_of(journal) if versus is None else tuning_of(versus.journal)
        others = None if versus is None else turns_under_last_tuning(versus.journal)
        origins = origins_of(conversation, agent)
        return cls(
            name=name,
            baseline_name="the start" if versus is None else versus.name,
            tuning=tuning,
            changes=tuple(before.diff(tuning)),
            gaps=summarize(gaps_s(measured), seed=seed),
            baseline_gaps=None if others is None else summarize(gaps_s(others), seed=seed),
            comparison=None if others is None else compare(others, measured, seed=seed),
            ledger=ledger(journal),
            kit="" if start is None else start.kit,
            clock="" if start is None else start.clock,
            seed=0 if start is None else start.seed,
            models=models,
            latency=getattr(conversation, "latency", ""),
            said=words_of(
                origins.without_own_words(journal),
                answers_again=origins.answers or again("llm", dict(models).get("llm", "")) is not None,
            ),
            origins=origins,
            instructions=_instructions(conversation, origins.agent),
        )

    def headline(self) -> str:
        """The finding in a sentence, such as "Preemption answers 0.35 s earlier (median, n = 2)"."""
        difference = None if self.comparison is None else self.comparison.summary
        if difference is not None:
            how = wording.earlier(difference.median_s)
            return f"{subject(self.changes, self.name)} answers {how} ({wording.sample('median', difference.n)})"
        if self.gaps is None:
            return "No answer was heard yet"
        return f"Answers after {wording.duration(self.gaps.median_s)} ({wording.sample('median', self.gaps.n)})"

    def text(self) -> str:
        """Some lines that say it all, for the head of a script or the end of a run."""
        lines = [f"{self.headline()}.", "", f"Changed from {self.baseline_name}:"]
        lines += [f"  {change_text(change)}" for change in self.changes] or ["  nothing"]
        lines += ["", *self._evidence(), *self._provenance()]
        return "\n".join(lines) + "\n"

    def to_toml(self) -> str:
        """The settings as TOML that `Tuning.load` reads. The evidence stands above them as comments; below are the
        models and the words of the conversation, by which `kit export` can write a script."""
        return self.recipe().to_toml()

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write `to_toml` to a file. `Tuning.load` reads its settings, `Recipe.load` all of it.

        Raises:
            SaveError: the file is there and `overwrite` is not given, or it cannot be written.
        """
        return self.recipe().save(path, overwrite=overwrite)

    def recipe(self) -> Recipe:
        """What it takes to hold the conversation again under these settings."""
        return Recipe(
            tuning=self.tuning,
            evidence=printable(self.text()),
            models=self.models,
            seed=self.seed,
            latency=self.latency,
            instructions=self.instructions,
            said=self.said,
            origins=self.origins,
        )

    def _evidence(self) -> list[str]:
        lines = ["Gap, from the end of the user's speech to the agent's first sound:"]
        lines.append(f"  {self.name}: {summary_text(self.gaps)}")
        if self.comparison is not None:
            lines.append(f"  {self.baseline_name}: {summary_text(self.baseline_gaps)}")
            lines.append(f"  turn by turn: {_difference_text(self.comparison)}")
        lines.append("Answers made ahead of their turn:")
        lines.append(f"  {ledger_text(self.ledger)}")
        return lines

    def _provenance(self) -> list[str]:
        models = "".join(f", {port} {engine}" for port, engine in self.models if engine)
        return [f"Measured with kit {self.kit or 'of unknown version'}, {self.clock} clock, seed {self.seed}{models}."]


def tuning_of(journal: Journal) -> Tuning:
    """The settings at the end of a journal.

    Raises:
        TuningError: the journal holds a setting that this version does not know.
    """
    changes = {change.path: change.new for change in journal.of(TuningChanged)}
    return start_tuning_of(journal).replace(changes)


def start_tuning_of(journal: Journal) -> Tuning:
    """The settings that the session started with; the defaults if the journal has no start."""
    start = _start(journal)
    return Tuning() if start is None else Tuning.from_dict(start.tuning)


def turns_under_last_tuning(journal: Journal) -> list[TurnLatency]:
    """The turns whose speech ended after the last change of a setting."""
    changed_t = max((change.t for change in journal.of(TuningChanged)), default=float("-inf"))
    return [turn for turn in turns(journal) if turn.end_of_speech_t >= changed_t]


def subject(changes: tuple[Change, ...], name: str) -> str:
    """What made the difference, as the first words of a sentence."""
    paths = [change.path for change in changes]
    if paths and all(path.startswith("preemption.") for path in paths):
        switched = next((change for change in changes if change.path == "preemption.enabled"), None)
        return "Without preemption," if switched is not None and not switched.new else "Preemption"
    if len(changes) == 1:
        return change_text(changes[0])
    return f"“{name}”"


def change_text(change: Change) -> str:
    unit = info(change.path).unit
    return f"{change.path} {value_text(change.old)} → {value_text(change.new)}" + (f" {unit}" if unit else "")


def summary_text(summary: Summary | None) -> str:
    if summary is None:
        return "no answer was heard"
    median, p95 = wording.duration(summary.median_s), wording.duration(summary.p95_s)
    return f"median {median}, p95 {p95}, {wording.mean(summary)}, n = {wording.grouped(summary.n)}"


def ledger_text(book: Ledger) -> str:
    if not book.rows:
        return "no attempt was made"
    burned = f"{wording.count(book.burned_tokens, 'token')} and {wording.count(book.burned_characters, 'character')}"
    about = "about " if book.tokens_estimated else ""
    attempts, saved = wording.count(len(book.rows), "attempt"), wording.duration(book.saved_s)
    return f"{attempts}, {book.adopted} adopted; {saved} saved in all; {about}{burned} thrown away"


def _difference_text(comparison: Comparison) -> str:
    summary = comparison.summary
    if summary is None:
        return "no turn of one is found in the other"
    left = f", {comparison.unpaired} without a partner" if comparison.unpaired else ""
    how_sure = wording.interval(summary.mean_interval)
    spread = f" ({how_sure})" if how_sure else ""
    return (
        f"{wording.earlier(summary.median_s)} (median), mean {wording.signed(summary.mean_s)}{spread}, "
        f"n = {wording.grouped(summary.n)}{left}"
    )


def value_text(value: object) -> str:
    """A setting's value as people read it, without its unit."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{term} → {said}" for term, said in value.items()) + "}"
    return f"{value}" if value != "" else "none"


def _models(start: SessionStarted | None, session: Any) -> tuple[tuple[str, str], ...]:
    """As they were recorded, or of a session that has not started."""
    if start is not None:
        return tuple(start.models.items())
    ports = ((port, getattr(session, port, None)) for port in ("stt", "llm", "tts", "vad"))
    return tuple((port, _name(model)) for port, model in ports if model is not None)


def _name(model: Any) -> str:
    return str(getattr(model, "label", None) or getattr(model, "__name__", None) or name_of(model))


def _instructions(conversation: Any, agent: Agent | None) -> str:
    agent = agent or getattr(conversation, "agent", None)
    return "" if agent is None else agent.instructions


def _start(journal: Journal) -> SessionStarted | None:
    return next(iter(journal.of(SessionStarted)), None)
