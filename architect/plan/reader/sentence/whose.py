"""Of what a noun phrase speaks, and whose a list is."""

from __future__ import annotations

from dataclasses import replace

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.clauses import subject_key
from architect.plan.reader.grammar.nodes import Phrase
from architect.plan.reader.grammar.phrases import Key, entity_key, is_plural, singular

_ABOUT = ("of", "for", "about", "on", "regarding")
_EMPTY = lex.FILLERS | lex.DETERMINERS | lex.QUANTIFIERS | wc.KEPT | {"such"}
_ANNOUNCING = _EMPTY | wc.GENERAL
_VAGUE = wc.GENERAL | wc.ACTIONS
_OWNERLESS = lex.WORLD | lex.SYSTEM
_NO_OWNERS = lex.WORLD | wc.SOFTWARE
_HOUSES = lex.WORLD | lex.SYSTEM - {"management"}
_KEEPERS = wc.KEEPERS | lex.WORLD | lex.PERSON_ROLES | lex.GLOBAL_ROLES
_GATHERED = lex.COLLECTIVE | wc.GATHERED


def collective(phrase: Phrase) -> bool:
    """Whether the phrase only announces what follows ("basic information")."""
    return phrase.head in _GATHERED


def empty(phrase: Phrase) -> bool:
    """Whether the phrase says nothing at all ("other details")."""
    return phrase.head in lex.COLLECTIVE and all(w.lower in _EMPTY for w in phrase.words[:-1])


def announces(phrase: Phrase) -> bool:
    """Whether the phrase is nothing but an announcement ("basic information")."""
    return collective(phrase) and all(w.lower in _ANNOUNCING for w in phrase.words[:-1])


def gathered(phrase: Phrase) -> Phrase:
    """What "a set of attributes" is a set of."""
    if phrase.head in wc.SETS and phrase.tails and phrase.tails[0][0] == "of":
        return phrase.tails[0][1]
    return phrase


def thing(phrase: Phrase) -> Key | None:
    """The thing that the phrase names, also by its information ("the details of each order")."""
    own = [w.lower for w in phrase.words[:-1] if w.lower not in _EMPTY]
    if collective(phrase) and all(word in _VAGUE for word in own):
        for join, tail in phrase.tails:
            if join in _ABOUT:
                return thing(tail)
        if not own:
            return None
    owner, rest = possessor(phrase), without_possessor(phrase)
    if owner and (collective(rest) or subject_key(rest.bare) is None):
        return owner
    if rest.head in ("record", "records") and len(rest.words) > 1:
        return entity_key(_named(rest))
    if collective(rest):
        words = [w.text for w in rest.words[:-1]]
        while len(words) > 1 and words[-1].lower in lex.FILLERS:
            words.pop()
        return subject_key(" ".join(words).removesuffix("-related"))
    for join, tail in rest.tails:
        if join in ("of", "for") and tail.counted and (key := entity_key(_named(tail))):
            return key
    return subject_key(_named(rest))


def _named(phrase: Phrase) -> str:
    """The phrase with the tails that belong to a name."""
    tail = next((f" of {t.bare}" for join, t in phrase.tails[:1] if join == "of"), "")
    return phrase.bare + tail


def possessor(phrase: Phrase) -> Key | None:
    """The one whose it is: "each employee's name"."""
    for at, word in enumerate(phrase.words):
        if word.lower.endswith(("'s", "s'")):
            owner = [w.lower for w in phrase.words[: at + 1]]
            owner[-1] = owner[-1].removesuffix("'s").removesuffix("'")
            if singular(owner[-1]) in _OWNERLESS and len(owner) < 3:
                return None
            return entity_key(" ".join(owner))
    return None


def without_possessor(phrase: Phrase) -> Phrase:
    """The phrase after the possessor."""
    for at, word in enumerate(phrase.words):
        if word.lower.endswith(("'s", "s'")) and at + 1 < len(phrase.words):
            return replace(phrase, words=phrase.words[at + 1 :])
    return phrase


def owner_of(phrases: list[Phrase]) -> tuple[Key, list[Phrase]] | None:
    """Whose attributes the list holds ("the name and address of each store"), and the list without it."""
    first, last = phrases[0], phrases[-1]
    if len(phrases) == 1 and first.first in ("a", "an"):
        return None  # "a log of changes"
    if key := possessor(first):
        return key, [without_possessor(first), *phrases[1:]]
    if (found := _cut(last)) and not (len(phrases) > 1 and all(_cut(p) for p in phrases)):
        key, rest = found
        return key, [*phrases[:-1], rest]
    return None


def by_owner(phrases: list[Phrase]) -> list[list[Phrase]]:
    """The list in parts, one for each owner: "the date of each trip and the names of the drivers"."""
    parts: list[list[Phrase]] = [[]]
    for phrase in phrases:
        own = phrase.counted and possessor(phrase)
        full = bool(parts[-1]) and (bool(parts[1:]) or parts[-1][-1].last().counted)
        if parts[-1] and (own or (full and phrase.tails and _cut(phrase))):
            parts.append([])
        parts[-1].append(phrase)
    return parts


def _cut(phrase: Phrase) -> tuple[Key, Phrase] | None:
    """The owner at the end of the phrase's tails, and the phrase without it."""
    for at, (join, tail) in enumerate(phrase.tails):
        if inner := _cut(tail):
            key, rest = inner
            tails = (*phrase.tails[:at], (join, rest))
            return key, replace(phrase, tails=tails)
        if join not in _ABOUT:
            continue
        owner = entity_key(_named(tail)) if _possesses(tail, phrase) else None
        if owner and owner[-1] not in _NO_OWNERS:
            return owner, replace(phrase, tails=phrase.tails[:at])
    return None


def _possesses(tail: Phrase, phrase: Phrase) -> bool:
    """Whether the tail owns the phrase ("names of students") and is no part of it ("number of seats")."""
    if tail.counted or tail.first in ("the", "these", "its", "individual", "this"):
        return True
    plain = phrase.head not in wc.COUNTS and singular(tail.head) not in lex.ATTRIBUTES
    return plain and is_plural(tail.head)


def house(phrases: list[Phrase]) -> bool:
    """Whether the subject is the house or its software, which have no attributes."""
    phrase = phrases[-1]
    if phrase.first in ("each", "every"):
        return False
    if phrase.head in wc.SOFTWARE:
        return True
    return phrase.head in _HOUSES and phrase.first not in ("a", "an")


def keeper(phrases: list[Phrase]) -> bool:
    """Whether the subject keeps things: the house, its software, its people."""
    if not phrases:
        return True
    if phrases[-1].first in ("each", "every"):
        return False
    if phrases[-1].head in wc.PLACES and len(phrases[-1].words) > 1:
        return thing(phrases[-1]) is None
    head = singular(phrases[-1].head)
    return house(phrases) or head in _KEEPERS
