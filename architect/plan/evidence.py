"""What a model's draft rests on: words that the spec really says, and that say what the item does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from architect.plan.model import Policy, Quote
from architect.plan.names import singular
from architect.plan.rules.provenance import fold_space

_OPENS = re.compile(
    r"\b(?:any(?:one|body)|every(?:one|body)|public(?:ly)?|visitors?|guests?|without an account"
    r"|anonymous\w*|all users|any user|"
    r"signed[- ]in|logged[- ]in|registered|authenticated|world)\b",
    re.I,
)
_WORD = re.compile(r"[a-z0-9]+")


def verified(because: Sequence[Quote], texts: Mapping[int, str]) -> list[Quote]:
    """The quotes that stand in the chunk they name; ``texts`` is chunk index -> text, white space folded."""
    return [q for q in because if fold_space(q.quote) and fold_space(q.quote) in texts.get(q.chunk_index, "")]


def supported(policy: Policy, table: str, others: Iterable[str]) -> bool:
    """Whether its (verified) quotes carry the policy of the table of this name.

    Opening to everybody needs words that say so, and that are not about one of the ``others`` instead.
    """
    if policy.kind == "service_only":
        return True
    if policy.kind not in ("public_read", "authenticated_read"):
        return bool(policy.because)
    told = [q.quote for q in policy.because if _OPENS.search(q.quote)]
    return any(_names(quote, table) or not any(_names(quote, o) for o in others) for quote in told)


def _names(text: str, table: str) -> bool:
    """Whether ``text`` speaks of the table, in singular or plural."""
    return f" {_words(table)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(singular(word) for word in _WORD.findall(text.lower().replace("_", " ")))
