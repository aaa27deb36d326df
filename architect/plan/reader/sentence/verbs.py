"""Lists behind a verb: what a thing has, what is kept of it, what people fill in."""

from __future__ import annotations

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.nodes import Node, Phrase
from architect.plan.reader.grammar.phrases import Key, entity_key, is_plural, key_of, singular
from architect.plan.reader.sentence.acts import KEPT
from architect.plan.reader.sentence.items import are_things
from architect.plan.reader.sentence.marks import is_member, prefixed
from architect.plan.reader.sentence.told import Told
from architect.plan.reader.sentence.whose import (
    announces,
    by_owner,
    collective,
    house,
    keeper,
    owner_of,
    possessor,
    thing,
)

_KEEPING = wc.KEEP | wc.MANAGE
_TAKING = _KEEPING | wc.GIVE
_POSSESSIVE = ("their", "its")


def after_verb(told: Told, at: int, node: Node, verb: Node) -> None:
    """The list is the object of ``verb``."""
    word, where = verb.word, told.place(verb)
    if word == "using" and told.node(at + 1).word == "as":
        if key := told.last_owner() or told.focus or told.local:
            told.has(key, node.phrases)  # "using A and B as identifiers"
        return
    if verb.modal == "to" and told.before(where) == "list" and told.node(where - 2).kind == "verb":
        told.subject, told.pronoun = told.nodes[where - 1].phrases, False  # "allows users to enter"
    if told.before(where) == "rel" and word in wc.KEEP and (near := told.near(where)):
        told.subject, told.pronoun = [near], False  # "a receipt that records ..."
    if word in wc.HAVE or _involves(told, node, verb):
        if _having(told, where, node, verb):
            return
    elif word in _TAKING:
        _keeping(told, at, node, verb)
        return
    told.focus = thing(node.phrases[-1]) or told.focus
    if word in wc.MAKE and len(node.phrases) == 1:
        told.made = told.focus


def _several(phrase: Phrase) -> Key | None:
    """ "a user has several access keys, each of which has ...": keys have no table otherwise."""
    named = [w.lower for w in phrase.words if w.tag == "N"]
    several = phrase.first in ("multiple", "several", "many", "various") and is_plural(phrase.head)
    return key_of(named) if several and len(named) > 1 else None


def _involves(told: Told, node: Node, verb: Node) -> bool:
    """ "each fault involving the reporter's number, a description and a time"."""
    one = bool(told.subject) and told.subject is not None and told.subject[-1].counted
    named = len(node.phrases) > 2 and not are_things(told.items(node.phrases))
    return verb.word.startswith("involv") and one and named


def _having(told: Told, where: int, node: Node, verb: Node) -> bool:
    """ "each X has a, b and c", "X, which also includes a and b"."""
    if node.phrases[-1].head in wc.CHANCES and told.node(told.place(node) + 1).modal == "to":
        return False  # "users have the option to upload a picture"
    owners: list[Key] = []
    if told.before(where) in ("rel", "each"):
        near = told.near(where)
        more = verb.modal == "also" and near and is_member(told, where, near)
        key = (thing(near) or _several(near) if near and not more else None) or told.last_owner()
        owners = [key] if key else []
    elif told.pronoun and told.context.last:
        owners = [(told.context.subjects if told.several else None) or told.context.last]
    elif told.subject and not house(told.subject):
        owners = _subjects(told, where, node)
    elif told.event and told.subject and house(told.subject):
        owners = [told.event]
    elif told.subject is None and told.local and where == 0:
        owners = [told.local]
    for key in owners:
        told.has(key, node.phrases, optional=verb.modal in ("may", "might", "can", "could"))
    return bool(owners)


