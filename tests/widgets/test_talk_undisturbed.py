"""What keeps sound going beside a busy cell is put back after the last conversation."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from kit.widgets.talking.undisturbed import TURN_S, Undisturbed


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    interval_s = sys.getswitchinterval()
    assert gc.get_freeze_count() == 0
    yield
    gc.unfreeze()
    sys.setswitchinterval(interval_s)


def test_two_conversations_at_once() -> None:
    sys.setswitchinterval(0.004)
    undisturbed = Undisturbed()
    undisturbed.begin()
    undisturbed.begin()
    assert sys.getswitchinterval() == pytest.approx(TURN_S)
    undisturbed.end()
    assert sys.getswitchinterval() == pytest.approx(TURN_S)
    assert gc.get_freeze_count() > 10_000
    undisturbed.end()
    assert sys.getswitchinterval() == pytest.approx(0.004)
    assert gc.get_freeze_count() == 0


def test_what_others_have_set_stays() -> None:
    sys.setswitchinterval(0.0005)
    gc.freeze()
    frozen = gc.get_freeze_count()
    undisturbed = Undisturbed()
    undisturbed.begin()
    assert sys.getswitchinterval() == pytest.approx(0.0005)
    undisturbed.end()
    assert sys.getswitchinterval() == pytest.approx(0.0005)
    assert gc.get_freeze_count() >= 0.9 * frozen


def test_garbage_of_before_is_found_after_the_end() -> None:
    undisturbed = Undisturbed()
    loop: list[object] = []
    loop.append(loop)
    undisturbed.begin()
    del loop
    undisturbed.end()
    assert gc.collect() >= 1
