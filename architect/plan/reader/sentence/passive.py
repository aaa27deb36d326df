"""Lists of which something is done: "the name and the weight of each parcel are recorded"."""

from __future__ import annotations

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.nodes import Node, Phrase
from architect.plan.reader.grammar.phrases import Key, singular
from architect.plan.reader.sentence.items import are_things
from architect.plan.reader.sentence.told import Told
from architect.plan.reader.sentence.whose import collective, owner_of, thing

_POSSESSIVE = ("their", "its")


def passive(told: Told, at: int, node: Node) -> bool:
    """ "the department and position of each employee are recorded"."""
    after = [n for n in told.nodes[at + 1 : at + 5] if n.kind != "and"]
    if not after or after[0].kind != "be" or any(n.kind == "prep" and n.word == "with" for n in after):
        return False
    done = next((n for n in after[1:] if n.kind in ("participle", "list", "verb")), Node(""))
    seen = done.word in wc.SEEN and node.phrases[-1].last().counted
    if done.kind != "participle" or not (done.word in wc.KEPT | wc.ASSIGNED or seen):
        return False
    if len(node.phrases) == 1 and any(n.kind == "mark" for n in after):
        told.focus = thing(node.phrases[0]) or told.focus  # "the effect is recorded, including ..."
    elif found := owner_of(node.phrases):
        key, rest = found
        told.focus = told.meant(key)
        if not all(collective(p) for p in rest):
            told.has(told.focus, rest)
    elif owner := _kept_of(told, at, node.phrases):
        told.has(owner, node.phrases, event=owner == told.event)
    told.subject, told.pronoun = node.phrases, False
    return True


def _kept_of(told: Told, at: int, phrases: list[Phrase]) -> Key | None:
    """Of what a list that "is recorded" speaks."""
    context, earlier, near = told.context, told.node(at - 1), told.near(at - 1)
    if phrases[0].first in _POSSESSIVE and context.last:
        return context.last_plural or context.last
    if earlier.kind == "rel" and near and (key := thing(near)):
        return key
    if told.event:
        return told.event
    if earlier.kind == "list" and earlier.phrases[-1].counted:
        return thing(earlier.phrases[-1])
    if len(phrases) < 2 or earlier.kind not in ("", "stop") or are_things(told.items(phrases)):
        return None
    return told.local or (context.last if _plain(phrases) else None)


def _plain(phrases: list[Phrase]) -> bool:
    """Whether all are attributes without a doubt."""
    return all(singular(p.head) in lex.ATTRIBUTES for p in phrases)
