"""Which things an access sentence opens, and whose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key, entity_key, key_of, parts, tokens

_OWN = re.compile(
    r"\b(?:their|his|her|his or her|its|your|our|one's|my)\s+own\b|\bfor (?:themselves|himself|herself"
    r"|oneself"
    r"|itself)\b|\bin (?:their|his|her) own name\b"
    r"|\b(?:that|which|what)?\s*(?:they|he|she|he or she) (?:have |has |had )?(?:themselves |himself "
    r"|herself )?"
    r"(?:created|wrote|written|made|own|owns|posted|placed|uploaded|submitted|added|published|entered)\b"
    r"|\b(?:that|which)?\s*(?:belong|belongs|belonging|(?:are |is )?(?:assigned|addressed)) to (?:them"
    r"|him|her)\b"
    r"|\b(?:created|written|made|owned|posted|placed|uploaded|submitted|added|published) by"
    r" (?:themselves|himself|herself|them|him|her)\b|\bown\s+(?=\w)",
    re.I,
)
#: "of his patients": rows that belong to rows of the person.
_OF_THEIRS = re.compile(
    r"\b(?:of|for|in|on) (?:his or her|their|his|her|my|your)\s+(?:own\s+)?(?P<what>[\w-]+(?:\s[\w-]+)?)$",
    re.I,
)
_THEIRS = re.compile(
    r"^(?:only |all |all of |any of |any )?(?:their|his or her|his|her|my|your)\s+(?=\w)", re.I
)
_PERSONAL = re.compile(r"^(?:the )?personal (?:information|data|details|profile|account)\b", re.I)
_OTHERS = re.compile(
    r"\b(?:other|another)\s+[\w-]+['’]s?(?=\s)|\b(?:each other|one another|other|someone else"
    r"|somebody else|anyone else"
    r"|anybody else|another)['’]s\b|\bothers['’](?=\s)"
    r"|\b(?:of|by|from|belonging to)\s+(?:(?:any\s+)?other(?:s|\s+[\w-]+)|another\s+[\w-]+|someone else"
    r"|somebody else"
    r"|anyone else|anybody else|each other)\b"
    r"|\b(?:that|which)?\s*(?:are|is) not their own\b"
    r"|\b(?:that|which)?\s*(?:they|he|she) (?:do|does|did) not (?:own|create|write|make)\b"
    r"|\bother than their own\b|\bbut their own\b|\bnot their own\b",
    re.I,
)
#: "their organization's", "of their team": the rows of a group the people belong to.
_GROUPED = re.compile(
    r"\b(?:their|his or her|his|her|my|your"
    r"|the same)\s+(?:own\s+)?(?:[\w-]+\s+)??(?P<a>[\w-]+)['’]s?\s+(?=\w)"
    r"|\b(?:of|in|within|from)\s+(?:their|his or her|his|her|my|your|the same)\s+(?:own\s+)?(?:[\w-]+\s+)??"
    r"(?P<b>[\w-]+)$",
    re.I,
)
_ANY_ROW = re.compile(r"^(?:also\s+)?(?:all|any|every|each)\b|\bwhichever\b|\bof (?:all|every|any) ", re.I)
_WHOLE = re.compile(
    r"^(?:(?:all|any|every)(?: (?:of )?(?:the|our|their))?\s+(?:data|records?|things?|information"
    r"|content"
    r"|entities|else)|everything|anything|all|(?:the )?(?:whole|entire|full)\s+(?:system|database"
    r"|platform|data)"
    r"|the (?:system|database|platform|data))\b(?:\s+(?:in|of)\s+(?:the|this)\s+\w+)?$",
    re.I,
)
_REASON = re.compile(
    r",\s+(?:also|even|so|which|who|because|without|such as|\w+ing|and each|etc)\b"
    r"|\s+(?:including|such as|namely|without|so that|because|in order|in (?:somebody|someone|anybody"
    r"|another)\b|on behalf)",
    re.I,
)
_FRONT = re.compile(
    r"^(?:(?:only|all|any|every|each|its|their|his|her|other|others['’]|everything in|everything|just"
    r"|both|some|my|your"
    r"|the|of|another|existing)\s+)+",
    re.I,
)
_AFTER = re.compile(
    r"\s+(?:they|he|she|it|by|for|to|in|on|with|from|about|as|at|after|before|under|through|along|via|across|that"
    r"|which|containing|having|including|posted|written|submitted|uploaded)\b.*$",
    re.I,
)
_LEADING = re.compile(
    r"^(?:(?:log|sign)\s+(?:in|out|on|up)|on|about|to|against|with|in|for|under|at|by|as|from)(?:\s|$)", re.I
)
#: "add products to their cart": no product is made.
_INTO_THEIRS = re.compile(r"\s(?:to|into) (?:their|his or her|his|her|my|your)\s", re.I)
_POSSESSOR = re.compile(r"^(?:the\s+|an?\s+|each\s+)?[\w-]+['’]s?\s+(?=\w)", re.I)
_IT = ("it", "them", "they", "this", "these", "those", "one")


@dataclass(frozen=True, slots=True)
class Target:
    """What stands behind the verb."""

    objects: tuple[Key, ...] = ()
    #: Rows of the people themselves.
    own: bool = False
    #: Rows of other people.
    others: bool = False
    #: "all orders", whoever's.
    any_row: bool = False
    #: Every table there is.
    whole: bool = False
    #: What the sentences before spoke of.
    pronoun: bool = False
    #: "them", not "it".
    plural: bool = False
    #: Rows in this state only.
    state: str = ""
    #: Whose rows they are, where those are the people's own ("grades of their courses").
    through: Key | None = None
    #: The group whose rows are meant ("their organization's projects").
    group: Key | None = None


def targets(text: str) -> list[Target]:
    """What ``text`` lists, one target for each thing; [] when it lists nothing."""
    text = text.strip(" .,")
    others = _OTHERS.search(text) is not None
    group = _group(text)
    if group:
        text = _GROUPED.sub(" ", text, count=1).strip()
    own = not others and is_own(text)
    if _WHOLE.match(text):
        return [Target(whole=True)]
    if _LEADING.match(text) or _INTO_THEIRS.search(text):
        return []
    text = _OTHERS.sub(" ", text) if others else text
    any_row = not own and _ANY_ROW.search(text) is not None
    bare = _OWN.sub(" ", _REASON.split(text)[0])
    theirs = _OF_THEIRS.search(bare)
    through = entity_key(theirs["what"]) if theirs else None
    bare = _OF_THEIRS.sub(" ", bare)
    words = tokens(bare)
    if words and words[0] in _IT:
        return [Target(pronoun=True, plural=words[0] not in ("it", "this"), own=own, others=others)]
    found: list[Target] = []
    state = ""
    for part in parts(bare):
        state, key = _thing(part.text.strip(), state)
        if key:
            found.append(Target((key,), own, others, any_row, state=state, through=through, group=group))
    return found


def _group(text: str) -> Key | None:
    found = _GROUPED.search(text)
    words = tokens(found["a"] or found["b"]) if found else []
    key = key_of(words)
    return key if key and key[-1] in lex.TENANTS else None


def _thing(text: str, state: str) -> tuple[str, Key | None]:
    """The state ("active") and the thing that one member of the list names."""
    text = _AFTER.sub("", _FRONT.sub("", text))
    text = _POSSESSOR.sub("", text)
    words = tokens(text)
    if len(words) > 1 and words[0] in lex.ADJECTIVES:
        state, text = words[0], " ".join(words[1:])
    return state, loose_key(text)


def is_own(text: str) -> bool:
    """Whether ``text`` speaks of the people's own rows."""
    if _OWN.search(text) or _OF_THEIRS.search(text):
        return True
    return _THEIRS.match(text) is not None or _PERSONAL.match(text) is not None


def loose_key(text: str) -> Key | None:
    """Like :func:`entity_key`, but "opening hours" will do: the draft knows whether there is such a table."""
    words = [w for w in tokens(text) if w not in lex.DETERMINERS | lex.FILLERS]
    if not words or len(words) > 4 or any(w in lex.MODALS | lex.BE | lex.PRONOUNS for w in words):
        return None
    return entity_key(text) or key_of(words)
