"""Which experts suit a need: by kind, capability, place, language and whether they take enquiries now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

CLOSED = "closed"
WAITING = "waiting"


@dataclass(frozen=True)
class Needs:
    """What help is looked for: codes of expert kinds, any of which will do, and of the capabilities it is about.

    A question is asked for with its group too (`{"PE02", "PE"}`): some entries name the group, some the question.
    """

    kinds: frozenset[str]
    capabilities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """One entry of the register. No places: the whole country; no capabilities: whatever its kinds are asked for."""

    slug: str
    name: str
    kinds: frozenset[str]
    capabilities: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    availability: str = "open"
    is_independent: bool = True


@dataclass(frozen=True)
class Match:
    """A candidate and why: the kinds and capabilities that were asked for, the place it shares, the language.

    `place` is the smallest place shared, "" for one that works in the whole country; `language` the first of those
    asked for that it works in, "" for none of them.
    """

    candidate: Candidate
    kinds: tuple[str, ...]
    capabilities: tuple[str, ...]
    place: str
    language: str

    @property
    def is_waiting(self) -> bool:
        return self.candidate.availability == WAITING


def match(
    needs: Needs,
    experts: Iterable[Candidate],
    *,
    places: Collection[str],
    languages: Sequence[str],
    limit: int = 3,
) -> list[Match]:
    """The best `limit` candidates, best first; the same whatever order `experts` come in.

    `places` are the codes of every region the firm lies in, `languages` those it wants, most wanted first. Whoever
    takes no enquiries, works elsewhere, or names capabilities none of which is asked for is left out; another
    language only ranks lower. One who sells comes after every independent one.
    """
    found = [each for each in (_judge(needs, expert, places, languages) for expert in experts) if each]
    return sorted(found, key=lambda each: _rank(each, languages))[:limit]


def _judge(needs: Needs, expert: Candidate, places: Collection[str], languages: Sequence[str]) -> Match | None:
    kinds = needs.kinds & expert.kinds
    capabilities = needs.capabilities & expert.capabilities
    shared = expert.places.intersection(places)
    off_topic = needs.capabilities and expert.capabilities and not capabilities
    elsewhere = expert.places and not shared
    if expert.availability == CLOSED or not kinds or off_topic or elsewhere:
        return None
    spoken = {_main(language) for language in expert.languages}
    return Match(
        candidate=expert,
        kinds=tuple(sorted(kinds)),
        capabilities=tuple(sorted(capabilities)),
        place=max(shared, key=lambda code: (len(code), code), default=""),
        language=next((language for language in languages if _main(language) in spoken), ""),
    )


def _rank(match: Match, languages: Sequence[str]) -> tuple[bool, bool, int, int, int, int, str, str]:
    expert = match.candidate
    return (
        not expert.is_independent,
        match.is_waiting,
        languages.index(match.language) if match.language else len(languages),
        -len(match.capabilities),
        -len(match.kinds),
        -len(match.place),
        expert.name.casefold(),
        expert.slug,
    )


def _main(language: str) -> str:
    """`en` of `en-gb`: an adviser's English is good enough anywhere."""
    return language.partition("-")[0].casefold()
