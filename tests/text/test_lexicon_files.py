"""Lexicons as files: what goes out comes back; what is wrong is named with its file, line and reason."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.text.lexicon import CASES, Entry, Lexicon, LexiconError, files, pls, toml

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=8)
XML_WORDS = WORDS.map(lambda text: " ".join(text.split())).filter(
    lambda text: not any(unicodedata.category(char) == "Cn" for char in text)
)


def entries_of(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[Entry]]:
    ways = st.one_of(
        st.builds(dict, respelling=words),
        st.builds(dict, ipa=words.filter(str.strip)),
        st.builds(dict, say_as=st.sampled_from(["characters", "ordinal"])),
    )
    languages = st.sampled_from(["", "en", "de-AT"])
    return st.lists(
        st.builds(
            lambda term, way, case, language: Entry(term, case=case, language=language, **way),
            words,
            ways,
            st.sampled_from(CASES),
            languages,
        ),
        max_size=5,
    )


def grouped(entries: list[Entry]) -> list[Entry]:
    """Those for one term together, which is the order that a table of terms keeps."""
    return [one for term in dict.fromkeys(e.term for e in entries) for one in entries if one.term == term]


@settings(max_examples=40)
@given(entries_of(WORDS))
def test_toml_gives_back_what_went_in(entries: list[Entry]) -> None:
    assert toml.parse(toml.written(entries)) == grouped(entries)


@settings(max_examples=40)
@given(entries_of(XML_WORDS))
def test_pls_gives_back_what_went_in(entries: list[Entry]) -> None:
    back = pls.parse(pls.written(entries).encode())
    key = lambda entry: (entry.term, entry.case, entry.language)  # noqa: E731
    assert {k: [e for e in back if key(e) == k] for k in map(key, entries)} == {
        k: [e for e in entries if key(e) == k] for k in map(key, entries)
    }
    assert len(back) == len(entries)


@settings(max_examples=40)
@given(entries_of(WORDS), entries_of(WORDS))
def test_toml_written_again(before: list[Entry], after: list[Entry]) -> None:
    again = toml.parse(toml.written(after, "# ours\n" + toml.written(before)))
    assert Counter(again) == Counter(after)


ENTRIES = [
    Entry("API", "A P I"),
    Entry("kubectl", ipa="ˈkjuːbkənˌtɹoʊl"),
    Entry("SQL", say_as="characters", case="exact"),
    Entry("AT&T", "A T and T", language="en-US"),
]


@pytest.mark.parametrize("name", ["l.pls", "l.xml", "l.toml", "l.json", "l.PLS"])
def test_saved_and_loaded(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    Lexicon(ENTRIES).save(path)
    assert Lexicon.load(path) == Lexicon(ENTRIES)
    assert Lexicon.load(path, language="en").entries == tuple(ENTRIES[:3])
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_comments_and_order_of_a_toml_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "l.toml"
    path.write_text('# who asked for these\n[terms]\nAPI = "A P I" # as we say\nSQL = "sequel"\nold = "x"\n')
    Lexicon({"new": "n", "SQL": "S Q L", "API": "A P I"}).save(path)
    text = path.read_text()
    assert text.startswith('# who asked for these\n[terms]\nAPI = "A P I" # as we say\nSQL = "S Q L"\n')
    assert "old" not in text and 'new = "n"' in text


BEFORE = {
    "tables": "[terms]\nAPI = 'x'\n[terms.SQL]\nsay_as = 'characters'\n[terms.old]\nipa = 'x'\n",
    "dotted": "terms.API = 'x'\nterms.SQL.say_as = 'characters'",
    "inline": "terms = {API = 'x', SQL = {say_as = 'characters'}} # ours",
    "only tables": "[terms.SQL]\nsay_as = 'characters'\n",
    "list": "[terms]\nSQL = [{say_as = 'characters'}, 'x']\n\n",
    "no end of line": "[terms]\nAPI = 'x'",
    "comment at the end": "[terms]\nAPI = 'x'\n# more to come",
    "empty": "# nothing yet\n",
}


@pytest.mark.parametrize("more", [0, 200])
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_a_file_in_any_style_is_written_again(before: str, more: int) -> None:
    entries = [Entry("API", "y"), Entry("SQL", say_as="characters"), Entry("new one", "n"), Entry("x.y", ipa="x")]
    entries += [Entry(f"{number} 'more\"", "x") for number in range(more)]
    again = toml.written(entries, before)
    assert Counter(toml.parse(again)) == Counter(entries), again
    assert again.count("#") == before.count("#")


def test_thousands_of_terms(tmp_path: Path) -> None:
    entries = [Entry(f"term {number}", "x") for number in range(20_000)]
    assert toml.parse(toml.written(entries)) == entries


def test_lines_are_told(tmp_path: Path) -> None:
    path = tmp_path / "l.toml"
    path.write_text('\n[terms]\nAPI = "A P I"\n\n"AT&T" = {ipa = "x"}\n[terms.SQL]\nsay_as = "characters"\n')
    assert {entry.term: entry.line for entry in Lexicon.load(path).entries} == {"API": 3, "AT&T": 5, "SQL": 6}


PLS = """<?xml version="1.0"?>
<!DOCTYPE lexicon SYSTEM "http://localhost:1/never-fetched.dtd">
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="x-sampa" xml:lang="en-US">
  <meta name="author" content="someone"/>
  <lexeme role="claws:VVI"><grapheme>colour</grapheme><grapheme>color</grapheme>
    <phoneme>"kVl@`</phoneme><example>the <grapheme>no</grapheme> one</example></lexeme>
  <lexeme><grapheme>W3C</grapheme><phoneme alphabet="x-unknown">?</phoneme><alias>World
    Wide Web</alias></lexeme>
  <lexeme><grapheme>read</grapheme><phoneme alphabet="ipa">ɹiːd</phoneme>
    <phoneme alphabet="ipa" prefer="true">ɹɛd</phoneme></lexeme>
  <lexeme><grapheme>W3C</grapheme><alias>later</alias></lexeme>
