"""What people do with things, where the doing is kept: a like, a subscription, an enrolment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader.grammar.phrases import entity_key, outside
from architect.plan.reader.sentence.owners import thing_of
from architect.plan.reader.sentence.statements import Does

#: Verb -> what is kept of it.
KEPT = {
    "like": "like", "follow": "follow", "favorite": "favorite", "favourite": "favourite",
    "bookmark": "bookmark", "subscribe to": "subscription", "enroll in": "enrollment",
    "enrol in": "enrolment", "register for": "registration", "sign up for": "registration",
    "vote for": "vote", "vote on": "vote", "comment on": "comment", "reply to": "reply",
    "review": "review", "rate": "rating", "borrow": "loan", "rent": "rental", "reserve": "reservation",
    "book": "booking", "purchase": "purchase", "order": "order", "request": "request",
    "apply for": "application", "bid on": "bid", "donate to": "donation",
}  # fmt: skip
#: Of these, what is worth a table although the spec does not speak of it again.
ALONE = frozenset(
    [
        "like",
        "follow",
        "favorite",
        "favourite",
        "bookmark",
        "subscription",
        "enrollment",
        "enrolment",
        "vote",
        "registration",
    ]
)
#: Texts that people write about a thing, any number of them.
WRITTEN = frozenset(["comment", "review"])
_CAN = r"(?:can|may|could|might|should|must|will|(?:are|is) (?:able|allowed) to|shall be able to)"
_NP = r"(?:[\w'’-]++\s++){0,2}?[\w'’-]++"
_END = r"(?=\s*(?:[,;:.()]|$)|\s+(?:and|or|by|in|on|at|with|from|to|for|only|once|which|that|they|as)\b)"
_VERBS = "|".join(sorted(KEPT, key=len, reverse=True))
_ACTIVE = re.compile(
    rf"(?P<who>{_NP})\s+(?:{_CAN}\s+)?(?:[\w-]+,?\s+(?:and|or)?\s*){{0,3}}?(?P<verb>{_VERBS})\s+"
    rf"(?:(?:an?|the|other|each|any|multiple|several|many|another|their|one|various|these|those)\s+)*"
    rf"(?P<what>{_NP}){_END}",
    re.I,
)
_PASSIVE = re.compile(
    rf"(?P<what>{_NP})\s+{_CAN}\s+(?:also\s+)?be\s+(?P<verb>liked|followed|favou?rited|bookmarked"
    r"|commented on|replied to|reviewed|rated|voted on|borrowed|rented|reserved)"
    r"(?:\s+by\s+(?:other\s+)?(?P<who>[\w-]+))?",
    re.I,
)

#: In every active and every passive doing, and quick to find.
_VERB = re.compile(rf"\s(?:{_VERBS})\s", re.I)
_BE = re.compile(r"\sbe\s", re.I)
#: "enrolls in", the longest first.
_THIRDS = "|".join(
    f"{verb.split()[0]}s{verb[len(verb.split()[0]) :]}"
    for verb in sorted(KEPT, key=len, reverse=True)
    if not verb.endswith(("apply for", "reply to"))
)
#: "when a student enrolls in a course"
_ONCE = re.compile(
    rf"\b(?:a|an|each|every|the)\s+(?P<who>{_NP})\s+(?P<verb>{_THIRDS})\s+(?:(?:an?|the|each|any|one|several"
    rf"|multiple)\s+)(?P<what>{_NP}){_END}",
    re.I,
)


def read(text: str, quote: Quote) -> Iterator[Does]:
    """The doings that ``text`` allows people."""
    text = " ".join(outside(text).split())
    for found in _ACTIVE.finditer(text) if _VERB.search(text) else ():
        who, what = entity_key(found["who"]), thing_of(found["what"])
        if who and what:
            yield Does(quote, who, what, KEPT[found["verb"].lower()])
    for found in _ONCE.finditer(text):
        who, what = entity_key(found["who"]), thing_of(found["what"])
        first, _, rest = found["verb"].lower().partition(" ")
        if who and what:
            yield Does(quote, who, what, KEPT[f"{first.removesuffix('s')} {rest}".strip()])
    for found in _PASSIVE.finditer(text) if _BE.search(text) else ():
        what = entity_key(found["what"])
        noun = _noun(found["verb"].lower())
        if what and noun:
            yield Does(quote, entity_key(found["who"] or "user") or ("user",), what, noun)


def _noun(done: str) -> str | None:
    """ "liked" -> "like", "commented on" -> "comment"."""
    for verb, noun in KEPT.items():
        head, _, tail = verb.partition(" ")
        forms = {f"{head}d", f"{head}ed", f"{head[:-1]}ied"}
        if any(f"{form} {tail}".strip() == done for form in forms):
            return noun
    return None
