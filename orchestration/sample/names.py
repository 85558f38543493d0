"""Invented names; e-mail addresses use the reserved domain `example`."""

from random import Random

_FIRST = ("Wei", "Na", "Min", "Jun", "Lei", "Yan", "Hao", "Ting", "Anna", "Ben", "Clara", "David",
          "Elena", "Felix", "Grace", "Henry", "Irene", "Jonas", "Karin", "Liam", "Maria", "Noah",
          "Olga", "Paul", "Rosa", "Samir", "Tess", "Victor", "Xin", "Zoe")
_LAST = ("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Wu", "Zhou", "Sun", "Ma", "Zhu",
         "Adams", "Brown", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hansen", "Ivanova",
         "Jensen", "Keller", "Lopez", "Moreau", "Novak", "Olsen", "Price", "Rossi", "Weber")
_STEM = ("Aurora", "Bamboo", "Cedar", "Delta", "Ember", "Fjord", "Granite", "Horizon", "Iris",
         "Jade", "Kestrel", "Lotus", "Meridian", "Nimbus", "Orchid", "Pioneer", "Quartz", "River",
         "Summit", "Tundra", "Unity", "Vertex", "Willow", "Xenon", "Yellow Crane", "Zephyr")
_TRADE = ("Logistics", "Foods", "Robotics", "Health", "Capital", "Media", "Energy", "Textiles",
          "Motors", "Software", "Retail", "Chemicals", "Education", "Optics", "Travel")
_FORM = {"CN": "Co., Ltd.", "HK": "Limited", "US": "Inc.", "CA": "Inc.", "SG": "Pte. Ltd.",
         "DE": "GmbH", "FR": "SAS", "NL": "B.V.", "IT": "S.r.l.", "ES": "S.L."}
INDUSTRY = {"Logistics": "Transportation", "Foods": "Food & Beverage", "Robotics": "Manufacturing",
            "Health": "Healthcare", "Capital": "Finance", "Media": "Media", "Energy": "Energy",
            "Textiles": "Manufacturing", "Motors": "Manufacturing", "Software": "Technology",
            "Retail": "Retail", "Chemicals": "Chemicals", "Education": "Education",
            "Optics": "Electronics", "Travel": "Hospitality"}


def person(rng: Random) -> tuple[str, str]:
    """Return a first and a last name."""
    return _FIRST[int(rng.random() * len(_FIRST))], _LAST[int(rng.random() * len(_LAST))]


def company(rng: Random, country: str) -> tuple[str, str, str]:
    """Return a company's name, its industry and its web domain without the ending."""
    stem = _STEM[int(rng.random() * len(_STEM))]
    trade = _TRADE[int(rng.random() * len(_TRADE))]
    number = int(rng.random() * 900) + 100
    domain = f"{stem}-{trade}-{number}".lower().replace(" ", "-")
    return f"{stem} {trade} {number} {_FORM[country]}", INDUSTRY[trade], domain
