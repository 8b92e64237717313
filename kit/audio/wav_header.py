"""The headers of WAV files: RIFF, and RF64 and BW64, which are for more than 4 GB.

Headers are often wrong about the length, since a recorder writes it last:

- 0 or the largest number, as streams have it, or more than there is: the sound goes on to the file's end;
- 0 in a file whose outer length is right: there is no sound;
- less than there is: what comes after it is something else.

A chunk of odd size has a byte after it, which some writers forget; both are understood. The format may come after the
sound.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from .layouts import Layout, from_mask, unnamed
from .limits import absurdity

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
HEADER_BYTES = 44
_UNTOLD_SIZE = 0xFFFFFFFF - 36
"""The largest size of sound that a header can tell; a recording that long or longer has it."""
_LEAST_UNTOLD_SIZE = 0x7FFF0000
"""What programs write that do not know the length is from here on (SoX writes 0x7FFFF000 and less)."""
_TOLD_ELSEWHERE = 0xFFFFFFFF
_MOST_CHUNKS = 10_000
_KNOWN_CHUNKS = (b"data", b"fmt ", b"LIST", b"fact", b"bext", b"JUNK", b"PEAK", b"cue ", b"smpl", b"id3 ", b"iXML")
_SAMPLE_BYTES = {PCM: (1, 2, 3, 4), FLOAT: (4, 8)}


class WavFormatError(ValueError):
    """Not a WAV file, or not with sound that this module reads."""


class OtherFormatError(WavFormatError):
    """Another kind of file, or a WAV file with sound that is coded: other programs may read it."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Where the sound is, and what. A block is a sample of each channel."""

    kind: int
    num_channels: int
    sample_rate: int
    sample_bytes: int
    layout: Layout
    start: int
    blocks: int
    missing_bytes: int
    """What the header tells of and the file does not hold: it was cut off."""

    @property
    def block_bytes(self) -> int:
        return self.num_channels * self.sample_bytes


def wav_header(sample_rate: int, num_channels: int, samples: int) -> bytes:
    """The 44 bytes before 16-bit sound. Beyond 4 GB they tell the largest length, which is read as "to the end"."""
    block = 2 * num_channels
    size = min(samples * block, _UNTOLD_SIZE)
    riff = struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, num_channels, sample_rate, sample_rate * block, block, 16)
    return riff + form + struct.pack("<4sI", b"data", size)


def read_header(file: BinaryIO) -> WavHeader:
    """The header of an open file.

    Raises:
        OtherFormatError: no WAV file, or coded sound.
        WavFormatError: no sound, or a header that cannot be true.
    """
    file_size = file.seek(0, os.SEEK_END)
    file.seek(0)
    riff, riff_size, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
    if riff not in (b"RIFF", b"RF64", b"BW64") or wave != b"WAVE":
        raise OtherFormatError("not a WAV file")
    form: tuple[int, int, int, int, Layout] | None = None
    sound: tuple[int, int, int] | None = None
    long_size = None
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or (form and sound):
            break
        name, size = struct.unpack("<4sI", head)
        start = file.tell()
        if name == b"fmt ":
            form = _read_format(file.read(min(size, 40)))
        elif name == b"ds64":
            long_size = _read_long_size(file.read(min(size, 16)))
        elif name == b"data" and sound is None:
            if size == _TOLD_ELSEWHERE and long_size is not None:
                size = long_size
            whole_file = (riff_size + 8) in (file_size, file_size - 1)
            sound = start, *_sound_size(size, file_size - start, whole_file)
            size = sound[1] + sound[2]
        _skip_to_end(file, start, size)
    return _joined(form, sound)


def _joined(form: tuple[int, int, int, int, Layout] | None, sound: tuple[int, int, int] | None) -> WavHeader:
    if sound is None:
        raise WavFormatError("a WAV file without sound: it has no data chunk")
    if form is None:
        raise WavFormatError("a WAV file without a format chunk")
    kind, num_channels, sample_rate, sample_bytes, layout = form
    start, size, missing = sound
    blocks = size // (num_channels * sample_bytes)
    return WavHeader(kind, num_channels, sample_rate, sample_bytes, layout, start, blocks, missing)


def _sound_size(told: int, available: int, whole_file: bool) -> tuple[int, int]:
    """How many bytes of sound there are, and how many are missing."""
    if told == 0 and not whole_file:
        return available, 0
    if told > available or _UNTOLD_SIZE <= told <= _TOLD_ELSEWHERE:
        return available, max(0, told - available) if told < _LEAST_UNTOLD_SIZE else 0
    return told, 0


def _skip_to_end(file: BinaryIO, start: int, size: int) -> None:
    file.seek(start + size)
    if size % 2 and file.read(4) in _KNOWN_CHUNKS:
        file.seek(start + size)
    elif size % 2:
        file.seek(start + size + 1)


def _read_long_size(chunk: bytes) -> int | None:
    return int(struct.unpack("<Q", chunk[8:16])[0]) if len(chunk) == 16 else None


def _read_format(form: bytes) -> tuple[int, int, int, int, Layout]:
    if len(form) < 16:
        raise WavFormatError("a WAV file with half a format chunk")
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if wrong := absurdity(rate, channels):
        raise WavFormatError(wrong)
    layout = unnamed(channels)
    if kind == EXTENSIBLE and len(form) >= 26:
        mask, kind = struct.unpack("<IH", form[20:26])
        layout = from_mask(mask, channels)
    if kind not in _SAMPLE_BYTES:
        raise OtherFormatError(f"WAV format {kind} is not read here")
    block = block or channels * -(-bits // 8)
    sample_bytes, rest = divmod(block, channels)
    if rest or sample_bytes not in _SAMPLE_BYTES[kind] or not 8 * (sample_bytes - 1) < bits <= 8 * sample_bytes:
        raise WavFormatError(
            f"a WAV header that contradicts itself, or sound that is not read: {bits} bits in blocks of {block} bytes"
        )
    return kind, channels, rate, sample_bytes, layout
