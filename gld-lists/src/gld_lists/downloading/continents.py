"""The table of continents and their countries that the reference recipe reads.

A country on two continents appears in both, and the last one counts. Europe precedes Asia and
Oceania precedes North America, so Russia and Turkey are in Asia.
"""

from typing import NamedTuple


class Continent(NamedTuple):
    """A continent and the two-letter codes (ISO 3166) of its countries."""

    name: str
    code: str
    countries: tuple[str, ...]


def _continent(name: str, code: str, countries: str) -> Continent:
    return Continent(name, code, tuple(countries.split()))


CONTINENTS = (
    _continent(
        "Africa",
        "AF",
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG "
        "ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    ),
    _continent("Antarctica", "AN", "AQ BV GS HM TF"),
    _continent(
        "Europe",
        "EU",
        "AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IM IS "
        "IT JE KZ LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK",
    ),
    _continent(
        "Asia",
        "AS",
        "AE AF AM AZ BD BH BN BT CC CN CX CY GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB "
        "LK MM MN MO MV MY NP OM PH PK PS QA RU SA SG SY TH TJ TL TM TR TW UZ VN YE",
    ),
    _continent(
        "Oceania",
        "OC",
        "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    ),
    _continent(
        "North America",
        "NA",
        "AG AI AN AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX "
        "NI PA PM PR SV SX TC TT UM US VC VG VI",
    ),
    _continent("South America", "SA", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE"),
)
# Google's code for landmarks that belong to no country.
OTHER = "OTHER"


def country_codes() -> tuple[str, ...]:
    """Return every code that may have a file of landmarks, in order.

    ``OTHER`` comes first: the last file that names a landmark counts.
    """
    return (OTHER, *sorted({code for continent in CONTINENTS for code in continent.countries}))


def continent_table() -> str:
    """Return ``continent_codes.csv`` with the columns that the recipe reads."""
    rows = ["Continent_Name,Continent_Code,Two_Letter_Country_Code"]
    rows += [
        f"{continent.name},{continent.code},{country}"
        for continent in CONTINENTS
        for country in continent.countries
    ]
    return "\n".join(rows) + "\n"
