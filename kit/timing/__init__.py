"""Time as the event loop tells it, so that the same code runs live or in virtual time."""

from .clock import SessionClock
from .virtual import VirtualLoop, VirtualTimeDeadlock, run_virtual

__all__ = ["SessionClock", "VirtualLoop", "VirtualTimeDeadlock", "run_virtual"]
