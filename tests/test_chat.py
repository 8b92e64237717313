"""The chat context: a list whose copies share what they have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.chat import ChatContext, ChatMessage


def message(text: str) -> ChatMessage:
    return ChatMessage("user", text)


operations = st.lists(
    st.tuples(
        st.sampled_from(["append", "copy", "insert", "replace", "truncate"]), st.integers(0, 5), st.integers(0, 3)
    ),
    max_size=60,
)


@given(operations)
def test_copies_are_independent(steps: list[tuple[str, int, int]]) -> None:
    contexts, lists = [ChatContext()], [[]]
    for number, (operation, which, place) in enumerate(steps):
        index = which % len(contexts)
        chat_ctx, expected = contexts[index], lists[index]
        item = message(str(number))
        if operation == "append":
            chat_ctx.append(item)
            expected.append(item)
        elif operation == "copy":
            contexts.append(chat_ctx.copy())
            lists.append(list(expected))
        elif operation == "insert":
            chat_ctx.insert(place, item)
            expected.insert(place, item)
        elif operation == "replace" and expected:
            chat_ctx.replace(place % len(expected), item)
            expected[place % len(expected)] = item
        elif operation == "truncate":
            chat_ctx.truncate(max_items=place)
            lists[index] = expected[-place:] if place else []
        for context, wanted in zip(contexts, lists, strict=True):
            assert context.items == wanted
            assert len(context) == len(wanted)


def test_equivalence_is_of_contents() -> None:
    a, b = ChatContext([message("hi")]), ChatContext([message("hi")])
    assert a.is_equivalent(b) and a.is_equivalent(a.copy())
    b.append(message("more"))
    assert not a.is_equivalent(b)


def test_truncate_keeps_the_instructions() -> None:
    chat_ctx = ChatContext([ChatMessage("system", "Be brief."), message("1"), message("2"), message("3")])
    assert [item.content for item in chat_ctx.truncate(max_items=2)] == ["Be brief.", "2", "3"]


def test_an_item_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="has 0 items"):
        ChatContext()[0]
