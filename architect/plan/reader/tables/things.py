"""What a noun phrase names as a thing to keep, and which phrases name none."""

from __future__ import annotations

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key, is_plural, key_of, singular

#: Verbs that a sentence without commas leaves in front of its object ("modify positions").
_LEADS = nouns.PLAIN_VERBS | nouns.HOUSE | {"management", "record", "link", "links", "submitting", "placing"}


def thing(key: Key) -> Key | None:
    """``key`` without what is no part of the thing's name; None when nothing is left that names one."""
    words = _object(_before_adverb(_behind_system(list(key))))
    while len(words) > 1 and (words[0] in _LEADS or words[0] in lex.PARTICIPLES | nouns.DONE):
        words = words[1:]
    while len(words) > 1 and (_trails(words) or words[-1] in nouns.ADJECTIVES_ONLY):
        words = words[:-1]
    if len(words) > 1 and words[-1] in nouns.DOINGS:
        words = words[:-1]
    if len(words) > 1 and words[-1] == "member" and words[-2] in nouns.STAFF:
        words = words[:-1]
    if len(words) == 1 and words[0] in nouns.NO_NOUNS:
        return None
    if not words or words[-1] in nouns.ADJECTIVES_ONLY or _adverb(words[-1]):
        return None
    told = key_of(words)
    return None if told != key and told[-1] in lex.NEVER_ENTITIES else told


def _behind_system(words: list[str]) -> list[str]:
    """ "user storage system users" are users."""
    for at in range(len(words) - 2, -1, -1):
        if words[at] in ("system", "platform", "application"):
            return words[at + 1 :]
    return words


def _before_adverb(words: list[str]) -> list[str]:
    """ "the system comprehensively" and "the system not only" speak of the system."""
    for at, word in enumerate(words):
        if at and (_adverb(word) or word in ("not", "only", "also")):
            return words[:at] if at + 1 == len(words) or words[0] in lex.SYSTEM else words[at + 1 :]
    return words


def _adverb(word: str) -> bool:
    return len(word) > 5 and word.endswith("ly") and word not in nouns.NO_ADVERBS


def _object(words: list[str]) -> list[str]:
    """The object where a verb got between two nouns ("drivers drive buses")."""
    if len(words) > 2 and is_plural(words[0]) and words[0] not in nouns.PLURAL_LEADS:
        return words[2:]
    for at in range(len(words) - 2, 0, -1):
        word = words[at]
        if word in nouns.PLAIN_VERBS or (
            word.endswith("s") and word not in nouns.PLURAL_LEADS and singular(word) in nouns.CHOOSING
        ):
            return words[at + 1 :]
    return words


def _trails(words: list[str]) -> bool:
    """ "experts involved": a participle behind its noun says what happens to it."""
    last, before = words[-1], words[-2]
    if not last.endswith("ed") or len(last) < 5 or last in nouns.NO_PARTICIPLES:
        return False
    return is_plural(before) or last in lex.PARTICIPLES or last in ("based", "enrolled", "involved")


def house(key: Key) -> bool:
    """Whether ``key`` names the organisation that the text is written for."""
    return key[-1] in lex.WORLD and (key[-1] != "group" or len(key) == 1 or key[0] in nouns.CORPORATE)
