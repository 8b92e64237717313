"""Which written words were heard, where they were spoken as others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text.alignment import heard_words

KUBECTL = (
    ["Use", "kubectl", "with", "the", "API", "then", "go"],
    ["Use", "kube", "control", "with", "the", "A", "P", "I", "then", "go"],
)


@pytest.mark.parametrize(
    ("heard", "count"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 5), (7, 5), (8, 5), (9, 6), (10, 7)]
)
def test_a_word_is_heard_with_the_first_of_those_that_it_is_spoken_as(heard: int, count: int) -> None:
    written, spoken = KUBECTL
    assert heard_words(written, spoken, heard, complete=True) == count


def test_spoken_as_it_is_written() -> None:
    words = ["one", "two", "three", "four"]
    for complete in (True, False):
        assert [heard_words(words, words, heard, complete=complete) for heard in range(5)] == [0, 1, 2, 3, 4]


def test_case_and_punctuation_are_no_difference() -> None:
    written, spoken = ["Hello,", "World!", "(Yes)"], ["hello", "world", "YES."]
    assert [heard_words(written, spoken, heard, complete=True) for heard in range(4)] == [0, 1, 2, 3]


def test_fewer_words_are_spoken_than_written() -> None:
    written = ["one", "hundred", "twenty", "three", "apples"]
    spoken = ["123", "apples"]
    assert [heard_words(written, spoken, heard, complete=True) for heard in range(3)] == [0, 4, 5]


def test_words_that_are_not_spoken_are_heard_with_those_around_them() -> None:
    written = ["go", "home", "[smiles]", "now"]
    spoken = ["go", "home", "now"]
    assert heard_words(written, spoken, 2, complete=True) in (2, 3)
    assert heard_words(written, spoken, 3, complete=True) == 4


def test_words_that_are_not_spoken_at_the_end_were_heard_with_the_last() -> None:
    written = ["go", "home", "🙂"]
    spoken = ["go", "home"]
    assert heard_words(written, spoken, 2, complete=True) == 3
    assert heard_words(written, spoken, 1, complete=True) == 1


def test_words_that_are_spoken_and_not_written() -> None:
    written = ["go", "home"]
    spoken = ["well", "then", "go", "on", "home"]
    assert [heard_words(written, spoken, heard, complete=True) for heard in range(6)] == [0, 0, 0, 1, 1, 2]


def test_all_other_words_are_taken_in_proportion() -> None:
    written, spoken = ["a", "b", "c", "d"], ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert [heard_words(written, spoken, heard, complete=True) for heard in range(9)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_while_more_is_to_come_the_rest_is_taken_word_by_word() -> None:
    written = ["one", "two", "kubectl", "three", "four", "five"]
    spoken = ["one", "two", "kube"]
    assert heard_words(written, spoken, 3, complete=False) == 3
    assert heard_words(written, ["one", "two", "kube", "control"], 4, complete=False) <= 4
    assert heard_words(written, ["one"], 1, complete=False) == 1


def test_nothing() -> None:
    assert heard_words([], [], 0, complete=True) == 0
    assert heard_words([], ["a"], 1, complete=True) == 0
    assert heard_words(["a"], [], 0, complete=True) == 0
    assert heard_words(["a", "b"], ["a", "b"], -1, complete=True) == 0


def test_more_than_there_is_is_all() -> None:
    assert heard_words(["a", "b"], ["a", "b"], 99, complete=True) == 2


def test_words_of_signs_only() -> None:
    written, spoken = ["—", "a", "…", "b"], ["a", "b"]
    assert heard_words(written, spoken, 1, complete=True) in (2, 3)
    assert heard_words(written, spoken, 2, complete=True) == 4


words = st.lists(
    st.sampled_from(["a", "b", "c", "the", "The,", "kubectl", "kube", "control", "A", "P", "I", "—", "🙂", "", "1"]),
    max_size=12,
)


@given(written=words, spoken=words, complete=st.booleans())
def test_more_heard_is_never_fewer_words(written: list[str], spoken: list[str], complete: bool) -> None:
    counts = [heard_words(written, spoken, heard, complete=complete) for heard in range(-1, len(spoken) + 3)]
    assert counts == sorted(counts)
    assert all(0 <= count <= len(written) for count in counts)
    assert counts[0] == counts[1] == 0


@given(written=words, spoken=words.filter(bool))
def test_all_heard_is_all_words(written: list[str], spoken: list[str]) -> None:
    assert heard_words(written, spoken, len(spoken), complete=True) == len(written)


@given(written=words, complete=st.booleans(), data=st.data())
def test_of_a_text_spoken_as_it_is_written_so_many_are_heard(
    written: list[str], complete: bool, data: st.DataObject
) -> None:
    heard = data.draw(st.integers(0, len(written)))
    assert heard_words(written, written, heard, complete=complete) == heard


@given(written=st.lists(st.text(max_size=4), max_size=8), spoken=st.lists(st.text(max_size=4), max_size=8))
def test_any_text(written: list[str], spoken: list[str]) -> None:
    for heard in range(len(spoken) + 1):
        for complete in (True, False):
            assert 0 <= heard_words(written, spoken, heard, complete=complete) <= len(written)
