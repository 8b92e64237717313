"""Types of arguments, and tools of a class, for tests."""

from __future__ import annotations

import dataclasses
import enum
from typing import NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from kit import function_tool


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


class Item(TypedDict):
    name: str
    count: NotRequired[int]


@dataclasses.dataclass
class Order:
    items: list[Item]
    size: Size = Size.SMALL


class Address(BaseModel):
    city: str
    number: int = Field(1, ge=1)


class Clerk:
    @function_tool
    def look(self, place: str) -> str:
        """Look there."""
        return f"{type(self).__name__} looked at {place}"

    @function_tool
    @staticmethod
    def add(a: int, b: int) -> int:
        return a + b

    @staticmethod
    @function_tool
    def subtract(a: int, b: int) -> int:
        return a - b
