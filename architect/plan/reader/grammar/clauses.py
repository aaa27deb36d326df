"""Sentences fall into clauses; each clause has at most one enumeration and one subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.phrases import Key, entity_key, key_of, tokens

_SPLIT = re.compile(
    r"(?:[,;:]|\band\b|\bwhile\b|\bwhere\b|\bbut\b|\bthat\b)(?:\s+(?:and|while|where|but|with"
    r"|also))*\s+(?=(?:each|every)\s+"
    r"(?!of\b|with\b|having\b|containing\b|including\b|specifying\b|recording\b|storing\b|comprising\b"
    r"|consisting\b|other\b|time\b|involving\b|(?:\w+ly\s+)?(?:identified|described|defined|characteri[sz]ed)\s))"
    r"|\bwith\s+(?=each\s+\w+(?:\s+\w+){0,3}\s+(?:has|have|having|"
    r"includ|contain|consist|requir|record|particip|belong|being|identif|possess|cover|stor)\w*\b)|;\s+"
    r"|,\s+and\s+(?=the\s+(?:[\w-]+\s){1,3}(?:records?|includes?|contains?|stores?)\s)"
    r"|,\s+(?:and\s+)?(?=(?![\w-]+ing\b)(?:[\w-]+\s){1,4}?(?:information|details|data)\s+(?:such as|including"
    r"|includes?)\b)",
    re.I,
)
_OPENERS = re.compile(
    r"^(?:(?:additionally|furthermore|moreover|in addition|also|at the same time|meanwhile|similarly"
    r"|finally|lastly|"
    r"besides|for example|specifically|here|then|next|first|second|third|in short|overall|therefore|thus"
    r"|and|but|while|"
    r"where|with|as well as|among them|subsequently|likewise|currently|of course|in particular|generally"
    r"|typically|"
    r"simultaneously|however|so)\b\s*,?\s*)+",
    re.I,
)
EVENT = re.compile(
    r"^(?:for|during|in|on|upon|after|at|before|with|regarding|as for|every|each|by)?\s*"
    r"(?:(?:each|every|any|the|all|a|an)\s+)?(?:(?:time|instance of|occurrence of|process "
    r"of)\s+)?(?P<what>[^,]{2,60}?),\s+",
    re.I,
)
WHEN = re.compile(
    r"^(?:when|whenever|upon|during|while|after|before|in|by|each time|every time"
    r"|once)\s+(?:the\s+)?(?P<what>[a-z-]+ing)\b"
    r"(?P<object>[^,]{0,60}),\s+",
    re.I,
)
_FOR_EACH = re.compile(
    r"^(?:(?:for|with|on|in|about|of) (?:each|every)|per)\s+(?P<what>[^,]{2,50}?),?\s+(?=(?:we|you|they|it"
    r"|the \w+)\s+"
    r"(?:also\s+|must\s+|should\s+|shall\s+|can\s+|will\s+|want to\s+)*(?:keep|record|store|need|track"
    r"|save|note|register)\w*\b|(?:record|keep|store|track|save|note|register)\s)",
    re.I,
)
#: "when the goods are shipped out, ..."
_WHEN_DONE = re.compile(
    r"^(?:when|whenever|after|once|each time|every time|before)\s+(?:(?:the|an?|each"
    r"|any)\s+)?(?P<what>[\w-]+(?:\s[\w-]+)?)\s+(?:is|are|gets?|has been|have "
    r"been)\s+(?P<done>\w+)[^,]{0,30},\s+",
    re.I,
)
_DONE = {
    "shipped": "shipment", "sold": "sale", "purchased": "purchase", "bought": "purchase",
    "produced": "production", "delivered": "delivery", "processed": "processing", "returned": "return",
    "rented": "rental", "borrowed": "loan", "inspected": "inspection", "repaired": "repair",
    "ordered": "order", "paid": "payment", "stored": "storage", "received": "receipt",
    "transferred": "transfer", "reserved": "reservation", "booked": "booking", "carried": "", "performed": "",
    "conducted": "", "completed": "", "made": "", "placed": "", "held": "", "executed": "",
}  # fmt: skip
_GERUNDS = {
    "selling": "sale", "buying": "purchase", "purchasing": "purchase", "ordering": "order",
    "paying": "payment", "shipping": "shipment", "delivering": "delivery", "booking": "booking",
    "renting": "rental", "reserving": "reservation", "producing": "production",
    "inspecting": "inspection", "enrolling": "enrollment", "registering": "registration",
    "borrowing": "loan", "lending": "loan", "transporting": "transport", "maintaining": "maintenance",
    "procuring": "procurement", "evaluating": "evaluation", "paying out": "payment",
    "returning": "return", "repairing": "repair", "commenting": "comment", "voting": "vote",
    "donating": "donation", "subscribing": "subscription",
}  # fmt: skip


_LEFT_OVER = lex.MODALS | {"also", "to", "needs", "need", "is", "required", "must", "typically"}
_NO_SUBJECTS = lex.TAILS | {"system", "platform"}
_STOPS = lex.MODALS | lex.PRONOUNS | lex.BE | (lex.PREPOSITIONS - {"of"}) | (lex.VERBS - {"records", "use"})
_COUNTING = lex.DETERMINERS | lex.QUANTIFIERS


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    #: "for each delivery," stood before it.
    event: Key | None = None


def clauses(text: str) -> list[Clause]:
    """The clauses of a sentence, in order."""
    found: list[Clause] = []
    for piece in _SPLIT.split(text):
        piece = _OPENERS.sub("", piece.strip(" ,")).strip()
        if not piece:
            continue
        event, rest = _event(piece)
        found.append(Clause(rest, event))
    return found


#: "when a member borrows a book, ..."
_WHEN_DOES = re.compile(
    r"^(?:when|whenever|after|once|each time|every time|if)\s+(?:(?:an?|the|each|any)\s+)?(?P<who>[\w-]+)\s+"
    r"(?P<does>[a-z]+)\s+(?:(?:an?|the|his|her|their|some|any|one)\s+)?(?P<what>[\w-]+(?:\s[\w-]+)?),\s+",
    re.I,
)


#: "each time you purchase, ..."
_WHEN_YOU = re.compile(
    r"^(?:when|whenever|(?:each|every) time)\s+(?:you|we|they|users?|someone|(?:an?|the|each) [\w-]+)\s+"
    r"(?P<does>[a-z]+),\s+",
    re.I,
)


#: What the one who does it, not the object, makes an occurrence of: "when a vehicle enters the site".
_MOVES = {
    "enter": "entry", "leave": "exit", "arrive": "arrival", "depart": "departure", "visit": "visit",
    "attend": "attendance", "apply": "application", "complain": "complaint",
}  # fmt: skip


def _done_by(text: str) -> tuple[Key, str] | None:
    """The occurrence that "when a member borrows a book" speaks of."""
    found = _WHEN_DOES.match(text) or _WHEN_YOU.match(text)
    if not found:
        return None
    stem = found["does"].lower().removesuffix("s")
    noun = next((_GERUNDS[g] for g in (stem + "ing", stem.removesuffix("e") + "ing") if g in _GERUNDS), None)
    thing = entity_key(found.groupdict().get("what") or "")
    if noun is None and stem in _MOVES and (who := entity_key(found.groupdict().get("who") or "")):
        return (who[-1], _MOVES[stem]), text[found.end() :]
    if noun is None:
        return None
    return ((thing[-1], noun) if thing else (noun,)), text[found.end() :]


_REGARDING = re.compile(
    r"^(?:in terms of|with (?:regard|respect) to|in the (?:aspect|case|area|field) of|when it comes to)\s+",
    re.I,
)


def _how_often(text: str, key: Key) -> bool:
    """Whether "per day" stands there, which is nothing that has attributes."""
    return text[:4].lower() == "per " and key[-1] in wc.SPANS


def _event(text: str) -> tuple[Key | None, str]:
    text = _REGARDING.sub("regarding ", text)
    if (found := _WHEN_DONE.match(text)) and (noun := _DONE.get(found["done"].lower())) is not None:
        thing = entity_key(found["what"])
        if noun or thing:
            return (*(thing[-1:] if thing else ()), noun) if noun else thing, text[found.end() :]
    if done := _done_by(text):
        return done
    if found := WHEN.match(text):
        noun = _GERUNDS.get(found["what"].lower())
        thing = entity_key(found["object"]) if noun is None else None
        if thing and found["what"].lower() in wc.ENTERING:
            return thing, text[found.end() :]
        words = (noun,) if noun else (*((thing[-1:]) if thing else ()), found["what"].lower())
        return words, text[found.end() :]
    text = re.sub(
        r"^(?:after|before|during|at|in|on) (?:the )?\w+ (?=(?:each|every)\s)", "", text, flags=re.I
    )
    if (found := _FOR_EACH.match(text)) and (key := entity_key(found["what"])) and not _how_often(text, key):
        return key, text[found.end() :]
    if re.match(r"^(?:for|during|in|on|upon|after|regarding|as for|each time|every time)\s", text, re.I):
        found = EVENT.match(text)
        if found and (key := subject_key(found["what"])):
            return key, text[found.end() :]
    return None, text


@lru_cache(maxsize=8192)
def subject_key(text: str) -> Key | None:
    """The thing a subject names, also where it is called by its record ("Employee management includes")."""
    text = _OPENERS.sub("", text.strip(" ,:"))
    if "," in text:
        text = text.rsplit(",", 1)[1]
    words = tokens(text.split("(")[0])
    while words and words[-1] in _LEFT_OVER:
        words.pop()
    whole = list(words)
    while len(words) > 1 and words[-1] in lex.TAILS:
        words.pop()
    if words and words[-1] in _NO_SUBJECTS:
        return None
    told = entity_key(" ".join(words), within=text)
    if told is None and whole[-1:] == ["records"]:
        return entity_key(" ".join(whole), within=text)
    return told


def trailing_key(text: str) -> Key | None:
    """The thing that the end of ``text`` names ("... undertakes several decoration projects")."""
    text = re.split(r"[,;:]", text.rstrip(" ,(:"))[-1]
    words = tokens(text)
    kept: list[str] = []
    for word in reversed(words):
        if kept and word in _STOPS:
            if (word in lex.MODALS or word == "to") and len(kept) > 1:
                kept.pop()  # what follows "shall" or "to" is a verb
            break
        kept.append(word)
        if len(kept) >= 9:
            break
    kept.reverse()
    if len(kept) > 1 and kept[0] in lex.IMPERATIVES:
        kept = kept[1:]
    marks = [at for at, word in enumerate(kept) if word in _COUNTING]
    for at in (*reversed(marks), 0):
        key = subject_key(" ".join(kept[at:]))
        if key:
            return key
    tail = kept[-1:] if kept else []
    return entity_key(" ".join(tail)) if tail and key_of(tail)[0] not in lex.NOT_ENTITIES else None
