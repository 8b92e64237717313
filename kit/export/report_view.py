"""What a report tells of its conversations, ready to be set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..lab import wording
from ..lab.findings import Findings, change_text, ledger_text
from ..lab.gaps import GapCheck, check, gaps_in_audio
from ..lab.latency import turns
from ..lab.summary import summarize
from ..plots import distribution, timeline, waveform
from ..plots import latency as latency_plot
from ..session.records import Error, TuningChanged
from ..tuning import Change
from .report_tables import Table, attempts_table, glance_table, settings_table, turns_table
from .sound import data_uri
from .transcript import Line, transcript

if TYPE_CHECKING:
    from ..lab.recorded import Recorded
    from ..plots.style import Plot


@dataclass(frozen=True, slots=True)
class ConversationView:
    """`key` names its elements in the page. `facts`: what it was held with, as terms and what they are."""

    key: str
    name: str
    facts: tuple[tuple[str, str], ...]
    audio: str
    waveform: Markup
    timeline: Markup | None
    turns: Table
    in_sound: str
    transcript: tuple[Line, ...]
    ledger: str
    attempts: Table
    changes: tuple[str, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """`figures`: plots of the conversations together."""

    title: str
    subtitle: str
    glance: Table
    figures: tuple[Markup, ...]
    conversations: tuple[ConversationView, ...]
    changed_settings: Table
    other_settings: Table
    version: str
    virtual: bool


def view(conversations: Sequence[Recorded], title: str = "") -> ReportView:
    """Measure and draw everything that a report of these conversations tells.

    Args:
        conversations: The first is what the others are compared with.
    """
    first, *others = conversations
    findings = [Findings.of(first), *(Findings.of(other, versus=first) for other in others)]
    return ReportView(
        title=title or _title(findings),
        subtitle=_subtitle(conversations, findings),
        glance=glance_table(conversations, findings),
        figures=tuple(_figures(first, others)),
        conversations=tuple(
            _conversation(f"c{number}", conversation, alone=not others)
            for number, conversation in enumerate(conversations, 1)
        ),
        changed_settings=settings_table(conversations, differing=True),
        other_settings=settings_table(conversations, differing=False),
        version=findings[0].kit,
        virtual=all(found.clock == "virtual" for found in findings),
    )


def _title(findings: Sequence[Findings]) -> str:
    if len(findings) <= 2:
        return findings[-1].headline()
    medians = [(found.gaps.median_s, found) for found in findings if found.gaps is not None]
    if not medians:
        return "No answer was heard"
    median_s, best = min(medians, key=lambda entry: entry[0])
    n = 0 if best.gaps is None else best.gaps.n
    return f"“{best.name}” answers soonest: {wording.duration(median_s)} ({wording.sample('median', n)})"


def _subtitle(conversations: Sequence[Recorded], findings: Sequence[Findings]) -> str:
    names = ", ".join(f"“{conversation.name}”" for conversation in conversations)
    if len(findings) == 2:
        changes = "; ".join(change_text(change) for change in findings[1].changes) or "the same settings"
        return f"{names}: {changes}"
    return names


def _figures(first: Recorded, others: Sequence[Recorded]) -> list[Markup]:
    plots: list[Plot] = [latency_plot(first, other) for other in others]
    plots.append(distribution(first, *others))
    return [_svg(plot, f"f{number}-") for number, plot in enumerate(plots, 1)]


def _conversation(key: str, conversation: Recorded, *, alone: bool) -> ConversationView:
    journal, found = conversation.journal, Findings.of(conversation)
    measured = turns(journal)
    checks = check(measured, gaps_in_audio(conversation.audio, conversation.sample_rate))
    return ConversationView(
        key=key,
        name=conversation.name,
        facts=_facts(conversation, found),
        audio=data_uri(conversation.audio, conversation.sample_rate),
        waveform=_svg(waveform(conversation), f"{key}w-"),
        timeline=_svg(timeline(conversation), f"{key}t-") if alone else None,
        turns=turns_table(measured, checks),
        in_sound=_in_sound(checks),
        transcript=tuple(transcript(journal)),
        ledger=ledger_text(found.ledger),
        attempts=attempts_table(conversation),
        changes=tuple(
            f"{record.t:.1f} s: {change_text(Change(record.path, record.old, record.new))}"
            for record in journal.of(TuningChanged)
        ),
        errors=tuple(f"{record.t:.1f} s, {record.source}: {record.message}" for record in journal.of(Error)),
    )


def _facts(conversation: Recorded, found: Findings) -> tuple[tuple[str, str], ...]:
    latency = str(getattr(conversation, "latency", "") or "")
    length_s = max(len(conversation.audio) / conversation.sample_rate, conversation.journal.last_t)
    facts = [
        ("length", f"{length_s:.1f} s"),
        ("turns", wording.grouped(len(turns(conversation.journal)))),
        ("clock", found.clock or "unknown"),
        ("seed", str(found.seed)),
        ("added latency, s", latency or "none"),
        *((port, engine) for port, engine in found.models if engine),
        ("kit", found.kit or "unknown"),
    ]
    return tuple(facts)


def _in_sound(checks: Sequence[GapCheck]) -> str:
    """How far the gaps heard in the recording are from the journal's."""
    summary = summarize([found.difference_s for found in checks])
    if summary is None:
        return "No gap could be measured in the sound."
    by, how = wording.duration(abs(summary.median_s)), wording.sample("median", summary.n)
    if by == "0 ms":
        return f"Measured in the sound, gaps are the same as in the journal, to the millisecond ({how})."
    longer = "longer" if summary.median_s >= 0 else "shorter"
    return f"Measured in the sound, gaps are {by} {longer} than in the journal ({how})."


def _svg(plot: Plot, prefix: str) -> Markup:
    return Markup(plot.to_svg(prefix))
