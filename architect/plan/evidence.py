"""What a model's draft rests on: words that the spec really says, and that say what the item does.

A quote is looked at in the sentence in which it stands, since "anyone" can be cut out of "not anyone". A
table is opened to everybody only by a clause that says who may read it, and by no spec that says otherwise
elsewhere. Comments, code and orders to whoever builds the database say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from architect.plan.model import Policy, Quote, Table
from architect.plan.names import singular
from architect.plan.rules.provenance import fold_space
from architect.spec.chunk import Chunk

_ANYBODY = re.compile(
    r"\b(?:any(?:one|body)|every(?:one|body)|public(?:ly)?|visitors?|guests?|without an account|anonymous\w*"
    r"|world)\b",
    re.I,
)
_SIGNED_IN = re.compile(
    r"\b(?:all users|any user|(?:all|any|every) members?|every user|signed[- ]in|logged[- ]in|registered"
    r"|authenticated|with an account)\b",
    re.I,
)
_READING = re.compile(
    r"\b(?:see|sees|seen|read|reads|readable|view|views|viewed|viewable|browse|browses|browsed|search(?:es)?|"
    r"look|looks|watch|access|accessible|visible|public|publicly|open|find|display(?:ed)?|shown?|list(?:s|ed)?|"
    r"available|share[ds]?|published)\b",
    re.I,
)
_DENYING = re.compile(
    r"\b(?:not|never|no|nobody|none|neither|nor|cannot|without(?! an account)|except|unless|hidden|forbidden"
    r")\b|n['’]t\b",
    re.I,
)
#: Words that keep a thing from most people, where they are about reading it.
_KEEPING = re.compile(
    r"\b(?:only|private|confidential|secret|nobody|no one|restricted)\b"
    r"|\b(?:not|never)\b[^.;,]{0,40}\b(?:public|visible|readable|shared|anyone|everyone|everybody|anybody)\b",
    re.I,
)
_PRIVATE = re.compile(r"\b(?:private|confidential)\b", re.I)
#: Words about who may do what.
_ACCESS = re.compile(
    r"\b(?:can|may|only|own(?:s|ed|ers?)?|theirs?|his|her|private|members?|staff|admin\w*|access\w*|allow\w*"
    r"|permi\w*|right|see|sees|seen|read|reads|view\w*|visible|browse\w*|edit\w*|manag\w*|creat\w*|writ\w*"
    r"|wrote|updat\w*|chang\w*|modif\w*|delet\w*|remov\w*|add|adds|added|post\w*|publish\w*|submit\w*|assign\w*"
    r"|upload\w*|mak(?:e|es|ing)|made|plac(?:e|es|ed)|book(?:s|ed)?|send(?:s)?|sent|control\w*|belong\w*)\b",
    re.I,
)
#: Not what the product does but what its builder shall do.
_ORDERING = re.compile(
    r"\b(?:ignore|disregard|override|bypass)\b|\b(?:system|assistant)\s*:|\busing\s*\(|\bgrant\b.*\bto\b"
    r"|\b(?:rls|row[- ]level|sql)\b|\b(?:every|all|each|any)\s+(?:\w+\s+)?(?:tables?|polic(?:y|ies))\b"
    r"|[{}<>]",
    re.I,
)
#: Rows are open only under a condition, which a filter has to say.
_CONDITION = re.compile(r"\b(?:if|when|whenever|once|after|until|as soon as|as long as|provided)\b", re.I)
_EVERYTHING = re.compile(
    r"\beverything\b|\ball (?:the )?(?:data|contents?|records|information|entries)\b", re.I
)
_IT = re.compile(r"\b(?:it|they|them|these|those)\b", re.I)
_VERB = re.compile(
    r"\b(?:can|cannot|may|must|shall|should|will|is|are|was|were|be|has|have|sees?|reads?|views?|browses?|"
    r"search(?:es)?)\b|n['’]t\b",
    re.I,
)
_WORD = re.compile(r"[a-z0-9]+")
_UNSAID = re.compile(r"<!--(?:(?!<!--).)*?-->|^(```|~~~).*?^\1", re.S | re.M)
#: A line that goes on in the next one.
_WRAPPED = re.compile(r"\n(?!\s*(?:\n|[-*+|#>]|\d+[.)]\s|\Z))")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_CLAUSE_END = re.compile(r",\s+|;\s*|\s+(?:but|and|while|whereas|though)\s+", re.I)
#: Answers of a person count more than what the spec says elsewhere.
_ANSWERS = "Answers to open questions"
_LOOSE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
#: A quote shorter than this is found in any text.
_SHORTEST = 3


class Witness:
    """The spec as that which quotes are held against."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._texts = {c.index: fold_space(c.content) for c in chunks}
        self._loose = {n: text.translate(_LOOSE).lower() for n, text in self._texts.items()}
        # Of texts that change their length when lowered no place can be carried over.
        self._loose = {
            n: t if len(t) == len(self._texts[n]) else self._texts[n] for n, t in self._loose.items()
        }
        # A draft may quote thousands of inventions: one look finds most of them out.
        self._exact, self._folded = "\n".join(self._texts.values()), "\n".join(self._loose.values())
        self._answers = {c.index for c in chunks if c.heading.endswith(_ANSWERS)}
        self._sentences = [
            (c.index, sentence)
            for c in chunks
            for part in _SENTENCE_END.split(_WRAPPED.sub(" ", _UNSAID.sub("\n\n", c.content)))
            # A question says nothing.
            if (sentence := fold_space(part)) and not sentence.endswith("?")
        ]

    @property
    def sentences(self) -> list[tuple[int, str]]:
        """(chunk index, sentence) of all that the spec says."""
        return self._sentences

    def verified(self, because: Iterable[Quote]) -> list[Quote]:
        """The quotes that the spec says, each in the spec's own letters and under the right chunk."""
        return [found for quote in because if (found := self._find(quote))]

    def supports(self, policy: Policy, table: Table, others: Iterable[str]) -> bool:
        """Whether the (verified) quotes of a policy of ``table`` carry it.

        Letting anybody in needs words about who may do what. Opening to everybody needs a clause that says so
        of this table, and not of one of the ``others``.
        """
        if policy.kind == "service_only":
            return True
        if policy.kind not in ("public_read", "authenticated_read"):
            return any(_ACCESS.search(q.quote) for q in policy.because)
        names = [table.name, *others]
        return any(
            _filtered(policy, table, clause)
            for quote in policy.because
            for clause, before in self._opening(quote, signed_in=policy.kind != "public_read")
            if _EVERYTHING.search(clause)
            or _speaks_of(clause, names)
            or (_IT.search(clause) and _speaks_of(before, names))
        )

    def against(self, policy: Policy, table: str) -> Quote | None:
        """Where the spec keeps ``table`` from most people, though ``policy`` opens it; None when nowhere."""
        if policy.kind not in ("public_read", "authenticated_read"):
            return None
        if any(q.chunk_index in self._answers for q in policy.because):
            return None
        own = [fold_space(q.quote) for q in policy.because]
        for index, sentence in self._sentences:
            if any(quote in sentence for quote in own) or not _names(sentence, table):
                continue
            for clause in _CLAUSE_END.split(sentence):
                kept = _KEEPING.search(clause) and (_READING.search(clause) or _PRIVATE.search(clause))
                if kept and not _SIGNED_IN.search(clause) and not _filters(policy, clause):
                    return Quote(chunk_index=index, quote=sentence[:500])
        return None

    def _find(self, quote: Quote) -> Quote | None:
        wanted = fold_space(quote.quote)
        loose = wanted.translate(_LOOSE).lower()
        if len(wanted) < _SHORTEST or not (wanted in self._exact or loose in self._folded):
            return None
        for index in (quote.chunk_index, *(n for n in self._texts if n != quote.chunk_index)):
            if wanted in self._texts.get(index, ""):
                return Quote(chunk_index=index, quote=wanted)
        for index in (quote.chunk_index, *(n for n in self._texts if n != quote.chunk_index)):
            at = self._loose.get(index, "").find(loose)
            if at >= 0:
                return Quote(chunk_index=index, quote=self._texts[index][at : at + len(loose)])
        return None

    def _opening(self, quote: Quote, *, signed_in: bool) -> Iterator[tuple[str, str]]:
        """The clauses of the quote's sentences that open something, each with the sentence before."""
        wanted = fold_space(quote.quote)
        before = ""
        for index, sentence in self._sentences:
            said = index == quote.chunk_index and (wanted in sentence or sentence in wanted)
            if said and not _ORDERING.search(sentence):
                yield from ((c, before) for c in _clauses(sentence) if _opens(c, wanted, signed_in))
            before = sentence


