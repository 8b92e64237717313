from __future__ import annotations

from kit.lab.ledger import Ledger, LedgerRow, ledger
from kit.session.journal import Journal
from kit.session.records import PreemptionAdopted
from tests.lab.hand_made import OFF, ON, ON_TTS, Said, journal


def test_no_attempts_cost_nothing():
    book = ledger(journal(Said(), tuning=OFF))
    assert (book.rows, book.saved_s, book.burned_tokens, book.burned_characters) == ((), 0.0, 0, 0)


def test_every_attempt_has_a_row():
    book = ledger(journal(Said(), Said(discarded="context_changed"), Said(dropped="stop_response"), tuning=ON))
    assert [(row.attempt, row.turn, row.outcome, row.reason) for row in book.rows] == [
        (1, 1, "adopted", ""),
        (2, 2, "discarded", "context_changed"),
        (3, 3, "discarded", "stop_response"),
    ]
    first, second, _ = book.rows
    assert (first.lead_s, first.saved_s, first.started_t) == (0.4, 0.35, 2.0)
    assert (second.lead_s, second.saved_s, second.tokens, second.tokens_estimated) == (None, None, 49, True)


def test_only_what_was_thrown_away_is_burned():
    book = ledger(
        journal(Said(), Said(discarded="failed"), Said(discarded="failed"), Said(dropped="hook_failed"), tuning=ON)
    )
    assert (book.burned_prompt_tokens, book.burned_completion_tokens, book.burned_tokens) == (120, 27, 147)
    assert (book.adopted, book.discarded, book.tokens_estimated) == (1, 3, True)
    assert book.reasons == {"failed": 2, "hook_failed": 1}
    assert book.saved_s == 0.35


def test_an_adopted_attempt_shows_what_it_used():
    (row,) = ledger(journal(Said(reply="Sunny."), tuning=ON_TTS)).rows
    assert (row.prompt_tokens, row.completion_tokens, row.characters, row.tokens_estimated) == (40, 1, 6, False)


def test_saved_adds_up_over_the_turns():
    book = ledger(journal(Said(d_stt=0.1), Said(d_stt=0.4), Said(d_stt=0.7), tuning=ON_TTS))
    assert [row.saved_s for row in book.rows] == [0.4, 0.1, 0.0]
    assert book.saved_s == 0.5


def test_an_attempt_that_the_journal_leaves_undecided_is_burned():
    records = list(journal(Said(), tuning=ON))
    cut = next(i for i, record in enumerate(records) if isinstance(record, PreemptionAdopted))
    book = ledger(Journal(records=records[:cut]))
    assert [row.outcome for row in book.rows] == ["open"]
    assert book.burned_tokens == book.rows[0].tokens > 0


def test_a_notebook_shows_it_as_a_table() -> None:
    row = LedgerRow(1, 2, 0.5, "discarded", None, None, "<b>changed</b>", 3, 4, 5, True)
    shown = Ledger((row,))._repr_html_()
    assert shown.count("<tr>") == 2
    assert "discarded: &lt;b&gt;changed" in shown and "about 7" in shown
    assert Ledger(())._repr_html_() == "<p>No attempt was made.</p>"
