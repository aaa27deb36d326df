"""Lists behind a mark or a preposition: "information of each plot, including ...", "tasks, each with ..."."""

from __future__ import annotations

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.clauses import subject_key
from architect.plan.reader.grammar.nodes import Node, Phrase
from architect.plan.reader.grammar.phrases import Key, entity_key, key_of, singular, tokens
from architect.plan.reader.sentence.items import are_things
from architect.plan.reader.sentence.owners import thing_of
from architect.plan.reader.sentence.statements import Has
from architect.plan.reader.sentence.told import Told
from architect.plan.reader.sentence.whose import announces, collective, gathered, keeper, owner_of, thing

_KEEPING = wc.KEEP | wc.MANAGE
#: Names of what goes on, less than a heading.
_COURSES = ("process", "situation", "progress", "behavior", "behaviour")
_BY = ("by", "with", "through", "via")
_EXAMPLES = ("such as", "like", "e.g", "i.e")
#: "the sign-in status of a user" is about the sign-in.
_SAID_OF = frozenset(singular(w) for w in lex.COLLECTIVE | lex.STATE_NAMES) - {"record"} | {"management"}


def marked(told: Told, node: Node, mark: Node) -> None:
    """ "information of each plot, including a and b", "projects, each containing a and b"."""
    where, phrases = told.place(mark), node.phrases
    near = told.near(where)
    near = gathered(near) if near else None
    if both := _either(told, where):
        near = both[0]
    if mark.word in _EXAMPLES and not (near and (collective(near) or told.before(where) == "verb")):
        return
    first = prefixed(told, where, phrases)
    if near and near.head in lex.STATE_NAMES and not first:
        return  # the values of a status
    key, also = _of_near(near, first) if near else (None, None)
    if near and collective(near):
        key = _teller(told, where) or key
        if key is None and near.tails:
            return
    if key and key[-1] in _COURSES and told.local:
        key = told.local  # "Loan approval: track the approval process, including ..."
    if key is None and phrases[-1].last().counted and (found := owner_of(phrases)):
        key, phrases = found  # "information such as the name and phone of each member"
    elif key is None or (near and is_member(told, where, near)):
        key = told.last_owner() or told.focus or told.event or key
    if key is None and (near is None or collective(near)):
        key = told.local
    if key is None and (found := owner_of(phrases)):
        key, phrases = found
    if are_things(told.items(phrases)) or all(collective(p) for p in phrases):
        told.mention(phrases)
    elif key:
        if both:
            told.has(both[1], phrases)
        told.has(key, phrases, least=2 if mark.word in ("covering", "tracking") else 1, also=also)


def _either(told: Told, where: int) -> tuple[Phrase, Key] | None:
    """ "the details of each nurse or porter, such as name and shift": the list is of both."""
    before = told.node(where - 1).phrases[-2:]
    if len(before) < 2 or not (collective(before[0]) and before[0].tails and before[0].last().counted):
        return None
    other = thing_of(before[1].bare) if not before[1].tails and not collective(before[1]) else None
    return (before[0], other) if other else None


def _of_near(near: Phrase, first: Key | None) -> tuple[Key | None, Key | None]:
    """The thing of which the phrase before the mark speaks, and what that belongs to."""
    key, also = thing(near), None
    if not collective(near) and near.tails and near.tails[0][1].counted and len(near.words) > 1:
        # "the exam results of each student, including ..." are results, of a student
        own = subject_key(near.bare)
        if own and key and own != key:
            key, also = own, key
        else:
            key = None if own is None else own
    if collective(near) or key is None or near.counted or near.tails:
        key = first or key
    return key, also


def prefixed(told: Told, where: int, phrases: list[Phrase]) -> Key | None:
    """The thing whose key comes first: "navigation information for each page, such as page name"."""
    named = tokens(" ".join(w.text for w in phrases[0].words if w.tag not in ("D", "Q")))
    first = list(named)
    while first and (first[-1] in lex.ID_TAILS or first[-1] in ("name", "title")):
        first.pop()
    if not first or len(first) == len(named):
        return None
    for node in told.nodes[max(0, where - 6) : where]:
        if any(_speaks_of(phrase, first) for phrase in node.phrases):
            key = key_of(first)
            return ("user",) if key == ("account",) else key
    return None


