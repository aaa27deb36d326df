"""What an access sentence claims: WHO may do which things with WHAT."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import singular, tokens
from architect.plan.reader.permission.targets import is_own

#: What people do with rows.
VERBS = lex.READ | lex.INSERT | lex.UPDATE | lex.DELETE | lex.ALL
_ABLE = (
    r"(?:(?:are|is|be) (?:able|allowed|permitted|authori[sz]ed|entitled) to"
    r"|(?:have|has) (?:the right|access) to)"
)
_MODAL = (
    rf"(?:(?:can|may|must|shall|should|will)(?:\s+(?:also|only|always))?(?:\s+(?:not\s+)?{_ABLE})?|{_ABLE})"
)
_NOT = r"(?:\s+(?:not|never)|not\b|n't|['’]t)"
_MODALS = re.compile(
    rf"\s+(?P<modal>(?:is|are) (?:not|never) (?:able|allowed|permitted) to|cannot|can['’]t"
    rf"|{_MODAL})(?P<not>{_NOT})?\s+",
    re.I,
)
_WORD = re.compile(r"\s*(,)?\s*([\w'’-]+)")
_SIMPLE = re.compile(
    r"^(?P<only>only\s+)?(?P<who>[\w\s'’-]{2,60}?)\s+(?P<then>only\s+)?(?P<verbs>(?:sees?|views?|reads?|access(?:es)?"
    r"|manages?|maintains?|edits?|writes?|creates?|adds?|deletes?|removes?|updates?|changes?|reports?|submits?)"
    r"(?:(?:\s*,\s*|\s+and\s+|,\s*and\s+)[a-z]+)*?)\s+(?P<more>only\s+)?(?P<object>(?!and\b|or\b).+)$",
    re.I,
)
_DONE = r"[a-z]+(?:(?:\s*,\s*|\s+and\s+|\s+or\s+|,\s*(?:and|or)\s+)[a-z]+)*"
_PASSIVE = re.compile(
    rf"^(?P<object>[^,;]{{2,80}}?)\s+(?:(?:{_MODAL})(?P<not>{_NOT})?\s+(?P<o1>only\s+)?be\s+(?P<o2>only\s+)?"
    rf"(?P<verbs>{_DONE})\s+(?P<o3>only\s+)?(?:by|to)|"
    r"(?:is|are)\s+(?P<o4>only\s+)?(?P<seen>visible|accessible|readable|editable|open|available|maintained|managed"
    r"|viewable)\s+(?P<o5>only\s+)?(?:to|by|for))\s+(?P<o6>only\s+)?(?P<who>.+)$",
    re.I,
)
_PARTICIPLES = {
    "seen": "see", "viewed": "view", "read": "read", "edited": "edit", "changed": "change",
    "updated": "update", "modified": "modify", "deleted": "delete", "removed": "remove",
    "created": "create", "written": "write", "added": "add", "browsed": "browse", "accessed": "access",
    "managed": "manage", "maintained": "maintain", "placed": "place", "posted": "post",
    "published": "publish", "visible": "see", "accessible": "access", "readable": "read", "open": "see",
    "available": "see", "made": "make", "booked": "book", "viewable": "view", "editable": "edit",
    "altered": "alter", "submitted": "submit", "uploaded": "upload", "cancelled": "cancel",
    "canceled": "cancel", "approved": "approve", "erased": "erase", "renamed": "rename", "closed": "close",
    "administered": "administer",
    "corrected": "correct", "revised": "revise", "entered": "enter", "queried": "query", "searched": "search",
    "listed": "list", "inserted": "insert", "sent": "send", "handled": "handle", "controlled": "control",
}  # fmt: skip
_ADVERBS = (
    "also",
    "always",
    "freely",
    "then",
    "only",
    "both",
    "just",
    "still",
    "even",
    "publicly",
    "directly",
)
_JOINS = ("and", "or", *_ADVERBS)
_PARTICLES = ("up", "at", "through", "for", "out", "into")
#: "reply to, and" : a word that is no verb we know, between two that are.
_SKIPPED = re.compile(r"(?:\s+(?:to|on|for|with))?\s*(?:,|\s(?:and|or)\s)", re.I)
#: "Anyone can view", below a heading that says what.
_BARE = frozenset(["see", "view", "read", "browse", "edit", "change", "update", "delete", "create", "manage"])
#: What people make who book, order or reserve a thing.
_DEEDS = {"book": "bookings", "order": "orders", "reserve": "reservations"}
#: "Each project is managed by a manager" tells of a relation.
_ONE_OF_THEM = re.compile(r"^(?:an?|one|exactly one)\s", re.I)
_AGAIN = re.compile(
    r"(?P<joint>,\s*(?:and\s+|or\s+|but\s+)?|\s+(?:and|or|but)\s+)(?P<not>(?:not|cannot|can not|may not)\s+)?"
    r"(?:(?:also|only|then|can|may)\s+)*(?P<verb>[a-z]+)\s+(?:(?:up|at|through|for|out|into)\s+)?"
    r"(?P<next>[\w'’-]+)",
    re.I,
)
_BUT_NOT = re.compile(r",?\s+but\s+not\s+(?P<rest>(?:the\s+|their\s+|any\s+)?[\w'’ -]{2,60})$", re.I)
_AND_BY = re.compile(
    rf"(?:,\s*(?:and\s+|but\s+)?|\s+(?:and|but)\s+)(?P<first>only\s+)?(?P<verbs>{_DONE})\s+(?P<only>only\s+)?by\s+",
    re.I,
)
_AFTER_VERB = lex.DETERMINERS | frozenset(["it", "them", "own", "new", "only"])
_LEAD = re.compile(
    r"^(?:(?:in|on|at|by|for|after|before|during|from|with|within|under|however|additionally|moreover|furthermore"
    r"|finally|also|besides|therefore|thus|meanwhile|generally|normally|usually)\b[^,]{0,60},\s*)+",
    re.I,
)
_ORDER = ("select", "insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class Claim:
    """ "WHO can VERB TARGET"."""

    who: str
    target: str
    commands: tuple[str, ...]
    #: "Only ...".
    only: bool = False
    #: "cannot".
    never: bool = False


def claims(text: str) -> list[Claim]:
    """What ``text``, one clause, claims; [] when it is about something else."""
    text = _LEAD.sub("", text)
    if told := _passive(text) or _active(text):
        return told
    return _simple(text)


def _simple(text: str) -> list[Claim]:
    """ "Sellers edit their own listings", "librarians manage books"."""
    found = _SIMPLE.match(text)
    if found is None:
        return []
    only = bool(found["only"] or found["then"] or found["more"])
    words = [w.removesuffix("s") if w.removesuffix("s") in VERBS else w for w in tokens(found["verbs"])]
    runs_it = set(words) & lex.ALL and _is_staff(found["who"])
    if not (only or is_own(found["object"]) or runs_it):
        return []
    commands = commands_of(" ".join(words)) or ("select",)
    return [Claim(found["who"], found["object"], commands, only=only)]


def _is_staff(who: str) -> bool:
    words = tokens(who)
    return (
        0 < len(words) <= 3 and singular(words[-1]) in lex.HOUSE_ROLES and words[0] not in ("a", "an", "each")
    )


def _active(text: str) -> list[Claim]:
    found = _MODALS.search(text)
    if found is None or len(text[: found.start()].split()) > 12:
        return []
    who = text[: found.start()].strip()
    before: list[Claim] = []
    if who.lower().endswith(" and") and (before := _simple(who[:-4].rstrip(" ,"))):
        who = before[0].who  # "the caretaker sees all requests and may close them"
    only = " only" in f" {found['modal'].lower()}"
    never = bool(found["not"]) or found["modal"].lower().startswith(("cannot", "can't", "can’t"))
    if found["modal"].lower() == "must" and not (only or never or who.lower().startswith("only ")):
        return []  # a duty is no right
    never = never or " not " in found["modal"].lower() or " never " in found["modal"].lower()
    return [*before, *_verb_phrases(who, text[found.end() :], only=only, never=never)]


def _verb_phrases(who: str, text: str, *, only: bool, never: bool) -> list[Claim]:
    """ "see orders and edit them": one claim for each verb phrase."""
    found: list[Claim] = []
    while text:
        verbs, at, alone = _verbs(text)
        target = text[at:].strip(" ,") or ("them" if set(verbs) <= _BARE else "")
        if not verbs or not target:
            break
        more = _next(target)
        rest = target[more.end("joint") :] if more else ""
        target = target[: more.start()] if more else target
        base = Claim(who, target, (), only=only or alone, never=never)
        found.extend(c for told in _deeds(base, verbs) for c in _without(told))
        text, only = rest, False
        if rest and (negated := re.match(r"(?:not|cannot|can not|may not)\s+", rest, re.I)):
            text, never = rest[negated.end() :], True
        text = re.sub(r"^(?:(?:also|then|can|may)\s+)+", "", text, flags=re.I)
    return found


def _deeds(base: Claim, verbs: list[str]) -> list[Claim]:
    """ "browse and order products": who orders a product makes an order."""
    head = tokens(base.target)[-1:]
    plain = [v for v in verbs if v not in _DEEDS or (head and singular(head[0]) in lex.OCCASIONS)]
    claimed = [replace(base, target=_DEEDS[v], commands=("insert",)) for v in verbs if v not in plain]
    if commands := commands_of(" ".join(plain)):
        claimed.insert(0, replace(base, commands=commands))
    return claimed


def _next(target: str) -> re.Match[str] | None:
    """Where another verb phrase begins in ``target``."""
    for found in _AGAIN.finditer(target):
        verb, after = found["verb"].lower(), found["next"].lower()
        if verb not in VERBS:
            continue
        sure = after in _AFTER_VERB or verb not in lex.NOUN_VERBS
        if sure or found["not"]:
            return found
    return None


def _verbs(text: str) -> tuple[list[str], int, bool]:
    """The verbs at the start of ``text``, where they end, and whether "only" is among them."""
    verbs: list[str] = []
    at, joined, only = 0, True, False
    while word := _WORD.match(text, at):
        plain = _PARTICIPLES.get(word[2].lower(), word[2].lower())
        if plain in _JOINS:
            joined, only = True, only or plain == "only"
        elif plain in VERBS and (joined or word[1]):
            verbs.append(plain)
            joined = False
        elif plain in _PARTICLES and not (verbs and verbs[-1] in lex.READ):
            return [], at, only  # who registers for a course makes no course
        elif plain not in _PARTICLES:
            between = verbs and (joined or word[1] or plain == "to")
            if not (between and _SKIPPED.match(text, word.end())):
                break
        at = word.end()
    return verbs, at, only


def _without(claim: Claim) -> list[Claim]:
    """ "see listings but not orders": two claims."""
    found = _BUT_NOT.search(claim.target)
    if found is None:
        return [claim]
    rest = replace(claim, target=found["rest"], never=not claim.never, only=False)
    return [replace(claim, target=claim.target[: found.start()]), rest]


def _passive(text: str) -> list[Claim]:
    """ "TARGET can be VERBED only by WHO", "TARGET is visible to WHO"."""
    found = _PASSIVE.match(text)
    commands = commands_of(found["verbs"] or found["seen"] or "") if found else ()
    if found is None or not commands or len(tokens(found["object"])) > 10:
        return []
    only = any(found[f"o{n}"] for n in range(1, 7))
    never = bool(found["not"])
    told: list[Claim] = []
    who = found["who"]
    if found["seen"] in ("managed", "maintained") and not only and _ONE_OF_THEM.match(who):
        return []
    while more := _AND_BY.search(who):
        told.append(Claim(who[: more.start()], found["object"], commands, only, never))
        commands = commands_of(more["verbs"])
        only, who = bool(more["only"] or more["first"]), who[more.end() :]
        if not commands:
            return told
    return [*told, Claim(who, found["object"], commands, only, never)]


def commands_of(verbs: str) -> tuple[str, ...]:
    """The commands that ``verbs`` ("seen and edited") stand for."""
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
