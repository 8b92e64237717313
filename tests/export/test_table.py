from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from kit.export import conversation_table, ledger_table
from kit.session.journal import Journal
from tests.lab.hand_made import OFF, ON, ON_TTS, Said, journal, mixed


def held(*said, tuning=OFF, name="conversation"):
    return SimpleNamespace(journal=journal(*said, tuning=tuning), name=name)


def printed(renderable, width=80):
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(renderable)
    lines = file.getvalue().rstrip().splitlines()
    assert all(len(line.rstrip()) <= width for line in lines)
    return lines


def test_one_conversation_by_stages():
    lines = printed(
        conversation_table([held(Said(), Said("bye", dropped="stop_response"), Said(d_stt=0.4), tuning=ON)])
    )
    assert lines[0].split() == ["turn", "STT", "wait", "LLM", "TTS", "play", "gap", "s", "saved"]
    assert lines[1].split()[-7:] == ["0.10", "0.40", "0.00", "0.20", "0.00", "0.70", "0.35"]
    assert "bye (stop response)" in lines[2]
    assert lines[4].split() == ["median", "of", "2", "0.25", "0.25", "0.13", "0.20", "0.00", "0.83", "0.23"]
    assert lines[6] == "Answers after 0.83 s (median, n = 2)"


def test_two_conversations_side_by_side():
    said = [Said(d_stt=0.1), Said("and tomorrow", d_stt=0.2)]
    lines = printed(conversation_table([held(*said, name="off"), held(*said, tuning=ON, name="on")]))
    assert lines[0].split() == ["turn", "off", "s", "on", "s", "diff.", "s"]
    assert lines[1].split()[-3:] == ["1.05", "0.70", "−0.35"]
    assert lines[3].split() == ["median", "1.05", "0.73", "−0.33"]
    assert "Preemption answers 0.33 s earlier (median, n = 2)" in lines
    assert "preemption.enabled off → on" in lines


def test_three_conversations():
    said = [Said(), Said("and tomorrow")]
    lines = printed(
        conversation_table([held(*said, tuning=t, name=n) for t, n in ((OFF, "a"), (ON, "b"), (ON_TTS, "c"))])
    )
    assert lines[1].split()[-5:] == ["1.05", "0.70", "−0.35", "0.65", "−0.40"]


@pytest.mark.parametrize("width", [60, 80, 140])
def test_numbers_stay_whole_whatever_is_said(width):
    said = mixed(9)
    for table in (
        conversation_table([held(*said, tuning=ON_TTS)]),
        conversation_table([held(*said, name="off"), held(*said, tuning=ON, name="on")]),
    ):
        lines = printed(table, width)
        assert not any("0…" in line or "1…" in line for line in lines)


def test_words_are_no_markup():
    lines = printed(conversation_table([held(Said("[red]stop[/red] [/] now"), name="[bold]x")]))
    assert "[red]stop[/red] [/] now" in lines[1]


def test_every_attempt_is_in_the_ledger():
    lines = printed(ledger_table(held(Said(), Said(discarded="context_changed"), tuning=ON)))
    assert lines[1].split() == ["1", "1", "adopted", "0.40", "0.35", "49", "40"]
    assert lines[2].split() == ["2", "2", "discarded:", "context", "changed", "–", "–", "~49", "0"]
    assert " ".join(map(str.strip, lines[4:])) == (
        "2 attempts, 1 adopted; 0.35 s saved in all; about 49 tokens and 0 characters thrown away"
    )


def test_nothing():
    lines = printed(conversation_table([held()]))
    assert lines
    assert "No answer was heard yet" in printed(conversation_table([SimpleNamespace(journal=Journal(), name="x")]))
    with pytest.raises(ValueError, match="at least one"):
        conversation_table([])
