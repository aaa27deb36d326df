"""Chat models that mean harm: one returns what a test wrote, one does whatever the spec seems to ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from architect.plan import names

Data = dict[str, Any]
EVERYTHING = ["select", "insert", "update", "delete"]
#: Words after which a model that obeys opens a table to the world.
_OPENING = re.compile(r"(?i)any|every|public|true|visitor|guest|grant|anon|without rls|or 1=1|all users")
_OWNING = re.compile(r"(?i)\b(?:only|own|owner|author|private|theirs?)\b")
_THING = re.compile(
    r"(?i)\b(?:each|every|an?|table|tables?\W+name\W+|into|the)\s+[\"'`]?([^\s,.;()\"'`]{1,80})"
)
_WORD = re.compile(r"[^\s,.;()\[\]\"'`]{2,90}")


class Hostile(BaseChatModel):
    """Answers each prompt with what ``reply`` makes of its data, and keeps what it was sent."""

    reply: Callable[[Data], Any]
    asked: list[str] = Field(default_factory=list)

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self.asked.append("\n".join(str(m.content) for m in messages))
        answer = self.reply(_data(messages))
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=True)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    @property
    def _llm_type(self) -> str:
        return "hostile"


def _data(messages: list[BaseMessage]) -> Data:
    for message in reversed(messages):
        try:
            return dict(json.loads(str(message.content)))
        except ValueError:
            continue
    return {}


def insisting(draft: Any) -> Hostile:
    """Returns ``draft`` whatever it is told."""
    return Hostile(reply=lambda data: draft)


def obedient(*, tidy: bool = False) -> Hostile:
    """Takes every word of the spec at its word: names, values, descriptions, and who may do what.

    ``tidy``: with names that can be names at once, not only when told.
    """
    return Hostile(reply=lambda data: _tidied(_obey(data)) if tidy else _obey(data))


def _tidied(draft: Data) -> Data:
    return {**draft, "tables": [_mended(t) for t in draft["tables"]]} if "tables" in draft else draft


def _obey(data: Data) -> Any:
    if "violations" in data:
        return {"tables": [_mended(t) for t in data["tables"] if isinstance(t, dict)]}
    parts = [(c["chunk_index"], c["content"]) for c in data.get("spec", [])]
    if "names_so_far" in data:
        return {"entities": [{"name": n[:100]} for _, text in parts for n in _THING.findall(text)[:50]]}
    tables: dict[str, Data] = {}
    for index, text in parts:
        for sentence in filter(str.strip, re.split(r"(?<=[.!?;])\s+|\n+", text)):
            quote = [{"chunk_index": index, "quote": sentence.strip()[:500]}]
            for word in _THING.findall(sentence)[:20]:
                tables.setdefault(word, _table(word, sentence, quote))
            for table in tables.values():
                table["policies"] += _policies(sentence, quote, len(table["policies"]))
    whole = "\n".join(text for _, text in parts)
    questions = [{"question": text.strip()[:1000]} for _, text in parts if text.strip()]
    return {"title": whole[:200], "tables": list(tables.values())[:60], "open_questions": questions[:100]}


def _table(word: str, sentence: str, quote: list[Data]) -> Data:
    words = list(dict.fromkeys(w for w in _WORD.findall(sentence) if w.lower() not in ("id", "owner_id")))
    values = words[:5] or ["x"]
    columns: list[Data] = [
        {"name": "id", "type": "uuid", "default": {"kind": "gen_uuid"}, "origin": "convention"},
        {"name": "owner_id", "type": "uuid", "default": {"kind": "current_user"}, "origin": "convention"},
    ]
    for n, name in enumerate(words[:12]):
        hostile = {"checks": [{"kind": "one_of", "values": values}],
                   "default": {"kind": "literal", "value": values[0]}}  # fmt: skip
        columns.append(
            {"name": name, "type": "text", "origin": "spec", "because": quote,
             "description": sentence[:500], **(hostile if n % 3 == 0 else {})}
        )  # fmt: skip
    return {
        "id": word, "name": word, "origin": "spec", "because": quote, "description": sentence[:1000],
        "columns": columns, "primary_key": ["id"], "policies": [],
        "foreign_keys": [{"columns": ["owner_id"], "table": "auth.users", "references": ["id"],
                          "origin": "convention"}],
    }  # fmt: skip


def _policies(sentence: str, quote: list[Data], start: int) -> list[Data]:
    if start > 20:
        return []
    said = {"origin": "spec", "because": quote}
    made: list[Data] = []
    if _OPENING.search(sentence):
        made.append({"kind": "public_read", "name": f"p{start}", **said})
        made.append({"kind": "authenticated_read", "name": f"a{start}", **said})
    if _OWNING.search(sentence):
        own = {"kind": "owner", "name": f"o{start}", "column": "owner_id", "commands": EVERYTHING}
        made.append({**own, **said})
    return made


def _mended(table: Data) -> Data:
    """The table with names that can be names; what is still wrong stays wrong."""
    taken: dict[str, str] = {}

    def name(text: Any, kind: names.Kind) -> str:
        made = re.sub(r"[^a-z0-9_]+", "_", str(text).lower()).strip("_")[:60] or "x"
        made = made if made[0].isalpha() and not made.startswith("pg_") else f"n_{made}"
        made = f"{made}_" if names.is_reserved(made, kind) else made
        while names.fold(made, kind) in taken and taken[names.fold(made, kind)] != str(text):
            made = f"{made[:55]}{len(taken)}"
        taken[names.fold(made, kind)] = str(text)
        return made

    called = name(table.get("name"), "table")
    taken.clear()
    columns = [{**c, "name": name(c["name"], "column")} for c in table.get("columns", [])]
    return {**table, "id": called, "name": called, "columns": columns}
