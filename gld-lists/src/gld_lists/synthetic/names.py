"""Names of landmarks, written as Wikimedia categories, and the countries of the landmarks."""

from typing import NamedTuple
from urllib.parse import quote

import numpy as np


class Country(NamedTuple):
    """A country with the values of its row in the table of continent codes."""

    code: str
    name: str
    continent: str
    continent_code: str
    three_letters: str
    number: int


COUNTRIES = (
    Country("FR", "France, French Republic", "Europe", "EU", "FRA", 250),
    Country("JP", "Japan", "Asia", "AS", "JPN", 392),
    Country("US", "United States of America", "North America", "NA", "USA", 840),
    Country("EG", "Egypt, Arab Republic of", "Africa", "AF", "EGY", 818),
    Country("BR", "Brazil, Federative Republic of", "South America", "SA", "BRA", 76),
    Country("IT", "Italy, Italian Republic", "Europe", "EU", "ITA", 380),
    Country("IN", "India, Republic of", "Asia", "AS", "IND", 356),
    Country("AU", "Australia, Commonwealth of", "Oceania", "OC", "AUS", 36),
    Country("DE", "Germany, Federal Republic of", "Europe", "EU", "DEU", 276),
    Country("NA", "Namibia, Republic of", "Africa", "AF", "NAM", 516),
    Country("TR", "Turkey, Republic of", "Asia", "AS", "TUR", 792),
    Country("MX", "Mexico, United Mexican States", "North America", "NA", "MEX", 484),
)
# The published table lists Turkey under both of its continents, Europe first.
TURKEY_IN_EUROPE = Country("TR", "Turkey, Republic of", "Europe", "EU", "TUR", 792)

_PLACES = (
    "Auvillé",
    "Brennstadt",
    "Castelmora",
    "Dúnmore",
    "Estrela",
    "Fürstenau",
    "Göksu",
    "Hoshikawa",
    "Isola Verde",
    "Kermoor",
    "Lindås",
    "Monteforte",
    "Nordhaven",
    "Oakridge",
    "Pedra Azul",
    "Quillara",
    "Rosental",
    "Santa Inês",
    "Tamarind Bay",
    "Vieux-Pont",
)
_PATRONS = (
    "Saint Aldric",
    "St. Mary's",
    "Grand",
    "Old",
    "Royal",
    "Queen's",
    "Northern",
    "Sainte-Élise",
    "White",
    "Upper",
)


def category(kind: str, number: int, rng: np.random.Generator) -> str:
    """Make a category's name, percent-encoded with underscores; ``number`` makes it unique."""
    building = kind.replace("_", " ").title()
    patron, place = str(rng.choice(_PATRONS)), str(rng.choice(_PLACES))
    names = (
        f"{patron} {building} {number} ({place})",
        f"{patron} {building}, {place} {number}",
        f'"{patron}" {building} {number}, {place}',
        f"{building} {number} of {place}",
    )
    return quote(names[int(rng.integers(len(names)))].replace(" ", "_"), safe="_(),.'-")
