"""The one record of a session: what happened, in order. Metrics, plots, reports and replay read it and nothing else.

In a file it is JSON Lines, a record a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..timing import SessionClock
from .records import R, Record, parse


class JournalError(ValueError):
    """A journal file that cannot be read, with its path, line and reason."""


class Journal:
    """An append-only list of records. Subscribers are called with each new one."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._clock: SessionClock | None = None
        self._records: list[Record] = list(records)
        self._subscribers: tuple[Callable[[Record], None], ...] = ()

    def start(self, clock: SessionClock) -> None:
        """From now on `append` tells the time by this clock; without one, a record keeps its own."""
        self._clock = clock

    def append(self, record: Record) -> None:
        if self._clock is not None:
            record.t = self._clock.now()
        self._records.append(record)
        for subscriber in self._subscribers:
            subscriber(record)

    def subscribe(self, subscriber: Callable[[Record], None]) -> Callable[[], None]:
        """Call `subscriber` with every record from now on. Returns a function that ends it."""
        self._subscribers = (*self._subscribers, subscriber)

        def unsubscribe() -> None:
            self._subscribers = tuple(s for s in self._subscribers if s is not subscriber)

        return unsubscribe

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def of(self, kind: type[R]) -> list[R]:
        """All records of one class, in order."""
        return [record for record in self._records if type(record) is kind]

    @property
    def last_t(self) -> float:
        return self._records[-1].t if self._records else 0.0

    def as_json_lines(self) -> str:
        return "".join(record.as_json() + "\n" for record in self._records)

    @classmethod
    def load(cls, path: str | Path) -> Journal:
        """Read a `journal.jsonl`. A last line that was cut short (a crash) is left out.

        Raises:
            JournalError: the file is missing, or a line in it is not a journal entry.
        """
        path = Path(path)
        try:
            lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise JournalError(f"{path}: not a journal, it is not UTF-8 text ({error.reason})") from error
        records = []
        for number, line in enumerate(lines, 1):
            try:
                records.append(parse(line))
            except ValueError as error:
                if number == len(lines):
                    break
                raise JournalError(f"{path}, line {number}: {error}") from error
        return cls(records=records)
