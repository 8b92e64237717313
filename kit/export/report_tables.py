"""The tables of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..lab import wording
from ..lab.findings import Findings, start_tuning_of, tuning_of, value_text
from ..lab.gaps import GapCheck
from ..lab.latency import STAGES, TurnLatency
from ..lab.ledger import LedgerRow, ledger
from ..lab.summary import Summary, summarize
from ..plots.palette import STAGE_LABELS
from ..tuning import Tuning, info, paths

if TYPE_CHECKING:
    from ..lab.recorded import Journaled

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """`kind`: "text", "number", "strong" (a number that matters), or "head" of its row. `play_t`: where to hear it."""

    text: str
    kind: str = "text"
    note: str = ""
    play_t: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`head` names the columns; the last rows, `foot`, sum up."""

    caption: str
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[tuple[Cell, ...], ...] = ()


def glance_table(conversations: Sequence[Journaled], findings: Sequence[Findings]) -> Table:
    """The figures of each conversation side by side, a column each."""
    gaps = [found.gaps for found in findings]
    books = [found.ledger for found in findings]
    names = [Cell(conversation.name, "number") for conversation in conversations]
    rows = [
        _row("Gap, median", [NOTHING if gap is None else wording.duration(gap.median_s) for gap in gaps], "strong"),
        _row("95 % interval of the median", [_interval(gap) for gap in gaps]),
        _row("Gap, 95th percentile", [NOTHING if gap is None else wording.duration(gap.p95_s) for gap in gaps]),
        _row("Gap, mean", [NOTHING if gap is None else wording.mean(gap).removeprefix("mean ") for gap in gaps]),
        _row("Answers heard, n", [wording.grouped(gap.n if gap else 0) for gap in gaps]),
    ]
    if len(findings) > 1:
        differences = [None if found.comparison is None else found.comparison.summary for found in findings]
        first = f"Against “{conversations[0].name}”, turn by turn"
        rows.append(_row(f"{first}, median", [_difference(value) for value in differences], "strong"))
        rows.append(_row(f"{first}, mean", [_mean_difference(value) for value in differences]))
    rows += [
        _row(
            "Attempts ahead of the turn",
            [f"{len(book.rows)} ({book.adopted} adopted)" if book.rows else "none" for book in books],
        ),
        _row("Saved, over all turns", [wording.seconds(book.saved_s) if book.rows else NOTHING for book in books]),
        _row("Tokens thrown away", [_about(book.burned_tokens, book.tokens_estimated) for book in books]),
        _row("Characters thrown away", [wording.grouped(book.burned_characters) for book in books]),
    ]
    return Table(
        "A gap runs from the end of the user's speech to the first sound of the answer that is heard.",
        (Cell(""), *names),
        tuple(rows),
    )


def turns_table(measured: Sequence[TurnLatency], checks: Sequence[GapCheck]) -> Table:
    """Every turn with its stages, its gap by the journal and by the sound, and what was saved."""
    heard = {found.turn.turn: found.gap.gap_s for found in checks}
    stages = (Cell(STAGE_LABELS[name], "number") for name in STAGES)
    head = (Cell("turn", "number"), Cell("the user said"), *stages)
    head += tuple(Cell(name, "number") for name in ("gap", "gap in the sound", "ahead", "saved"))
    rows = tuple(_turn_row(turn, heard.get(turn.turn)) for turn in measured)
    return Table("Every turn, in seconds", head, rows, _foot(measured, list(heard.values())))


def attempts_table(conversation: Journaled) -> Table:
    """Every attempt at answering ahead."""
    names = ("attempt", "turn", "at", "ahead", "saved", "prompt tokens", "completion tokens", "characters")
    head = (*(Cell(name, "number") for name in names), Cell("outcome"))
    rows = tuple(_attempt_row(row) for row in ledger(conversation.journal).rows)
    return Table("Every attempt; times in seconds", head, rows)