def _opens(clause: str, quote: str, signed_in: bool) -> bool:
    anybody, users = _ANYBODY.search(clause), _SIGNED_IN.search(clause)
    who = anybody or users if signed_in else None if users else anybody
    if who is None or who[0] not in quote:
        return False
    return _READING.search(clause) is not None and _DENYING.search(clause) is None


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence; parts without a verb of their own go on with the clause before, or begin
    the one after."""
    made: list[str] = []
    for part in _CLAUSE_END.split(sentence):
        if made and not (_VERB.search(part) and _VERB.search(made[-1])):
            made[-1] = f"{made[-1]}, {part}"
        else:
            made.append(part)
    return made


def _filtered(policy: Policy, table: Table, clause: str) -> bool:
    """Whether the policy opens no more rows than the clause: a condition or a state needs a filter."""
    where = getattr(policy, "where", None)
    said = f" {_words(clause)} "
    states = [v for c in table.columns for k in c.checks if k.kind == "one_of" for v in k.values]
    if where is not None and where.value in states:
        return f" {_words(str(where.value))} " in said
    if where is not None:
        return True
    return _CONDITION.search(clause) is None and not any(
        f" {_words(s)} " in said for s in states if _words(s)
    )


def _filters(policy: Policy, clause: str) -> bool:
    """Whether the clause only says which rows are open, and the policy opens no others."""
    where = getattr(policy, "where", None)
    return where is not None and str(where.value).lower() in clause.lower()


def _speaks_of(text: str, names: Sequence[str]) -> bool:
    """Whether ``text`` names the first of ``names``; its last word will do when no other is named."""
    table, *others = names
    if _names(text, table):
        return True
    head = table.rpartition("_")[2]
    return _names(text, head) and not any(_names(text, other) for other in others)


def _names(text: str, table: str) -> bool:
    """Whether ``text`` speaks of the table, in singular or plural."""
    return f" {_words(table)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(singular(word) for word in _WORD.findall(text.lower().replace("_", " ")))


__all__ = ["Witness"]
