"""Enumerations behind a marker: "projects, each with a name", "information of each plot, including ..."."""

from __future__ import annotations

import re

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader.clauses import trailing_key
from architect.plan.reader.items import are_things, items
from architect.plan.reader.phrases import Key, blanked, entity_key, tokens
from architect.plan.reader.statements import Context, Has, Item, Statement

_LISTED = re.compile(
    r"(?:[,;]\s+(?:recording|storing|tracking|specifying|capturing|documenting|noting)\b"
    r"|[,:;(]?\s*\b(?:including|includes?|specifying|containing|comprising|consisting of|which (?:has|have"
    r"|includes?|contains?|"
    r"consists? of|records?|stores?)|that (?:includes?|contains?|records?)|each of (?:which|whom) (?:has"
    r"|have|includes?|contains?|is described by)|each "
    r"(?:with|having|containing|including|includes?|has|identified by|requiring the recording of"
    r"|requiring)|with (?:the )?(?:\w+ )?(?:information|attributes|"
    r"fields|details|data) (?:such as|like|including|of)|such as|like|namely|as follows|with (?:each|all) "
    r"(?:having|including)|"
    r"with (?:an?|its|their|the following|name|unique|the)\b(?! help| ability| goal| aim)))\s*:?\s*",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:information|details|data|particulars|attributes|fields|records?)\s+(?:of|about|on|for|regarding"
    r"|related to|"
    r"associated with|concerning)\s+(?P<what>[\w\s'’-]{2,60}?)(?=[,;:(]|\s+(?:such as|including|includes?"
    r"|like|in|is|are)\b|$)",
    re.I,
)


def marked(text: str, quote: Quote, context: Context) -> list[Statement]:
    """ "... projects, each with a name and a budget", "information of each plot, including ..."."""
    plain = text
    for found in _LISTED.finditer(blanked(text)):
        before, after = plain[: found.start()], plain[found.end() :]
        if found.group().strip().lower().startswith("with") and "with" in found.group().lower().split()[:1]:
            after = plain[found.start() :].strip().removeprefix("with ")
            after = re.sub(r"^,?\s*with\s+", "", after)
        if _GOES_ON.match(found.group()) and _COUNTED.match(before) and not _SEVERAL.search(before):
            return []
        key = _marked_subject(before, context)
        if key is None:
            continue
        listed = items(after)
        if not listed or are_things(listed):
            continue
        if re.search(r"such as|like", found.group(), re.I) and not collective(before):
            continue
        if found.group().strip().lower().startswith("with") and len(listed) < 2:
            continue
        return [Has(quote, key, listed)]
    return []


#: "Each shop has an id, also including a name" goes on about the shop.
_GOES_ON = re.compile(
    r"[,;]?\s*(?:which\s+)?(?:includes?|including|records?|recording|tracking|storing)\b", re.I
)
_COUNTED = re.compile(
    r"(?:each|every)\s+(?:[\w'’-]+\s+){1,4}?(?:has|have|must have|should have|shall have|includes?)\s", re.I
)
_SEVERAL = re.compile(
    r"\b(?:multiple|several|many|various|one or more|different)\s+(?:[\w-]+\s*){1,3},?\s*$", re.I
)


def _marked_subject(before: str, context: Context) -> Key | None:
    tail = re.split(r"[;]", before)[-1]
    if (told := _FOR_EACH_OTHER.search(tail)) and (key := trailing_key(told["what"])):
        return key
    if found := list(_ABOUT.finditer(tail)):
        return entity_key(_DONE.sub("", found[-1]["what"]))
    words = tokens(tail)
    if words[-1:] and words[-1] in ("it", "they", "them"):
        return context.last
    last = re.split(r",", tail.rstrip(" ,"))[-1]
    return trailing_key(_DONE.sub("", last))


#: "employee information for each department" is about the employees.
_FOR_EACH_OTHER = re.compile(
    r"(?P<what>(?:[\w-]+\s){1,5})(?:information|details|data)\s+(?:for|in|within)\s+(?:each"
    r"|every)\s+(?P<one>[\w -]+)$",
    re.I,
)
#: "each task performed on the pools" speaks of the task.
_DONE = re.compile(
    r"\s+(?:obtained|earned|owned|held|received|used|performed|conducted|made|carried out|done|placed|used"
    r"|involved|submitted|given|taken|held|offered|required|"
    r"purchased|sold|produced|released|published|uploaded|created|posted)\s+(?:on|by|in|for|at|to|from"
    r"|with|during|within)\b.*$",
    re.I,
)


def collective(before: str) -> bool:
    return any(word in lex.COLLECTIVE for word in tokens(before)[-8:])


def object_items(after: str) -> tuple[Item, ...]:
    found = _LISTED.search(after)
    return items(after[found.end() :]) if found and collective(after[: found.start()]) else ()
