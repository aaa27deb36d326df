"""Reads a ``pg_node_tree``: how Postgres keeps a view's query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+", re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
#: Lists of integers, OIDs, transaction ids and bitmaps say so in front.
_LIST_KINDS = frozenset({"i", "o", "b", "x"})


@dataclass(frozen=True, slots=True)
class Node:
    """``{TYPE :field value ...}``; a value is a node, a list, a text or ``None``."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)

    def items(self, name: str) -> list[Any]:
        """The list in ``name``; empty when there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, list) else []

    def number(self, name: str) -> int:
        """The number in ``name``; 0 when there is none."""
        value = self.fields.get(name)
        return int(value) if isinstance(value, str) else 0


def parse(text: str) -> Any:
    """The value ``text`` describes. Raises :class:`ValueError` when it ends too early."""
    return _Reader(text).value()


def queries(text: str) -> list[Node]:
    """The queries of a rewrite rule's action."""
    value = parse(text)
    return [node for node in value if is_node(node, "QUERY")] if isinstance(value, list) else []


def is_node(value: Any, kind: str) -> bool:
    """Whether ``value`` is a node of this type."""
    return isinstance(value, Node) and value.type == kind


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: Iterator[str] = (match.group() for match in _TOKEN.finditer(text))
        self._next = next(self._tokens, None)

    def value(self) -> Any:
        word = self._take()
        if word == "{":
            return self._node()
        if word == "(":
            return self._list()
        return None if word == "<>" else _ESCAPED.sub(r"\1", word)

    def _take(self) -> str:
        token = self._next
        if token is None:
            raise ValueError("the node tree ends too early")
        self._next = next(self._tokens, None)
        return token

    def _node(self) -> Node:
        node = Node(self._take())
        while self._next != "}":
            name = self._take().removeprefix(":")
            node.fields[name] = None if self._at_field_end() else self.value()
            # Some values are more than one token; only the first says something here.
            while not self._at_field_end():
                self.value()
        self._take()
        return node

    def _at_field_end(self) -> bool:
        return self._next is None or self._next == "}" or self._next.startswith(":")

    def _list(self) -> list[Any]:
        values: list[Any] = []
        if self._next in _LIST_KINDS:
            self._take()
        while self._next != ")":
            values.append(self.value())
        self._take()
        return values
