"""What is known while a clause is read, and what it has said so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.nodes import Node, Phrase
from architect.plan.reader.grammar.phrases import Key, Part, is_plural, singular
from architect.plan.reader.sentence.items import attribute, is_doing
from architect.plan.reader.sentence.noted import noted
from architect.plan.reader.sentence.statements import FAIR, Context, Has, Item, Mentions, Statement
from architect.plan.reader.sentence.whose import collective, empty, thing

#: "the relationship between articles and tags" is no attribute.
_PAIRING = ("between", "among")
_COLON = (":", "：")
#: Prepositions after which the thing itself stands ("information about the users").
_ABOUT = ("of", "for", "about", "regarding")


@dataclass
class Told:
    """One clause: its nodes, what stands around it, what has been read of it."""

    nodes: list[Node]
    quote: Quote
    context: Context
    #: What the label or the heading names.
    local: Key | None
    #: What "for each delivery," or "when selling," names.
    event: Key | None
    said: list[Statement] = field(default_factory=list)
    #: The subject of the next verb; None before any, [] for a pronoun.
    subject: list[Phrase] | None = None
    #: Whether the subject is "it", "they", "this".
    pronoun: bool = False
    #: Whether it is "they".
    several: bool = False
    #: The thing last spoken of.
    focus: Key | None = None
    #: What the clause says is made ("users create tasks, setting a title").
    made: Key | None = None

    def node(self, at: int) -> Node:
        return self.nodes[at] if 0 <= at < len(self.nodes) else Node("")

    def before(self, at: int) -> str:
        """The kind of the node before ``at``."""
        return self.node(at - 1).kind

    def place(self, node: Node) -> int:
        """Where this very node stands; another may look the same."""
        return next(at for at, other in enumerate(self.nodes) if other is node)

    def opener(self, at: int) -> Node:
        """What stands before the list; a colon after a verb or a mark counts for nothing."""
        before, earlier = self.node(at - 1), self.node(at - 2)
        if before.kind == "stop" and before.word in _COLON and earlier.kind in ("verb", "mark"):
            return earlier
        if before.kind == "prep" and before.word == "of" and earlier.kind == "verb":
            return earlier
        return before

    def near(self, at: int) -> Phrase | None:
        """The phrase of which a mark at ``at`` speaks: the last one, or the object before "to the users"."""
        for place in range(at - 1, max(-1, at - 6), -1):
            node, before = self.nodes[place], self.node(place - 1)
            if node.kind == "stop":
                break
            if node.kind != "list":
                continue
            aside = before.kind == "prep" and before.word not in _ABOUT
            done = self.node(place - 2)
            if aside and done.kind == "participle" and done.comma and self.node(place - 3).kind == "list":
                return self.node(place - 3).phrases[-1]
            if aside and self.node(place - 2).kind == "list" and self.node(place - 3).kind == "verb":
                return self.node(place - 2).phrases[-1]
            return node.phrases[-1]
        return None

    def last_owner(self) -> Key | None:
        """Whose attributes were read last."""
        return next((s.subject for s in reversed(self.said) if isinstance(s, Has)), None)

    def items(self, phrases: list[Phrase]) -> tuple[Item, ...]:
        """The attributes among the phrases."""
        found = (attribute(Part(p.text, p.note), trusted=_is_name(p)) for p in phrases if not _nothing(p))
        return tuple(item for item in found if item)

    def has(
        self,
        key: Key,
        phrases: list[Phrase],
        *,
        least: int = 1,
        event: bool = False,
        optional: bool = False,
        also: Key | None = None,
    ) -> None:
        """Say that ``key`` has these attributes, if ``least`` of them; ``also``: what it is one of."""
        listed = self.items(phrases)
        if also:
            listed = (Item(" ".join(also)), *listed)
        if optional:
            listed = tuple(replace(item, optional=True) for item in listed)
        if len(listed) < least:
            return
        self.focus = self.meant(key)
        self.said.append(Has(self.quote, self.focus, listed, event=event))

    def meant(self, key: Key) -> Key:
        """The fuller name just spoken of: "the change" is the employee position change."""
        local = self.local
        if local and local[-1] == "record" and local[:-1] == key[:-1] and key[-1] in wc.OCCURRENCES:
            key = local
        if local and local[0].endswith("ing") and local[1:] == key:
            local = None  # "Grading papers" is no fuller name of papers
        for known in (self.focus, self.event, local):
            if known and len(known) > len(key) and known[-len(key) :] == key:
                return known
        return key

    def mention(self, phrases: list[Phrase]) -> None:
        """ "manages products, employees and orders": tables whose attributes come later, if ever."""
        for phrase in phrases[:12]:
            if singular(phrase.head) in lex.ATTRIBUTES or any(join != "of" for join, _ in phrase.tails):
                continue
            key = thing(phrase)
            if key and (is_plural(phrase.head) or collective(phrase)):
                self.said.append(Mentions(self.quote, key, FAIR))


def _is_name(phrase: Phrase) -> bool:
    """Whether the words are a name for certain: they were parsed as a noun phrase of several words."""
    several = len(phrase.words) > 1 and not phrase.tails
    return several and phrase.head not in ("relationship", "relationships") and not is_doing(phrase.bare)


def _nothing(phrase: Phrase) -> bool:
    """Whether the phrase is no attribute: a pairing, an announcement, something that is done."""
    if any(join in _PAIRING for join, _ in phrase.tails):
        return True
    if collective(phrase) and (empty(phrase) or noted(phrase)):
        return True
    return phrase.head in wc.ACTIONS and len(phrase.words) < 3
