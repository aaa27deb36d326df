"""Singular and plural of English nouns, as far as table names need them."""

from __future__ import annotations

_IRREGULAR_PAIRS = """
person:people child:children man:men woman:women foot:feet tooth:teeth goose:geese mouse:mice
ox:oxen criterion:criteria phenomenon:phenomena datum:data medium:media curriculum:curricula
bacterium:bacteria index:indexes matrix:matrices vertex:vertices appendix:appendices quiz:quizzes
bus:buses gas:gases lens:lenses alias:aliases status:statuses campus:campuses bonus:bonuses
virus:viruses census:censuses corpus:corpora canvas:canvases atlas:atlases bias:biases leaf:leaves
shelf:shelves knife:knives life:lives wife:wives half:halves calf:calves loaf:loaves wolf:wolves
thief:thieves self:selves scarf:scarves hero:heroes potato:potatoes tomato:tomatoes echo:echoes
veto:vetoes cargo:cargoes movie:movies cookie:cookies tie:ties pie:pies die:dice cache:caches
headache:headaches axis:axes house:houses warehouse:warehouses course:courses nurse:nurses
horse:horses expense:expenses licence:licences license:licenses invoice:invoices release:releases
purchase:purchases case:cases phase:phases database:databases lease:leases response:responses
exercise:exercises franchise:franchises enterprise:enterprises premise:premises size:sizes
prize:prizes use:uses cause:causes clause:clauses disease:diseases purpose:purposes dose:doses
nose:noses rose:roses base:bases vase:vases archive:archives niche:niches menu:menus piece:pieces
"""
_UNCOUNTABLE_WORDS = """
news series species equipment information feedback staff software hardware money furniture luggage
advice homework knowledge progress research traffic weather metadata sheep fish deer aircraft
offspring headquarters analytics mathematics physics economics logistics athletics politics
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_PAIRS.split())
_SINGULAR_OF = {many: one for one, many in _IRREGULAR.items()}
_UNCOUNTABLE = frozenset(_UNCOUNTABLE_WORDS.split())
#: Singular nouns that end in s.
_ENDS_IN_S = ("ss", "us", "is")


def plural(name: str) -> str:
    """``name`` with its last word in the plural: ``order_item`` -> ``order_items``. Plurals stay."""
    head, word = _split(name)
    return head + _plural(word)


def singular(name: str) -> str:
    """``name`` with its last word in the singular: ``categories`` -> ``category``. Singulars stay."""
    head, word = _split(name)
    return head + _singular(word)


def _split(name: str) -> tuple[str, str]:
    cut = max(name.rfind("_"), name.rfind(" "), name.rfind("-")) + 1
    return name[:cut], name[cut:]


def _plural(word: str) -> str:
    if not word or word in _UNCOUNTABLE or word in _SINGULAR_OF:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word != _singular(word):
        return word
    if word.endswith("is") and len(word) > 4:
        return word[:-2] + "es"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _singular(word: str) -> str:
    if word.endswith("people"):
        return word.removesuffix("people") + "person"
    if word in _UNCOUNTABLE or word in _IRREGULAR or not word.endswith("s"):
        return _SINGULAR_OF.get(word, word)
    if word in _SINGULAR_OF:
        return _SINGULAR_OF[word]
    if word.endswith(_ENDS_IN_S) or len(word) < 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("lyses", "noses", "theses", "crises")):
        return word[:-2] + "is"
    if word.endswith(("sses", "xes", "zes", "ches", "shes", "uses")):
        return word[:-2]
    return word[:-1]
