"""Whose a thing is, told in passing: "sales of each store", "tasks performed on the pools".

Such a sentence does not make a table; it only tells how two things that the spec describes hang together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.clauses import trailing_key
from architect.plan.reader.grammar.phrases import Key, entity_key, is_plural, key_of, outside, tokens
from architect.plan.reader.sentence.statements import EACH, Relates

_WORDS = r"(?:[\w'’-]++\s++){0,4}[\w'’-]++"
_ONE = r"(?:[\w'’-]++\s++){0,2}?[\w'’-]++"
_END = (
    r"(?=\s*(?:[,;:.()]|$)|\s+(?:and|or|is|are|was|were|has|have|can|may|must|should|shall|will|to|which|that"
    r"|who|in|on|by|for|with|from|at|during|includ\w+|contain\w+|record\w*+(?!\s*[,.;:)]|\s*$)"
    r"|such|as|when|within)\b)"
)
#: "employee information for each department"
_OF_EACH = re.compile(
    rf"(?P<many>{_WORDS})\s+(?:of|for|in|within|at|under|on|about)\s+(?:each|every)\s+(?P<one>{_ONE}){_END}",
    re.I,
)
#: "each department within the stores"
_WITHIN = re.compile(
    rf"\b(?P<many>{_WORDS})\s+(?:in|within|of|under|at|on)\s+(?:the|each|a|an|every|its)\s+"
    rf"(?P<one>{_ONE}){_END}",
    re.I,
)
#: "each task performed on the pools"
_DONE = re.compile(
    rf"\b(?:each|every|all|the|an?)\s+(?P<many>{_ONE})\s+(?:performed|conducted|made|carried out|placed"
    r"|submitted|created|published|uploaded|owned|held|used|initiated|issued|posted|written|purchased|sold)"
    rf"\s+(?:on|by|in|for|at|to)\s+(?:(?:the|each|an?|every)\s+)?(?P<one>{_ONE}){_END}",
    re.I,
)
#: "the store needs to record daily sales"
_KEEPS = re.compile(
    rf"^(?:(?:the|each|every|an?)\s+)?(?P<one>{_ONE})\s+(?:(?:also|must|should|shall|will|can|needs? to"
    r"|has to|have to|is required to)\s+)*(?:records?|keeps?|tracks?|logs?|registers?|submits?|fills? in"
    r"|receives?|places?|issues?|generates?|initiates?)\s+(?:(?:the|an?|its|their|all|each)\s+)?"
    rf"(?P<many>{_ONE}){_END}",
    re.I,
)
#: "each employee's attendance records"
_OWN = re.compile(rf"(?P<one>[\w-]++(?:\s[\w-]++)?)(?:['’]s|s['’])\s+(?P<many>{_ONE}){_END}", re.I)

#: "attendance information records each employee's check-in times"
_OF_WHOM = re.compile(
    rf"^(?:the\s+)?(?P<many>{_ONE})\s+(?:information\s+|table\s+|records?\s+)?(?:records?|includes?|contains?"
    rf"|tracks?|stores?|documents?)\s+(?:each|every|the|an?)\s+(?P<one>{_ONE})['’]s?\s",
    re.I,
)
#: "each user is assigned a specific role and category"
_ASSIGNED = re.compile(
    rf"\b(?:each|every|an?|the)\s+(?P<many>{_ONE})\s+(?:is|are|must be|can be|will be)\s+(?:assigned"
    rf"|linked to|associated with|related to|tied to|connected to)\s+(?:an?\s+|one\s+|the\s+)?(?:specific\s+"
    rf"|certain\s+|corresponding\s+)?{_ONE}\s+and\s+(?:an?\s+|one\s+|the\s+)?(?P<one>{_ONE}){_END}",
    re.I,
)

#: "users can add products to their shopping cart"
_THEIR = re.compile(
    rf"^(?:(?:each|every|the|an?)\s+)?(?P<one>{_ONE})\s+(?:can|may|must|should|shall|will|could|has to"
    rf"|have to|needs? to)\s.{{0,60}}?\b(?:their|his|her|its)\s+(?:own\s+)?(?P<many>{_ONE}){_END}",
    re.I,
)

#: "when a customer buys a policy, an insurance record is made"
_WHEN = re.compile(
    rf"^(?:when|whenever|each time|every time|after|once|if)\s+(?:(?:an?|the|each|any)\s+)?(?P<who>{_ONE})\s+"
    rf"(?:\w+)\s+(?:(?:an?|the|each|any|multiple|several)\s+)?(?P<what>{_ONE}),\s+(?:the system\s+"
    rf"(?:generates|creates|records|stores|makes)\s+)?(?:an?|the)\s+(?P<many>{_ONE})(?=\s+(?:is|are|must|shall|records?"
    rf"|includ\w+|contain\w+|with|needs?|that|which)\b|,|\.|$)",
    re.I,
)
#: "link users to the sites they have created"
_LINK = re.compile(
    rf"\b(?:link|associat|connect|assign|relat)\w*\s+(?:the\s+)?(?P<one>{_ONE})\s+(?:to|with)\s+(?:the\s+)?"
    rf"(?P<many>{_ONE})\s+(?:that\s+)?they\b",
    re.I,
)

#: "operations on data records"
_ON = re.compile(
    rf"(?P<many>{_ONE})\s+(?:(?:performed|carried out|conducted|made|done)\s+by\s+[\w-]+\s+)?on\s+"
    rf"(?:(?:each|every|the|an?)\s+)?(?P<one>{_ONE}){_END}",
    re.I,
)

#: "trainers lead classes"
_MAKERS = re.compile(
    rf"^(?:(?:each|every|the|an?|all)\s+)?(?P<one>{_ONE})\s+(?:lead|process|handle|run|write|create|publish|place"
    r"|submit|teach|supervise|drive|perform|conduct|issue|organi[sz]e|host|approve|prescribe|post|upload|initiate"
    r"|sign|file|prepare|repair|inspect|coordinate|purchase|book|mark|grade|evaluate|schedule)(?:s|es)?\s+"
    rf"(?:(?:an?|the|many|several|multiple|their|one or more|these|all)\s+)?(?P<many>{_ONE}){_END}",
    re.I,
)
#: "shipments are carried by a vehicle"
_BY = re.compile(
    rf"^(?:(?:each|every|the|an?|all)\s+)?(?P<many>{_ONE})\s+(?:is|are|must be|can be|will be|should be)\s+"
    r"(?:\w+ed|led|run|written|taught|made|held|driven|given|sold|taken)\s+by\s+"
    rf"(?:(?:an?|the|one|specific|certain|corresponding)\s+)*(?P<one>{_ONE}){_END}",
    re.I,
)

#: "each flight uses one aircraft"
_USES = re.compile(
    rf"^(?:(?:each|every|the|an?|all)\s+)?(?P<many>{_ONE})\s+(?:(?:must|can|may|will|should)\s+)?(?:uses?|involves?"
    rf"|requires?|employs?|follows?)\s+(?:exactly one|only one|one|an?|a specific|a certain)\s+"
    rf"(?P<one>{_ONE}){_END}",
    re.I,
)
#: "screenings take place in cinemas"
_AT = re.compile(
    rf"^(?:(?:each|every|the|an?|all)\s+)?(?P<many>{_ONE})\s+(?:takes? place|happens?|occurs?"
    r"|(?:is|are|must be)\s+(?:held|located|stored|shown|kept|placed|parked|installed|given|stationed))"
    r"\s+(?:in|at|on)\s+"
    rf"(?:(?:an?|the|one|different|various|specific|certain)\s+)*(?P<one>{_ONE}){_END}",
    re.I,
)
#: "recipes use ingredients"
_LISTS = re.compile(
    rf"^(?:(?:each|every|the|an?|all)\s+)?(?P<one>{_ONE})\s+(?:(?:can|may|must)\s+)?(?:uses?|needs?|requires?|lists?"
    rf"|contains?|includes?|consumes?|covers?)\s+(?:(?:the|some|any|its|their)\s+)?(?P<many>{_ONE}){_END}",
    re.I,
)
#: "students and teachers are users"
_ARE = re.compile(
    rf"^(?P<kinds>(?:[\w-]++(?:,|\s+and)?\s+){{1,5}}?)are\s+(?:all\s+|also\s+)?(?P<one>{_ONE})"
    r"(?=\s*(?:[,;.]|$)|\s+(?:of|in|who|with|and)\b)",
    re.I,
)

#: Patterns that are tried at every word, each with what to look for first, because that is quick.
_ANYWHERE = tuple(
    (pattern, re.compile(hint, re.I))
    for pattern, hint in (
        (_OF_EACH, r"\s(?:each|every)\s"),
        (_WITHIN, r"\s(?:in|within|of|under|at|on)\s"),
        (_DONE, r"\s(?:on|by|in|for|at|to)\s"),
        (_OWN, r"['’]"),
        (_ON, r"\son\s"),
    )
)


def read(text: str, quote: Quote) -> Iterator[Relates]:
    """The weak relations that ``text`` tells of."""
    text = " ".join(outside(text).split())
    for pattern, hint in _ANYWHERE:
        for found in pattern.finditer(text) if hint.search(text) else ():
            read_many = trailing_key if pattern in (_OF_EACH, _WITHIN, _ON) else thing_of
            many = read_many(found["many"])
            yield from _relation(thing_of(found["one"]), many, quote)
    for pattern in (_KEEPS, _OF_WHOM, _THEIR, _MAKERS, _BY, _USES, _AT):
        if told := pattern.match(text):
            yield from _relation(thing_of(told["one"]), thing_of(told["many"]), quote)
    if lists := _LISTS.match(text):
        one, many = thing_of(lists["one"]), thing_of(lists["many"])
        if one and many and one[-1] in nouns.DOCUMENTS and many[-1] in nouns.GOODS:
            yield from _relation(one, many, quote)
    if (are := _ARE.match(text)) and is_plural(are["one"].split()[-1].lower()):
        for kind in re.split(r",|\band\b", are["kinds"]):
            yield from _relation(thing_of(are["one"]), thing_of(kind), quote)
    if when := _WHEN.match(text):
        for side in ("who", "what"):
            yield from _relation(thing_of(when[side]), thing_of(when["many"]), quote)
    for found in (*_ASSIGNED.finditer(text), *_LINK.finditer(text)):
        yield from _relation(thing_of(found["one"]), thing_of(found["many"]), quote)


def _relation(one: Key | None, many: Key | None, quote: Quote) -> Iterator[Relates]:
    if one and many and one != many and one[-1] not in lex.SYSTEM | lex.WORLD:
        yield Relates(quote, one, many, EACH)


def thing_of(text: str) -> Key | None:
    """What ``text`` names; a single noun may be one by the rest of the spec only."""
    words = tokens(text)
    return entity_key(text) or (key_of(words) if len(words) == 1 else None)
