"""What stands in parentheses: attributes of the thing before them, or values, examples, units."""

from __future__ import annotations

import re

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.nodes import Phrase
from architect.plan.reader.grammar.phrases import parts, singular, tokens
from architect.plan.reader.sentence.items import items
from architect.plan.reader.sentence.statements import Item
from architect.plan.reader.sentence.whose import collective

_EXAMPLES = re.compile(r"^(?:such as|e\.?g|i\.?e|for example|like|one of|optional)\b", re.I)
_OPENING = re.compile(
    r"^(?:including|includes?|namely|with|such as|e\.g\.?,?|fields?|attributes?)\s*:?\s*", re.I
)
_TITLED = frozenset(["entity", "table", "profile", "profiles"])
_KEYLIKE = frozenset(["id", "name", "number", "email", "phone", "date", "address"])


def noted(phrase: Phrase, *, announced: bool = False) -> tuple[Item, ...]:
    """The attributes that the parentheses behind the phrase list, () when they hold something else.

    ``announced``: the phrase hangs on "information of", so that a list is to be expected.
    """
    note = phrase.note.strip()
    gathers = announced or collective(phrase) or phrase.head in _TITLED
    if len(note) < 6 or len(note) > 600 or (_EXAMPLES.match(note) and not gathers):
        return ()
    told = _OPENING.sub("", note)
    entries, listed = parts(told), items(told, least=2)
    if len(entries) == 1 and gathers and told != note:
        one = items(told)
        return one if one and singular(tokens(one[0].text)[-1]) in lex.ATTRIBUTES else ()
    if len(entries) < 2 or len(listed) * 2 <= len(entries):
        return ()
    titled = phrase.words[-1].text[:1].isupper() and sum(p.text[:1].isupper() for p in entries) >= 2
    keyed = any(tokens(item.text)[-1:] and tokens(item.text)[-1] in _KEYLIKE for item in listed)
    return listed if gathers or titled or keyed else ()
