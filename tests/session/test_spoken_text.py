"""What is spoken of an answer does not depend on whether its beginning needed the filters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.session.speech.text_filters import SpokenText
from kit.text.emoji import EmojiStream
from kit.text.markdown import MarkdownStream
from kit.tuning import Pronunciation

WORDS = ["Hello", " world", ", ", ".", "?", "'s", "é", " ", "", "x", "é́", "中文", "\u00a0", "1"]
MARKS = ["!", "[a](b)", "*", "**", "`", "_", "#", "# ", "\n", "- ", "~", "|", "<b>", "|a|b|"]
SIGNS = ["🙂", "👍🏽", "™", "\ufe0f", "\u20e3", "Ⓜ", "ℹ"]
PIECES = st.sampled_from([*WORDS, *MARKS, *SIGNS])


def spoken(pieces: list[str], markdown: bool, emoji: bool) -> list[str]:
    text = SpokenText(Pronunciation(filter_markdown=markdown, filter_emoji=emoji))
    return [*(text.push(piece) for piece in pieces), text.flush()]


def filtered(pieces: list[str], markdown: bool, emoji: bool) -> list[str]:
    """The same, by the filters alone."""
    filters = [new() for new, wanted in ((MarkdownStream, markdown), (EmojiStream, emoji)) if wanted]
    given = []
    for piece in pieces:
        for text_filter in filters:
            piece = text_filter.push(piece)
        given.append(piece)
    rest = ""
    for text_filter in filters:
        rest = (text_filter.push(rest) if rest else "") + text_filter.flush()
    return [*given, rest]


@settings(max_examples=1500, derandomize=True, database=None)
@given(st.lists(PIECES, max_size=12), st.booleans(), st.booleans())
def test_the_short_way_gives_what_the_filters_give(pieces: list[str], markdown: bool, emoji: bool) -> None:
    assert spoken(pieces, markdown, emoji) == filtered(pieces, markdown, emoji)


@pytest.mark.parametrize("before", ["Hi", "Hi ", "Hi. ", "it's"])
@pytest.mark.parametrize("behind", ["*a*", "🙂", "! [", "™\ufe0f"])
def test_at_every_seam(before: str, behind: str) -> None:
    assert spoken([before, behind], True, True) == filtered([before, behind], True, True)
