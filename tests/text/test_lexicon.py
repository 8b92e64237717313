"""The lexicon: whole words only, the longest, once, however the text is split, and as fast for many as for few."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from kit.text.lexicon import Lexicon, pronounce
from kit.timing import run_virtual

TERMS = {
    "API": "A P I",
    "REST": "rest",
    "SQL": "sequel",
    "kubectl": "kube control",
    "control": "con troll",
    "C++": "C plus plus",
    ".NET": "dot net",
    "AT&T": "A T and T",
    "New York": "Noo Yawk",
    "new york city": "N Y C",
    "York": "Jork",
    "build": r"b\1 \g<0>",
    "naïve": "nah eev",
    "Straße": "shtrah-seh",
    "数据": "data",
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("API", "A P I"),
        ("The api's REST-API, (API).", "The A P I's rest-A P I, (A P I)."),
        ("APIs API2 my_API APIÉ", "APIs API2 my_API APIÉ"),
        ("rebuild building", "rebuild building"),
        ("kubectl control", "kube control con troll"),
        ("I know C++, C++. C++11 and C+", "I know C plus plus, C plus plus. C++11 and C+"),
        (".NET and ASP.NET and .net!", "dot net and ASP.NET and dot net!"),
        ("at&t AT&T2", "A T and T AT&T2"),
        ("new york", "Noo Yawk"),
        ("New \n\tYork City; new york", "N Y C; Noo Yawk"),
        ("new york cit", "Noo Yawk cit"),
        ("new yorker, New Jersey, York", "new yorker, New Jersey, Jork"),
        ("build", r"b\1 \g<0>"),
        ("NAÏVE naive", "nah eev naive"),
        ("STRASSE", "shtrah-seh"),
        ("REST\u0301 rest", "REST\u0301 rest"),
        ("数据 大数据", "data 大data"),
        ("", ""),
    ],
)
def test_says(text: str, said: str) -> None:
    lexicon = Lexicon(TERMS)
    assert lexicon.apply(text) == said
    stream = lexicon.stream()
    assert "".join(map(stream.push, text)) + stream.flush() == said


@pytest.mark.parametrize(
    ("pushed", "released"),
    [
        ("Say ", "Say "),
        ("Say AP", "Say "),
        ("Say API", "Say "),
        ("Say API ", "Say A P I "),
        ("Say APp", "Say APp"),
        ("the xylophone", "the xylophone"),
        ("in New ", "in "),
        ("in New Yo", "in "),
        ("in New X", "in New X"),
        ("in New York", "in "),
        ("in New York.", "in Noo Yawk."),
        ("in New York ", "in "),
        ("in New York d", "in Noo Yawk d"),
        ("in C+", "in "),
        ("in C++", "in "),
        ("in C++!", "in C plus plus!"),
        ("asp.", "asp."),
        ("so .", "so "),
    ],
)
def test_holds_back_only_what_could_become_a_term(pushed: str, released: str) -> None:
    assert Lexicon(TERMS).stream().push(pushed) == released


def test_terms_are_stripped_and_blank_ones_never_found() -> None:
    assert Lexicon({" a  b ": "x", "": "y", "  ": "z"}).apply("a b  c") == "x  c"
    assert not Lexicon({" ": "x"})
    assert Lexicon({"a": "x"})


def test_of_terms_that_differ_in_case_the_last_holds() -> None:
    assert Lexicon({"US": "one", "us": "two"}).apply("US us Us") == "two two two"


def test_a_respelling_may_be_empty() -> None:
    assert Lexicon({"um": ""}).apply("well um yes") == "well  yes"


def test_a_lexicon_can_change_while_the_text_streams() -> None:
    stream = Lexicon({"API": "A P I"}).stream()
    assert stream.push("The API and the AP") == "The A P I and the "
    stream.lexicon = Lexicon({"API": "interface"})
    assert stream.push("I is ") == "interface is "


def test_a_stream_takes_another_text_after_flush() -> None:
    stream = Lexicon(TERMS).stream()
    assert stream.push("word") + stream.flush() == "word"
    assert stream.push("API") + stream.flush() == "A P I"


def test_pronounce() -> None:
    async def text() -> AsyncIterator[str]:
        for chunk in ["The A", "P", "I of ", "", "kube", "ctl"]:
            yield chunk

    async def collect() -> list[str]:
        return [piece async for piece in pronounce(text(), Lexicon(TERMS))]

    assert run_virtual(collect) == ["The ", "A P I of ", "kube control"]


def test_many_terms_cost_as_little_as_few() -> None:
    chunks = [f" {word}" for word in ("the", "quick", "term", "term7", "fox,", "api", "and", "two", "w1")] * 1000

    def seconds(count: int) -> float:
        lexicon = Lexicon({f"term{index}" if index % 3 else f"two w{index}": "x" for index in range(count)})
        runs = []
        for _ in range(5):
            stream = lexicon.stream()
            began = time.process_time()
            for chunk in chunks:
                stream.push(chunk)
            runs.append(time.process_time() - began)
        return min(runs)

    assert seconds(10_000) < 4 * seconds(10)
