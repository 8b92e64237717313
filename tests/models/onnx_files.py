"""Small ONNX files, written byte by byte: a Smart Turn model of version 2 and models for other things, to be fed.

Only what protobuf's wire format needs for one graph without weights. See https://onnx.ai/onnx/repo-docs/IR.html.
"""

from __future__ import annotations

from collections.abc import Sequence

FLOAT, INT64 = 1, 7
Tensor = tuple[str, int, Sequence[int | str]]
"""Name, type of its elements, shape; a size that is open has a name."""
Node = tuple[str, list[str], str, dict[str, int]]
"""Operator, inputs, output, attributes."""


def model(inputs: list[Tensor], nodes: list[Node], output: Tensor) -> bytes:
    """A model that computes `nodes` one after another."""
    graph = b"".join(_field(1, _node(*node)) for node in nodes) + _field(2, b"graph")
    graph += b"".join(_field(11, _value(*tensor)) for tensor in inputs) + _field(12, _value(*output))
    return _number(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, 17))


def _node(operator: str, inputs: list[str], output: str, attributes: dict[str, int]) -> bytes:
    data = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
    data += _field(4, operator.encode())
    for name, value in attributes.items():
        data += _field(5, _field(1, name.encode()) + _number(3, value) + _number(20, 2))
    return data


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _number(1, size) if isinstance(size, int) else _field(2, size.encode())) for size in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, sizes)))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])
