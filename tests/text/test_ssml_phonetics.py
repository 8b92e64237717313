"""Pronunciations in the alphabets of voices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text.ssml import phonetics

SIGNS = sorted(phonetics._X_SAMPA)


@pytest.mark.parametrize(
    ("ipa", "x_sampa"),
    [
        ("pɪˈkɑːn", 'pI"kA:n'),
        ("ˈpi.kæn", '"pi.k{n'),
        ("ˈæpəl", '"{p@l'),
        ("təˈmeɪ.ɾoʊ", 't@"meI.4oU'),
        ("/ˈd͡ʒʌmp/", '"dZVmp'),
        ("ʃø̃n̩", "S2~n="),
        ("ˈçɛː", '"CE:'),
        ("a☃", None),
    ],
)
def test_x_sampa(ipa: str, x_sampa: str | None) -> None:
    """The first three are Amazon Polly's and Google's own examples."""
    assert phonetics.to_x_sampa(ipa) == x_sampa
    if x_sampa is not None:
        assert phonetics.from_x_sampa(x_sampa) == phonetics.clean(ipa)


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_comes_back_from_x_sampa(sign: str) -> None:
    written = phonetics.to_x_sampa(f"a{sign}a")
    same = sign.replace("\u030a", "\u0325")  # the ring of the voiceless stands above where there is no room below
    assert written is not None and phonetics.from_x_sampa(written) == phonetics.clean(f"a{same}a")


@given(st.text(st.sampled_from([*"abʃʒ ˈ:'./☃e\u0303\u0361g"]), max_size=12))
def test_any_text_has_an_answer(text: str) -> None:
    for spell in (
        phonetics.to_x_sampa,
        phonetics.from_x_sampa,
        phonetics.to_espeak,
        phonetics.to_misaki,
        phonetics.to_rime,
    ):
        assert spell(text) is None or isinstance(spell(text), str)
    phonetics.cartesia_sounds(text)


@pytest.mark.parametrize(
    ("ipa", "rime"),
    [("ˈkʌstəm", "k1Ast0xm"), ("ˈkɑmə", "k1am0x"), ("ˌɑkʃənˈɪr", "2akS0xn1Ir"), ("ˈtʃaɪnə", "C1Yn0x"), ("ɡøn", None)],
)
def test_rime(ipa: str, rime: str | None) -> None:
    """The first two are the documentation's own examples."""
    assert phonetics.to_rime(ipa) == rime


@pytest.mark.parametrize(("ipa", "misaki"), [("misˈɑːki", "misˈɑki"), ("kˈoʊkəɹoʊ", "kˈOkəɹO"), ("ˈdʒʌmp", "ʤˈʌmp")])
def test_misaki(ipa: str, misaki: str) -> None:
    """The documentation's own examples."""
    assert phonetics.to_misaki(ipa) == misaki


def test_cartesia() -> None:
    """The documentation's own examples."""
    assert "|".join(phonetics.cartesia_sounds("kɑɹˈtiʒə")) == "k|ɑ|ɹ|ˈ|t|i|ʒ|ə"
    assert "|".join(phonetics.cartesia_sounds("ˈdʒəmˈbəˈlaɪˈə")) == "ˈ|dʒ|ə|m|ˈ|b|ə|ˈ|l|aɪ|ˈ|ə"
