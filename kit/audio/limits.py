"""What is still sound: headers that tell of more are broken, and would cost memory without bound."""

from __future__ import annotations

LOWEST_RATE_HZ = 1_000
HIGHEST_RATE_HZ = 768_000
MOST_CHANNELS = 256


def absurdity(sample_rate: int, num_channels: int) -> str | None:
    """What is wrong with a header that tells this; None where nothing is."""
    if not 1 <= num_channels <= MOST_CHANNELS:
        return f"its header tells of {num_channels} channels; 1 to {MOST_CHANNELS} are read"
    if not LOWEST_RATE_HZ <= sample_rate <= HIGHEST_RATE_HZ:
        return f"its header tells of {sample_rate} Hz; {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz are read"
    return None