def _speaks_of(phrase: Phrase, words: list[str]) -> bool:
    """Whether ``words`` are what the phrase, or one that hangs on it, speaks of."""
    told = [singular(w) for w in tokens(phrase.bare)]
    while len(told) > len(words) and told[-1] in _SAID_OF:
        told.pop()
    return told[-len(words) :] == words or any(_speaks_of(tail, words) for _, tail in phrase.tails)


def _teller(told: Told, where: int) -> Key | None:
    """ "the sales order table records customer information, including ..." is about the table."""
    verb = next((n for n in reversed(told.nodes[max(0, where - 2) : where]) if n.kind == "verb"), None)
    if verb is None or not told.subject or told.pronoun:
        return None
    if verb.word.startswith("requir") and told.subject[-1].counted:
        return thing(told.subject[-1])  # "each trip requires usage information, including ..."
    if verb.word not in _KEEPING:
        return None
    if len(told.subject) > 1 or told.subject[-1].counted or keeper(told.subject):
        return None
    return thing(told.subject[-1])


def is_member(told: Told, where: int, near: Phrase) -> bool:
    """Whether the phrase before the mark is itself an attribute of the list that was just read."""
    if collective(near) or told.before(where) == "each":
        return False
    last = next((s for s in reversed(told.said) if isinstance(s, Has)), None)
    return last is not None and any(
        near.bare.endswith(i.text) or near.text.endswith(i.text) for i in last.items
    )


def after_preposition(told: Told, at: int, node: Node, prep: Node) -> None:
    """A list after "with", "by" or "for"."""
    earlier = told.node(at - 2)
    near = told.near(at - 1)
    if prep.word in _BY and node.phrases[0].first == "their" and near and (key := thing(near)):
        told.has(key, node.phrases, least=2)  # "tracks parts by their number, price and supplier"
    elif earlier.kind == "participle" and prep.word in _BY and earlier.word in wc.DESCRIBED:
        _described(told, node, prep, at - 2)
    elif earlier.kind == "participle" and prep.word in ("for", "of") and earlier.word in wc.KEPT:
        key = entity_key(node.phrases[-1].bare)
        if key and told.subject:
            told.has(key, told.subject)
    elif prep.word == "with" and earlier.kind == "verb" and told.subject and keeper(told.subject):
        key = thing(told.subject[-1])
        if key and earlier.word in wc.JOIN:
            told.has(key, node.phrases, least=2)
    elif prep.word == "with" and earlier.kind == "list" and announces(earlier.phrases[-1]):
        if key := told.last_owner():
            told.has(key, node.phrases)  # "and associate these data with the pool ID and the time"
    elif prep.word == "with" and earlier.word != "login":
        _along(told, at, node, earlier)


def _described(told: Told, node: Node, prep: Node, where: int) -> None:
    """ "each company is recorded with its name and address", "regions, each identified by a number"."""
    done = told.node(where)
    near = told.near(where) if told.before(where) == "each" else None
    key = thing(told.subject[-1]) if told.subject and len(told.subject) == 1 else None
    if near:
        key = thing(near)
    if key and not announces(gathered(node.phrases[-1])):
        least = 2 if prep.word == "with" else 1
        told.has(key, node.phrases, least=least, event=done.word in wc.KEPT)


def _along(told: Told, at: int, node: Node, earlier: Node) -> None:
    """ "tasks, each with a and b", "a shop with a name and an address"."""
    near = told.near(at - 1)
    key = thing(near) if near else None
    least = 1 if earlier.kind == "each" else 2
    if key and len(node.phrases) >= least and not are_things(told.items(node.phrases)):
        told.has(key, node.phrases, least=least)