def settings_table(conversations: Sequence[Journaled], *, differing: bool) -> Table:
    """The settings at the end of each conversation: those that are not the defaults in all of them, or the rest."""
    ends = [tuning_of(conversation.journal) for conversation in conversations]
    starts = [start_tuning_of(conversation.journal) for conversation in conversations]
    base = Tuning()
    names = [*(conversation.name for conversation in conversations), "default"]
    head = (Cell("setting"), Cell("question"), *(Cell(name, "number") for name in names))
    rows = []
    for path in paths():
        values = [_setting(end, path) for end in ends]
        default, about = _setting(base, path), info(path)
        changed = [_setting(start, path) for start in starts]
        if differing != any(value != default for value in (*values, *changed)):
            continue
        cells = [
            Cell(value, "strong" if value != default else "number", f"started at {start}" if start != value else "")
            for value, start in zip(values, changed, strict=True)
        ]
        rows.append((Cell(path, "head"), Cell(about.question), *cells, Cell(default, "number")))
    return Table("Settings that were changed" if differing else "Settings at their defaults", head, tuple(rows))


def number(seconds: float | None) -> str:
    """To the millisecond, for columns."""
    return NOTHING if seconds is None else f"{seconds:.3f}".replace("-", "−")


def _turn_row(turn: TurnLatency, in_sound_s: float | None) -> tuple[Cell, ...]:
    reason = turn.reason.replace("_", " ")
    note = {
        "dropped": f"no reply: {reason}",
        "unheard": f"not heard: {reason}",
        "interrupted": "answer interrupted",
        "open": "not answered yet",
    }.get(turn.outcome, "")
    return (
        Cell(str(turn.turn), "number", play_t=max(0.0, turn.end_of_speech_t - 1.0)),
        Cell(turn.text or "(no words)", "head", note),
        *(Cell(number(turn.stage_s(name)), "number") for name in STAGES),
        Cell(number(turn.gap_s), "strong"),
        Cell(number(in_sound_s), "number"),
        Cell(number(turn.lead_s), "number"),
        Cell(number(turn.saved_s) if turn.attempt else NOTHING, "number"),
    )


def _foot(measured: Sequence[TurnLatency], in_sound_s: Sequence[float]) -> tuple[tuple[Cell, ...], ...]:
    heard = [turn for turn in measured if turn.gap_s is not None]
    if len(heard) < 2:
        return ()
    columns: list[list[float]] = [[turn.stage_s(name) or 0.0 for turn in heard] for name in STAGES]
    columns.append([turn.gap_s or 0.0 for turn in heard])
    columns.append(list(in_sound_s))
    columns.append([turn.lead_s for turn in heard if turn.lead_s is not None])
    columns.append([turn.saved_s for turn in heard if turn.attempt and turn.saved_s is not None])
    rows = []
    for name in ("median", "p95"):
        found = [summarize(column) for column in columns]
        values = [None if of is None else of.median_s if name == "median" else of.p95_s for of in found]
        title = (Cell("", "number"), Cell(f"{name}, n = {wording.grouped(len(heard))}", "head"))
        rows.append((*title, *(Cell(number(value), "number") for value in values)))
    return tuple(rows)


def _attempt_row(row: LedgerRow) -> tuple[Cell, ...]:
    numbers = (
        str(row.attempt),
        str(row.turn),
        number(row.started_t),
        number(row.lead_s),
        number(row.saved_s),
        _about(row.prompt_tokens, row.tokens_estimated),
        _about(row.completion_tokens, row.tokens_estimated),
        wording.grouped(row.characters),
    )
    reason = f": {row.reason.replace('_', ' ')}" if row.reason else ""
    return (*(Cell(text, "number") for text in numbers), Cell(row.outcome + reason))


def _row(name: str, values: Sequence[str], kind: str = "number") -> tuple[Cell, ...]:
    return (Cell(name, "head"), *(Cell(value, kind) for value in values))


def _interval(summary: Summary | None) -> str:
    if summary is None or summary.median_interval is None:
        return NOTHING
    return wording.interval(summary.median_interval).partition("interval ")[2]


def _difference(summary: Summary | None) -> str:
    return NOTHING if summary is None else f"{wording.earlier(summary.median_s)}, n = {wording.grouped(summary.n)}"


def _mean_difference(summary: Summary | None) -> str:
    if summary is None:
        return NOTHING
    how_sure = wording.interval(summary.mean_interval)
    return wording.signed(summary.mean_s) + (f" ({how_sure})" if how_sure else "")


def _about(count: int, estimated: bool) -> str:
    return ("about " if estimated else "") + wording.grouped(count)


def _setting(tuning: Tuning, path: str) -> str:
    unit = info(path).unit
    return value_text(tuning.get(path)) + (f" {unit}" if unit else "")
