"""The measures of conversations as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ..lab import wording
from ..lab.comparison import compare
from ..lab.findings import Findings, change_text, ledger_text, summary_text
from ..lab.latency import STAGES, TurnLatency, gaps_s, turns
from ..lab.ledger import ledger
from ..lab.summary import summarize

if TYPE_CHECKING:
    from ..lab.recorded import Journaled

STAGE_HEADS = {"stt": "STT", "endpointing": "wait", "llm": "LLM", "tts": "TTS", "playout": "play"}
NOTHING = "–"


def conversation_table(conversations: Sequence[Journaled]) -> Group:
    """Every turn: of one conversation its stages, of several their gaps side by side; in the last row the medians.

    Args:
        conversations: The first is what the others are compared with.

    Raises:
        ValueError: there is none.
    """
    if not conversations:
        raise ValueError("conversation_table() needs at least one conversation")
    if len(conversations) == 1:
        return _stages_table(conversations[0])
    return _gaps_table(conversations)


def ledger_table(conversation: Journaled) -> Group:
    """Every attempt at answering ahead: what became of it, what it saved, what it used."""
    book = ledger(conversation.journal)
    table = _table()
    _numbers(table, "attempt", "turn")
    table.add_column("outcome", min_width=9)
    _numbers(table, "ahead s", "saved s", "tokens", "characters")
    for row in book.rows:
        outcome = f"{row.outcome}: {row.reason.replace('_', ' ')}" if row.reason else row.outcome
        tokens = f"{'~' if row.tokens_estimated else ''}{wording.grouped(row.tokens)}"
        cells = (outcome, _number(row.lead_s), _number(row.saved_s), tokens, wording.grouped(row.characters))
        table.add_row(str(row.attempt), str(row.turn), *map(Text, cells), style="dim" if row.reason else "")
    return Group(table, "", Text(ledger_text(book)))


def _stages_table(conversation: Journaled) -> Group:
    measured, findings = turns(conversation.journal), Findings.of(conversation)
    table = _table()
    _turn_columns(table)
    _numbers(table, *(STAGE_HEADS[name] for name in STAGES))
    _numbers(table, "gap s", style="bold")
    _numbers(table, "saved")
    for turn in measured:
        cells = [_number(turn.stage_s(name)) for name in STAGES]
        saved = _number(turn.saved_s) if turn.attempt else ""
        table.add_row(str(turn.turn), _words(turn), *cells, _number(turn.gap_s), saved)
    heard = [turn for turn in measured if turn.gap_s is not None]
    if len(heard) > 1:
        table.add_section()
        stages = [_median([turn.stage_s(name) or 0.0 for turn in heard]) for name in STAGES]
        saved_s = [turn.saved_s for turn in heard if turn.attempt and turn.saved_s is not None]
        table.add_row("", f"median of {len(heard)}", *stages, _median(gaps_s(heard)), _median(saved_s), style="bold")
    lines = (findings.headline(), summary_text(summarize(gaps_s(measured))), ledger_text(findings.ledger))
    return Group(table, "", Text("\n".join(lines)))


def _gaps_table(conversations: Sequence[Journaled]) -> Group:
    first, *others = conversations
    base = turns(first.journal)
    compared = [compare(base, turns(other.journal)) for other in others]
    table = _table()
    _turn_columns(table)
    _numbers(table, f"{first.name} s")
    for other in others:
        _numbers(table, f"{other.name} s", style="bold")
        _numbers(table, "diff. s")
    partners = [{old.turn: new for old, new in comparison.pairs} for comparison in compared]
    for turn in base:
        cells = []
        for partner in partners:
            new = partner.get(turn.turn)
            gap_s = None if new is None else new.gap_s
            cells += [_number(gap_s), _difference(turn.gap_s, gap_s)]
        table.add_row(str(turn.turn), _words(turn), _number(turn.gap_s), *cells)
    table.add_section()
    cells = []
    for other, comparison in zip(others, compared, strict=True):
        difference = comparison.summary
        cells.append(_median(gaps_s(turns(other.journal))))
        cells.append("" if difference is None else wording.signed_seconds(difference.median_s).removesuffix(" s"))
    table.add_row("", "median", _median(gaps_s(base)), *cells, style="bold")
    return Group(table, "", _what_was_found(first, others))


def _what_was_found(first: Journaled, others: Sequence[Journaled]) -> Text:
    lines = []
    for other in others:
        findings = Findings.of(other, versus=first)
        lines.append(findings.headline())
        lines += [change_text(change) for change in findings.changes]
        lines.append(ledger_text(findings.ledger))
    return Text("\n".join(lines))


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")


def _turn_columns(table: Table) -> None:
    table.add_column("", justify="right", style="dim", width=3)
    table.add_column("turn", min_width=12, max_width=60)


def _numbers(table: Table, *names: str, style: str = "") -> None:
    for name in names:
        table.add_column(Text(name), justify="right", style=style, width=max(5, len(name)))


def _words(turn: TurnLatency) -> Text:
    """In one line, cut where there is no room."""
    text = Text(" ".join(turn.text.split()) or "(no words)", no_wrap=True, overflow="ellipsis")
    if turn.outcome != "answered":
        text.append(f" ({turn.reason.replace('_', ' ') or turn.outcome})", style="dim")
    return text


def _number(seconds: float | None) -> str:
    return NOTHING if seconds is None else wording.seconds(seconds).removesuffix(" s")


def _difference(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    return wording.signed_seconds(after - before).removesuffix(" s")


def _median(values: Sequence[float]) -> str:
    summary = summarize(values)
    return "" if summary is None else _number(summary.median_s)
