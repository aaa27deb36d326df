"""Relations in prose: "has many", "belongs to", "many-to-many", roles and self references."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.clauses import clauses, subject_key, trailing_key
from architect.plan.reader.grammar.phrases import Key, entity_key, is_plural, tokens
from architect.plan.reader.sentence.statements import BETWEEN, FAIR, Context, Mentions, Relates, Statement

_MANY = (
    r"(?:multiple|several|many|various|numerous|one or more|zero or more|any number of|a number of|at "
    r"least one|"
    r"one or several|more than one|different|two or more|a list of|its own|up to \w+|one or multiple|lots of)"
)
_APART = (
    r"(?!(?:can|may|must|is|are|has|have|and|or|to|with|in|by|of|for|at|from|on|the|a|an|each|which"
    r"|that|who|be)\b)"
)
_NP = rf"(?:{_APART}[\w'’-]++\s++){{0,3}}?{_APART}[\w'’-]++"
_NP_LONG = rf"{_APART}[\w'’-]++(?:\s++{_APART}[\w'’-]++){{0,3}}"
_ONE = (
    r"(?:(?:only\s+|exactly\s+|at most\s+|just\s+)?(?:one|a single|an?|the|its|their|his|another|some"
    r"|specific|certain)(?:\s+(?:and only one|single|specific|unique|certain|particular"
    r"|corresponding))?\s+)"
)
_HAS_MANY = re.compile(
    rf"^(?:(?:each|every|an?|one|the|any|all|a single)\s+)?(?P<one>{_NP})\s+(?P<modal>(?:(?:can|may|might"
    rf"|must|could|will|shall|should|also|usually|be)\s+)*)"
    rf"(?P<verb>[a-z-]+(?:\s+(?:in|to|by|for|with|on|up for|of|from"
    rf"|out))?(?:\s+by)?)\s+(?:the\s+\w+\s+of\s+)?(?P<quant>{_MANY})\s+(?P<many>{_NP_LONG})",
    re.I,
)
_BELONGS = re.compile(
    rf"^(?:(?:each|every|an?|one|the|any|all|a single)\s+)?(?P<many>{_NP})\s+(?P<modal>(?:(?:can|may|might"
    rf"|must|could|will|shall|should|also|only|always|usually|needs? to|has to)\s+)*(?:be\s+|is\s+|are\s+"
    rf"|being\s+)?)"
    rf"(?:only\s+|also\s+|always\s+|directly\s+|uniquely\s+)?(?P<verb>belong(?:s|ing)? to"
    rf"|(?:participat(?:es?|ing)|work(?:s|ing)?|serv(?:es?|ing)|involved|enrolled) "
    rf"(?:in|on)(?=\s+(?:only|exactly|just|at most)\s)|(?:is\s+)?part of"
    rf"|(?:linked|associated|related|connected|tied|attached|bound|mapped) (?:to|with)|assigned to"
    rf"|assigned(?=\s+(?:an?|one|the)\b)|allocated to|"
    rf"references?|refer(?:s)? to|points? to|(?:owned|created|written|placed|made|posted|published"
    rf"|submitted|taught|managed|supervised|led|run|handled|performed|issued|"
    rf"sold|offered|hosted|held|supplied|provided|sent|reported|booked|organi[sz]ed|approved|signed"
    rf"|responsible|uploaded|filed|requested|conducted|paid|delivered|produced|carried out|reserved|rented) "
    rf"by|"
    rf"corresponds? to|works? (?:in|for|at)|located (?:in|at)|lives? in|stored in|placed in|is for|is about"
    rf"|is on|made for|reports? to|affiliated with|employed by|grouped (?:in|under)|contained in|registered "
    rf"(?:in|at|with)|"
    rf"has|have|having|requires?|falls under)\s+"
    rf"(?P<how>{_ONE}|{_MANY}\s+)(?P<one>{_NP_LONG})",
    re.I,
)
_MANY_TO_MANY = re.compile(
    r"many[- ]to[- ]many\b.{0,40}?\b(?:between|among|of|from)\s+(?P<a>[\w\s'’-]{2,40}?)\s+(?:and"
    r"|to)\s+(?P<b>[\w'’-]+(?:\s[\w'’-]+){0,2})",
    re.I,
)
_PAIRS = re.compile(r"(?P<a>[A-Z][\w-]+(?: [\w-]+)?) and (?P<b>[A-Z][\w-]+(?: [\w-]+)?)(?=,|\.|$| and )")
_ONE_TO_MANY = re.compile(
    r"one[- ]to[- ]many\b.{0,40}?\b(?:between|from)\s+(?:the\s+)?(?P<a>[\w\s'’-]{2,40}?)\s+(?:and"
    r"|to)\s+(?:the\s+)?(?P<b>[\w'’-]+(?:\s[\w'’-]+){0,2})",
    re.I,
)
_BETWEEN = re.compile(
    r"(?:relationships?|associations?|correspondence|links?) between "
    r"(?:(?:the|each|every|an?)\s+)?(?P<a>[\w'’-]+(?:\s[\w'’-]+){0,2}?) and "
    r"(?:(?:the|each|every|an?|its|their)\s+)?(?P<b>[\w'’-]+(?:\s[\w'’-]+){0,1})",
    re.I,
)
_OWN_BY_WORLD = re.compile(
    rf"\b(?:manages?|has|have|owns?|employs?|operates?|runs?|undertakes?|sells?|offers?|provides?|includes?"
    rf"|contains?|hires?|conducts?|organi[sz]es?|there (?:are|is)|with|of|holds?|uses?"
    rf"|produces?)\s+{_MANY}\s+(?P<what>{_NP_LONG})",
    re.I,
)
_ONTO = re.compile(
    rf"\b(?:place|make|leave|post|write|submit|send|add|raise|file|request|publish)s?\s+(?:an?\s+|the\s+"
    rf"|multiple\s+|several\s+|many\s+|new\s+)?"
    rf"(?P<many>{_NP})\s+(?:on|about|for|to|against|under|in)\s+(?:an?\s+|the\s+|each\s+|any\s+"
    rf"|other\s+)?(?P<one>{_NP_LONG})",
    re.I,
)
_AUTHORS = re.compile(
    rf"^(?:(?:all|registered|the|each|every|an?|any)\s+)*(?P<who>[\w-]+)\s+(?:can|may|shall be able to|are "
    rf"able to|could|will be able to)\s+(?:also\s+)?"
    rf"(?:publish|post|create|write|upload|submit|place|make|send|leave|open|file|raise|book"
    rf"|request)\s+(?:an?\s+|new\s+|their\s+own\s+|multiple\s+|several\s+)*(?P<what>{_NP_LONG})",
    re.I,
)
#: "each employee can supervise other employees", "a comment may reply to another comment"
_SELF = re.compile(
    rf"\b(?:each|every|an?|the)\s+(?P<a>{_NP})\s+(?:(?:can|may|might|could|must)\s+)?(?P<verb>supervis|manag|repl(?:y|ies)"
    rf"|lead)\w*\s+(?:to\s+)?(?:other|another)\s+(?P<b>{_NP_LONG})",
    re.I,
)
_ABOVE = {"supervis": "supervisor", "manag": "manager", "lead": "leader"}


def read(text: str, quote: Quote, context: Context) -> Iterator[Statement]:
    """What ``text`` says about relations."""
    yield from _named_kinds(text, quote)
    for clause in clauses(text):
        pieces = [clause.text, *_coordinated(clause.text)]
        for number, piece in enumerate(pieces):
            yield from _piece(piece, quote, context, first=number == 0)
        for found in _ONTO.finditer(clause.text):
            one, many = entity_key(_until(found["one"])), entity_key(found["many"])
            if one and many and one != many:
                yield Relates(quote, one, many, "on")
        for found in _BETWEEN.finditer(clause.text):
            one, many = entity_key(found["a"]), entity_key(_until(found["b"]))
            if one and many and one != many:
                yield Relates(quote, one, many, BETWEEN)
        for found in _SELF.finditer(clause.text):
            one, many = entity_key(found["a"]), entity_key(_until(found["b"]))
            if one and one == many:
                role = _ABOVE.get(found["verb"].lower(), "parent")
                yield Relates(quote, one, one, found["verb"].lower(), role=role, optional=True)
        if authors := _AUTHORS.match(clause.text):
            who, what = subject_key(authors["who"]), entity_key(_until(authors["what"]))
            if who and what and (who == ("user",) or who[-1] in lex.PERSON_ROLES):
                yield Relates(quote, who, what, "make")
        for found in _OWN_BY_WORLD.finditer(clause.text):
            key = entity_key(found["what"])
            if key:
                context.last_plural = key
                yield Mentions(quote, key, FAIR)


def _coordinated(text: str) -> list[str]:
    """ "..., and one sales representative can ..." after a comma or a plain "and"."""
    found = re.split(
        r",\s+(?:and|but|while|where)?\s*(?=(?:a|an|one|the)\s+\w+)|\bensur\w+\s+(?:that\s+)?(?=(?:each|every)\s)"
        r"|\band\s+(?=(?:a|an|one"
        r"|the)\s+\w+(?:\s\w+)?\s+(?:can|may|is|has))",
        text,
    )
    return [piece.strip() for piece in found[1:] if piece and piece.strip()]


def _piece(text: str, quote: Quote, context: Context, *, first: bool) -> Iterator[Statement]:
    if found := _HAS_MANY.match(text):
        yield from _has_many(found, quote, context)
    if found := _BELONGS.match(text):
        yield from _belongs(found, quote, context)
    elif first and (
        anaphor := re.match(
            rf"^each\s+(?:of which\s+)?(?:has|having|containing|with|employing|(?P<by>\w+ed by|involving)"
            rf"|including|contains)\s+{_MANY}\s+(?P<many>{_NP_LONG})",
            text,
            re.I,
        )
    ):
        one, many = context.last_plural, entity_key(anaphor["many"])
        if one and many:
            yield Relates(quote, one, many, "involve" if anaphor["by"] else "has")
    for found in re.finditer(
        rf"(?P<one>(?:[\w-]+\s){{1,4}}?),?\s+(?:each of which (?:has|have|contains?|includes?)|each "
        rf"(?:having|with|containing|(?P<by>\w+ed by|involving)|employing|contains?)|which (?:has|have"
        rf"|contains?))\s+{_MANY}\s+(?P<many>{_NP_LONG})",
        text,
        re.I,
    ):
        one, many = trailing_key(found["one"]), entity_key(found["many"])
        if one and many:
            yield Relates(quote, one, many, "involve" if found["by"] else "has")


def _has_many(found: re.Match[str], quote: Quote, context: Context) -> Iterator[Statement]:
    one = _subject(found, "one", context)
    many = entity_key(_until(found["many"]))
    verb = found["verb"].lower()
    if many is None or verb.split()[0] in lex.PREPOSITIONS | lex.BE | lex.MODALS:
        return
    context.last_plural = many
    if one and one[-1] in lex.IMPERATIVES and found.string.lower().startswith(one):
        one = None
    if one and one != many and one[-1] not in lex.SYSTEM - lex.TENANTS:
        yield Relates(quote, one, many, verb)
    else:
        yield Mentions(quote, many, FAIR)


def _belongs(found: re.Match[str], quote: Quote, context: Context) -> Iterator[Statement]:
    how = found["how"].strip().lower()
    verb = found["verb"].lower()
    many, one = _subject(found, "many", context), entity_key(_until(found["one"]))
    if many is None or one is None:
        return
    plural = re.fullmatch(_MANY, how, re.I) is not None
    if verb in ("has", "have", "having", "requires", "require"):
        # "has one manager" is an attribute as well; only "exactly one" and "only one" settle a direction
        if not re.search(r"only|exactly|at most|single", how):
            return
        yield Relates(quote, one, many, "has", single=True)
        return
    if plural:
        yield Relates(quote, many, one, verb, both="belong" in verb)
        return
    more = re.match(rf"\s+and\s+{_ONE}(?P<also>{_NP_LONG})", found.string[found.end() :], re.I)
    if more and (also := entity_key(_until(more["also"]))):
        yield Relates(quote, also, many, verb)
    optional = bool(re.search(r"\b(?:may|can|might|could)\b", found["modal"], re.I))
    yield Relates(
        quote,
        one,
        many,
        verb,
        single=bool(re.search(r"only|exactly|single", how)) or "belong" in verb,
        optional=optional,
    )


def _subject(found: re.Match[str], group: str, context: Context) -> Key | None:
    counted = re.match(r"(?:each|every)\s", found.string, re.I)
    text = f"{'each ' if counted else ''}{found[group]}"
    words = tokens(text)
    if words and words[-1] in ("it", "they"):
        return context.last
    return subject_key(text) if words else None


def _until(text: str) -> str:
    """A noun phrase cut before the first word that cannot belong to it."""
    kept: list[str] = []
    for word in text.split():
        lowered = word.lower().strip("'’,.")
        if lowered.endswith(("ing", "ed")) and kept and is_plural(kept[-1].lower()):
            break
        if lowered in lex.VERBS | lex.MODALS | lex.PREPOSITIONS | lex.PRONOUNS | lex.BE:
            break
        kept.append(word)
    return " ".join(kept)


def _named_kinds(text: str, quote: Quote) -> Iterator[Statement]:
    for found in _MANY_TO_MANY.finditer(text):
        rest = text[found.start() :]
        pairs = [(p["a"], p["b"]) for p in _PAIRS.finditer(rest)] or [(found["a"], found["b"])]
        for left, right in pairs:
            a, b = entity_key(left), entity_key(_until(right))
            if a and b:
                yield Relates(quote, a, b, "many-to-many", both=True)
    for found in _ONE_TO_MANY.finditer(text):
        a, b = entity_key(found["a"]), entity_key(_until(found["b"]))
        if a and b:
            yield Relates(quote, a, b, "one-to-many", single=True)
