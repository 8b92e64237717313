"""Who sees a conversation, by the clock: what is said, and when it ends."""

from __future__ import annotations

from kit.widgets.talking.presence import AWAY_S, NO_PAGE_S, SILENT_PAGE_S, Presence

SOON = 0.5


def test_a_view_that_says_that_it_is_there_keeps_it() -> None:
    presence = Presence()
    presence.begin(100.0)
    for now in range(100, 300):
        presence.here("a", float(now))
        assert presence.sight(now + SOON) == "seen"
    assert presence.shows("a", 299.0 + SOON) and not presence.shows("b", 299.0)


def test_without_a_page_it_is_said_and_then_it_ends() -> None:
    presence = Presence()
    presence.begin(100.0)
    assert presence.sight(100.0 + NO_PAGE_S - SOON) == "unseen"
    assert presence.sight(100.0 + NO_PAGE_S) == "unheard"
    assert presence.sight(100.0 + AWAY_S - SOON) == "unheard"
    assert presence.sight(100.0 + AWAY_S) == "abandoned"


def test_what_is_typed_or_played_puts_the_end_off() -> None:
    presence = Presence()
    presence.begin(0.0)
    presence.use(AWAY_S - SOON)
    assert presence.sight(AWAY_S) == "unheard"
    assert presence.sight(2 * AWAY_S - SOON) == "abandoned"


def test_a_view_that_sleeps_is_seen_no_more_and_comes_back() -> None:
    presence = Presence()
    presence.begin(0.0)
    presence.here("a", 100.0)
    assert presence.sight(100.0 + SILENT_PAGE_S - SOON) == "seen"
    assert presence.sight(100.0 + SILENT_PAGE_S) == "unseen"
    assert not presence.shows("a", 100.0 + SILENT_PAGE_S)
    assert presence.sight(100.0 + NO_PAGE_S) == "unheard"
    presence.here("a", 130.0)
    assert presence.sight(130.0) == "seen"


def test_a_view_that_goes_is_seen_no_more_at_once_but_another_is() -> None:
    presence = Presence()
    presence.begin(0.0)
    presence.here("a", 10.0)
    presence.here("b", 10.0)
    presence.gone("a")
    assert presence.sight(10.0 + SOON) == "seen"
    presence.gone("b")
    presence.gone("b")
    assert presence.sight(10.0 + SOON) == "unseen"
    assert presence.sight(10.0 + AWAY_S) == "abandoned"


def test_another_conversation_begins_with_all_its_time() -> None:
    presence = Presence()
    presence.begin(0.0)
    assert presence.sight(1000.0) == "abandoned"
    presence.begin(1000.0)
    assert presence.sight(1000.0 + SOON) == "unseen"


def test_a_view_whose_messages_cannot_come_is_there_until_they_can() -> None:
    presence = Presence()
    presence.begin(0.0)
    presence.here("a", 10.0)
    for now in range(10, 200):
        presence.wait(float(now))
        assert presence.sight(now + SOON) == "seen" and presence.shows("a", now + SOON)
    assert presence.sight(199.0 + SILENT_PAGE_S) == "unseen"
    presence.wait(199.0 + SILENT_PAGE_S + SOON)
    assert presence.sight(199.0 + AWAY_S) == "abandoned"  # who had gone before is not there for that
