"""A bound on what FFmpeg may allocate at once.

A few changed bytes in a header can make it ask for two gigabytes, fill them with zeros and find then that the file is
small. Its own bound is 2 GB; PyAV has no way to lower it, so its library is asked directly. It holds for the whole
process; decoding needs far less (the index of an m4a takes 4 MB an hour).
"""

from __future__ import annotations

import ctypes
import functools

import av._core

MOST_BYTES_AT_ONCE = 256 << 20


@functools.cache
def bound_allocations(most_bytes: int = MOST_BYTES_AT_ONCE) -> bool:
    """Have FFmpeg refuse larger allocations from now on, as if there were no memory.

    Returns:
        Whether that could be done: where the system does not find a library's own libraries by its name (Windows),
        FFmpeg's bound stays.
    """
    try:
        bound = ctypes.CDLL(av._core.__file__).av_max_alloc
    except (OSError, AttributeError):
        return False
    bound.argtypes, bound.restype = [ctypes.c_size_t], None
    bound(most_bytes)
    return True
