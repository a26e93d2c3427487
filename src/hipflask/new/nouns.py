"""English plurals of the nouns that people name resources by.

The library inflect is not used: it takes over a second to import, needs four packages, and answers
``datas``, ``peoples`` and ``taskss``. The command prints the plural, and ``--plural`` overrides it.
"""

import re

IRREGULAR = {
    "analysis": "analyses",
    "child": "children",
    "crisis": "crises",
    "datum": "data",
    "diagnosis": "diagnoses",
    "echo": "echoes",
    "foot": "feet",
    "half": "halves",
    "hero": "heroes",
    "hypothesis": "hypotheses",
    "knife": "knives",
    "leaf": "leaves",
    "life": "lives",
    "man": "men",
    "medium": "media",
    "mouse": "mice",
    "person": "people",
    "potato": "potatoes",
    "quiz": "quizzes",
    "shelf": "shelves",
    "thesis": "theses",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "wife": "wives",
    "wolf": "wolves",
    "woman": "women",
}
SINGULARS = {plural: singular for singular, plural in IRREGULAR.items()}
# One word for one and for many, or for an amount that nobody counts.
UNCOUNTABLE = {
    "advice",
    "aircraft",
    "equipment",
    "evidence",
    "feedback",
    "fish",
    "furniture",
    "hardware",
    "information",
    "knowledge",
    "luggage",
    "metadata",
    "money",
    "music",
    "news",
    "research",
    "series",
    "sheep",
    "software",
    "species",
    "staff",
    "traffic",
    "weather",
}


def plural_of(noun: str) -> str | None:
    """Return the plural of a noun in snake case, of which the last word changes.

    :returns: ``None`` for a word without a plural, such as ``news``.
    """
    before, separator, last = noun.rpartition("_")
    if last in UNCOUNTABLE:
        return None
    return before + separator + (IRREGULAR.get(last) or regular(last))


def singular_of(noun: str) -> str | None:
    """Return the singular if a noun looks like a plural: ``task`` for ``tasks``.

    :returns: ``None`` if it does not.
    """
    before, separator, last = noun.rpartition("_")
    if last in SINGULARS:
        return before + separator + SINGULARS[last]
    if last in UNCOUNTABLE or last in IRREGULAR:
        return None
    if last.endswith("ies") and len(last) > 4:
        return f"{before}{separator}{last[:-3]}y"
    if re.search(r"(ss|x|z|ch|sh|us)es$", last):
        return before + separator + last[:-2]
    # A bus, a class, an axis and a lens are one.
    if last.endswith("s") and not re.search(r"(ss|us|is|ens)$", last):
        return before + separator + last[:-1]
    return None


def regular(noun: str) -> str:
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return noun + ("es" if re.search(r"(s|x|z|ch|sh)$", noun) else "s")