def _subjects(told: Told, where: int, node: Node) -> list[Key]:
    """The things that the subject names: each of several, or the one that its information is about."""
    subject = told.subject or []
    names = [thing(p) for p in subject if not _of_a_group(p)]
    if not names:
        return []
    if all(names):
        return [key for key in names if key]
    key = names[-1]
    near = told.near(where)
    if key is None and near:
        key = thing(near) or prefixed(told, where, node.phrases)
        earlier = None if subject[-1].counted else told.context.last
        key = key or (told.local or earlier if announces(subject[-1]) else None)
    return [key] if key else []


def _of_a_group(phrase: Phrase) -> bool:
    """ "Members of an organization have a role" is about the membership, not about members."""
    of = phrase.tails[:1] and phrase.tails[0][0] == "of"
    return bool(of) and singular(phrase.tails[0][1].head) in lex.TENANTS


def _keeping(told: Told, at: int, node: Node, verb: Node) -> None:
    """ "the system records ...", "users enter ...", "record ..."."""
    phrases = [_recorded(p) for p in node.phrases]
    if verb.word.startswith("regist") and phrases[0].head in ("account", "accounts"):
        told.made = ("user",)
        return
    subject = None
    if told.subject and not keeper(told.subject) and not told.pronoun:
        subject = thing(told.subject[-1])
    if phrases[0].first in _POSSESSIVE and verb.word not in wc.WATCH and _possessed(told, phrases, subject):
        return
    phrases = _done(told, phrases)
    *others, phrases = by_owner(phrases)
    for part in others:
        if whole := owner_of(part):
            _owned(told, verb, subject, *whole, marked=False)
    marked = _is_announced(told, at)
    found = owner_of(phrases)
    if found and verb.word in wc.MAKE and are_things(told.items(found[1])):
        found = None  # "post questions about routes"
    counted = phrases[-1].last().counted or possessor(phrases[0]) is not None
    if found and (counted or not (told.event or subject)):
        _owned(told, verb, subject, *found, marked=marked)
    else:
        _listed(told, verb, subject, phrases, marked=marked)


def _done(told: Told, phrases: list[Phrase]) -> list[Phrase]:
    """ "the guest's name and phone, the booking date": up to what is of the doing, not of the guest."""
    who = possessor(phrases[0])
    deeds = [told.made] if told.made else []
    deeds += [(KEPT[n.word],) for n in told.nodes if n.kind == "verb" and n.word in KEPT]
    for at, phrase in enumerate(phrases if who else ()):
        named = [w.lower for w in phrase.words if w.tag == "N"]
        deed = next((d for d in deeds if named[:1] == [d[-1]]), None)
        if at and deed and len(named) > 1:
            told.has(deed, phrases[at:], also=who)
            return phrases[:at]
    return phrases


def _recorded(phrase: Phrase) -> Phrase:
    """ "requires recording of the number, ..." begins with the number."""
    if phrase.head in ("recording", "record", "registration", "entry", "storage") and phrase.tails:
        join, tail = phrase.tails[0]
        if join == "of":
            return tail
    return phrase


def _is_announced(told: Told, at: int) -> bool:
    """Whether the list only announces another ("the details of each order, including ...")."""
    after = told.node(at + 1).kind
    return after == "mark" or (after == "each" and told.node(at + 2).kind in ("prep", "mark", "verb"))


def _possessed(told: Told, phrases: list[Phrase], subject: Key | None) -> bool:
    """ "... and record their names and addresses"."""
    key = told.focus if told.focus and told.focus != subject else None
    key = key or told.context.last_plural or subject or told.context.last
    if key is None or are_things(told.items(phrases)):
        return False
    told.has(key, phrases)
    return True


def _owned(
    told: Told, verb: Node, subject: Key | None, key: Key, rest: list[Phrase], *, marked: bool
) -> None:
    """The list itself says whose it is: "the name and address of each store"."""
    inner = told.local and told.local[: len(key)] == key and told.local not in (key, (*key, "record"))
    teller = subject or (told.local if inner and len(rest) > 1 else None)
    if teller and teller != key and _keeps(verb.word) and verb.word not in wc.WATCH:
        # "Attendance records each employee's arrival", "Model runs: records the path for each model"
        told.has(teller, rest, event=True, also=key)
        return
    key = told.focus = told.meant(key)
    if verb.word in wc.WATCH and not told.event and len(rest) < 2:
        return
    if not all(collective(p) for p in rest) and not (marked and len(rest) == 1):
        among = len(rest) > 2 and not marked  # "each guest's name, address and contact information"
        told.has(key, [p for at, p in enumerate(rest) if not announces(p) or (among and at)])


