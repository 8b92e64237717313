"""The soak of lexicons, for a moment: it runs, it finds terms, and it sees what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from kit.text.lexicon import LexiconStream
from kit.text.lexicon.words import SPACE
from tests.soak.lexicon_texts import run_lexicon_texts


def test_some_texts() -> None:
    tally = run_lexicon_texts(7_000, 120)
    assert tally.texts == 120 and tally.failed == 0, tally.failures
    assert tally.terms_found > 60


def test_it_sees_a_stream_that_forgets_what_stands_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chunk is taken as if it began a text, so that "my_" and then "API" hold "API"."""
    release = LexiconStream._release

    def forgetful(self: LexiconStream, *args: Any) -> str:
        said = release(self, *args)
        self._before = SPACE
        return said

    monkeypatch.setattr(LexiconStream, "_release", forgetful)
    tally = run_lexicon_texts(7_000, 120)
    assert tally.failed > 0 and "other" in tally.failures[0]
