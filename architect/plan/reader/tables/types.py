"""Which type a column's name and note ask for."""

from __future__ import annotations

import re

from architect.plan.model import ColumnType
from architect.plan.reader.grammar.phrases import Key


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MONEY = _set(
    "price prices cost costs amount salary wage fee fees budget balance revenue income payment total "
    "subtotal tax "
    "discount expense expenses deposit refund rent charge fare bid premium commission"
)
_NUMERIC = _set(
    "weight length height width area temperature rate percentage ratio distance latitude longitude volume "
    "mass "
    "depth speed efficiency voltage power humidity radius mileage"
)
_INTEGER = _set(
    "quantity count age capacity stock points year floor rank ranking seats credits credit attempts "
    "retries views "
    "likes sequence order position-number size inventory hours"
)
_DATES = _set("date birthday birthdate deadline day dob")
_INSTANTS = _set("time timestamp datetime at moment")
_FLAGS = _set("flag")
_TEXT_TAILS = _set("name type status unit number code no description method level address category range")
_SCALE = re.compile(r"\b(?:from|between) -?\d{1,6} (?:to|and) -?\d{1,6}(?![\d.]*\d*\.)", re.I)
_WHOLE = re.compile(r"\b(?:number of|count of|how many|amount of times|whole number|integer)\b", re.I)
_NOTES: tuple[tuple[re.Pattern[str], ColumnType], ...] = (
    (re.compile(r"\b(?:yes[/ ]no|true or false|boolean|flag|whether)\b", re.I), "boolean"),
    (re.compile(
            r"\b(?:timestamp|timestamptz|date and time|time and date|datetime"
            r"|moment)\b", re.I), "timestamptz"),
    (re.compile(
            r"\b(?:in (?:whole )?minutes|in (?:whole )?days|in months|in years|in seconds|whole number"
            r"|integer|in cents)\b", re.I), "integer"),
    (re.compile(
            r"\b(?:euros?|dollars?|usd|eur|gbp|decimal|money|currency|kilograms?|kg|grams?|metres?|meters?"
            r"|litres?|percent|numeric)\b", re.I), "numeric"),
    (re.compile(r"\bin hours\b", re.I), "numeric"),
    (re.compile(r"^\s*(?:a )?date\b", re.I), "date"),
    (re.compile(r"^\s*(?:free )?(?:text|string)\b", re.I), "text"),
    (re.compile(r"^\s*uuid\b", re.I), "uuid"),
    (re.compile(r"^\s*json\b", re.I), "jsonb"),
)  # fmt: skip


def column_type(words: Key, note: str, *, many: bool = False) -> ColumnType:
    """The type for a column of this name."""
    if _SCALE.search(note):
        return "integer"
    for pattern, kind in _NOTES:
        if pattern.search(note):
            return kind
    text, head = " ".join(words), words[-1]
    if _WHOLE.search(text):
        return "integer"
    if words[0] in ("is", "has", "can", "allows", "allow") or head in _FLAGS:
        return "boolean"
    if many:
        return "text[]"
    if head in ("hours", "duration", "minutes", "days", "months", "years") and head != "business":
        return "numeric" if head in ("hours", "duration") else "integer"
    if head == "time" and len(words) > 1 and words[-2] in ("opening", "closing"):
        return "time"
    if head in _DATES or words[:3] == ("date", "of", "birth") or words[0] == "date":
        return "date"
    if head in _INSTANTS or (words[-2:-1] == ("time",) and head in ("at",)):
        return "timestamptz"
    if head in _TEXT_TAILS:
        return "text"
    if head in _INTEGER or (words[0] in ("total", "remaining") and head in _INTEGER):
        return "integer"
    if head in _MONEY or head in _NUMERIC:
        return "numeric"
    if "price" in words or "amount" in words or "cost" in words:
        return "numeric"
    if head in ("settings", "metadata", "configuration", "preferences"):
        return "jsonb"
    return "text"
