"""Access sentences: "only the seller can edit a listing", "patients see only their own appointments"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader.audience import May, allows, grant, is_own
from architect.plan.reader.phrases import tokens
from architect.plan.reader.statements import Asks, Statement

_VERBS = lex.READ | lex.INSERT | lex.UPDATE | lex.DELETE | lex.ALL
_CONDITION = re.compile(
    r"\b(?:only (?:after|if|when|while|once|until|before|during|between)|unless|as long as|provided that"
    r"|until|"
    r"if (?:the|a|an|it|they|he|she)|once (?:the|a|an|it|they)|after (?:the|a|an|it|they)|within \w+ "
    r"(?:days|hours|minutes)|"
    r"older than|no longer|except (?:for|when|if|on)|depending on|at most|no more than|up to (?:\d+|two"
    r"|three|four|five)|whose)\b",
    re.I,
)
_MODAL = (
    r"(?:can|may|must|shall|should|will|are (?:able|allowed|permitted) to|is (?:able|allowed"
    r"|permitted) to|have (?:the right|access) to|has (?:the right|access) to|be able to)"
)
_NOT = r"(?:\s+(?:not|never)|not\b|n't|['’]t)"
_MODALS = re.compile(rf"\s+(?P<modal>{_MODAL}|cannot|can['’]t)(?P<not>{_NOT})?\s+", re.I)
_WORD = re.compile(r"\s*(,)?\s*([\w'’-]+)")
_SIMPLE = re.compile(
    r"^(?P<only>only\s+)?(?P<who>[\w\s'’-]{2,60}?)\s+(?P<then>only\s+)?(?P<verbs>sees?|views?|reads?"
    r"|accesse?s?|manages?|edits?)\s+(?P<more>only\s+)?(?P<object>.+)$",
    re.I,
)
_PASSIVE = re.compile(
    rf"^(?P<object>[^,;]{{2,80}}?)\s+(?:(?:{_MODAL})(?P<not>{_NOT})?\s+(?P<o1>only\s+)?be\s+(?P<o2>only\s+)?(?P<verbs>[a-z]+(?:(?:\s*,\s*|\s+and\s+|\s+or\s+|,\s*(?:and|or)\s+)[a-z]+)*)\s+(?P<o3>only\s+)?(?:by|to)|"
    r"(?:is|are)\s+(?P<o4>only\s+)?(?P<seen>visible|accessible|readable|open|available|maintained"
    r"|managed)\s+(?P<o5>only\s+)?(?:to|by|for))\s+(?P<o6>only\s+)?(?P<who>.+)$",
    re.I,
)
_PUBLICITY = re.compile(
    r"^(?P<object>[\w\s'’,-]{2,60}?)\s+(?:is|are|must be|should be|shall be|stay"
    r"|remain)\s+(?:all\s+)?(?P<how>public|publicly (?:visible|readable|available)|private|confidential"
    r"|secret|internal)\b(?P<rest>.*)$",
    re.I,
)
_PARTICIPLES = {
    "seen": "see", "viewed": "view", "read": "read", "edited": "edit", "changed": "change",
    "updated": "update", "modified": "modify", "deleted": "delete", "removed": "remove",
    "created": "create", "written": "write", "added": "add", "browsed": "browse", "accessed": "access",
    "managed": "manage", "maintained": "maintain", "placed": "place", "posted": "post",
    "published": "publish", "visible": "see", "accessible": "access", "readable": "read", "open": "see",
    "available": "see", "made": "make", "booked": "book",
}  # fmt: skip
_JOINS = ("and", "or", "also", "always", "freely", "then", "only")
_PARTICLES = ("up", "at", "through", "for", "out", "into")


@dataclass(frozen=True, slots=True)
class _Active:
    """ "WHO can VERBS TARGET"."""

    who: str
    target: str
    may: May


def read(text: str, quote: Quote) -> Iterator[Statement]:
    """The access sentences in ``text``. A condition opens nothing and is asked about."""
    for piece in re.split(r"[;:]\s+|,\s+but\s+(?=only|nobody|no one)", text):
        piece = piece.strip(" .!")
        if not piece:
            continue
        if _CONDITION.search(piece) and (_active(piece) or _passive(piece)):
            yield Asks(quote, "A condition on who may do this cannot be expressed as a policy; left closed.")
            continue
        yield from _sentence(piece, quote)


def _sentence(text: str, quote: Quote) -> Iterator[Statement]:
    if found := _PUBLICITY.match(text):
        if not re.search(r"\bto\b|\bor\b|\bnot\b", found["rest"], re.I):
            public = found["how"].lower().startswith("public")
            may = May(("select",), only=not public, own=not public)
            yield from allows(quote, "public" if public else "owner", may, found["object"])
        return
    if told := _passive(text) or _active(text):
        yield from grant(quote, told.who, told.may, told.target)
        return
    found = _SIMPLE.match(text)
    if found and (found["only"] or found["then"] or found["more"] or is_own(found["object"])):
        commands = _commands(found["verbs"].lower().removesuffix("s")) or ("select",)
        yield from grant(quote, found["who"], May(commands, only=True), found["object"])


def _active(text: str) -> _Active | None:
    found = _MODALS.search(text)
    if found is None or len(text[: found.start()].split()) > 12:
        return None
    who = text[: found.start()].strip()
    only = who.lower().startswith("only ")
    verbs: list[str] = []
    at, joined = found.end(), True
    while word := _WORD.match(text, at):
        plain = word[2].lower()
        if plain in _JOINS:
            joined, only = True, only or plain == "only"
        elif plain in _VERBS and (joined or word[1]):
            verbs.append(plain)
            joined = False
        elif plain not in _PARTICLES:
            break
        at = word.end()
    target = text[at:].strip(" ,")
    if not verbs or not target:
        return None
    never = bool(found["not"]) or found["modal"].lower().startswith(("cannot", "can't", "can’t"))
    return _Active(who, target, May(_commands(" ".join(verbs)), only, never))


def _passive(text: str) -> _Active | None:
    """ "TARGET can be VERBED only by WHO", "TARGET is visible to WHO"."""
    found = _PASSIVE.match(text)
    commands = _commands(found["verbs"] or found["seen"] or "") if found else ()
    if found is None or not commands or len(tokens(found["object"])) > 10:
        return None
    only = any(found[f"o{n}"] for n in range(1, 7))
    return _Active(found["who"], found["object"], May(commands, only, bool(found["not"])))


def _commands(verbs: str) -> tuple[str, ...]:
    words = [_PARTICIPLES.get(w, w) for w in tokens(verbs)]
    found: set[str] = set()
    for word in words:
        found.update(_ORDER if word in lex.ALL else ())
        found.update(("select",) if word in lex.READ else ())
        found.update(("insert",) if word in lex.INSERT else ())
        # "write" is to add; only who may "read and write" changes as well
        found.update(("update",) if word in lex.UPDATE and (word != "write" or "read" in words) else ())
        found.update(("delete",) if word in lex.DELETE else ())
    return tuple(c for c in _ORDER if c in found)


_ORDER = ("select", "insert", "update", "delete")
