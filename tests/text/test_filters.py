"""Markdown and emoji are not spoken: what goes, what stays, however the text is split, and how soon it comes."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.text.emoji import EmojiStream
from kit.text.filters import filter_emoji, filter_markdown
from kit.text.markdown import MarkdownStream
from kit.text.markdown_lines import MAX_SPAN
from kit.text.markdown_spans import MAX_ADDRESS
from kit.timing import run_virtual


def said(text: str, stream: Callable[[], Any] = MarkdownStream) -> str:
    whole = stream()
    return str(whole.push(text) + whole.flush())


def said_in_pieces(text: str, cuts: list[int], stream: Callable[[], Any] = MarkdownStream) -> str:
    pieces, edges = stream(), sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    return "".join(pieces.push(text[a:b]) for a, b in itertools.pairwise(edges)) + str(pieces.flush())


def every_way(text: str, stream: Callable[[], Any] = MarkdownStream) -> str:
    """What is said of a text, which is the same whole, sign by sign, and cut in two anywhere."""
    whole = said(text, stream)
    assert said_in_pieces(text, list(range(len(text))), stream) == whole
    for cut in range(1, len(text)):
        assert said_in_pieces(text, [cut], stream) == whole, f"cut at {cut}"
    return whole


# inside a line


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It is *really* **very** ***important***.", "It is really very important."),
        ("It is _really_ __very__ ___important___.", "It is really very important."),
        ("**Note:** read (*this*), *that*.", "Note: read (this), that."),
        ("**bold *and italic* text**", "bold and italic text"),
        ("**bold *both*** and ***both** italic*", "bold both and both italic"),
        ("**_both_** _**both**_", "both both"),
        ("中文**加粗**文字", "中文加粗文字"),
        ("Use `kit.text` and ``a `tick` b``.", "Use kit.text and a `tick` b."),
        ("`*args` and `a_b` and `` ` ``", "*args and a_b and `"),
        ("It costs ~~ten~~ five euros.", "It costs five euros."),
        ("See [the guide](https://a.org/x_y_(z)?a=b#c) now.", "See the guide now."),
        ('A [link](https://a.org "with a title") and [another](<b>).', "A link and another."),
        ("A [*bold* `link`](https://a.org).", "A bold link."),
        ("**[bold](https://a.org/a_b*c)** _[slanted](b)_", "bold slanted"),
        ("![A cat](cat.png) and [![a dog](dog.png)](https://a.org)", "A cat and a dog"),
        ("Before ![](cat.png) after", "Before after"),
        (r"\*not bold\* and a\_b and \[no link\](x)", "*not bold* and a_b and [no link](x)"),
        ("**A** **B** **C**", "A B C"),
        ("*one*, *two*; *three*", "one, two; three"),
    ],
)
def test_marks_in_a_line_vanish(written: str, spoken: str) -> None:
    assert every_way(written) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 = 24, 2*3*4 and 2 ** 3 and a*b",
        "snake_case_name, a_b_c@d_e.org, 10_000, _private and a name",
        "Call f(*args, **kwargs) with *.py and a * b.",
        "In [1] and [2], array[i], [note] (aside) and [a](b c).",
        "About ~5 or ~~ ten, a~b~c.",
        "Tom &amp; Jerry &lt;3 &#39;s &nbsp;",
        "Really?! Yes! Wow!!! [sic] (a|b) a || b | c",
        "An unclosed **mark, an `unclosed tick, an [unclosed bracket",
        "**** and ____ and *** and ___ in a line",
        "C# and F#, #1, a->b, 5 > 3, 1 + 1 = 2 - 0",
        "Path C:\\temp\\new and \\ alone",
        "Half an hour - no more - and well-known.",
        "<b>tags</b> and <https://a.org/a_b>",
        "Wait... what? 'Yes', \"no\".",
        "um *",
        "**",
    ],
)
def test_what_is_no_pair_of_marks_stays(text: str) -> None:
    assert every_way(text) == text


def test_marks_do_not_pair_over_lines() -> None:
    assert every_way("a *b\nc* d `e\nf` g") == "a *b\nc* d `e\nf` g"


# lines


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("# One\n## Two\n###### Six\n", "One\nTwo\nSix\n"),
        ("- one\n- two\n  - three\n\t* four\n+ five", "one\ntwo\nthree\nfour\nfive"),
        ("1. one\n2) two", "1. one\n2) two"),
        ("- [ ] to do\n- [x] done\n- [x](link)", "to do\ndone\nx"),
        ("> quoted\n> > twice\n>\n> - item", "quoted\ntwice\n\nitem"),
        ("- **Rice:** a cup\n- *Salt*", "Rice: a cup\nSalt"),
        ("Above\n\n---\n\nBelow", "Above\n\n\nBelow"),
        ("a\n***\nb\n- - -\nc\n_ _ _\nd", "a\nb\nc\nd"),
        ("Title\n=====\ntext", "Title\ntext"),
        ("* item with *stress*", "item with stress"),
        ("-5 degrees\n+1\n#tag\n>x\n*stress* first", "-5 degrees\n+1\n#tag\n>x\nstress first"),
        ("####### seven", "####### seven"),
        ("one\n\n  two\n    three", "one\n\n  two\n    three"),
        ("-", "-"),
        ("- ", ""),
        ("   ", "   "),
    ],
)
def test_marks_at_the_beginning_of_a_line(written: str, spoken: str) -> None:
    assert every_way(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Try:\n```python\nx = a * b * c  # **no**\n```\nDone.", "Try:\nx = a * b * c  # **no**\nDone."),
        ("```\n- a\n# b\n\n| c |\n```", "- a\n# b\n\n| c |\n"),
        ("~~~\n`a`\n~~~\nb", "`a`\nb"),
        ("````\n```\ninner\n```\n````\nafter", "```\ninner\n```\nafter"),
        ("Here: ```js\nf()\n``` and on *so*", "Here: \nf()\n and on so"),
        ("```never closed\nf(*a, *b)", "f(*a, *b)"),
        ("Say ```code``` so.", "Say code so."),
    ],
)
def test_code_is_said_without_its_fences(written: str, spoken: str) -> None:
    assert every_way(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("| City | Sky |\n|------|:---:|\n| Paris | **clear** |\n\nSo.", "City, Sky\nParis, clear\n\nSo."),
        ("|a|b|\n|-|-|\n|1||\n||2|", "a, b\n1\n2"),
        (r"| a \| b | c |", "a | b, c"),
        ("City | Sky\n--- | ---\nParis | clear", "City | Sky\nParis | clear"),
        ("|x| is a number's size", "|x| is a number's size"),
        ("a | b", "a | b"),
    ],
)
def test_tables_are_said_cell_by_cell(written: str, spoken: str) -> None:
    assert every_way(written) == spoken


# emoji


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Great 🎉 news!", "Great news!"),
        ("🎉 Great", "Great"),
        ("Great 🎉", "Great "),
        ("Hi 👋🏽, there", "Hi , there"),
        ("a 🎉🎉🎉 b 🎉 🎉 c", "a b c"),
        ("good🎉news", "good news"),
        ("good🎉, news", "good, news"),
        ("one\n✅ two\n✅ three", "one\ntwo\nthree"),
        ("The 👩‍👩‍👧‍👦 family, a 👩🏾‍⚕️ doctor, 🙂‍↔️ no", "The family, a doctor, no"),
        ("From 🇩🇪 to 🇫🇷🇪🇸 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿 x", "From to and x"),
        ("Press 1️⃣ or #️⃣ or 2⃣.", "Press 1 or # or 2."),
        ("I ❤️ it, ❤ it, ☀️", "I it, it, "),
        ("© 2024, ©️ and ™ and ™️ x ↔ y ↔️ z", "© 2024, and ™ and x ↔ y z"),
        ("A in C♯ minor, B♭, 5 → 6, 20 °C, ½", "A in C♯ minor, B♭, 5 → 6, 20 °C, ½"),
        ("naïve — “quotes” … 数据 ക്‍ഷ", "naïve — “quotes” … 数据 ക്‍ഷ"),
        ("👩‍", ""),
        ("x ↔", "x ↔"),
    ],
)
def test_emoji_vanish(written: str, spoken: str) -> None:
    assert every_way(written, EmojiStream) == spoken


# as generators


async def pieces(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


def test_the_generators_give_what_the_streams_give_and_no_empty_pieces() -> None:
    async def collect() -> tuple[list[str], list[str], str]:
        markdown = [piece async for piece in filter_markdown(pieces("It is *", "so", "", "*! ", "And *on"))]
        emoji = [piece async for piece in filter_emoji(pieces("Great ", "🎉", " news", "", "©"))]
        both = "".join([piece async for piece in filter_emoji(filter_markdown(pieces("**🎉 Do", "ne** ✅ now")))])
        return markdown, emoji, both

    markdown, emoji, both = run_virtual(collect)
    assert markdown == ["It is ", "so! ", "And ", "*on"]
    assert emoji == ["Great ", "news", "©"]
    assert both == "Done now"


def test_the_sources_error_comes_through() -> None:
    async def breaks() -> AsyncIterator[str]:
        yield "a *b"
        raise ValueError("broken source")

    async def collect() -> list[str]:
        got: list[str] = []
        with pytest.raises(ValueError, match="broken source"):
            async for piece in filter_markdown(breaks()):
                got.append(piece)
        return got

    assert run_virtual(collect) == ["a "]


@pytest.mark.parametrize("stream", [MarkdownStream, EmojiStream])
def test_a_stream_takes_another_text_after_flush(stream: Callable[[], Any]) -> None:
    both = stream()
    for text in ("```\n*a", "- b", "a 🎉", " c", "x ©", "\ufe0f d"):
        assert both.push(text) + both.flush() == said(text, stream)


# how soon


@pytest.mark.parametrize(
    ("pushed", "released"),
    [
        ("Hello wor", "Hello wor"),
        ("Hello world.\n", "Hello world.\n"),
        ("Hello!", "Hello"),
        ("Hello! ", "Hello! "),
        ("a snake_", "a snake_"),
        ("2 *", "2 "),
        ("2 * ", "2 * "),
        ("so *im", "so "),
        ("so *im* a", "so im a"),
        ("so *im*", "so "),
        ("so `co", "so "),
        ("so `co`d", "so cod"),
        ("a [li", "a "),
        ("a [li]", "a "),
        ("a [li] ", "a [li] "),
        ("a [li](ht", "a "),
        ("a [li](ht t", "a [li](ht t"),
        ("a [li](ht)", "a li"),
        ("a ~~b", "a "),
        ("a ~b", "a ~b"),
        ("a \\", "a "),
        ("-", ""),
        ("- ", ""),
        ("- a", "a"),
        ("-5", "-5"),
        ("# ", ""),
        ("# T", "T"),
        ("  ", ""),
        ("  a", "  a"),
        ("---", ""),
        ("--- a", "--- a"),
        ("| a | b", ""),
        ("a | b", "a | b"),
        ("```py", ""),
        ("```py\nx = 1", "x = 1"),
        ("```\nx``", "x"),
        ("so *a\nb", "so *a\nb"),
    ],
)
def test_holds_back_only_what_could_become_markup(pushed: str, released: str) -> None:
    assert MarkdownStream().push(pushed) == released


@pytest.mark.parametrize(
    ("pushed", "released"),
    [("Press 1", "Press 1"), ("Hi 👋", "Hi "), ("©", ""), ("© ", "© "), ("x↔", "x"), ("数据", "数据")],
)
def test_of_emoji_only_a_sign_that_may_be_one_is_held_back(pushed: str, released: str) -> None:
    assert EmojiStream().push(pushed) == released


def test_a_span_that_grows_too_long_is_text() -> None:
    for opening, closing in (("**", "**"), ("*", "*"), ("`", "`"), ("~~", "~~"), ("[", "](x)")):
        fits, too_long = "a" * (MAX_SPAN - 2), "a" * (MAX_SPAN + 2)
        assert said(f"{opening}{fits}{closing}.") == ("." if opening == "~~" else f"{fits}.")
        stream = MarkdownStream()
        assert stream.push(f"so {opening}{too_long}") == f"so {opening}{too_long}"
        assert stream.push(f"{closing}.") + stream.flush() == f"{closing}."


def test_a_long_address_is_no_reason_to_give_up_emphasis() -> None:
    address = "https://a.org/" + "x" * 1500
    assert said_in_pieces(f"**see [this]({address}) now**", list(range(0, 1600, 7))) == "see this now"
    assert said(f"[this]({'x' * MAX_ADDRESS})").startswith("[this](x")


PLAIN = st.text("abc XYZ019.,;:?'\"()/%&äé数据—’$€@^{}", max_size=60)
MARKED = st.text("**__~~``[]()!\\\n\t #->|+=:x1.", max_size=40)
MARKS = ["*", "**", "_", "`", "```", "~~", "[", "](", ")", "!", "\n", "\n- ", "\n# ", "|", "\n|", "---", " ", "\\"]
STRETCHES = ["word ", "a" * 90, "b " * 50, "(" * 9, "x" * 700]
LONG = st.lists(st.sampled_from(MARKS + STRETCHES), max_size=25).map("".join)
EMOJI = st.text("ab 1#\n©↔❤🎉👩🏽🇩🇪\u200d\ufe0f\u20e3\U000e0067♯ക", max_size=20)
CUTS = st.lists(st.integers(0, 60), max_size=10)


@settings(max_examples=300)
@given(text=MARKED, cuts=CUTS)
def test_the_result_does_not_depend_on_how_the_text_is_split(text: str, cuts: list[int]) -> None:
    assert said_in_pieces(text, cuts) == said(text)
    assert said_in_pieces(text, list(range(len(text)))) == said(text)


@settings(max_examples=200)
@given(text=LONG, step=st.integers(1, 60))
def test_nor_do_long_texts(text: str, step: int) -> None:
    assert said_in_pieces(text, list(range(0, len(text), step))) == said(text)


@settings(max_examples=300)
@given(text=EMOJI, cuts=CUTS)
def test_nor_do_emoji(text: str, cuts: list[int]) -> None:
    assert said_in_pieces(text, cuts, EmojiStream) == said(text, EmojiStream)
    assert said_in_pieces(text, list(range(len(text))), EmojiStream) == said(text, EmojiStream)


@given(texts=st.lists(PLAIN, max_size=6))
def test_plain_text_is_given_out_at_once_as_it_is(texts: list[str]) -> None:
    """Only blanks and a colon at the very beginning may be a part of a list's or a table's beginning."""
    markdown, emoji = MarkdownStream(), EmojiStream()
    assert markdown.push("So ") == "So "
    assert [markdown.push(text) for text in texts] == texts
    assert [emoji.push(text) for text in texts] == texts
    assert markdown.flush() == emoji.flush() == ""


@settings(max_examples=200)
@given(text=st.one_of(MARKED, LONG))
def test_what_is_held_back_is_bounded(text: str) -> None:
    stream = MarkdownStream()
    stream.push(text)
    assert len(stream.flush()) <= 2 * MAX_SPAN + MAX_ADDRESS


# fmt: off
ENDINGS = [
    "x", " ", "\n", "*", "x*", "x* ", "x** ", "x*** ", "* ", "** ", "_ ", "x_ ", "x__ ", "x___ ", "__ ",
    "`", "``", "x`", "x``", "x```", "``x```", "~x~~", "x~~", "~~x~~", "~", "]", "](x)", "x](x)", "[x](x)", "x]](x)",
    "(x)", ")", '")', "')", "x)", "))", " x", "] x", " ] x", "--\n", "**\n", "__\n", "==\n", "`\nx", "``\nx", "~~\nx",
    "-|-\n", "|-\n", "-|\n", "|\n", "x|\n", "x||\n",
]
# fmt: on


@settings(max_examples=300)
@given(text=MARKED)
def test_nothing_is_held_back_without_need(text: str) -> None:
    """Some ending makes other words of what was held back than those that are written there."""
    stream = MarkdownStream()
    released = stream.push(text)
    held = stream._held
    if held:
        assert any(not said(text + ending).startswith(released + held) for ending in ENDINGS), held


WORD = st.sampled_from(["one", "two", "three_four", "5", "naïve", "数据"])
WORDS = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


def nested(inner: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    """Written and spoken text: something inside marks, or one thing behind another."""
    marks = st.sampled_from([("*", "*"), ("**", "**"), ("__", "__"), ("[", "](https://a.org/b_c)"), ("![", "](d)")])
    return st.one_of(
        st.tuples(marks, inner).map(lambda p: (f"{p[0][0]}so {p[1][0]} too{p[0][1]}", f"so {p[1][1]} too")),
        st.tuples(inner, inner).map(lambda both: (f"{both[0][0]}, {both[1][0]}", f"{both[0][1]}, {both[1][1]}")),
    )


INLINE = st.one_of(
    WORDS.map(lambda words: (words, words)),
    WORDS.map(lambda words: (f"**{words}**", words)),
    WORDS.map(lambda words: (f"_{words}_", words)),
    WORDS.map(lambda words: (f"`{words} *`", f"{words} *")),
    WORDS.map(lambda words: (f"[{words}](https://a.org/x_y)", words)),
)
LINES = st.tuples(
    st.sampled_from(["", "# ", "### ", "- ", "* ", "  + ", "> ", "> - ", "- [ ] "]),
    st.one_of(INLINE, nested(INLINE)),
    st.sampled_from(["", "."]),
).map(lambda line: (f"{line[0]}{line[1][0]}{line[2]}", f"{line[1][1]}{line[2]}"))


@settings(max_examples=200)
@given(lines=st.lists(LINES, max_size=6), step=st.integers(1, 9))
def test_of_a_document_its_words_are_said(lines: list[tuple[str, str]], step: int) -> None:
    written, spoken = ("\n".join(line[i] for line in lines) for i in (0, 1))
    assert said(written) == spoken
    assert said_in_pieces(written, list(range(0, len(written), step))) == spoken


@settings(max_examples=200)
@given(text=st.text("abc 12*_`\n", max_size=40))
def test_letters_are_never_lost(text: str) -> None:
    """Of emphasis and code only the marks go; the word behind the marks of a block of code is its language."""
    if "```" not in text:
        assert [c for c in said(text) if c.isalnum()] == [c for c in text if c.isalnum()]


def test_plain_text_costs_little() -> None:
    """Per character against a copy of the same pieces: no figure of this machine."""
    text = "The quick brown fox jumps over the lazy dog, and then it rests. " * 400
    cut = [text[start : start + 5] for start in range(0, len(text), 5)]

    def seconds(work: Callable[[str], object]) -> float:
        best = float("inf")
        for _ in range(5):
            started = time.process_time()
            for piece in cut:
                work(piece)
            best = min(best, time.process_time() - started)
        return best

    copy_s = seconds(lambda piece: list(map(ord, piece)))
    assert seconds(MarkdownStream().push) < 10 * copy_s
    assert seconds(EmojiStream().push) < 10 * copy_s


@pytest.mark.parametrize("unit", ["*a ", "[a](", "[[", "`", "~~a", "| a ", "_*", "``` ", "- ", "(", "[a](x"])
def test_no_text_is_slow(unit: str) -> None:
    """Twice the text takes about twice as long, whatever marks it is full of."""

    def seconds(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            said(text)
            best = min(best, time.process_time() - started)
        return best

    short, long = unit * 2000, unit * 8000
    assert seconds(long) < 10 * seconds(short) + 0.02
