"""The soak's texts with SSML, a few of them."""

from __future__ import annotations

import pytest

from tests.soak import ssml


def test_nothing_goes_wrong() -> None:
    tally = ssml.run_texts(0, 200)
    assert (tally.texts, tally.failed, tally.failures) == (200, 0, [])


def test_what_goes_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssml, "plain_text", str.upper)
    tally = ssml.run_texts(0, 50)
    assert tally.failed > 10 and len(tally.failures) == ssml.MOST_FAILURES
    assert tally.failures[0].startswith("SSML text of seed 0: AssertionError('shown another way')")
