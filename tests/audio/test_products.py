"""Sums of products are the library's own, and no thread takes part in them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kit.audio.products import dot, gram

ALONE = """
import time
import numpy as np
from kit.audio.knee import limited
from kit.audio.loops import is_clean, seam

sound = (np.random.default_rng(0).normal(size=48_000) * 3_000).astype(np.int16)
time.sleep(0.2)  # threads that have just begun spin too
whole, mine = time.process_time(), time.thread_time()
for _ in range(5):
    assert is_clean(sound[:24_000], sound[24_000:])
    seam(sound[:20_000], sound[-20_000:])
    limited(sound.astype(np.float32))
print((time.process_time() - whole) - (time.thread_time() - mine))
"""


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count) * 3_000


@pytest.mark.parametrize("count", [0, 1, 10_000, 10_001, 48_000])
def test_a_product_is_what_it_is_at_any_length(count: int) -> None:
    one, other = noise(count), noise(count, 1)
    assert dot(one, other) == pytest.approx(np.dot(one, other))
    assert dot(one.astype(np.float32), one.astype(np.float32)) == pytest.approx(np.dot(one, one), rel=1e-5)


def test_a_gram_matrix_is_symmetric_and_what_it_is() -> None:
    rows = noise(2_400).reshape(-1, 24)
    assert np.allclose(gram(rows), rows.T @ rows)
    assert np.array_equal(gram(rows), gram(rows).T)


def test_no_other_thread_works() -> None:
    """In a process of its own: the library's threads spin for a while after anybody's long product."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) < 0.003
