"""Write tests/detection/data/contacts.jsonl: contacts and ids said aloud or written, in many forms, all invented.

    python tools/make_contact_cases.py

Each line: {"text", "previous", "spans": [[start, end, type]]}. Domains end in reserved or invented names; phone numbers
are from ranges kept for fiction where a country has one.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

OUT = Path(__file__).parent.parent / "tests" / "detection" / "data" / "contacts.jsonl"

EMAIL = """
tova dot lindqvist at marrowbeck dot org
t lindqvist at marrowbeck dot org
tova underscore l at marrowbeck dot co dot uk
tova dash lindqvist at marrow dash beck dot com
tova l seven seven at marrowbeck dot net
tovalindqvist at marrowbeck dot e d u
t o v a at marrowbeck dot io
tova at sign marrowbeck dot org
tova dot lindqvist at student dot farrow dot edu
tova period lindqvist at marrowbeck period com
obi nwachukwu at clay field dot africa
info at hill side school dot ca
obi dot n at c l a y dot fr
j k rowe at tarn dot ai
first name tova dot last name lindqvist at marrowbeck dot com
tova.lindqvist@marrowbeck.org
TLindqvist@Marrowbeck.ORG
tova+study@marrowbeck.co.uk
obi_n@clay-field.africa
obi at claymail dot com
miss dot okoro at saint brigids dot sch dot uk
h k two thousand at fernmail dot de
kwame underscore one at fernmail dot de
contact at the-fern dot is
mei dot ling dot ho at pearl dot hk
""".strip().splitlines()
URL = """
marrowbeck dot org
marrowbeck dot org slash team
github dot com slash tovalind
github dot com forward slash obi dash n
linkedin dot com slash in slash tova lindqvist
talk fern dot fm slash courses
w w w dot marrowbeck dot com
https://marrowbeck.org/people/tova
www.clay-field.africa
marrowbeck.org
docs.marrowbeck.io/start
hill side school dot ca
obi dot dev
tova lindqvist dot com
fern dot is
clay field dot co dot za
""".strip().splitlines()
HANDLE = """
@tova_lind
@obi.n99
tova underscore lind
at tova underscore lind
obi underscore n underscore two
miss okoro underscore teaches
k underscore rowe
kwame underscore one one
#proj-marrowbeck-help
#team-clay
""".strip().splitlines()
PHONE = """
four one five, five five five, oh one three two
four one five five five five zero one three two
four one five, triple five, oh one three two
oh seven seven double oh, nine hundred, four six one
oh seven seven double oh nine oh oh four six one
plus four four, seven seven double oh, nine double oh, one two six
plus four nine, one seven six, five five five, oh two eight, double one
zero eight three, five five five, oh one four two
one eight hundred five five five oh one nine nine
five five five, oh one seven three
nine one, nine eight seven six five, four three two one oh
two one two, five five five, zero one four seven
two one two dash five five five dash oh one four seven
(415) 555-0132
415-555-0132
+1 415 555 0132
07700 900461
+44 7700 900461
+49 30 5550182
020 7946 0018
555-0173
+234 803 555 0142
+91 98765 43210
(02) 5550 1234
twenty two, forty five, fifty one, oh nine
six one seven, five five five, ten eighty four
""".strip().splitlines()
ID = """
seven seven three one four
zero zero five two three one eight
four eight one five one six two three
k w four oh two one three
f z four one nine two zero eight
eight x r t four oh two
b as in bravo seven nine two two
six one four double two nine oh seven
a b one two c d e
KW-40213
61422907
AB12 CDE
DE-99-4021
S-2048871
nine nine oh two one one
two two oh four seven eight one
""".strip().splitlines()
ADDRESS = """
14 Harrow Lane
221 East Mill Street
9 Old Quarry Road
1180 Fernwood Avenue
""".strip().splitlines()
BIRTH = """
the twelfth of March nineteen eighty one
March 12th, 1981
12 March 1981
12/03/1981
october the fourth two thousand and two
""".strip().splitlines()
CARRIERS = {
    "EMAIL": """
you can write me at {}
my email is {} if you have questions
It's {}, all one word.
so that would be {}
Send it to {}, please.
yeah sure {}
the address is {} i check it at night
Well, {} is the school one.
""".strip().splitlines(),
    "URL": """
go to {} and look
It's all on {}.
the site is {} i made it
You'll find it at {}, under people.
my page is {}
just check {} for the slides
""".strip().splitlines(),
    "HANDLE": """
my handle is {}
I'm {} on Mastodon.
follow {} for pictures
it was posted by {} last week
We talk in {} mostly.
search for {} on instagram
""".strip().splitlines(),
    "PHONE": """
my number is {}
You can call me on {}.
so the phone number is {} and ask for me
text me, {}
It's {}.
the mobile is {} but not in class
ring {} before six
""".strip().splitlines(),
    "ID": """
my staff number is {}
The badge says {}.
student id {} i think
my license plate is {}
case number {} was mine
the ticket number was {}, from the clinic
""".strip().splitlines(),
    "ADDRESS": """
I live at {} now.
The office was at {}, second floor.
""".strip().splitlines(),
    "DATE": """
I was born on {}.
my birthday is {}
Date of birth is {}, yes.
""".strip().splitlines(),
}
ASKED = {"PHONE": "And what is your phone number?", "EMAIL": "What is your e-mail?", "ID": "What is your staff number?"}


def cases() -> list[dict[str, object]]:
    """All cases: each form in two or three carriers, every other one as a lower-case caption without punctuation."""
    rows: list[dict[str, object]] = []
    forms = {
        "EMAIL": EMAIL, "URL": URL, "HANDLE": HANDLE, "PHONE": PHONE, "ID": ID, "ADDRESS": ADDRESS, "DATE": BIRTH,
    }  # fmt: skip
    for kind, values in forms.items():
        carriers = itertools.cycle(CARRIERS[kind])
        for value in values:
            for turn in range(3):
                carrier = next(carriers)
                if kind == "HANDLE" and value.startswith("#"):
                    carrier = "We talk in {} mostly."
                text = carrier.format(value)
                start = carrier.index("{")
                if turn == 1 and kind not in ("ADDRESS",):
                    text = text.lower()
                previous = ASKED.get(kind, "") if carrier in ("It's {}.", "yeah sure {}") else ""
                rows.append({"text": text, "previous": previous, "spans": [[start, start + len(value), kind]]})
    return rows


def main() -> None:
    """Write the file."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in cases()), encoding="utf-8")
    print(f"{len(cases())} cases")


if __name__ == "__main__":
    main()
