"""What a clause says about attributes: its lists, and by the verbs and marks between them whose they are."""

from __future__ import annotations

from dataclasses import replace

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader import wordclass as wc
from architect.plan.reader.clauses import subject_key
from architect.plan.reader.items import are_things, attribute
from architect.plan.reader.noted import noted
from architect.plan.reader.phrases import Key, Part, entity_key, is_plural, key_of, singular, tokens
from architect.plan.reader.statements import FAIR, Context, Has, Item, Mentions, Statement
from architect.plan.reader.syntax import Node, Phrase, parse
from architect.plan.reader.whose import announces, collective, empty, house, keeper, owner_of, thing

_EXAMPLES = ("such as", "like", "e.g", "i.e")
#: "the relationship between articles and tags" is no attribute.
_PAIRING = ("between", "among")


def frames(
    text: str, quote: Quote, context: Context, local: Key | None, event: Key | None
) -> list[Statement]:
    """The attributes that ``text`` lists, and the things it only speaks of."""
    return _Frames(parse(text), quote, context, local, event).run()


class _Frames:
    def __init__(
        self, nodes: list[Node], quote: Quote, context: Context, local: Key | None, event: Key | None
    ) -> None:
        self.nodes, self.quote, self.context = nodes, quote, context
        self.local, self.event = local, event
        self.said: list[Statement] = []
        self.subject: list[Phrase] | None = None
        self.pronoun = False
        #: The thing last spoken of in this clause.
        self.focus: Key | None = None
        #: What the clause says is made ("users create tasks, setting a title").
        self.made: Key | None = None

    def run(self) -> list[Statement]:
        for at, node in enumerate(self.nodes):
            if node.kind == "list":
                for phrase in node.phrases:
                    self.in_parentheses(phrase)
                self.list(at, node)
            elif node.kind == "pronoun" and self.before(at) in ("", "stop", "and", "sub"):
                self.subject, self.pronoun = [], node.word in ("it", "they", "these", "this")
        return self.said

    def node(self, at: int) -> Node:
        return self.nodes[at] if 0 <= at < len(self.nodes) else Node("")

    def in_parentheses(self, phrase: Phrase) -> None:
        """ "Speakers (speaker ID, email, surname)"."""
        if phrase.note and (listed := noted(phrase)):
            key = thing(phrase) or ((self.event or self.focus or self.local) if announces(phrase) else None)
            if key:
                self.said.append(Has(self.quote, key, listed))

    def place(self, node: Node) -> int:
        """Where this very node stands; another may look the same."""
        return next(at for at, other in enumerate(self.nodes) if other is node)

    def before(self, at: int) -> str:
        return self.node(at - 1).kind

    # -- which rule -------------------------------------------------------------------------------

    def list(self, at: int, node: Node) -> None:
        opener = self.opener(at)
        if opener.kind == "mark":
            self.marked(at, node, opener)
        elif opener.kind == "prep":
            self.after_preposition(at, node, opener)
        elif opener.kind == "verb":
            self.after_verb(at, node, opener)
        elif opener.kind == "stop" and opener.word in (":", "：") and len(node.phrases) > 1:
            near = self.near(at - 1)
            if near and (near.counted or collective(near)):
                self.marked(at, node, opener)
        elif opener.kind == "be" and self.subject and collective(self.subject[-1]):
            key = thing(self.subject[-1]) or ((near := self.near(at - 1)) and thing(near))
            if key:
                self.has(key, node.phrases, least=2)
        elif self.passive(at, node):
            return
        elif node.phrases[0].first in ("this", "these") and _points_back(node.phrases):
            self.subject, self.pronoun = [], True
        elif opener.kind in ("", "and", "stop", "sub", "list", "pronoun"):
            self.subject, self.pronoun = node.phrases, False
            self.focus = self.key(node.phrases[-1]) or self.focus

    def opener(self, at: int) -> Node:
        """What stands before the list; a colon after a verb or a mark counts for nothing."""
        before = self.node(at - 1)
        if (
            before.kind == "stop"
            and before.word in (":", "：")
            and self.node(at - 2).kind in ("verb", "mark")
        ):
            return self.node(at - 2)
        if before.kind == "prep" and before.word == "of" and self.node(at - 2).kind == "verb":
            return self.node(at - 2)
        return before

    def near(self, at: int) -> Phrase | None:
        """The phrase of which a mark at ``at`` speaks: the last one, or the object before "to the users"."""
        for place in range(at - 1, max(-1, at - 6), -1):
            node, before = self.nodes[place], self.node(place - 1)
            if node.kind == "stop":
                break
            if node.kind != "list":
                continue
            aside = before.kind == "prep" and before.word not in ("of", "for", "about", "regarding")
            if aside and self.node(place - 2).kind == "list" and self.node(place - 3).kind == "verb":
                return self.node(place - 2).phrases[-1]
            return node.phrases[-1]
        return None

    # -- rules ------------------------------------------------------------------------------------

    def after_verb(self, at: int, node: Node, verb: Node) -> None:
        word = verb.word
        after = [n.word for n in self.nodes[at + 1 : at + 3]]
        if word == "using" and after[:1] == ["as"]:
            if key := self.last_owner() or self.focus or self.local:
                self.has(key, node.phrases)
            return
        where = self.place(verb)
        if verb.modal == "to" and self.before(where) == "list" and self.node(where - 2).kind == "verb":
            self.subject, self.pronoun = self.nodes[where - 1].phrases, False
        if word in wc.HAVE and self.having(where, node, verb):
            return
        keeps = word in wc.KEEP | wc.MANAGE or (word in ("require", "requires", "requiring", "needs", "need"))
        if word in wc.KEEP | wc.MANAGE | wc.GIVE and word not in wc.HAVE:
            self.keeping(
                at,
                node,
                verb,
                keeps=keeps,
                manages=word in wc.KEEP or word.startswith(("manag", "administ", "handl")),
            )
            return
        self.focus = self.key(node.phrases[-1]) or self.focus
        if word in wc.MAKE and len(node.phrases) == 1:
            self.made = self.focus

    def having(self, where: int, node: Node, verb: Node) -> bool:
        """ "each X has a, b and c", "X, which also includes a and b"."""
        owners: list[Key] = []
        before = self.before(where)
        if before == "rel" or before == "each":
            near = self.near(where)
            key = (self.key(near) if near else None) or self.last_owner()
            owners = [key] if key else []
        elif self.pronoun and self.context.last:
            owners = [self.context.last]
        elif self.subject and not house(self.subject):
            told = [thing(p) for p in self.subject if not _of_a_group(p)]
            if not told:
                return False
            owners = [key for key in told if key] if all(told) else [k for k in told[-1:] if k]
            if not owners and (near := self.near(where)):
                key = thing(near) or self.prefixed(where, node.phrases)
                key = key or (self.local if announces(self.subject[-1]) else None)
                owners = [key] if key else []
        elif self.subject is None and self.local and where == 0:
            owners = [self.local]
        optional = verb.modal in ("may", "might", "can", "could")
        for key in owners:
            self.has(key, node.phrases, optional=optional)
        return bool(owners)

    def marked(self, at: int, node: Node, mark: Node) -> None:
        """ "information of each plot, including a and b", "projects, each containing a and b"."""
        where = self.place(mark)
        near = self.near(where)
        if mark.word in _EXAMPLES and not (near and (collective(near) or self.announces(where))):
            return
        key = self.key(near) if near else None
        also = None
        if near and not collective(near) and near.tails and near.tails[0][1].counted and len(near.words) > 1:
            # "the exam results of each student, including ..." are results, of a student
            own = subject_key(near.bare)
            also, key = (Item(" ".join(key)), own) if own and key and own != key else (None, key)
        if near and near.head in lex.STATE_NAMES and not self.prefixed(where, node.phrases):
            return
        if near and (collective(near) or key is None or near.counted or near.tails):
            key = self.prefixed(where, node.phrases) or key
        if near and collective(near):
            key = self.teller(where) or key
        if key is None and near and collective(near) and near.tails:
            return
        if key is None or (
            near and not collective(near) and self.before(where) != "each" and self.is_attribute_of_last(near)
        ):
            key = self.last_owner() or self.focus or self.event or key
        if key is None and (near is None or collective(near)):
            key = self.local
        phrases = node.phrases
        if key is None and (found := owner_of(phrases)):
            key, phrases = found
        if are_things(self.items(phrases)) or all(collective(p) for p in phrases):
            self.mention(phrases)
        elif key:
            self.has(key, phrases, least=2 if mark.word in ("covering", "tracking") else 1, also=also)

    def teller(self, where: int) -> Key | None:
        """ "the sales order table records customer information, including ..." is about the table."""
        verb = next((n for n in reversed(self.nodes[max(0, where - 2) : where]) if n.kind == "verb"), None)
        if verb is None or verb.word not in wc.KEEP | wc.MANAGE or not self.subject or self.pronoun:
            return None
        if len(self.subject) > 1 or self.subject[-1].counted or keeper(self.subject):
            return None
        return thing(self.subject[-1])

    def prefixed(self, where: int, phrases: list[Phrase]) -> Key | None:
        """ "navigation information for each page, such as page name" is about the page."""
        first = tokens(phrases[0].bare)
        while first and (first[-1] in lex.ID_TAILS or first[-1] in ("name", "title")):
            first.pop()
        if not first or len(first) == len(tokens(phrases[0].bare)):
            return None
        for node in self.nodes[max(0, where - 6) : where]:
            for phrase in node.phrases:
                if _named(first, phrase):
                    key = key_of(first)
                    return ("user",) if key == ("account",) else key
        return None

    def announces(self, where: int) -> bool:
        return self.before(where) == "verb"

    def is_attribute_of_last(self, near: Phrase) -> bool:
        """Whether the phrase is a member of the list that was just read."""
        last = next((s for s in reversed(self.said) if isinstance(s, Has)), None)
        return last is not None and any(
            item.text == near.bare or near.text.endswith(item.text) for item in last.items
        )

    def last_owner(self) -> Key | None:
        return next((s.subject for s in reversed(self.said) if isinstance(s, Has)), None)

    def after_preposition(self, at: int, node: Node, prep: Node) -> None:
        earlier = self.node(at - 2)
        if prep.word in ("with", "by") and earlier.kind == "participle" and earlier.word in wc.DESCRIBED:
            if self.subject and (key := thing(self.subject[-1])) and len(self.subject) == 1:
                event = earlier.word not in ("described", "identified", "defined")
                self.has(key, node.phrases, least=1 if prep.word == "by" else 2, event=event)
            return
        if prep.word == "with" and earlier.kind == "verb" and self.subject and keeper(self.subject):
            key = thing(self.subject[-1])
            if key and earlier.word.startswith(("register", "appl", "enroll", "sign")):
                self.has(key, node.phrases, least=2)
        elif prep.word == "with" and earlier.kind == "list" and announces(earlier.phrases[-1]):
            if key := self.last_owner():
                self.has(key, node.phrases)
        elif prep.word == "with":
            self.along(at, node, earlier)
        elif prep.word in ("for", "of") and earlier.kind == "participle" and earlier.word in wc.KEPT:
            key = entity_key(node.phrases[-1].bare)
            if key and self.subject:
                self.has(key, self.subject)

    def along(self, at: int, node: Node, earlier: Node) -> None:
        """ "tasks, each with a and b", "a shop with a name and an address"."""
        near = self.near(at - 1)
        key = self.key(near) if near else None
        if key is None or (len(node.phrases) < 2 and earlier.kind != "each"):
            return
        if are_things(self.items(node.phrases)):
            return
        self.has(key, node.phrases, least=1 if earlier.kind == "each" else 2)

    def keeping(self, at: int, node: Node, verb: Node, *, keeps: bool, manages: bool) -> None:
        """ "the system records ...", "users enter ...", "record ..."."""
        phrases = [_recorded(p) for p in node.phrases]
        if verb.word.startswith("regist") and phrases[0].head in ("account", "accounts"):
            self.made = ("user",)
            return
        marked = self.node(at + 1).kind == "mark" or (
            self.node(at + 1).kind == "each" and self.node(at + 2).kind in ("prep", "mark", "verb")
        )
        subject = None
        if self.subject and not keeper(self.subject) and not self.pronoun:
            subject = thing(self.subject[-1])
        if (
            phrases[0].first in ("their", "its")
            and verb.word not in wc.WATCH
            and self.possessed(phrases, subject)
        ):
            return
        found = owner_of(phrases)
        if found and not (self.event and not phrases[-1].last().counted):
            key, rest = found
            inner = self.local and self.local[: len(key)] == key != self.local and len(rest) > 1
            teller = subject or (self.local if inner else None)
            if keeps and teller and teller != key and verb.word not in wc.WATCH:
                # "Attendance records each employee's arrival", "Model runs: records the path for each model"
                self.has(teller, rest, event=True, also=Item(" ".join(key)))
                return
            self.focus = key
            if verb.word in wc.WATCH and not self.event and len(rest) < 2:
                return
            if not all(collective(p) for p in rest) and not (marked and len(rest) == 1):
                self.has(key, [p for p in rest if not announces(p)])
            return
        listed = self.items(phrases)
        things = len(phrases) > 1 and (are_things(listed) or all(collective(p) for p in phrases))
        if not things and not (
            len(phrases) == 1 and (marked or collective(phrases[0]) or self.is_thing(phrases[0]))
        ):
            owner = self.event if keeps or manages else None
            owner = owner or (self.made if verb.word in wc.KEEP and self.made else None)
            owner = owner or (subject if verb.word in wc.KEEP or verb.word.startswith("requir") else None)
            if owner is None and keeps and len(listed) > 1:
                owner = self.local
            if owner:
                self.has(owner, phrases, event=owner in (self.event, subject))
                return
        if verb.word in wc.FILL and not things and len(listed) > 1:
            filled = self.made or self.filled_by(phrases)
            if filled:
                self.has(("user",) if filled == ("account",) else filled, phrases)
                return
        self.focus = self.key(phrases[-1]) or self.focus
        if len(phrases) == 1 and verb.word in wc.GIVE:
            self.made = self.focus
        if manages:
            self.mention(phrases)

    def filled_by(self, phrases: list[Phrase]) -> Key | None:
        """The users, where they tell what people tell of themselves."""
        who = self.subject[-1].head if self.subject else ""
        told = who in ("user", "users") and any(p.head in wc.PERSONAL for p in phrases)
        return ("user",) if told else None

    def is_thing(self, phrase: Phrase) -> bool:
        return phrase.counted or collective(phrase)

    def possessed(self, phrases: list[Phrase], subject: Key | None) -> bool:
        key = self.focus if self.focus and self.focus != subject else None
        key = key or self.context.last_plural or subject or self.context.last
        if key and not are_things(self.items(phrases)):
            self.has(key, phrases)
            return True
        return False

    def passive(self, at: int, node: Node) -> bool:
        """ "the department and position of each employee are recorded"."""
        after = [n for n in self.nodes[at + 1 : at + 5] if n.kind not in ("and",)]
        if not after or after[0].kind != "be" or any(n.kind == "prep" and n.word == "with" for n in after):
            return False
        done = next((n for n in after[1:] if n.kind in ("participle", "list", "verb")), Node(""))
        if done.kind != "participle" or done.word not in wc.KEPT:
            return False
        phrases = node.phrases
        if found := owner_of(phrases):
            key, rest = found
            if not all(collective(p) for p in rest):
                self.has(key, rest)
            self.focus = key
        elif phrases[0].first in ("their", "its") and self.context.last:
            self.has(self.context.last_plural or self.context.last, phrases)
        elif self.before(at) == "rel" and (near := self.near(at - 1)) and (key := thing(near)):
            self.has(key, phrases)
        elif self.event:
            self.has(self.event, phrases, event=True)
        elif (for_each := self.node(at - 1)).kind == "list" and for_each.phrases[-1].counted:
            if key := thing(for_each.phrases[-1]):
                self.has(key, phrases)
        elif len(phrases) > 1 and self.before(at) in ("", "stop"):
            listed = self.items(phrases)
            told = self.local or (
                self.context.last if all(singular(p.head) in lex.ATTRIBUTES for p in phrases) else None
            )
            if told and not are_things(listed):
                self.has(told, phrases)
        self.subject, self.pronoun = phrases, False
        return True

    # -- what is said -----------------------------------------------------------------------------

    def key(self, phrase: Phrase) -> Key | None:
        return thing(phrase)

    def items(self, phrases: list[Phrase]) -> tuple[Item, ...]:
        found = (
            attribute(Part(p.text, p.note))
            for p in phrases
            if not any(j in _PAIRING for j, _ in p.tails)
            and not (collective(p) and (noted(p) or empty(p)))
            and not (p.head in wc.ACTIONS and len(p.words) < 3)
        )
        return tuple(item for item in found if item)

    def has(
        self,
        key: Key,
        phrases: list[Phrase],
        *,
        least: int = 1,
        event: bool = False,
        optional: bool = False,
        also: Item | None = None,
    ) -> None:
        listed = (*([also] if also else []), *self.items(phrases))
        if optional:
            listed = tuple(replace(item, optional=True) for item in listed)
        if len(listed) < least or (key[-1] in lex.WORLD and len(listed) < 1):
            return
        if (
            self.local
            and self.local[-1] == "record"
            and self.local[:-1] == key[:-1]
            and key[-1] in wc.OCCURRENCES
        ):
            key = self.local
        for known in (self.focus, self.event, self.local):
            if known and len(known) > len(key) and known[-len(key) :] == key:
                key = known  # "the change" is the "employee position change" just spoken of
                break
        self.focus = key
        self.said.append(Has(self.quote, key, listed, event=event))

    def mention(self, phrases: list[Phrase]) -> None:
        """ "manages products, employees and orders": tables whose attributes come later, if ever."""
        for phrase in phrases[:12]:
            if singular(phrase.head) in lex.ATTRIBUTES or any(join != "of" for join, _ in phrase.tails):
                continue
            key = thing(phrase)
            if key and (is_plural(phrase.head) or collective(phrase)):
                self.said.append(Mentions(self.quote, key, FAIR))


