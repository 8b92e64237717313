"""Opening a file with FFmpeg: by what is in it, whatever it is called, and only as one kind of file that holds sound.

FFmpeg also knows formats that are lists of other files, local or in the network. Those are refused, and the name is
never taken for an address.
"""

from __future__ import annotations

import os
from pathlib import Path

import av
from av.container import InputContainer

from .errors import AudioFileError
from .ffmpeg_memory import bound_allocations
from .mp4_edits import Span, heard_span

_LONGEST_WAIT_S = 4.0
"""For a file to be opened, and for a packet to be read, by FFmpeg's own clock."""
_FORMATS = (
    *("wav", "w64", "mp3", "aac", "flac", "ogg", "mov", "matroska", "aiff", "caf", "au", "amr", "asf", "ac3", "eac3"),
    *("mpegts", "mpeg", "avi", "flv", "wv", "tta", "ape", "mpc", "mpc8", "dsf", "latm", "loas", "dts", "tak", "voc"),
    *("amrnb", "amrwb", "webm", "mp4", "m4a"),
)
_OTHERS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "a gzip archive",
    b"#EXTM3U": "a playlist",
    b"MThd": "a MIDI file, which has notes and no sound",
}


def open_container(path: Path) -> tuple[InputContainer, Span | None]:
    """The open file, and for MP4 and M4A what part of its sound is to be heard.

    Raises:
        AudioFileError: not audio, or corrupt.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
        for magic, what in _OTHERS.items():
            if head.startswith(magic):
                raise AudioFileError(path, f"is {what}, not audio")
        span = heard_span(path) if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide") else None
    except OSError as error:
        raise AudioFileError(path, f"cannot be read: {error.strerror or error}") from error
    bound_allocations()
    failure: AudioFileError | None = None
    for name in (None, _sync_format(head)):
        if failure is not None and name is None:
            break
        try:
            container = _open(path, name, span)
        except (av.error.FFmpegError, ValueError) as error:
            failure = failure or AudioFileError(path, f"not audio, or corrupt ({_reason(error)})")
            continue
        if container.streams.audio:
            return container, span
        container.close()
        failure = failure or AudioFileError(path, "has no audio stream")
    assert failure is not None
    raise failure


def _open(path: Path, name: str | None, span: Span | None) -> InputContainer:
    options = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"}
    if span is not None:
        options["advanced_editlist"] = "0"
    return av.open(
        "file:" + os.fspath(path),
        format=name,
        container_options=options,
        metadata_errors="replace",
        timeout=_LONGEST_WAIT_S,
    )


def _sync_format(head: bytes) -> str | None:
    """The format of a bare stream that is so short that FFmpeg does not recognise it, by its first frame's mark."""
    if head[:1] != b"\xff" or len(head) < 2:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    return "mp3" if head[1] & 0xE6 == 0xE2 else None


def _reason(error: Exception) -> str:
    if isinstance(error, av.error.ExitError):
        return f"not open after {_LONGEST_WAIT_S:g} s"
    return getattr(error, "strerror", None) or str(error)
