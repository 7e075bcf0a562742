"""The register's entries a firm may be sent to, and the places they are looked for in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from network.matching import Candidate, Match, Needs, match
from network.models import Expert
from organisations import places as statistical


@dataclass(frozen=True)
class Found:
    """An entry and why it suits."""

    expert: Expert
    why: Match


@dataclass(frozen=True)
class Nearby:
    """All entries that work where a firm is, read once; a plan asks it for each of its actions."""

    experts: Mapping[str, Expert]
    places: tuple[str, ...]
    languages: tuple[str, ...]

    def best(self, kinds: Iterable[str], capabilities: Iterable[str] = (), *, limit: int = 3) -> list[Found]:
        """The best entries of any of these kinds. For an action give its question and the question's group."""
        needs = Needs(frozenset(kinds), frozenset(capabilities))
        candidates = [candidate(expert) for expert in self.experts.values()]
        matches = match(needs, candidates, places=self.places, languages=self.languages, limit=limit)
        return [Found(self.experts[each.candidate.slug], each) for each in matches]


def nearby(*, country: str, authorities: Iterable[str], languages: Sequence[str]) -> Nearby:
    """Listed entries for firms of `country` in the local authority of that code, in one query.

    Several authorities mean that only their region is known: then the places are those that hold them all. No
    authority: the entries for the whole country alone.
    """
    codes = holding(authorities)
    rows = Expert.objects.listed().for_country(country).working_in(codes)
    return Nearby({row.slug: row for row in rows}, codes, tuple(languages))


def holding(authorities: Iterable[str]) -> tuple[str, ...]:
    """Codes of the statistical regions, largest first, that hold all these authorities; of one, its own code too."""
    chains = [_chain(code) for code in authorities]
    return tuple(code for code in chains[0] if all(code in chain for chain in chains)) if chains else ()


def _chain(authority: str) -> tuple[str, ...]:
    for scheme in ("ITL2025", "NUTS2024"):
        found = [statistical.region(authority, scheme, level) for level in (1, 2, 3)]
        if found[0]:
            return tuple(dict.fromkeys([*(region.code for region in found if region), authority]))
    return (authority,)


def candidate(expert: Expert) -> Candidate:
    return Candidate(
        slug=expert.slug,
        name=expert.name,
        kinds=frozenset(expert.kinds),
        capabilities=frozenset(expert.capabilities),
        places=frozenset(expert.places),
        languages=frozenset(expert.languages),
        availability=expert.availability,
        is_independent=expert.is_independent,
    )
