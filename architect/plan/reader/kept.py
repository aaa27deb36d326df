"""Enumerations after a verb: "each flight has ...", "the system records the name of each store"."""

from __future__ import annotations

import re
from dataclasses import replace

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader.clauses import subject_key
from architect.plan.reader.items import all_collective, are_things, items
from architect.plan.reader.marked import object_items
from architect.plan.reader.phrases import Key, blanked, entity_key, is_plural, parts, singular, tokens
from architect.plan.reader.statements import FAIR, Context, Has, Item, Mentions, Statement

_HAVE = (
    r"has|have|having|includes?|including|contains?|containing|consists? of|comprises?|carr(?:y|ies)|"
    r"(?:is|are) (?:described|identified|characteri[sz]ed|defined) by|comes? with|consisting of"
    r"|possess(?:es)?"
)
_KEEP = (
    r"requir(?:es?|ing) (?:the )?record(?:ing)?(?: of)?|records?|recording|recorded with|stores?"
    r"|storing|saves?|keeps?|keeping|tracks?|tracking|registers?|captures?|"
    r"maintains?|maintaining|documents?|logs?|logging|holds?|collects?|need(?:s)? to have"
    r"|associates?"
)
_GIVE = (
    r"provid(?:es?|ing)|enter(?:s|ing)?|specif(?:y|ies|ying)|fill(?:s|ing)? in|set(?:s|ting)?"
    r"|indicat(?:es?|ing)|"
    r"manages?|managing|upload(?:s|ing)?|defin(?:es?|ing)|displays?|stat(?:es|ing)|giv(?:es|ing)"
    r"|requir(?:es?|ing)"
)
_MODAL = (
    r"(?:(?:must|shall|should|can|may|will|also|only|always|typically|usually|then|needs? to|has to"
    r"|have to|is required to|"
    r"are required to|required to|to|uniquely|be able to|is able to|is)\s+)*"
)
_VERB = re.compile(
    rf"\b(?P<modal>{_MODAL})\b(?:(?P<have>{_HAVE})|(?P<keep>{_KEEP})|(?P<give>{_GIVE}))\b", re.I
)
#: After these words "record", "log" and "track" were nouns.
_AS_NOUN = re.compile(
    r"(?:includes?|including|has|have|having|contains?|must|shall|should|can|may|will|is|are|was|were"
    r"|belongs?|needs?|requires?|entry|"
    r"entries|ids?|of|and|or|tables?|books?|level|consists?|references?|holds?|stores?|shows?)\b|$",
    re.I,
)
OF_EACH = re.compile(
    r"^(?P<list>.+?)\s+(?:of|for|about|on)\s+(?:(?:each|every|all|individual|any)(?:\s+of)?\s+(?:the\s+)?"
    r"|the\s+|(?=(?:[\w-]+\s){0,2}\w+s$))(?P<what>[\w\s'’-]{2,50}?)"
    r"(?:\s+(?:in|on|at|by|to|from|within|under)\s.*)?$",
    re.I,
)
OWNED = re.compile(
    r"^(?:(?:the|each|every|all|an?|any|basic"
    r"|detailed)\s+)*(?P<who>[\w-]+(?:\s[\w-]+){0,3}?)['’]s?\s+(?P<list>.+)$",
    re.I,
)


def kept(text: str, quote: Quote, context: Context, local: Key | None) -> list[Statement]:
    for found in _VERB.finditer(blanked(text)):
        before, after = text[: found.start()].strip(" ,"), text[found.end() :].strip()
        if found["keep"] and _AS_NOUN.match(after):
            continue
        words = tokens(before)
        subject: Key | None = None
        system = _is_system(words)
        if words and words[-1] in ("it", "they", "these", "this", "which") and found["have"]:
            subject = context.last
        elif (
            system and words[0] in ("each", "every", "an", "a") and words[-1] in lex.TENANTS | {"user"}
        ) or (not system and words and len(words) <= 8):
            subject = subject_key(before)
        if found["have"]:
            if subject is None:
                continue
            listed = items(after)
            if re.search(r"\b(?:may|might|can|could)\b", found["modal"] or before, re.I):
                listed = tuple(replace(item, optional=True) for item in listed)
            return [Has(quote, subject, listed)] if listed else []
        if subject and found["keep"] and not system:
            listed = object_items(after) or items(after)
            if listed and not are_things(listed) and not all_collective(listed):
                return [Has(quote, subject, listed, event=True)]
        if found["keep"] and (event := _CONDUCT.search(before)) and (key := entity_key(event["what"])):
            listed = items(after)
            if listed and not are_things(listed):
                return [Has(quote, key, listed, event=True)]
        kept = _object(after, quote, context, local, words, bool(found["keep"]), _manages(found))
        if kept:
            return kept
    return []