def _listed(told: Told, verb: Node, subject: Key | None, phrases: list[Phrase], *, marked: bool) -> None:
    """A list that does not say whose it is."""
    listed, one = told.items(phrases), len(phrases) == 1
    things = not one and (are_things(listed) or all(collective(p) for p in phrases))
    named = one and (marked or collective(phrases[0]) or phrases[0].counted or _is_thing(phrases[0]))
    named = named or (marked and collective(phrases[-1]))
    noted = listed[1:] and phrases[0].note and collective(phrases[0]) and _single(phrases[1:])
    if noted and (key := thing(phrases[0])):
        told.has(key, phrases[1:])  # "basic article information (name, size), stock and price"
        return
    if not things and not named and (owner := _keeper_of(told, verb, subject, phrases, len(listed))):
        told.has(owner, phrases, event=owner in (told.event, subject))
        return
    if verb.word in wc.FILL and not things and len(listed) > 1 and (filled := _filled(told, phrases)):
        told.has(filled, phrases)
        return
    told.focus = thing(phrases[-1]) or told.focus
    if one and verb.word in wc.MAKE:
        told.made = told.focus
    if _manages(verb.word):
        told.mention(phrases)


def _single(phrases: list[Phrase]) -> bool:
    """Whether each is one thing told of another, not a table."""
    return not any(is_plural(p.head) or collective(p) or p.tails or p.words[0].tag == "D" for p in phrases)


def _is_thing(phrase: Phrase) -> bool:
    """Whether the phrase names things, not an attribute: "a list of passengers", "products"."""
    if phrase.head in lex.AMOUNTS:
        return bool(phrase.tails)
    return (
        is_plural(phrase.head) and singular(phrase.head) not in lex.ATTRIBUTES and thing(phrase) is not None
    )


def _keeper_of(told: Told, verb: Node, subject: Key | None, phrases: list[Phrase], count: int) -> Key | None:
    """What keeps the list: the occurrence spoken of, what was just made, the subject, the heading."""
    word = verb.word
    fills = word in wc.FILL and count > 1
    owner = told.event if fills or _keeps(word) or _manages(word) else None
    if owner is None and (word in wc.KEEP or word in ("shows", "displays")):
        owner = told.made or subject
    if owner is None and word.startswith(("requir", "need")):
        owner = subject
    if owner is None and _keeps(word) and count > 1:
        owner = prefixed(told, told.place(verb), phrases) or told.local or _shared(phrases)
    return owner


def _shared(phrases: list[Phrase]) -> Key | None:
    """The thing whose name two members begin with, the first of them a key: "order number, order date"."""
    first = [w for w in phrases[0].words if w.tag == "N"]
    begins = sum(any(w.lower == first[0].lower for w in p.words[:-1]) for p in phrases) if first else 0
    if len(first) != 2 or first[1].lower not in lex.ID_TAILS or begins < 2:
        return None
    return entity_key(first[0].text)


def _filled(told: Told, phrases: list[Phrase]) -> Key | None:
    """What people fill in: the thing they make, or themselves."""
    who = told.subject[-1].head if told.subject else ""
    if told.made:
        return ("user",) if told.made == ("account",) else told.made
    return ("user",) if who in ("user", "users") and any(p.head in wc.PERSONAL for p in phrases) else None


def _keeps(word: str) -> bool:
    return word in _KEEPING or word in ("require", "requires", "requiring", "needs", "need")


def _manages(word: str) -> bool:
    return word in wc.KEEP or word.startswith(("manag", "administ", "handl"))
