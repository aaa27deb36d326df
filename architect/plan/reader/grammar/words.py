"""The words of a sentence and their closed classes; parentheses are notes of the word before them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import wordclass as wc
from architect.plan.reader.grammar.phrases import mask

#: N noun or adjective, D determiner, Q quantifier, V verb, B be, M modal, E participle, P preposition,
#: R relative word, S subordinator, O pronoun, T "to", A adverb, L mark before a list, C joiner,
#: "," a comma, ":" a colon or dash, ";" an end.
Tag = Literal["N", "D", "Q", "V", "B", "M", "E", "P", "R", "S", "O", "T", "A", "L", "C", ",", ":", ";"]

_WORD = re.compile(r"\x00\d+\x00|\w+(?:[-'’./]\w+)*['’]?|[,，、;；:：&/–—.]|(?<=\s)-(?=\s)")
#: Words that are one together.
_PAIRS: dict[tuple[str, str], tuple[Tag, str]] = {
    ("such", "as"): ("L", "such as"), ("as", "follows"): ("L", "namely"), ("as", "well"): ("C", "as well as"),
    ("along", "with"): ("C", "along with"), ("together", "with"): ("C", "together with"),
    ("for", "example"): ("L", "such as"), ("for", "instance"): ("L", "such as"),
    ("so", "on"): ("A", "etc"), ("so", "forth"): ("A", "etc"), ("or", "not"): ("A", "not"),
    ("in", "order"): ("S", "so"), ("so", "that"): ("S", "so"), ("so", "as"): ("S", "so"),
    ("such", "that"): ("S", "so"), ("rather", "than"): ("S", "so"), ("based", "on"): ("P", "by"),
    ("according", "to"): ("P", "by"), ("due", "to"): ("P", "by"), ("in", "addition"): ("A", "also"),
    ("keep", "track"): ("V", "record"), ("keeps", "track"): ("V", "records"),
    ("keeping", "track"): ("V", "recording"), ("consists", "of"): ("V", "consists"),
    ("consist", "of"): ("V", "consist"),
    ("consisting", "of"): ("L", "including"), ("composed", "of"): ("V", "consists"),
    ("made", "up"): ("V", "consists"), ("look", "up"): ("V", "view"), ("looks", "up"): ("V", "views"),
    ("by", "using"): ("P", "by"), ("up", "to"): ("Q", "up to"),
    ("fill", "in"): ("V", "fill"), ("fill", "out"): ("V", "fill"), ("fills", "in"): ("V", "fills"),
    ("log", "in"): ("V", "login"), ("logs", "in"): ("V", "login"), ("sign", "in"): ("V", "login"),
    ("sign", "up"): ("V", "register"), ("related", "to"): ("P", "about"),
}  # fmt: skip
_PRONOUNS = (lex.PRONOUNS - wc.RELATIVES - wc.SUBORDINATORS) - {"this", "these", "those", "such", "there"}
_DETERMINERS = lex.DETERMINERS - {"both", "neither", "either", "no", "that", "such"} | {"its", "their"}
_NUMBERS = frozenset(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
#: The closed classes; the first that holds a word is its own.
_CLASSES: tuple[tuple[Tag, frozenset[str]], ...] = (
    (",", frozenset([",", "，", "、"])),
    (":", frozenset([":", "：", "–", "—", "-"])),
    (";", frozenset([";", "；", "."])),
    ("C", frozenset(["and", "or", "&", "/", "plus", "and/or"])),
    ("B", lex.BE),
    ("M", lex.MODALS),
    ("T", frozenset(["to"])),
    ("D", _DETERMINERS),
    ("Q", lex.QUANTIFIERS | _NUMBERS),
    ("R", wc.RELATIVES),
    ("S", wc.SUBORDINATORS),
    ("P", wc.PREPOSITIONS | {"of"}),
    ("A", wc.ADVERBS | {"etc", "respectively"}),
    ("O", _PRONOUNS | {"it", "they", "we", "them", "there"}),
    ("L", frozenset(["namely", "e.g", "i.e", "like"])),
    ("V", frozenset(["has", "have", "having"])),
)
_CLOSED: dict[str, Tag] = {word: tag for tag, held in reversed(_CLASSES) for word in sorted(held)}


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    lower: str
    tag: Tag
    #: What the parentheses after it hold.
    note: str = ""


def words(text: str) -> list[Word]:
    """The words of ``text``; whatever is of no closed class is taken for a noun."""
    raw = _raw(unicodedata.normalize("NFKC", text))
    found: list[Word] = []
    at = 0
    while at < len(raw):
        word, note = raw[at]
        lower = word.lower().replace("’", "'")
        after = raw[at + 1][0].lower() if at + 1 < len(raw) else ""
        if pair := _PAIRS.get((lower, after)):
            width = 3 if pair[1] == "as well as" and at + 2 < len(raw) and raw[at + 2][0] == "as" else 2
            together = " ".join(w for w, _ in raw[at : at + width])
            found.append(Word(together, pair[1], pair[0], raw[at + width - 1][1]))
            at += width
            continue
        found.append(Word(word, lower, _closed(lower), note))
        at += 1
    return found


def _raw(text: str) -> list[tuple[str, str]]:
    """Words and marks, each with the text in the parentheses that follow."""
    masked, spans = mask(text)
    found: list[tuple[str, str]] = []
    for match in _WORD.finditer(masked):
        word = match.group()
        if word.startswith("\x00"):
            if found:
                last, note = found[-1]
                found[-1] = (last, f"{note} {spans[int(word.strip(chr(0)))]}".strip())
            continue
        word = word.rstrip("./") if len(word) > 1 else word
        found.append((word, ""))
    return found


def _closed(lower: str) -> Tag:
    return _CLOSED.get(lower, "N")