def _manages(found: re.Match[str]) -> bool:
    return bool(found["keep"]) or (found["give"] or "").lower().startswith("manag")


#: "must conduct regular inventory counts and record the time": of the counts.
_CONDUCT = re.compile(
    r"\b(?:conducts?|performs?|carry out|carries out|makes?|does?|holds?|undertakes?)\s+(?:regular\s+"
    r"|periodic\s+|daily\s+|weekly\s+|monthly\s+)?"
    r"(?P<what>[\w-]+(?:\s[\w-]+){0,2})\s+and\s*$",
    re.I,
)


def _is_system(words: list[str]) -> bool:
    """Whether the subject is the product or the house itself, not a thing it keeps."""
    words = [w for w in words if w not in lex.MODALS | {"also", "needs", "need", "required", "is"}]
    while words and words[0] in ("the", "our", "this", "a", "an", "that"):
        words = words[1:]
    if not words:
        return False
    if words[0] in ("each", "every"):
        return False
    if words[-1] in ("system", "platform", "to", "users", "user", "it", "they", "we"):
        return True
    return words[-1] in lex.WORLD or (words[-1] in lex.SYSTEM and len(words) == 1)


def _object(
    after: str,
    quote: Quote,
    context: Context,
    local: Key | None,
    subject: list[str],
    keeps: bool,
    manages: bool,
) -> list[Statement]:
    """What a system records: "the name and address of each store", "each user's name and email"."""
    if found := OWNED.match(after):
        key = entity_key(found["who"])
        listed = items(found["list"])
        if key and listed and key[-1] not in lex.WORLD and tokens(found["list"])[0] not in lex.VERBS:
            own = [w for w in tokens(found["list"]) if w not in lex.FILLERS]
            if own and own[0] not in lex.COLLECTIVE:
                return [Has(quote, key, listed)]
    if found := OF_EACH.match(re.split(r"[;]", after)[0].strip(" .")):
        key = entity_key(found["what"])
        listed = items(found["list"])
        if key and listed and not all_collective(listed):
            return [Has(quote, key, listed)]
    if (told := re.match(r"^(?:their|its)\s+", after, re.I)) and (context.last_plural or context.last):
        listed = items(after[told.end() :])
        if len(listed) >= 2 and not are_things(listed):
            return [Has(quote, context.last_plural or context.last, listed)]  # type: ignore[arg-type]
    if subject and subject[-1] in ("users", "user") and not keeps:
        listed = items(after)
        if len(listed) >= 2 and not are_things(listed):
            return [Has(quote, ("user",), listed)]
        return []
    if keeps and local:
        listed = items(after)
        if len(listed) >= 2 and not are_things(listed):
            return [Has(quote, local, listed)]
    return _mentions(after, quote) if manages else []


def _mentions(after: str, quote: Quote) -> list[Statement]:
    """ "manages products, employees and orders": tables whose attributes come later, if ever."""
    found: list[Statement] = []
    after = re.split(r"\b(?:including|such as|so that|in order|to ensure|ensuring)\b|\.", after)[0]
    for part in parts(after)[:12]:
        words = tokens(part.text)
        if not words or singular(words[-1]) in lex.ATTRIBUTES:
            continue
        key = entity_key(part.text)
        if key and (is_plural(words[-1]) or words[-1] in lex.COLLECTIVE):
            found.append(Mentions(quote, key, FAIR))
    return found


def listed_after_verb(text: str) -> tuple[Item, ...]:
    found = _VERB.search(blanked(text))
    if not found:
        return ()
    after = text[found.end() :]
    return object_items(after) or items(after)
