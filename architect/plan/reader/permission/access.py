"""Access sentences: "only the seller can edit a listing", "patients see only their own appointments"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from architect.plan.model import Quote
from architect.plan.reader.permission import choices
from architect.plan.reader.permission.audience import People, Unclear, people
from architect.plan.reader.permission.claims import VERBS, Claim, claims
from architect.plan.reader.permission.targets import Target, targets
from architect.plan.reader.permission.wordings import plain
from architect.plan.reader.sentence.statements import Allows, Asks, Statement

_CONDITION = re.compile(
    r"\b(?:only (?:after|if|when|while|once|until|before|during|between)|unless|as long as|provided that"
    r"|until|once"
    r"|if|when|whenever|while|(?:after|before) (?:the|an?|it|they|he|she|their|\w+ing)|within \w+"
    r" (?:days|hours|minutes|weeks)|older than|newer than|no longer|depending on|at most|no more than|up to"
    r" (?:\d+|two|three|four|five)|whose|during)\b",
    re.I,
)
_EXCEPTION = re.compile(r"\b(?:except|apart from|excluding|with the exception of|other than)\b", re.I)
_APART = re.compile(r"[;:]\s+|,\s+but\s+(?=only|nobody|no one)")
_MODAL = re.compile(r"\s(?:can|may|cannot|can['’]t|must not|may not|(?:are|is) (?:not )?allowed to)\s", re.I)
_JOINTS = (
    re.compile(r",\s+(?:and|but|while|whereas|however|yet)\s+", re.I),
    re.compile(r"\s+(?:while|whereas|but)\s+", re.I),
    re.compile(r",\s+"),
    re.compile(r"\s+and\s+", re.I),
)
_PUBLICITY = re.compile(
    r"^(?P<object>[\w\s'’,-]{2,60}?)\s+(?:is|are|must be|should be|shall be|stay|stays|remain"
    r"|remains)\s+(?:all\s+)?"
    r"(?P<how>public|publicly (?:visible|readable|available|accessible|listed|shown|displayed)"
    r"|(?:listed|shown|displayed|visible) publicly|private|confidential|secret|internal)\b"
    r"(?P<rest>.*)$",
    re.I,
)
#: Not what the product does but what its builder shall do.
_ORDER = re.compile(
    r"\b(?:ignore|disregard|override|bypass|forget)\s+(?:all|any|the|these|this|previous|prior|above|every|your"
    r"|rules?|instructions?)\b",
    re.I,
)
_SPEAKERS = ("system", "assistant", "developer", "instructions", "prompt")
_TECHNICAL = re.compile(
    r"\b(?:rls|row[- ]level security|sql)\b|\b(?:using|with check)\s*\(|\bgrant\b.{0,80}\bto\b|[{}<>]"
    r"|\b(?:all|any|every|each)\s+(?:\w+\s+)?(?:tables?|polic(?:y|ies))\b",
    re.I,
)
_RIGHT = re.compile(
    r"\b(?:has|have|gets?|given)\s+(?:[\w-]+\s+){0,3}?(?:access|control|rights?|permissions?|ability|authority)\s+"
    r"(?:only\s+|at all\s+)?(?:to|over|of)\b",
    re.I,
)
_LEAVES_OPEN = re.compile(r"\b(?:to|or|not|unless|if|when|once|until)\b|\bby default\b", re.I)

_CONDITIONAL = "A condition on who may do this cannot be expressed as a policy; left closed: “{}”"
_EXCEPTED = "An exception to who may do this cannot be expressed as a policy; left closed: “{}”"
_WHOM = "Whom this is about cannot be told from a row; left closed: “{}”"


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a claim was made."""

    text: str
    quote: Quote

    def ask(self, question: str, options: list[str] | None = None) -> Asks:
        """``question`` about these words."""
        return Asks(self.quote, question.format(self.text[:300]), tuple(options or ()))


def is_order(text: str, label: str = "") -> bool:
    """Whether ``text`` gives orders to whoever builds the system; its paragraph says nothing about access."""
    return _ORDER.search(f"{label}: {text}") is not None or label.lower().split()[-1:] in [
        [who] for who in _SPEAKERS
    ]


