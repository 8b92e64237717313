"""What an engine says when its package is not installed: which package it is, and the line that installs it."""

from __future__ import annotations


class EngineMissing(ImportError):
    """An engine's package cannot be imported. The message holds the `pip install` line that brings it."""


def missing(engine: str, package: str, extra: str) -> EngineMissing:
    """The error to raise where an engine's package cannot be imported.

    Args:
        engine: The engine as a person names it, "eSpeak NG".
        package: The package as pip names it, "espeakng-loader".
        extra: The extra of this kit that holds the package, "local".
    """
    return EngineMissing(
        f"{engine} needs the package {package}, which is not installed: pip install 'speech-tuning-kit[{extra}]'",
        name=package,
    )
