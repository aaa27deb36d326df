"""From chunks to statements: every sentence goes through each family of patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.blocks import Sentence, ends_fenced, sentences
from architect.plan.reader.grammar.clauses import subject_key
from architect.plan.reader.grammar.phrases import Key, singular, tokens
from architect.plan.reader.grammar.rewrite import predicates, rewrite
from architect.plan.reader.grammar.syntax import parse
from architect.plan.reader.grammar.wordclass import SPANS
from architect.plan.reader.permission import access, permits
from architect.plan.reader.secrets import has_secret
from architect.plan.reader.sentence import acts, attributes, lists, owners, questions, relations, states
from architect.plan.reader.sentence.items import items
from architect.plan.reader.sentence.owners import thing_of
from architect.plan.reader.sentence.statements import Allows, Context, Has, Plays, Relates, Statement
from architect.plan.reader.sentence.whose import collective, thing
from architect.spec.chunk import Chunk

_PLAYS = re.compile(
    r"^(?:the|an?|each|every)\s+(?P<role>[\w-]+(?:\s[\w-]+)?)\s+(?:must be|has to be|is always|should be"
    r"|shall be)\s+"
    r"(?:an?|one of the)\s+(?P<what>[\w-]+(?:\s[\w-]+)?)$",
    re.I,
)
#: "Listings: readable by anyone" tells of the listings.
_OF_LABEL = re.compile(
    r"^(?:only\s+)?(?:readable|visible|viewable|editable|accessible|public|private)\b", re.I
)


_ABOUT = ("about", "of", "for", "per", "regarding")


def extract(chunks: Sequence[Chunk]) -> tuple[list[Statement], Context]:
    """Everything the spec says, in its order, and what it was about."""
    context = Context(title=_title(chunks))
    found: list[Statement] = []
    fenced = False
    for chunk in chunks:
        said = sentences(chunk, fenced=fenced)
        fenced = ends_fenced(chunk, fenced)
        for _, group in groupby(said, key=_run):
            whole = list(group)
            block = [s for s in whole if not has_secret(s.quote)]
            if block:
                ordered = any(access.is_order(s.text, s.label) for s in whole)
                said_here = _block(block, context)
                found.extend(s for s in said_here if not (ordered and isinstance(s, Allows)))
    return found, context


def _title(chunks: Sequence[Chunk]) -> str:
    """The heading above all others, which names the whole and none of its things."""
    above = next((chunk.heading for chunk in chunks if chunk.heading), "")
    below = any(chunk.heading.startswith(f"{above} > ") for chunk in chunks) if above else False
    return above if below else ""


def _run(sentence: Sentence) -> tuple[str, str, str, int]:
    """Neighbouring bullets and rows belong together, sentences of prose do not."""
    alone = sentence.block if sentence.kind in ("prose", "heading") else -1
    return sentence.kind, sentence.heading, sentence.lead, alone


def _block(block: list[Sentence], context: Context) -> Iterator[Statement]:
    first = block[0]
    if first.kind == "heading":
        context.heading = heading_key(first.text) if first.text != context.title else None
        context.last = context.heading or context.last
        context.spoken = ()
        return
    if first.kind == "row":
        permitted = list(permits.rows(block))
        yield from _meant(permitted, context) if permitted else lists.rows(block, context.heading)
        return
    if first.kind == "item":
        if permitted := list(permits.bullets(block)):
            yield from _meant(permitted, context)
            return
        said = list(lists.bullets(block, context.heading, first.heading))
        if said:
            yield from said
            context.spoken = tuple(s.subject for s in said if isinstance(s, Has))[:1] or context.spoken
            yield from _meant(list(_notes(block)), context)
            return
    for sentence in block:
        yield from _sentence(sentence, context)


def _notes(block: list[Sentence]) -> Iterator[Statement]:
    for sentence in block:
        quote = _quote(sentence)
        yield from questions.read(sentence.text, quote)
        yield from access.read(sentence.text, quote)


def _sentence(sentence: Sentence, context: Context) -> Iterator[Statement]:
    quote = _quote(sentence)
    label = _label_key(sentence.label) if sentence.label else None
    if label and attributes.is_list(sentence.text) and (named := items(sentence.text, least=2)):
        context.last = label
        yield Has(quote, label, named)
        return
    whole = f"{sentence.label}: {sentence.text}" if sentence.label else sentence.text
    asked = list(questions.read(whole, quote))
    allowed = list(access.read(_with_label(sentence), quote))
    local = label or context.heading
    if asked:
        yield asked[0]
        for listed in attributes.read(sentence.text, quote, context, local):
            if isinstance(listed, Has) and len(listed.items) > 2:
                yield listed
        return
    yield from _meant(allowed, context)
    if not allowed:
        context.spoken = ()
    if allowed and access.is_right(sentence.text):
        return
    for text in predicates(rewrite(sentence.text)):
        if (plays := _PLAYS.match(text.rstrip(" ."))) and (what := subject_key(plays["what"])):
            yield Plays(quote, plays["role"].lower(), what)
        valued = list(states.read(text.rstrip(" ."), quote, context))
        yield from valued
        for has in attributes.read(states.without_values(text), quote, context, local):
            if isinstance(has, Has):
                context.spoken = (has.subject,)
            yield has
        for said in relations.read(text, quote, context):
            if isinstance(said, Relates) and said.single and not context.spoken[1:]:
                context.spoken = (said.many,)
            if isinstance(said, Relates) and context.heading:
                context.titles.setdefault(frozenset((said.one, said.many)), context.heading)
            yield said
        yield from owners.read(text, quote)
        yield from acts.read(text, quote)


def _with_label(sentence: Sentence) -> str:
    """The sentence with its label where that is part of what it says about access."""
    if sentence.label and _OF_LABEL.match(sentence.text):
        return f"{sentence.label} are {sentence.text}"
    return sentence.text


def _meant(allowed: list[Statement], context: Context) -> Iterator[Statement]:
    """Access sentences about "it" and "them" are about what was spoken of before."""
    spoken: list[Key] = []
    for said in allowed:
        if isinstance(said, Allows) and not said.whole:
            if said.objects:
                spoken.extend(key for key in said.objects if key not in spoken)
            else:
                heading = (context.heading,) if context.heading else ()
                said = replace(said, objects=tuple(spoken) or context.spoken or heading)
        yield said
    context.spoken = tuple(spoken) or context.spoken


def _label_key(label: str) -> Key | None:
    """What a label names, also as "Attributes of a contract"."""
    nodes = parse(label)
    if len(nodes) == 1 and len(nodes[0].phrases) == 1 and collective(nodes[0].phrases[0]):
        return thing(nodes[0].phrases[0])
    if len(nodes) > 1 and nodes[-2].word in _ABOUT and len(nodes[-1].phrases) == 1:
        last = nodes[-1].phrases[0]
        return None if singular(last.head) in SPANS else thing(last) or thing_of(last.bare)
    return subject_key(label)


def _quote(sentence: Sentence) -> Quote:
    return Quote(chunk_index=sentence.chunk, quote=sentence.quote or sentence.text[:400])


def heading_key(text: str) -> Key | None:
    """The thing a heading names, None for headings about rules, people and plans."""
    text = re.split(r"\s+(?:and|&|/)\s+|[:–—,]", re.sub(r"^[\d.]+\s*", "", text))[0]
    words = tokens(text)
    if not words or any(word in lex.HEADINGS_APART for word in words):
        return None
    return subject_key(text)