def is_right(text: str) -> bool:
    """Whether what somebody "has" in ``text`` is a right and no attribute."""
    return _RIGHT.search(text) is not None


def read(text: str, quote: Quote) -> Iterator[Statement]:
    """The access sentences in ``text``. A condition opens nothing and is asked about."""
    if _TECHNICAL.search(text):
        return
    for piece in _APART.split(text):
        for clause in _clauses(piece.strip(" .!")):
            yield from _clause(clause, quote)


def _clauses(text: str) -> list[str]:
    """ "Anyone can see listings, but only the seller can edit them" as two sentences."""
    found: list[str] = []
    modals = list(_MODAL.finditer(text))
    start = 0
    for one, other in pairwise(modals):
        if one.start() < start:
            continue
        for joint in _JOINTS:
            cuts = list(joint.finditer(text, one.end(), other.start()))
            if cuts:
                found.append(text[start : cuts[-1].start()])
                start = cuts[-1].end()
                break
    return [*found, text[start:]]


def _clause(text: str, quote: Quote) -> Iterator[Statement]:
    if not text.strip():
        return
    if (found := _PUBLICITY.match(text)) and not _LEAVES_OPEN.search(found["rest"]):
        yield from _publicity(found, quote)
        return
    said = _Said(text, quote)
    told = claims(plain(text))
    if condition := _CONDITION.search(text):
        bare = text[: condition.start()].strip(" ,")
        if told := told or claims(plain(bare)):
            yield said.ask(_CONDITIONAL, choices.plainly(bare, claims(plain(bare)) or told))
        return
    for claim in told:
        if _EXCEPTION.search(claim.target):
            yield said.ask(_EXCEPTED, choices.shut(claim))
            continue
        yield from _claim(claim, said)


def _publicity(found: re.Match[str], quote: Quote) -> Iterator[Allows]:
    public = "public" in found["how"].lower()
    for target in targets(found["object"]):
        if public:
            yield _allows(quote, People("public"), ("select",), target)
        elif not target.whole:
            yield _allows(quote, People("owner", only=True), ("select",), target, own=True)


def _claim(claim: Claim, said: _Said) -> Iterator[Statement]:
    aims = targets(claim.target)
    for one in people(claim.who):
        if isinstance(one, Unclear):
            if aims:
                question = _EXCEPTED if one.why == "exception" else _WHOM
                yield said.ask(question, choices.shut(claim))
            continue
        for aim in aims:
            if aim.pronoun and one.thing and not aim.plural:
                aim = next(iter(targets(one.thing)), aim)
            yield from _statement(one, claim, aim, said)


def _statement(one: People, claim: Claim, aim: Target, said: _Said) -> Iterator[Statement]:
    only, never = claim.only or one.only, claim.never != one.never
    if aim.any_row and not (claim.never or one.never) and set(claim.commands) == {"insert", "update"}:
        # who edits and publishes any post makes none
        claim = replace(claim, commands=("update",))
    if claim.never and one.never:
        return  # "nobody cannot" says nothing
    if aim.group and one.audience in ("signed_in", "role", "public"):
        who = one.who if one.audience == "role" else (("member",),)
        one = People("members", who, aim.group)
    if aim.others and never:
        # keeps everybody to the own rows
        own = one.audience in ("signed_in", "public", "nobody") or one.who
        if own:
            yield _allows(said.quote, one, claim.commands, aim, only=True, own=True, never=True)
        return
    yield _allows(said.quote, one, claim.commands, aim, only=only, own=aim.own, never=never)


def _allows(
    quote: Quote,
    one: People,
    commands: tuple[str, ...],
    aim: Target,
    *,
    only: bool = False,
    own: bool = False,
    never: bool = False,
) -> Allows:
    audience = "owner" if own and not never and one.audience in ("signed_in", "public") else one.audience
    return Allows(
        quote, audience, commands, aim.objects, one.who, one.within, only=only or one.only, own=own,
        through=aim.through, others=aim.others, any_row=aim.any_row, whole=aim.whole, definite=one.definite,
        state=aim.state, never=never,
    )  # fmt: skip


__all__ = ["VERBS", "is_order", "is_right", "read"]
