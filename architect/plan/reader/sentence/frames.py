"""What a clause says about attributes: its lists, and by the verbs and marks between them whose they are."""

from __future__ import annotations

from dataclasses import replace

from architect.plan.model import Quote
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.nodes import Node, Phrase
from architect.plan.reader.grammar.phrases import Key, is_plural, singular
from architect.plan.reader.grammar.syntax import parse
from architect.plan.reader.sentence import marks, verbs
from architect.plan.reader.sentence.items import are_things
from architect.plan.reader.sentence.noted import noted
from architect.plan.reader.sentence.passive import passive
from architect.plan.reader.sentence.statements import Context, Has, Statement
from architect.plan.reader.sentence.told import Told
from architect.plan.reader.sentence.whose import announces, collective, owner_of, thing

#: Many without an s.
_MANY = ("personnel", "staff", "people")
_OPENING = ("", "and", "stop", "sub", "list", "pronoun")


def frames(
    text: str, quote: Quote, context: Context, local: Key | None, event: Key | None
) -> list[Statement]:
    """The attributes that ``text`` lists, and the things it only speaks of."""
    told = Told(parse(text), quote, context, local, event)
    for at, node in enumerate(told.nodes):
        if node.kind == "list":
            for phrase in node.phrases:
                _parentheses(told, phrase)
            _list(told, at, node)
        elif node.kind == "pronoun" and told.before(at) in ("", "stop", "and", "sub"):
            told.subject, told.pronoun = [], node.word in ("it", "they", "these", "this")
            told.several = node.word == "they"
    if not told.said and {node.kind for node in told.nodes} <= {"list", "stop"}:
        _fragment(told)
    if not told.said and [node.kind for node in told.nodes[:2]] == ["list", "mark"]:
        context.last = thing(told.nodes[0].phrases[-1]) or context.last
    if told.subject and (is_plural(told.subject[-1].head) or told.subject[-1].head in _MANY):
        context.subjects = thing(told.subject[-1])
    return told.said


def _fragment(told: Told) -> None:
    """ "..., and each teacher's number, name and title" without a verb of its own."""
    lists = [node.phrases for node in told.nodes if node.kind == "list"]
    if len(lists) == 1 and lists[0][0].counted and (found := owner_of(lists[0])):
        told.has(found[0], found[1], least=2)


def _parentheses(told: Told, phrase: Phrase, *, announced: bool = False) -> None:
    """ "Speakers (speaker ID, email, surname)"."""
    alone = replace(phrase, tails=())
    if alone.note and (listed := noted(alone, announced=announced)):
        own = None if collective(phrase) or len(phrase.words) < 2 else thing(alone)
        key = own or thing(phrase)
        if key is None and announces(phrase):
            key = told.event or told.focus or told.local
        if key:
            told.said.append(Has(told.quote, key, listed))
    for _, tail in phrase.tails:
        _parentheses(told, tail, announced=announced or collective(phrase))


def _list(told: Told, at: int, node: Node) -> None:
    opener = told.opener(at)
    if opener.kind == "mark":
        marks.marked(told, node, opener)
    elif opener.kind == "prep":
        marks.after_preposition(told, at, node, opener)
    elif opener.kind == "verb":
        verbs.after_verb(told, at, node, opener)
    elif opener.kind == "stop" and opener.word in (":", "：") and len(node.phrases) > 1:
        near = told.near(at - 1)
        about = told.node(at - 3)
        aside = about.kind == "prep" and about.word in ("for", "about", "of", "per")
        if about.word == "per" and near and singular(near.head) in wc.SPANS:
            return
        if near and (near.counted or collective(near) or aside):
            marks.marked(told, node, opener)
    elif opener.kind == "be" and told.event and told.node(at - 2).word == "there":
        told.has(told.event, node.phrases, least=2)
    elif opener.kind == "be" and _names(told, node):
        return
    elif opener.kind == "participle" and opener.word in wc.ASSIGNED and node.phrases[1:] and told.subject:
        _given(told, node)
    elif opener.kind == "be" and told.subject and collective(told.subject[-1]):
        _are(told, at, node)
    elif passive(told, at, node):
        return
    elif node.phrases[0].first in ("this", "these") and _points_back(node.phrases):
        told.subject, told.pronoun = [], True
    elif opener.kind in _OPENING:
        told.subject, told.pronoun = node.phrases, False
        told.focus = thing(node.phrases[-1]) or told.focus


def _names(told: Told, node: Node) -> bool:
    """ "Name, ward and shift are the attributes of a nurse"."""
    last = node.phrases[-1]
    key = thing(last) if len(node.phrases) == 1 and collective(last) and last.tails else None
    if key is None or not told.subject or len(told.subject) < 2:
        return False
    told.has(key, told.subject, least=2)
    return True


def _given(told: Told, node: Node) -> None:
    """ "Each ward is given a name, a floor and a colour"."""
    key = thing(told.subject[-1]) if told.subject else None
    if key and not are_things(told.items(node.phrases)):
        told.has(key, node.phrases, least=2)


def _are(told: Told, at: int, node: Node) -> None:
    """ "The attributes of a sensor are ..."."""
    near = told.near(at - 1)
    key = thing(told.subject[-1]) if told.subject else None
    key = key or (thing(near) if near else None)
    if key:
        told.has(key, node.phrases, least=2)


def _points_back(phrases: list[Phrase]) -> bool:
    """Whether "this table" is what the sentence before spoke of."""
    bare = phrases[0].head in ("table", "entity", "entry") or collective(phrases[0])
    return len(phrases) == 1 and bare and len(phrases[0].words) == 2 and not phrases[0].tails
