"""Values and limits: "an order is pending or paid", "a rating from 1 to 5", "at most 120 characters"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key, entity_key, is_open, parts, tokens
from architect.plan.reader.sentence.statements import Bounds, Context, Statement, States

_NUMBERS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "ten": 10,
    "hundred": 100,
}
_N = r"(?:€|\$|£)?(?:-?\d[\d.,]*|zero|one|two|three|four|five|six|ten|hundred)"
_SUBJECT = re.compile(
    r"^(?:each|every|an?|the|all|any)?\s*(?P<who>[\w'’ -]{2,50}?)\s+(?:is|are|can be|may be|must be|is "
    r"either|can either be|will be)\s+"
    r"(?:always\s+)?(?:either\s+|one of\s+|in one of the states?\s+|one of the following:?\s+"
    r"|:\s*)?(?P<values>[^.;:]{3,200})$",
    re.I,
)
_HAS_ONE = re.compile(
    r"\b(?:has|have|with)\s+(?:an?|the|one)\s+(?P<column>[\w -]{2,30}?)\s*(?::|,?\s*which is (?:one of"
    r"|either)|,?\s*one of)\s*(?P<values>[^.;]{3,200})$",
    re.I,
)
#: The last of several: "has a title, a body and a status: draft or published".
_LAST_HAS_ONE = re.compile(
    r"^(?P<who>[^,:]{2,60}?\s(?:has|have))\s[^:]{2,400}?\s(?:and|with)\s+(?:an?|the|one)\s+(?P<column>[\w-]+(?:\s[\w-]+)?)"
    r"\s*:\s*(?P<values>[^.;]{3,200})$",
    re.I,
)
_LIMIT = re.compile(
    rf"\b(?P<how>greater than|more than|above|over|larger than|at least|no less than|not less than|from"
    rf"|between|less than|below|under|at most|up to|"
    rf"no more than|not more than|no longer than|longer than|maximum of|max\.?|minimum "
    rf"of)\s+(?P<n>{_N})(?:\s+(?:and|to)\s+(?:at most\s+|less "
    rf"than\s+)?(?P<m>{_N}))?(?P<unit>\s+(?:characters|letters|chars))?",
    re.I,
)
_UNIQUE = re.compile(
    r"^(?:an?|the|each|every|all)?\s*(?P<what>[\w'-]+(?:\s[\w'-]+){0,3}?)\s+(?:is|are|must be|has to be"
    r"|should be|shall be)\s+(?:globally )?unique\b",
    re.I,
)
_POSITIVE = re.compile(r"\b(?:positive|not negative|non-negative|never negative)\b", re.I)
_OF = re.compile(r"^(?P<column>[\w' -]+?)\s+of\s+(?:an?|the|each|every)\s+(?P<who>[\w' -]+)$", re.I)


def read(text: str, quote: Quote, context: Context) -> Iterator[Statement]:
    """The values and limits that ``text`` sets for a column of what it speaks of."""
    if found := _has_one(text):
        values = listed(found["values"])
        words = tokens(found["column"])
        if len(values) >= 2 and 0 < len(words) <= 3:
            owner = found["who"].rsplit(None, 1)[0] if "who" in found.groupdict() else text[: found.start()]
            before = re.sub(r"^(?:each|every|an?|the)\s+", "", owner.strip(), flags=re.I)
            yield States(
                quote,
                entity_key(before) or context.last,
                " ".join(words),
                values,
                not _examples(found["values"]),
            )
            return
    if found := _SUBJECT.match(text):
        yield from _subject(found, quote, context)
    if found := _UNIQUE.match(text):
        yield Bounds(quote, context.last, " ".join(tokens(found["what"])), unique=True)
    for clause in re.split(r",?\s+and\s+(?=the\s)|;\s+", text):
        yield from _limits(clause.strip(" ."), quote, context)


def _has_one(text: str) -> re.Match[str] | None:
    found = _HAS_ONE.search(text)
    if found and "and" not in tokens(found["column"]):
        return found
    last = _LAST_HAS_ONE.match(text)
    return last if last and " or " in last["values"] else found


def without_values(text: str) -> str:
    """``text`` up to the values it lists for a column, so that they are not taken for attributes."""
    found = _has_one(text)
    if found and len(listed(found["values"])) >= 2 and len(tokens(found["column"])) <= 3:
        return text[: found.end("column")]
    return text


def _subject(found: re.Match[str], quote: Quote, context: Context) -> Iterator[States]:
    values = listed(found["values"])
    if len(values) < 2 or not re.search(r"\b(?:or|one of|either)\b", found.group(), re.I):
        return
    column, subject = found["who"], context.last
    if inner := _OF.match(column):
        column, subject = inner["column"], entity_key(inner["who"]) or subject
    words = tokens(column)
    closed = not _examples(found["values"])
    if not words:
        return
    if words[-1] in lex.STATE_NAMES or words[-1] in ("condition", "result"):
        yield States(quote, subject, " ".join(words[-2:] if len(words) > 2 else words), values, closed)
        return
    key = entity_key(found["who"])
    if key:
        yield States(
            quote,
            key if key in context.known or len(key) <= 3 else context.last,
            "status",
            values,
            not _examples(found["values"]),
        )


def listed(text: str) -> tuple[str, ...]:
    """The values that ``text`` lists, () when they are not plain words."""
    text = re.sub(r"^(?:such as|e\.g\.?|for example|like|one of|either|:)\s*", "", text.strip(), flags=re.I)
    found: list[str] = []
    for part in parts(text):
        value = " ".join(tokens(part.text))
        words = value.split()
        if not 1 <= len(words) <= 3 or any(w in _NOT_VALUES for w in words):
            return ()
        if value not in found:
            found.append(value)
    return tuple(found[:50])


_NOT_VALUES = (
    lex.MODALS
    | lex.BE
    | lex.PRONOUNS
    | lex.DETERMINERS
    | frozenset(["by", "to", "of", "for", "with", "from", "than", "when"])
) - {"no", "all", "both"}


def _examples(text: str) -> bool:
    """Whether the values are only some of them; "like new" is a value, not "such as new"."""
    return is_open(re.sub(r"\blike\b", "", text, flags=re.I))


def _limits(text: str, quote: Quote, context: Context) -> Iterator[Bounds]:
    found = re.match(
        r"^(?:the|an?|each|every)?\s*(?P<what>[\w' -]{2,60}?)\s+(?:is|are|must be|has to be|have to be"
        r"|should be|shall be|may be|can be|needs to be|must|goes)\s+(?P<rule>.+)$",
        text, re.I,
    )  # fmt: skip
    if not found:
        return
    bounds = limits(found["rule"])
    if bounds is None:
        return
    what, who = found["what"], context.last
    if inner := _OF.match(what):
        what, who = inner["column"], entity_key(inner["who"]) or who
    words = tokens(re.sub(r"^(?:the|an?)\s+", "", what.strip(), flags=re.I))
    if 0 < len(words) <= 3:
        low, high, exclusive, length = bounds
        yield Bounds(quote, who, " ".join(words), low, high, exclusive, length)


def limits(text: str) -> tuple[float | None, float | None, bool, int | None] | None:
    """(lowest, highest, lowest excluded, longest text) that ``text`` states, or None."""
    low: float | None = None
    high: float | None = None
    exclusive = False
    length: int | None = None
    for found in _LIMIT.finditer(text):
        how, first = found["how"].lower(), number(found["n"])
        second = number(found["m"]) if found["m"] else None
        if found["unit"]:
            length = int(second or first) if how not in ("at least", "minimum of", "more than") else length
        elif how in ("from", "between"):
            if second is None:
                continue
            low, high = min(first, second), max(first, second)
        elif how in ("greater than", "more than", "above", "over", "larger than"):
            low, exclusive, high = first, True, second if second is not None else high
        elif how in ("at least", "no less than", "not less than", "minimum of"):
            low, high = first, second if second is not None else high
        else:
            high = first
    if low is None and high is None and length is None:
        if _POSITIVE.search(text):
            return 0.0, None, "positive" in text.lower() and "non" not in text.lower(), None
        return None
    return low, high, exclusive, length if length is None or length >= 1 else None


def number(text: str) -> float:
    plain = text.lower().lstrip("€$£").rstrip(".,")
    if plain in _NUMBERS:
        return float(_NUMBERS[plain])
    digits = re.match(r"-?\d{1,15}(?:\.\d{1,6})?", plain.replace(",", ""))
    return float(digits.group()) if digits else 0.0


__all__ = ["Key", "limits", "listed", "read"]