</lexicon>
"""


def test_a_file_of_pls() -> None:
    entries = pls.parse(PLS.encode())
    assert [(e.term, e.ipa or e.respelling, e.line) for e in entries] == [
        ("colour", "ˈkʌlɚ", 5),
        ("color", "ˈkʌlɚ", 5),
        ("W3C", "later", 11),
        ("W3C", "World Wide Web", 7),
        ("read", "ɹɛd", 9),
    ]
    assert {e.language for e in entries} == {"en-US"}
    assert Lexicon(entries).apply("W3C") == "World Wide Web"


def in_pls(body: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>\n{head}<lexicon version="1.0" alphabet="ipa">\n{body}\n</lexicon>'


BOMB = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
FETCH = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("l.toml", "", None),
        ("l.toml", "[terms]\nAPI = \n", r"l\.toml: not TOML: .*line 2"),
        ("l.toml", "[terms]\nx = 'y'\n\nAPI = 1\n", r"l\.toml: line 4: 'API' is said by a text or a table, not 1"),
        ("l.toml", "[terms]\nAPI = {ip = 'x'}\n", r"line 2: 'API' has no field 'ip'"),
        ("l.toml", "[terms]\nAPI = {ipa = 'x', respelling = 'y'}\n", r"line 2: 'API' has exactly one of"),
        ("l.toml", "[terms]\nAPI = {case = 'exact'}\n", r"line 2: 'API' has exactly one of"),
        ("l.toml", "[terms]\nAPI = {ipa = ' '}\n", r"line 2: 'API' has an empty ipa"),
        ("l.toml", "[terms]\nAPI = {ipa = 'x', case = 'upper'}\n", r"line 2: 'API' has a case out of any, exact"),
        ("l.toml", "[terms]\nAPI = {say_as = 'a b'}\n", r"line 2: 'API' is said as a name like"),
        ("l.toml", "[terms]\nAPI = {ipa = 'x', language = 'a_b'}\n", r"line 2: 'API' has a language like"),
        ("l.toml", "\n[words]\nAPI = 'x'\n", r"line 2: there is no 'words' in a lexicon"),
        ("l.toml", "terms = 'x'\n", r"line 1: terms is a table"),
        ("l.toml", b"[terms]\na = 'x'\nb = '\xff'\n", r"line 3: this is not UTF-8"),
        ("l.toml", "a = " + "[" * 10_000, "nested too deeply|not TOML"),
        ("l.json", "[" * 100_000, "nested too deeply|not JSON"),
        ("l.json", "[]", "JSON has one object"),
        ("l.json", '{\n"a": }', r"line 2: not JSON"),
        ("l.txt", "", r"ends with \.pls, \.xml, \.toml or \.json"),
        ("l.pls", "", r"line 1: not XML: no element found"),
        ("l.pls", "RIFF\x00\x01", r"l\.pls: line 1: not XML"),
        ("l.pls", "<html/>", r"line 1: this is no lexicon of PLS: it begins with <html>"),
        ("l.pls", in_pls("<lexeme></lexeme>"), r"line 3: a lexeme without a grapheme"),
        ("l.pls", in_pls("\n<lexeme><grapheme>a</grapheme></lexeme>"), r"line 4: the lexeme of 'a' has neither"),
        (
            "l.pls",
            in_pls("<lexeme><grapheme>a</grapheme><phoneme alphabet='x-ups'>AX</phoneme></lexeme>"),
            r"line 3: the pronunciation of 'a' is in x-ups; known are ipa and x-sampa",
        ),
        (
            "l.pls",
            in_pls("<lexeme><grapheme>a</grapheme><phoneme alphabet='x-sampa'>ж</phoneme></lexeme>"),
            r"line 3: 'ж' of 'a' has a sound that is not X-SAMPA",
        ),
        ("l.pls", in_pls("<lexeme><grapheme>a</grapheme><phoneme> </phoneme></lexeme>"), "'a' has an empty ipa"),
        ("l.pls", in_pls("<lexeme>"), r"line 4: not XML: mismatched tag"),
        ("l.pls", in_pls("<lexeme><grapheme>&b;</grapheme></lexeme>", BOMB), r"line 2: entities of its own"),
        ("l.pls", in_pls("<lexeme><grapheme>&a;</grapheme></lexeme>", FETCH), r"line 2: entities of its own"),
    ],
)
def test_what_is_wrong_is_told(name: str, content: str | bytes, said: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if said is None:
        assert len(Lexicon.load(path)) == 0
        return
    with pytest.raises(LexiconError, match=said) as raised:
        Lexicon.load(path)
    assert str(raised.value).startswith(str(path))


def test_no_ordinary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LexiconError, match=r"l\.toml: No such file"):
        Lexicon.load(tmp_path / "l.toml")
    (tmp_path / "d.toml").mkdir()
    with pytest.raises(LexiconError, match=r"d\.toml: this is a folder"):
        Lexicon.load(tmp_path / "d.toml")
    os.mkfifo(tmp_path / "f.toml")
    with pytest.raises(LexiconError, match=r"f\.toml: this is no ordinary file"):
        Lexicon.load(tmp_path / "f.toml")
    monkeypatch.setattr(files, "MOST_BYTES", 1_000_000)
    (tmp_path / "big.json").write_bytes(b" " * 1_000_001)
    with pytest.raises(LexiconError, match=r"big\.json: has more than 1 MB"):
        Lexicon.load(tmp_path / "big.json")


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "l.toml"
    path.write_text("[terms\n")
    with pytest.raises(LexiconError, match=r"l\.toml: what is there is not TOML"):
        Lexicon(ENTRIES).save(path)
    assert path.read_text() == "[terms\n"
    for name, bad in (("l.json", "\ud800"), ("l.pls", "\x00")):
        with pytest.raises(LexiconError, match=name):
            Lexicon({"a": bad}).save(tmp_path / name)
    with pytest.raises(LexiconError, match=r"l\.pls cannot be written: No such file"):
        Lexicon(ENTRIES).save(tmp_path / "nowhere" / "l.pls")
    assert [file.name for file in tmp_path.iterdir()] == ["l.toml"]
