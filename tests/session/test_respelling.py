"""Terms that change while a text is being said: the new ones hold from its next piece on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kit.session.speech.respelling import Respelling

FIRST = {"API": "A P I"}


def said(*pieces: str, then: dict[str, str]) -> str:
    """The pieces as they are said, where the terms are others after the first one."""
    respelling = Respelling(FIRST)

    async def text() -> AsyncIterator[str]:
        for number, piece in enumerate(pieces):
            if number == 1:
                respelling.use(then)
            yield piece

    async def all_of_it() -> str:
        return "".join([piece async for piece in respelling.of(text())])

    return asyncio.run(all_of_it())


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (FIRST, "The A P I is up. The A P I is down."),
        ({"API": "interface"}, "The A P I is up. The interface is down."),
        ({}, "The A P I is up. The API is down."),
    ],
)
def test_other_terms_hold_from_the_next_piece_on(then: dict[str, str], expected: str) -> None:
    assert said("The API is up. ", "The API is down.", then=then) == expected


def test_without_terms_a_text_is_left_as_it_is() -> None:
    async def text() -> AsyncIterator[str]:
        yield "The API"

    given = text()
    assert Respelling({}).of(given) is given
