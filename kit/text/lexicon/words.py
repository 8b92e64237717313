"""How a text falls into tokens: words, single signs, and runs of white space. A term begins and ends between tokens.

- Letters, digits and `_` that stand together are one token, with the combining marks and joiners among them.
- Scripts that are written without spaces have no words that could be seen from outside, so there each character is a
  token: Chinese, Japanese kana, Thai, Lao, Khmer, Burmese, Tai, Javanese, Balinese. What no word can begin with stays
  with the character before it (marks, ー, small kana but っ, 々, Thai ะ า ำ ๆ), and what no word can end with with the
  one behind it (Thai เ แ โ ใ ไ, the stackers of Khmer and Burmese). Where their words really begin and end only a
  dictionary knows: a short term is found inside longer words too.
- Between such a character and a letter of another script is a boundary, and so is one between Hangul and another
  script: "使用API接口" and "API를" hold "API". Digits are digits in every script.
- Any other character is a token of its own, with the marks that follow it.

A mark counts as part of the character that it stands on. At the start of a text, or behind white space, it stands on
nothing and counts as a letter.

A text is first turned into one class letter for each character; patterns over these few letters do the rest.
"""

from __future__ import annotations

import re
import unicodedata

SPACE, SIGN, WORD, HANGUL, UNSPACED, STACKING = range(6)
"""What stands before a place in a text: the end of a token of that kind. The start of a text is SPACE."""

_MOST_CLASSES = 20_000
_UNSPACED_BLOCKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x3005, 0x3007),  # 々 〆 〇
    (0x3031, 0x312F),  # Hiragana, Katakana, Bopomofo, and their repeat marks
    (0x31A0, 0x31FF),  # Bopomofo, small Katakana
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xA980, 0xA9FF),  # Javanese, Myanmar
    (0xAA60, 0xAADF),  # Myanmar, Tai Viet
    (0xF900, 0xFAFF),  # Han
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x1AFF0, 0x1B16F),  # Kana
    (0x20000, 0x3FFFF),  # Han
)
_HANGUL_BLOCKS = (
    (0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xFFA0, 0xFFDC),
)  # fmt: skip
_FOLLOWING = frozenset(
    "ーｰﾞﾟゝゞヽヾ々〻ぁぃぅぇぉゃゅょゎァィゥェォャュョヮㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮ"
    "\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3\u0ec6\u17d7"
)
"""Letters that no word of these scripts begins with."""
_LEADING = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
"""Vowels that are written before the consonant that they follow."""
_STACKERS = frozenset("\u1039\u17d2\u1a60\u1b44\ua9c0\uaaf6")
_JOINERS = frozenset("\u200c\u200d")

_IN_UNSPACED = "(?:[mvf]|(?<=[vl])[ufl])*"
_TOKEN = re.compile(rf"([wmv]+)|(h[hmv]*)|([ufl]{_IN_UNSPACED})|(s+)|\.[mv]*")
_REST = tuple(
    map(re.compile, ("", "[mv]*", "[wmv]*", "[hmv]*", _IN_UNSPACED, f"[ufl]?{_IN_UNSPACED}"))
)  # in the order of the kinds
_KIND_OF_CLASS = {"w": WORD, "h": HANGUL, "u": UNSPACED, "f": UNSPACED, "l": UNSPACED, "s": SPACE, ".": SIGN}

next_token = _TOKEN.match
"""The token of a text's classes that begins at a place; there always is one before the end."""


def _within(code: int, blocks: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in blocks)


class _Classes(dict[int, str]):
    """Class letters by code point, found as they are needed: w word, h Hangul, s space, m mark, v stacking mark, any
    other sign as "."; of the scripts without spaces u, f what follows another letter, l what leads one."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_CLASSES:
            self.clear()
        found = self[code] = self._find(code)
        return found

    def _find(self, code: int) -> str:
        char = chr(code)
        if char.isspace():
            return "s"
        if char in _JOINERS:
            return "m"
        category = unicodedata.category(char)
        if category[0] == "M":
            return "v" if char in _STACKERS else "m"
        if not char.isalnum():
            return "w" if char == "_" else "."
        if category[0] == "L" or char == "〇":
            if _within(code, _UNSPACED_BLOCKS):
                return "f" if char in _FOLLOWING else "l" if char in _LEADING else "u"
            if _within(code, _HANGUL_BLOCKS):
                return "h"
        return "w"


_classes = _Classes()
KIND_OF_ASCII = {chr(code): _KIND_OF_CLASS[_classes[code]] for code in range(128)}
ASCII_WORD = frozenset(char for char, kind in KIND_OF_ASCII.items() if kind == WORD)


def classes(text: str) -> str:
    """One class letter for each character of a text."""
    return text.translate(_classes)


def rest_of_token(shape: str, start: int, before: int) -> int:
    """Where the token of kind `before` ends that goes on at `start`; `start` where none does."""
    found = _REST[before].match(shape, start)
    assert found is not None
    return found.end()


def kind_before(shape: str, place: int, before: int) -> int:
    """The kind of the token that ends at a place. `before`: of the one that ends where the text begins."""
    base = place - 1
    while base >= 0 and shape[base] in "mv":
        base -= 1
    if base < 0 or (shape[base] == "s" and base < place - 1):
        stands_on_nothing = base >= 0 or (before == SPACE and place > 0)
        kind = WORD if stands_on_nothing else before
    else:
        kind = _KIND_OF_CLASS[shape[base]]
    if kind in (UNSPACED, STACKING) and place > 0:
        return STACKING if shape[place - 1] in "vl" else UNSPACED
    return kind


def tokens(text: str) -> list[str]:
    """A whole text as its tokens."""
    if text.isascii() and text.isalnum():
        return [text]
    return [text[found.start() : found.end()] for found in _TOKEN.finditer(classes(text))]
