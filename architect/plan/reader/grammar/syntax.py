"""A clause as a row of nodes: lists of noun phrases, the verbs between them, marks, joints."""

from __future__ import annotations

from dataclasses import replace

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.nodes import Node, Phrase, together
from architect.plan.reader.grammar.tagger import tagged
from architect.plan.reader.grammar.words import Word

#: A clause with more words than this is read up to here.
MAX_WORDS = 400
#: "the name of the owner of the house of ...": so many tails are read.
_DEEPEST = 5
#: Before "each" these join no tail: "quantities in each store".
_ASIDE = frozenset(["in", "on", "by", "from", "between", "to"])
_OF_WHAT = frozenset(["about", "for", "of", "on", "regarding"])
_KINDS = {
    "V": "verb", "B": "be", "E": "participle", "L": "mark", "P": "prep", "R": "rel", "S": "sub",
    "O": "pronoun", "C": "and", ":": "stop", ";": "stop",
}  # fmt: skip
_TELLING = wc.HAVE | wc.KEEP


def parse(text: str) -> list[Node]:
    """The nodes of ``text`` in order."""
    return _Parser(tagged(text)[:MAX_WORDS]).run()


class _Parser:
    def __init__(self, found: list[Word]) -> None:
        self.words = found
        self.at = 0
        self.nodes: list[Node] = []
        #: Whether a list from here on is an object, so that what a verb follows begins a clause.
        self.verb = False
        self.comma = False
        #: The modal before the next verb.
        self.modal = ""

    def tag(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at].tag if at < len(self.words) else ""

    def run(self) -> list[Node]:
        while self.at < len(self.words):
            word = self.words[self.at]
            if word.tag in ("N", "D", "Q"):
                if found := self.list():
                    self.add(Node("list", phrases=found))
                    self.modal = ""
                    continue
                self.add(Node("each" if word.lower in ("each", "all") else "pronoun", word.lower))
            elif word.tag == ",":
                self.comma = True
            elif word.tag == "T" and self.tag(1) in ("N", "D", "Q"):
                self.add(Node("prep", "to"))
            elif word.tag == "M" or (word.tag == "T" and not self.modal):
                self.modal = word.lower
            elif word.tag in _KINDS:
                self.single(word)
            self.at += 1
        return self.nodes

    def single(self, word: Word) -> None:
        """A node of one word; what it means for the lists that follow."""
        node = Node(_KINDS[word.tag], word.lower)
        if word.tag == "V":
            also = "also" if self.at and self.words[self.at - 1].lower == "also" else ""
            node.modal, self.modal = self.modal or also, ""
        elif word.tag == "B":
            node.modal = self.modal
        anew = self.comma or (bool(self.nodes) and self.nodes[-1].kind == "and")
        self.add(node)
        if word.tag == "P":
            self.verb = (self.verb and not anew) or len(self.nodes) == 1
        elif word.tag in ("V", "B", ":"):
            self.verb = True
        elif word.tag in ("R", "S", "O", ";"):
            self.verb = False

    def add(self, node: Node) -> None:
        self.nodes.append(replace(node, comma=self.comma))
        self.comma = False

    def list(self) -> list[Phrase]:
        """The coordination that begins here."""
        first = self.phrase()
        if first is None:
            return []
        found, starts = [first], [self.at]
        while width := self.joint():
            start = self.at
            self.at += width
            comma = any(w.tag == "," for w in self.words[start : self.at])
            phrase = self.phrase() if self.tag() in ("N", "D", "Q", "A") else None
            if phrase is None or (self.verb and self.opens(phrase)):
                self.at = start
                if phrase and not comma and len(found) > 1 and found[-1].words[0].tag == "D":
                    found.pop()  # "..., and the start and the end are recorded": both begin anew
                    self.at, self.verb = starts.pop(), False
                break
            starts.append(start)
            found.append(replace(phrase, joined=not comma and width == 1))
        return together(found)

    def joint(self) -> int:
        """How many words from here join two members of a list."""
        width = 0
        while self.tag(width) in (",", "C") or (
            width and self.tag(width) == "A" and self.words[self.at + width].lower in ("also", "both")
        ):
            width += 1
            if width > 3:
                return 0
        return width

    def opens(self, phrase: Phrase) -> bool:
        """Whether ``phrase`` is the subject of what follows instead of a member of the list before it."""
        ahead = 0
        while self.tag(ahead) in ("A", "P"):
            aside = self.tag(ahead) == "P"
            ahead += 1
            while aside and self.tag(ahead) in ("D", "Q", "N"):
                ahead += 1
        if self.tag(ahead) in ("V", "B", "M"):
            return True
        return phrase.first in ("each", "every") and self.tag(ahead) in ("P", "L")

    def phrase(self, depth: int = 0) -> Phrase | None:
        start = self.at
        while self.tag() == "A" and self.tag(1) in ("N", "D", "Q"):
            self.at += 1
        begin = self.at
        while self.tag() in ("D", "Q", "N") or (self.tag() == "A" and self.at > begin and self.tag(1) == "N"):
            if self.tag() == "D" and self.at > begin and self.words[self.at - 1].tag == "N":
                break
            self.at += 1
            note = self.words[self.at - 1].note
            if note and (self.tag() != "N" or "," in note):
                break
        core = tuple(w for w in self.words[begin : self.at] if w.tag != "A")
        if (
            not core
            or core[-1].tag in ("D",)
            or (all(w.tag in ("D", "Q") for w in core) and core[-1].lower in _BARE)
        ):
            self.at = start
            return None
        if self.tag() == "P" and self.word() in ("at", "by", "on") and self.tag(1) in (",", ";", "C", ""):
            core = (*core, self.words[self.at])
            self.at += 1
        if core[-1].lower in lex.COLLECTIVE and self.word() in wc.KEPT and self.word(1) in _OF_WHAT:
            self.at += 1  # "details stored about suppliers"
        tails = self.tails(depth)
        extra = self.modifiers(depth)
        if extra:
            core = (*core[:-1], replace(core[-1], note=f"{core[-1].note} {extra}".strip()))
        return Phrase(core, tails)

    def word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at].lower if at < len(self.words) else ""

    def tails(self, depth: int) -> tuple[tuple[str, Phrase], ...]:
        if depth >= _DEEPEST or self.tag() != "P" or self.word() not in wc.INNER:
            return ()
        if self.tag(1) not in ("N", "D", "Q") or self.word(1)[:1].isdigit():
            return ()
        start, join = self.at, self.words[self.at].lower
        told = self.word(1)
        if join == "with" or (told == "each" and join in _ASIDE):
            return ()
        if join == "by" and told in ("their", "its"):
            return ()
        self.at += 1
        tail = self.phrase(depth + 1)
        if tail is None:
            self.at = start
            return ()
        return ((join, tail),)

    def modifiers(self, depth: int) -> str:
        """Pass over "performed on the pools", "they belong to"; a range or "if known" becomes a note."""
        if depth > _DEEPEST:
            return ""
        start = self.at
        if self.word(1)[:1].isdigit() and self.word() in ("from", "between", "at", "to", "of"):
            while self.tag() in ("P", "T", "C") and self.word(1)[:1].isdigit():
                self.at += 2
        elif self.word() == "if" and self.tag(1) in ("N", "E", "O"):
            while self.at < len(self.words) and self.tag() not in (",", ";", "C"):
                self.at += 1
        elif self.tag() == "E" and self.tag(1) in ("P", "T") and self.tag(2) in ("N", "D", "Q"):
            self.at += 2
            self.phrase(depth + 1)
            return ""
        elif self.tag() == "E" and self.tag(1) in ("P", "T") and self.tag(2) in (",", "C", ";", ""):
            self.at += 2
            return ""
        elif (self.tag() == "R" and self.word() != "whose") or (
            self.tag() == "P" and self.tag(1) == "R" and self.word() not in ("for", "of")
        ):
            self.relative()
            return ""
        elif self.tag() == "O" and self.tag(1) in ("V", "B", "M", "A"):
            while self.tag() in ("O", "V", "B", "M", "A", "E", "P", "T"):
                self.at += 1
            return ""
        return " ".join(w.text for w in self.words[start : self.at])

    def relative(self) -> None:
        """Pass over "where the visit is made" unless it says what the thing has."""
        at = self.at + 1
        while at < len(self.words) and at < self.at + 14 and self.words[at].tag not in (",", ";", ":", "L"):
            if self.words[at].lower in _TELLING:
                return
            at += 1
        if at >= len(self.words) or self.words[at].tag in (",", ";"):
            self.at = at


_BARE = frozenset(["each", "all", "every", "both", "any", "some", "another", "this", "these", "those"])
