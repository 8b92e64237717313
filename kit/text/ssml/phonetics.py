"""Pronunciations in the International Phonetic Alphabet, written in the alphabets that voices take.

X-SAMPA covers all of it (J. C. Wells, 1995; https://en.wikipedia.org/wiki/X-SAMPA). The others are one
language's, English: a sound that they lack has no spelling there, and the answer is None, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

PRIMARY, SECONDARY, LONG = "ˈ", "ˌ", "ː"
VOWELS = frozenset("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝᵻᵿ")
_TIES = re.compile("[\u0361\u035c]")
_WRAPPED = re.compile(r"^\s*[/\[](.*)[/\]]\s*$", re.DOTALL)


def _table(text: str) -> dict[str, str]:
    """Pairs, with blanks between."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_X_SAMPA = _table(r"""
    p p b b t t d d ʈ t` ɖ d` c c ɟ J\ k k ɡ g q q ɢ G\ ʔ ? m m ɱ F n n ɳ n` ɲ J ŋ N ɴ N\ ʙ B\ r r ʀ R\ ɾ 4 ɽ r`
    ɸ p\ β B f f v v θ T ð D s s z z ʃ S ʒ Z ʂ s` ʐ z` ç C ʝ j\ x x ɣ G χ X ʁ R ħ X\ ʕ ?\ h h ɦ h\ ɬ K ɮ K\
    ʋ v\ ɹ r\ ɻ r\` j j ɰ M\ l l ɭ l` ʎ L ʟ L\ ʍ W w w ɥ H ʜ H\ ʢ <\ ʡ >\ ɕ s\ ʑ z\ ɺ l\ ɧ x\
    ɓ b_< ɗ d_< ʄ J\_< ɠ g_< ʛ G\_< ʘ O\ ǀ |\ ǃ !\ ǂ =\ ǁ |\|\
    i i y y ɨ 1 ʉ } ɯ M u u ɪ I ʏ Y ʊ U e e ø 2 ɘ @\ ɵ 8 ɤ 7 o o ə @ ɛ E œ 9 ɜ 3 ɞ 3\ ʌ V ɔ O æ { ɐ 6 a a ɶ &
    ɑ A ɒ Q ɚ @` ɝ 3` ᵻ I\ ᵿ U\
    ˈ " ˌ % ː : ˑ :\ . . | | ‖ || ‿ -\ ʰ _h ʷ _w ʲ _j ˠ _G ˤ _?\ ⁿ _n ˡ _l ʼ _> ˞ ` ˥ _T ˦ _H ˧ _M ˨ _L ˩ _B
""") | {
    "\u0325": "_0", "\u030a": "_0", "\u032c": "_v", "\u0339": "_O", "\u031c": "_c", "\u031f": "_+", "\u0320": "_-",
    "\u0308": '_"', "\u033d": "_x", "\u0329": "=", "\u032f": "_^", "\u0324": "_t", "\u0330": "_k", "\u033c": "_N",
    "\u0334": "_e", "\u031d": "_r", "\u031e": "_o", "\u0318": "_A", "\u0319": "_q", "\u032a": "_d", "\u033a": "_a",
    "\u033b": "_m", "\u0303": "~", "\u031a": "_}", "\u0306": "_X", " ": " ",
}  # fmt: skip

_IPA = {sampa: sound for sound, sampa in reversed(_X_SAMPA.items())} | {
    "'": "ʲ",
    "P": "ʋ",
    "_=": "\u0329",
    "_~": "\u0303",
}

_ESPEAK = _table("""
    ˈ ' ˌ , tʃ tS dʒ dZ p p b b t t d d k k ɡ g f f v v θ T ð D s s z z ʃ S ʒ Z h h m m n n ŋ N l l r r ɹ r j j w w
    x x ç C ʔ ? ɾ t# ɬ l# nʲ n^ ɲ n^
    eɪ eI aɪ aI ɔɪ OI aʊ aU oʊ oU əʊ oU iː i: i i uː u: u u: ɑːɹ A@ ɔːɹ O@ ɛɹ e@ ɪɹ i@3 ʊɹ U@ ɛə e@ eə e@ ɪə i@ ʊə U@
    ɑː A: ɑ A: ɔː O: ɔ O ɜːɹ 3: ɜː 3: ɝ 3: ɜ 3: ɚ 3 əɹ 3 ə @ ɐ a# ʌ V ɛ E e E ɪ I ʊ U æ a a a ɒ 0 o oU ᵻ I#
""")
"""Phonemes of eSpeak NG's English voices, in their own notation (docs/phonemes.md of eSpeak NG), tried with 1.52."""

_RIME = _table("""
    tʃ C dʒ J p p b b t t d d k k ɡ g f f v v θ T ð D s s z z ʃ S ʒ Z h h m m n n ŋ G l l r r ɹ r j y w w ɾ t
    eɪ e aɪ Y ɔɪ O aʊ W oʊ o əʊ o iː i i i uː u u u ɑː a ɑ a ɒ a ɔː a ɔ a ɜːɹ R ɜː R ɝ R ɜ R ɚ R əɹ R ə x ɐ x
    ʌ A ɛ E e E ɪ I ᵻ I ʊ U æ @
""")

_MISAKI = _table("""
    tʃ ʧ dʒ ʤ p p b b t t d d k k ɡ ɡ f f v v θ θ ð ð s s z z ʃ ʃ ʒ ʒ h h m m n n ŋ ŋ l l r ɹ ɹ ɹ j j w w ɾ ɾ
    eɪ A aɪ I ɔɪ Y aʊ W oʊ O əʊ O iː i i i uː u u u ɑː ɑ ɑ ɑ ɒ ɑ ɔː ɔ ɔ ɔ ɜːɹ ɜɹ ɜː ɜɹ ɝ ɜɹ ɜ ɜɹ ɚ əɹ əɹ əɹ ə ə ɐ ə
    ʌ ʌ ɛ ɛ e ɛ ɪ ɪ ᵻ ᵻ ʊ ʊ æ æ
""")
"""Misaki's phonemes of American English (https://github.com/hexgrad/misaki, EN_PHONES.md)."""

_CARTESIA_PAIRS = _table("eɪ eɪ aɪ aɪ ɔɪ ɔɪ aʊ aʊ oʊ oʊ tʃ tʃ dʒ dʒ")


def clean(ipa: str) -> str:
    """In one spelling: without slashes or brackets around it, ties, and look-alikes of its signs."""
    wrapped = _WRAPPED.match(ipa)
    text = unicodedata.normalize("NFD", wrapped[1] if wrapped else ipa).replace("c\u0327", "ç")
    text = _TIES.sub("", text).replace("'", PRIMARY).replace(":", LONG).replace("g", "ɡ")
    return " ".join(text.split())


def to_x_sampa(ipa: str) -> str | None:
    """The sounds in X-SAMPA; None if one is no sign of the IPA."""
    said = _spell(clean(ipa), _X_SAMPA)
    return None if said is None else "".join(said)


def from_x_sampa(sounds: str) -> str | None:
    """X-SAMPA's sounds in the IPA; None if one is none of them."""
    said = _spell(" ".join(sounds.replace("_S", "S").replace("_Z", "Z").split()), _IPA)
    return None if said is None else "".join(said)


def to_espeak(ipa: str) -> str | None:
    """The sounds as eSpeak NG's English voices take them; None if there is one that they lack."""
    said = _spell(stress_on_vowels(_plain(ipa)), _ESPEAK | {" ": "||"})
    return None if said is None else "".join(said)


def to_misaki(ipa: str) -> str | None:
    """The sounds as Kokoro's American voices take them; None if there is one that they lack."""
    said = _spell(stress_on_vowels(_plain(ipa)), _MISAKI | {PRIMARY: PRIMARY, SECONDARY: SECONDARY, " ": " "})
    return None if said is None else "".join(said)


def to_rime(ipa: str) -> str | None:
    """The sounds of one word as Rime's Mist voices take them; None if there is one that they lack."""
    said = _spell(stress_on_vowels(_plain(ipa)), _RIME | {PRIMARY: "1", SECONDARY: "2"})
    if said is None:
        return None
    stressed = ""
    for sound in said:
        is_vowel = sound in "@aAWxYERIeioOUu"
        stressed += f"0{sound}" if is_vowel and stressed[-1:] not in ("1", "2") else sound
    return stressed


def cartesia_sounds(ipa: str) -> list[str]:
    """The single sounds, stresses among them, of one word."""
    text = _plain(ipa).replace(LONG, "")
    sounds: list[str] = []
    position = 0
    while position < len(text):
        pair = _CARTESIA_PAIRS.get(text[position : position + 2])
        sound = pair or text[position]
        if unicodedata.category(sound[0]) in ("Mn", "Lm") and sound not in (PRIMARY, SECONDARY) and sounds:
            sounds[-1] += sound
        else:
            sounds.append(sound)
        position += len(sound)
    return sounds


def stress_on_vowels(ipa: str) -> str:
    """With each stress before its vowel: the IPA has it before the syllable."""
    moved, pending = "", ""
    for sign in ipa:
        if sign in (PRIMARY, SECONDARY):
            pending = sign
        elif pending and (sign in VOWELS or sign == " "):
            moved, pending = moved + (pending if sign != " " else "") + sign, ""
        else:
            moved += sign
    return moved


def _plain(ipa: str) -> str:
    """Without syllables, liaison, aspiration and what else English spelling of sounds leaves out."""
    return re.sub(r"[.|‖‿ʰ\u0329\u032f\u0303\u032a˞]", "", clean(ipa).replace("ɜ˞", "ɝ").replace("ə˞", "ɚ"))


def _spell(text: str, table: Mapping[str, str]) -> list[str] | None:
    """The longest signs first; None if there is one that the table lacks."""
    longest = max(map(len, table))
    said: list[str] = []
    position = 0
    while position < len(text):
        for length in range(longest, 0, -1):
            sign = text[position : position + length]
            if sign in table:
                said.append(table[sign])
                position += len(sign)
                break
        else:
            return None
    return said
