"""Sentences put into the plainer form that the patterns read; the quote stays as it was."""

from __future__ import annotations

import re

from architect.plan.reader.grammar.lexicon import PREPOSITIONS

_NP = r"[\w'’-]+(?:\s(?!and\b|or\b|is\b|are\b|has\b|have\b)[\w'’-]+){0,2}"
_WHO = r"(?:an?\s+|one of (?:our|the|its)\s+|also an?\s+|themselves\s+|another\s+|the\s+|our\s+)?"
_BOTH = re.compile(
    rf"(?P<a>\b(?:an?|the|one)\s+{_NP})\s+and\s+(?P<b>(?:an?|the|one)\s+{_NP}),?\s+(?:both|all|each) of "
    rf"(?:whom|which) (?:is|are|must be)\s+"
    rf"{_WHO}(?P<what>{_NP})",
    re.I,
)
_WHO_IS = re.compile(rf"(?P<a>{_NP}),?\s+who (?:is|must be|has to be|are)\s+{_WHO}(?P<what>{_NP})", re.I)
_WHETHER = re.compile(
    r"(?P<told>\band (?:to )?(?:indicate|mark|distinguish|specify|note|show|state|record|flag)s? )?"
    r"\bwhether (?:or not )?(?:it|they|he|she|the \w+|this) (?P<be>is|are|was|has been|have been|can be"
    r"|has) (?P<what>[\w-]+)(?P<more>\s(?!or\b|and\b|set\b|in\b|by\b|at\b|on\b|for\b|when\b|as\b)\w+)?"
    r"(?:\sor (?:[\w-]+ as )?[\w-]+)?",
    re.I,
)
#: Why something is kept says nothing of what is kept.
_PURPOSE = re.compile(r"\sfor(?:\s(?!each\b|every\b)[\w-]{1,30}){1,5}?\s(?:purposes?|reasons?)\b", re.I)
#: "It must hold, for every nurse, the name"
_ASIDE = re.compile(
    r"^(?P<before>[^,;:]{2,80}), (?P<each>for (?:each|every) [\w-]+(?: [\w-]+)?), (?=(?:the|an?|its|their) )",
    re.I,
)
_WHEN_DONE = re.compile(
    r"\b(?:when|(?:the|a) (?:time|moment|date)(?: when| at which)?) (?:it|they) (?:was|were|is|are|has "
    r"been) (?P<done>\w+)",
    re.I,
)
_PREDICATE = (
    r"(?:has|have|belongs? to|references?|refers? to|consists? of|contains?|works? (?:in|at|for|on)|"
    r"reports? to|participates? in|lives? in|uses?|"
    r"(?:is|are) (?:for|about|part of|(?:issued|written|made|owned|placed|created|given|posted|managed"
    r"|led|operated|run|taught|sold|held|supplied|supervised|handled|performed|sponsored) by|"
    r"(?:linked|assigned|related|tied) to|associated with))"
)
_AGAIN = re.compile(rf"(?:,\s*(?:and\s+)?|\s+and\s+)(?={_PREDICATE}\s)", re.I)
_SUBJECT = re.compile(
    rf"^(?P<subject>(?:each|every|an?|the)\s+[\w'’-]+(?:\s[\w'’-]+){{0,3}}?|(?:[\w'’-]+\s){{0,2}}?[\w'’-]+s)\s+"
    rf"(?={_PREDICATE}\s)",
    re.I,
)


def rewrite(text: str) -> str:
    """``text`` with relative clauses about roles, times and flags made into plain nouns."""
    text = _ASIDE.sub(r"\g<each>, \g<before> ", _PURPOSE.sub("", text), count=1)
    text = _BOTH.sub(r"\g<a> (who is a \g<what>) and \g<b> (who is a \g<what>)", text)
    text = _WHO_IS.sub(r"\g<a> (who is a \g<what>)", text)
    text = _WHETHER.sub(_flag, text)
    return _WHEN_DONE.sub(r"\g<done> at", text)


def _flag(found: re.Match[str]) -> str:
    """ "and mark whether the account is active" as one more member, "and is-active"."""
    be = "has" if found["be"].lower() == "has" else "is"
    told = "and " if found["told"] else ""
    if found["what"].lower() in PREPOSITIONS:
        return f"{told}{be} {found['what']}{found['more'] or ''}"
    return f"{told}{be}-{'-'.join((found['what'] + (found['more'] or '')).split())}"


def predicates(text: str) -> list[str]:
    """ "Each X has A, belongs to B and has C" as three sentences about the X."""
    found = _SUBJECT.match(text)
    if not found:
        return [text]
    first, *others = _AGAIN.split(text[found.end() :])
    return [text[: found.end()] + first, *(f"{found['subject']} {piece}" for piece in others if piece)]
