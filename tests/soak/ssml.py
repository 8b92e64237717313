"""SSML as an LLM may write it, by the ten thousand: read, shown, cut and written for every voice.

Each text must be read the same however it is split, be written as documents that an XML parser takes, lose no word on
its way through the sentences, and raise nowhere. A text's number is its seed.
"""

from __future__ import annotations

import multiprocessing
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random

from kit.text.sentences import sentences
from kit.text.ssml import (
    DIALECTS,
    MarkupWriter,
    PlainText,
    SsmlReader,
    dialect,
    plain_text,
    read,
    whole_elements,
    write,
)
from kit.timing import run_virtual
from tests.benchmarks.gauges import cpu
from tests.text.ssml_texts import letters, random_pieces

TEXTS_A_TASK = 1_000
MOST_FAILURES = 10
VOICES = sorted(DIALECTS)


@dataclass
class TextTally:
    """What came of some texts. `failures`: the seed of each, and what was wrong."""

    texts: int = 0
    failed: int = 0
    cpu_s: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: TextTally) -> None:
        self.texts, self.failed, self.cpu_s = (
            self.texts + other.texts,
            self.failed + other.failed,
            self.cpu_s + other.cpu_s,
        )
        self.failures = (self.failures + other.failures)[:MOST_FAILURES]


def run_all_texts(count: int, seed: int, jobs: int, progress: Callable[[TextTally], None]) -> TextTally:
    """So many texts on so many processes; their seeds begin with `seed`."""
    whole = TextTally()
    starts = range(seed, seed + count, TEXTS_A_TASK)
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(run_texts, start, min(TEXTS_A_TASK, seed + count - start)) for start in starts]
        for done in as_completed(running):
            whole.add(done.result())
            progress(whole)
    return whole


def run_texts(first: int, count: int) -> TextTally:
    tally, start = TextTally(), cpu()
    for number in range(first, first + count):
        tally.texts += 1
        try:
            check(number)
        except Exception as error:
            tally.failed += 1
            if len(tally.failures) < MOST_FAILURES:
                tally.failures.append(f"SSML text of seed {number}: {error!r}")
    tally.cpu_s = cpu() - start
    return tally


def check(number: int) -> None:
    """What must hold of the text of this seed.

    Raises:
        AssertionError: it does not.
    """
    random = Random(number)
    pieces = random_pieces(random)
    text = "".join(pieces)
    reader, plain = SsmlReader(), PlainText()
    known = [known for piece in pieces for known in reader.push(piece)] + reader.flush()
    tags = [piece for piece in known if not isinstance(piece, str)]
    assert tags == [piece for piece in read(text) if not isinstance(piece, str)], "read another way"
    assert "".join(map(plain.push, pieces)) + plain.flush() == plain_text(text), "shown another way"

    voice = dialect(random.choice(VOICES))
    drops: list[tuple[str, str]] = []
    writer = MarkupWriter(voice, lambda *drop: drops.append(drop))
    written = "".join(map(writer.push, pieces)) + writer.flush()
    assert written == write(text, voice), f"written another way for {voice.name}"
    assert all(element and reason for element, reason in drops), "dropped without a reason"
    if voice.xml:
        check_documents(written)


def check_documents(written: str) -> None:
    """Whole, and cut into sentences, it is XML, and the sentences have every word."""
    written = written.replace("amazon:", "mstts:")
    azure = dialect("azure")
    parts = run_virtual(lambda: whole_sentences(written))
    for part in (written, *parts):
        ElementTree.fromstring(azure.document(part))
    assert letters("".join(map(plain_text, parts))) == letters(plain_text(written)), "a word is lost between sentences"


async def whole_sentences(text: str) -> list[str]:
    async def once() -> AsyncIterator[str]:
        yield text

    return [sentence async for sentence in whole_elements(sentences(once()))]
