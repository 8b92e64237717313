"""Where the document's own code for pronunciation and volume goes wrong, and the kit does not: both are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seed import seed_code, side_by_side
from tests.seed.cases import Case
from tests.seed.pronunciation_cases import said_by_kit, said_by_seed
from tests.seed.side_by_side import CASES
from tests.seed.test_seed import blocks

__all__ = ["blocks"]  # a fixture, which also finds out whether the document is here


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_kit_is_right_where_the_document_s_code_is_not(case: Case, blocks: list[str]) -> None:
    given_by_seed = case.seed()
    assert given_by_seed == case.seed_gives
    assert not case.is_right(given_by_seed)
    assert case.is_right(case.kit())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Use kubectl with the API.", "Use kube control with the A P I."),
        ("APIs, API2 and my_API are other words", "APIs, API2 and my_API are other words"),
        ("the API's url, REST-API", "the A P I's U R L, rest-A P I"),
    ],
)
def test_where_the_document_s_code_is_right_the_kit_gives_the_same(text: str, said: str, blocks: list[str]) -> None:
    assert said_by_seed([text], None) == said_by_kit([text], None) == said


def test_the_document_s_terms_are_those_that_its_code_uses(blocks: list[str]) -> None:
    terms = seed_code.own_terms()
    assert len(terms) == 11
    assert said_by_seed(["LiveKit"], None) == terms["LiveKit"]


def test_the_table_has_a_line_for_each_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], blocks: list[str]
) -> None:
    monkeypatch.setattr(side_by_side, "TABLE", tmp_path / "build" / "table.md")
    side_by_side.main()
    lines = (tmp_path / "build" / "table.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 + len(CASES)
    assert all(len(line.replace("\\|", "").split("|")) == 5 for line in lines)
    assert "5116" in "".join(lines)
    assert capsys.readouterr().out.startswith(f"{len(CASES)} cases")