def _points_back(phrases: list[Phrase]) -> bool:
    """Whether "this table" is what the sentence before spoke of."""
    bare = phrases[0].head in ("table", "entity", "entry") or collective(phrases[0])
    return len(phrases) == 1 and bare and len(phrases[0].words) == 2 and not phrases[0].tails


def _of_a_group(phrase: Phrase) -> bool:
    """ "Members of an organization have a role" is about the membership, not about members."""
    return (
        bool(phrase.tails) and phrase.tails[0][0] == "of" and singular(phrase.tails[0][1].head) in lex.TENANTS
    )


def _named(words: list[str], phrase: Phrase) -> bool:
    """Whether ``words`` are what the phrase, or one that hangs on it, speaks of."""
    told = [singular(w) for w in tokens(phrase.bare)]
    while len(told) > len(words) and told[-1] in _SAID_OF and told[-1] != "record":
        told.pop()
    return told[-len(words) :] == words or any(_named(words, tail) for _, tail in phrase.tails)


#: "the sign-in status of a user" is about the sign-in.
_SAID_OF = frozenset(singular(w) for w in lex.COLLECTIVE | lex.STATE_NAMES)


def _recorded(phrase: Phrase) -> Phrase:
    """ "requires recording of the number, ..." begins with the number."""
    if phrase.head in ("recording", "record", "registration", "entry", "storage") and phrase.tails:
        join, tail = phrase.tails[0]
        if join == "of":
            return tail
    return phrase


__all__ = ["frames", "tokens"]
