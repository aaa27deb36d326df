"""Noun phrases and what stands between them in a clause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.words import Word


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase and what hangs on it: "the name of each store" has the tail ("of", each store)."""

    words: tuple[Word, ...]
    tails: tuple[tuple[str, Phrase], ...] = ()
    #: Whether a plain "and" stands between it and the member before it.
    joined: bool = False

    @property
    def text(self) -> str:
        """The words as they stand, with their tails."""
        return " ".join((self.bare, *(f"{join} {tail.text}" for join, tail in self.tails)))

    @property
    def bare(self) -> str:
        return " ".join(w.text for w in self.words)

    @property
    def head(self) -> str:
        """The last word of the phrase itself, lower case."""
        return self.words[-1].lower

    @property
    def first(self) -> str:
        return self.words[0].lower

    @property
    def note(self) -> str:
        """What stands in parentheses behind it or its tails."""
        notes = [w.note for w in self.words if w.note]
        for _, tail in self.tails:
            notes += [tail.note] if tail.note else []
        return " ".join(notes)

    @property
    def counted(self) -> bool:
        return self.first in ("each", "every", "all", "any")

    def last(self) -> Phrase:
        """The phrase at the end of the tails, itself without any."""
        return self.tails[-1][1].last() if self.tails else self


@dataclass(slots=True)
class Node:
    """``kind``: list, verb, mark, rel (which), sub (when, so that), prep, be, and, to, pronoun."""

    kind: str
    word: str = ""
    phrases: list[Phrase] = field(default_factory=list)
    #: Words between modals and the verb ("may").
    modal: str = ""
    #: Whether a comma stood before it.
    comma: bool = False


def together(found: list[Phrase]) -> list[Phrase]:
    """Members that share a last word: "start and end time" are two, "loading and unloading fee" is one."""
    result: list[Phrase] = []
    for phrase in found:
        first = result[-1] if result else None
        own = [w for w in first.words if w.tag not in ("D", "Q")] if first else []
        if first is None or not phrase.joined or len(own) != 1 or first.tails or len(phrase.words) < 2:
            result.append(phrase)
            continue
        lead, then = first.head, phrase.first
        if (lead in lex.LEADS or "-" in lead) and phrase.head in lex.SHARED_HEADS and len(phrase.words) == 2:
            result[-1] = replace(first, words=(*first.words, phrase.words[-1]))
            result.append(phrase)
        elif lead in lex.LEADS and then in lex.LEADS:
            result[-1] = replace(first, words=(*first.words, *phrase.words[1:]))
            result.append(phrase)
        elif _shares(lead, then) or (first.counted and phrase.words[0].tag == "N"):
            both = replace(own[0], text=f"{own[0].text} and {phrase.words[0].text}")
            words = (*first.words[:-1], both, *phrase.words[1:])
            result[-1] = replace(phrase, words=words, joined=first.joined)
        else:
            result.append(phrase)
    return result


def _shares(lead: str, then: str) -> bool:
    """Whether two words side by side are of one kind and so belong to one name."""
    if lead.endswith("ing") and then.endswith("ing"):
        return True
    pairs = (("in", "out"), ("up", "down"), ("on", "off"))
    return any(lead.startswith(a) and then.startswith(b) for a, b in pairs)
