"""Habits of some researchers that mean something else elsewhere: 1-1, >, asterisks, parts counted in words."""

from __future__ import annotations

import pytest

from anonymizer.protocol.document import parse_protocol
from anonymizer.protocol.model import Protocol


def read(text: str, name: str = "p.txt") -> Protocol:
    """A protocol."""
    return parse_protocol(text.encode(), name)


def ids(text: str, name: str = "p.txt") -> list[str]:
    """Ids of a document's questions; nothing in it may be left over."""
    protocol = read(text, name)
    assert () == protocol.unplaced
    return [q.id for q in protocol.questions]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PART ONE: Walks", "PART TWO: Runs"),
        ("Section One. Walks", "Section Two. Runs"),
        ("BLOCK ONE - Walks", "BLOCK TWO - Runs"),
        ("Theme three \u2013 Walks", "Theme twelve \u2013 Runs"),
        ("SECTION A   Walks", "SECTION B   Runs"),
        ("Topic 1\tWalks", "Topic 2\tRuns"),
        ("First part: Walks", "Second part: Runs"),
        ("Part one of two: Walks", "Part two of two: Runs"),
        ("PART ONE\u2014Walks", "PART TWO\u2014Runs"),
        ("Part One / Walks", "Part B | Runs"),
        ("Part One Walks", "Part Sixteen Runs"),
        ("**Part One: Walks**", "**Part Two: Runs**"),
    ],
)
def test_counters_in_words_and_letters_are_dropped(first: str, second: str) -> None:
    """PART ONE: is taken from the id and the title like Part A: and BLOCK 2:."""
    protocol = read(f"T\n\n{first}\n\n1. Where?\n2. Why?\n\n{second}\n\n1. When?\n")

    assert [("walks.1", "Walks"), ("walks.2", "Walks"), ("runs.1", "Runs")] == [
        (q.id, q.section) for q in protocol.questions
    ]


def test_letter_and_title_in_capitals() -> None:
    """PART A WALKS has a counter, "Topic A levels" has none that could be told."""
    assert ["walks.1", "topic-a-levels.1"] == ids("T\n\nPART A WALKS\n\n1. Where?\n\nTopic A levels\n\n1. Why?\n")


def test_parts_that_share_a_title_stay_apart() -> None:
    """Without the counter two sections may be called alike; the second takes -2, as elsewhere."""
    assert ["walks.1", "walks-2.1"] == ids("T\n\nPART ONE: WALKS\n\n1. Where?\n\nPART TWO: WALKS\n\n1. Why?\n")


@pytest.mark.parametrize("word", ["BLOCK 2", "PART TWO", "Second block"])
def test_a_sections_number_before_its_questions(word: str) -> None:
    """2.1 is question 1 of any second section, 1.1 in section 1 belongs to a question 1 that is there."""
    text = f"T\n\nModule 1: Walks\n\n1. Where?\n1.1. Why?\n\n{word}: Runs\n\n2.1 How?\n2.2 Who?\n"

    assert ["walks.1", "walks.1.1", "runs.1", "runs.2"] == ids(text)


def test_part_alone_and_part_in_a_sentence() -> None:
    """Part Two without a title keeps its name; a sentence that goes on with "part two" is none."""
    text = "T\n\nPart One\n\n1. What do you say of\npart two: the rest?\n\nPart Two\n\n2.1 Why?\n"
    protocol = read(text)

    assert [("part-one.1", "What do you say of part two: the rest?"), ("part-two.1", "Why?")] == [
        (q.id, q.text) for q in protocol.questions
    ]


@pytest.mark.parametrize("sign", ["-", "\u2010", "\u2011", "\u2013"])
def test_numbers_with_a_hyphen_and_nothing_behind(sign: str) -> None:
    """1-1 Where? is question 1 of block 1, also where no blank line parts the questions, and after ten of them."""
    lines = [f"1{sign}{number} Where is number {number}?" for number in range(1, 12)]
    text = "\n".join(["T", "", "Block 1: Walks", "", *lines, "", "Block 2: Runs", "", f"2{sign}1 Why?", ""])

    assert [*(f"walks.{number}" for number in range(1, 12)), "runs.1"] == ids(text)


def test_hyphens_in_sections_without_numbers_and_below() -> None:
    """The first part stays where no heading prints it; 1-2-1 and 1-1a are follow-ups; letters may come first."""
    text = "T\n\nWalks\n\n1-1 Where?\n1-1a Why?\n1-2 *When?\n1-2-1 Who?\n\nRuns\n\n2-1 (optional) How?\n2-3 Who?\n"
    protocol = read(text)

    assert ["walks.1.1", "walks.1.1.a", "walks.1.2", "walks.1.2.1", "runs.2.1", "runs.2.3"] == [
        q.id for q in protocol.questions
    ]
    assert ["walks.1.2", "runs.2.1"] == [q.id for q in protocol.questions if q.optional]
    assert ["walks.1", "walks.2", "runs.1"] == ids(
        "T\n\nSection A: Walks\n\nA-1 Where?\nA-2 Why?\n\nSection B: Runs\n\nB-1 How?\n"
    )


def test_hyphens_before_small_letters_and_asterisks() -> None:
    """1-2* Why? and 1-3 in two words?"""
    protocol = read("T\n\nBlock 1: Walks\n\n1-1 Where?\n1-2* Why?\n1-3 in two words, when?\n1-4 [If so] Who?\n")

    assert [("Where?", False), ("Why?", True), ("in two words, when?", False), ("[If so] Who?", False)] == [
        (q.text, q.optional) for q in protocol.questions
    ]


def test_ranges_are_no_numbers() -> None:
    """What does not count on from a first one is text."""
    protocol = read("T\n\nWalks\n\n1. How many of the\n2-3 Alpine walks took\n1-2 Days?\n2. Why?\n")

    assert ["How many of the 2-3 Alpine walks took 1-2 Days?", "Why?"] == [q.text for q in protocol.questions]


WALKS = ["walks.1", "walks.1.a", "walks.1.b", "walks.2", "walks.2.a"]


@pytest.mark.parametrize(
    "text",
    [
        "1. Where?\n   > Why?\n   > Who?\n2. When?\n   > How?",
        "1. Where?\n> Why?\n> Who?\n2. When?\n> How?",
        "1. Where?\n\n   > Why?\n\n   > Who?\n\n2. When?\n\n   > How?",
        "1. Which are the paths\n   that you know?\n   >Why?\n   > How many\n     are there?\n2. When?\n   > How?",
        "Where?\n   > Why?\n   > Who?\n\nWhen?\n   > How?",
        "Where?\n> Why?\n> Who?\n\nWhen?\n> How?",
        "1-1 Where?\n > Why?\n > Who?\n1-2 When?\n > How?".replace("1-", "Q"),
        "1. Tell me about walks.\n   > Why?\n   > Who?\n2. Tell me more.\n   > How?",
    ],
)
def test_probes_behind_an_angle_bracket(text: str) -> None:
    """> Why? below a question is a probe like -> Why?."""
    assert WALKS == ids(f"T\n\nWalks\n\n{text}\n")


@pytest.mark.parametrize(
    "mail",
    [
        "> Could you send us the questions?\n> Where is the form?",
        "Dear all,\nwhat about this?\n> Could you send us the questions?\n> Why not? Thanks.",
        "From a mail of the ethics board:\n\n> Where are the data?\n> Who sees them?",
        "Rules\n\n1. Answer this mail.\n\n> Who sees the data?",
        "\n> Who sees the data?\n> When do you send it?",
    ],
)
def test_quoted_mail_is_no_probe(mail: str) -> None:
    """At the left margin, with no question above, an angle bracket quotes somebody."""
    protocol = read(f"T\n\n{mail}\n\nWalks\n\n1. Where?\n2. Why?\n")

    assert ["walks.1", "walks.2"] == [q.id for q in protocol.questions if q.section == "Walks"]
    assert not any("see" in q.text or "send" in q.text or "not" in q.text for q in protocol.questions)


def test_what_may_stand_behind_an_angle_bracket() -> None:
    """Topics, letters, what is optional, and a bracket for the interviewer; a > after a >> comes back up."""
    text = "1. Where?\n> town\n> *Why?\n> c) Who?\n> [Show the map.]\n2. When?\n  > How?\n  >> Why?\n  > Who?"
    protocol = read(f"T\n\nWalks\n\n{text}\n")
    below = ["walks.2", "walks.2.a", "walks.2.a.i", "walks.2.b"]

    assert ["walks.1", "walks.1.a", "walks.1.b", "walks.1.c", *below] == [q.id for q in protocol.questions]
    assert [("town", False, ()), ("Why?", True, ()), ("Who?", False, ("Show the map.",))] == [
        (q.text, q.optional, q.notes) for q in protocol.questions[1:4]
    ]
    assert () == protocol.unplaced


def test_quoted_mail_between_questions() -> None:
    """After a blank line at the left margin it goes to no question; two brackets are a level deeper."""
    protocol = read("T\n\nWalks\n\n1. Where?\n\n> On Monday:\n> Can we drop this?\n\n2. When?\n> How?\n>> Why?\n")

    assert ["walks.1", "walks.2", "walks.2.a", "walks.2.a.i"] == [q.id for q in protocol.questions]
    assert ((7, "> On Monday: > Can we drop this?"),) == protocol.notes


def test_an_angle_bracket_inside_a_question() -> None:
    """More than five, at the beginning of a line, is no probe."""
    protocol = read("T\n\nWalks\n\n1. Did you ever walk\n   > 5 miles, or\n   >= 8 km?\n2. Why?\n")

    assert ["Did you ever walk > 5 miles, or >= 8 km?", "Why?"] == [q.text for q in protocol.questions]


@pytest.mark.parametrize(
    "explained",
    [
        "Questions with an asterisk may be left out.",
        "A star behind a question: only if there is time.",
        "Where a question ends in an asterisk, you can skip\nit.",
        "* = optional",
        "Starred questions need not be asked.",
        "Items marked with * are optional. Say hello.",
        "- Leave the ones with an asterisk (*) out when the talk is slow.",
    ],
)
@pytest.mark.parametrize("star", ["*", " *", " (*)"])
def test_asterisk_behind_a_question(explained: str, star: str) -> None:
    """It makes the question optional, and goes, where the document explains it."""
    questions = "1. Where?\n   - Why?STAR\n2. Which are the paths\nthat you know?STAR\n3. RestSTAR"
    text = f"T\n\n{explained}\n\nWalks\n\n{questions}\n"
    protocol, plain = (read(text.replace("STAR", sign)) for sign in (star, ""))

    assert [q.text for q in plain.questions] == [q.text for q in protocol.questions]
    assert [False, True, True, True] == [q.optional for q in protocol.questions]
    assert (plain.notes, ()) == (protocol.notes, protocol.unplaced)


@pytest.mark.parametrize(
    "explained",
    [
        "Ask what you can.",
        "Questions with an asterisk must not be left out.",
        "The ones with an asterisk cannot be skipped.",
        "Some questions may be left out. An asterisk means that we ask it in every wave.",
    ],
)
def test_asterisk_that_nobody_explains(explained: str) -> None:
    """Without an explanation, or with the opposite one, it stays as printed."""
    protocol = read(f"T\n\n{explained}\n\nWalks\n\n1. Where?*\n2. Why?\n")

    assert [("Where?*", False), ("Why?", False)] == [(q.text, q.optional) for q in protocol.questions]


def test_asterisk_before_the_question_mark_or_a_bracket() -> None:
    """Why*? and Why?* [Wait.] are optional as well; the bracket stays a note."""
    protocol = read("T\n\nAn asterisk means optional.\n\nWalks\n\n1. Why*?\n2. Who?* [Wait.]\n3. Where?\n")

    assert [("Why?", True, ()), ("Who? [Wait.]", True, ("Wait.",)), ("Where?", False, ())] == [
        (q.text, q.optional, q.notes) for q in protocol.questions
    ]


def test_emphasis_at_the_end_is_no_asterisk_of_its_own() -> None:
    """The second asterisk of *two* closes an emphasis."""
    protocol = read("T\n\nAn asterisk means optional.\n\nWalks\n\n1. *Where?*\n2. Why *there?*\n3. *Who?\n4. How?*\n")

    assert [("Where?", False), ("Why there?", False), ("Who?", True), ("How?", True)] == [
        (q.text, q.optional) for q in protocol.questions
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Close: That was the last one. Is there something I forgot?",
        "Closing words: Thank you. May we write to you again?",
        "(Read this) Those were all of them. May we come back to you?",
        "[Say] You have been very patient. Shall I switch it off?",
        "To be read aloud: Thank you for that. Would you like a break?",
        "End: We are done. Do you want to see the result?",
    ],
)
@pytest.mark.parametrize(
    "place", ["1. Where?\n\n2. Why?\n\n{}\n", "1. Where?\n\n{}\n\n2. Why?\n", "Where?\n\nWhy?\n\n{}\n"]
)
def test_what_is_said_at_the_end_is_a_note(line: str, place: str) -> None:
    """A closing that asks something is neither a question nor left over, whatever the section numbers."""
    protocol = read(f"T\n\nWalks\n\n{place.format(line)}")

    assert ["walks.1", "walks.2"] == [q.id for q in protocol.questions]
    assert ([line], ()) == ([text for _, text in protocol.notes], protocol.unplaced)


def test_opening_that_asks() -> None:
    """Spoken at the beginning of a section; a label before a question alone is still a question or named."""
    spoken = "Opening: I am glad to be here. May I begin?"
    protocol = read(f"T\n\nWalks\n\n1. Where?\n\nRuns\n\n{spoken}\n\n1. Why?\n\n{spoken}\n\n2. Who?\n")

    assert ["walks.1", "runs.1", "runs.2"] == [q.id for q in protocol.questions]
    assert ([(9, spoken), (13, spoken)], ()) == ([*protocol.notes], protocol.unplaced)
    assert ["walks.1"] == ids(f"T\n\n{spoken}\n\nWalks\n\n1. Where?\n")
    assert ["walks.1"] == ids(f"T\n\n{spoken}\n\nWalks\n\nWhere?\n")
    assert ["walks.1", "walks.2"] == ids("T\n\nWalks\n\nOpening: How did you begin?\n\nClose: What is left?\n")
    named = read("T\n\nWalks\n\n1. Where?\n\nClose: What is left?\n")
    assert ((7, "Close: What is left?"),) == named.unplaced


@pytest.mark.parametrize(
    "kind", ["Interview guide", "INTERVIEW SCHEDULE", "Topic guide:", "Interview protocol, version 2"]
)
def test_title_below_the_kind_of_document(kind: str) -> None:
    """Capitals right below "Interview guide" are the title, also after a blank line if a subtitle follows."""
    for blank in ("", "\n"):
        protocol = read(f"{kind}\n{blank}FEET AND SHOES?\nA study of walks\n\nWalks\n\n1. Where?\n")

        assert "FEET AND SHOES?" == protocol.title
        assert [kind, "A study of walks"] == [text for _, text in protocol.notes]
        assert ["walks.1"] == [q.id for q in protocol.questions]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("Interview guide\n\nWALKS\n\n1. Where?\n", "walks"),
        ("Interview guide\nPART A: WALKS\n1. Where?\n", "walks"),
        ("Interview guide\nFOR THE INTERVIEWER\nGo slowly.\n\nWalks\n\n1. Where?\n", "walks"),
        ("Interview guide\nFeet and shoes\n\nWalks\n\n1. Where?\n", "walks"),
    ],
)
def test_first_line_that_is_the_title(text: str, section: str) -> None:
    """A section, a word to the interviewer or an ordinary line below it takes no title away."""
    protocol = read(text)

    assert ("Interview guide", [f"{section}.1"]) == (protocol.title, [q.id for q in protocol.questions])


@pytest.mark.parametrize(
    "label",
    [
        "Notes for whoever interviews",
        "NOTES FOR WHOEVER ASKS THE QUESTIONS",
        "For the interviewer:",
        "Remarks",
        "Before the interview",
        "Interviewer, please note:",
        "Whoever interviews should know",
        "Notes for whoever interviews. Please read them.",
        "Advice to the interviewing team (read twice)",
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("before", ["", "About an hour.\n", "About an hour.\n\n"])
@pytest.mark.parametrize("heading", ["Walks\n\n", "Part One: Walks\n\n"])
def test_asterisks_below_notes_are_notes(label: str, between: str, before: str, heading: str) -> None:
    """Bullets for the interviewer are no optional questions, with or without blank lines around the line above."""
    notes = f"{label}{between}* Tell them who you are.\n* How they walk is\n  theirs."
    text = f"T\n\n{before}{notes}\n\n{heading}1. Where?\n*Why?\n"
    protocol = read(text)

    assert ["walks.1", "walks.2"] == [q.id for q in protocol.questions]
    assert () == protocol.unplaced
    assert ["* Tell them who you are.", "* How they walk is theirs."] == [text for _, text in protocol.notes][-2:]


def test_asterisks_below_the_title() -> None:
    """With numbered questions to come, what asks nothing right below the title is a note; what asks is a question."""
    text = "T\n\n* Go slowly.\n* {}\n\nWalks\n\n1. Where?\n"

    assert ["walks.1"] == ids(text.format("Explain the study."))
    assert ["t.1", "t.2", "walks.1"] == ids(text.format("How are you?"))


def test_notes_in_a_document_without_headings() -> None:
    """The questions below such notes do not stand in a section of that name; one that asks is a note as well."""
    text = "T\n\nNotes for whoever interviews\n* Is it on?\n* Go slowly.\n\n1. Where?\n2. Why?\n"

    assert ["t.1", "t.2"] == ids(text)
    parted = read(text.replace("interviews\n", "interviews\n\nAbout an hour.\n\n"))
    assert ["Where?", "Why?"] == [q.text for q in parted.questions]


def test_asterisks_below_a_topic_are_questions() -> None:
    """What only looks like notes for the interviewer keeps its optional questions."""
    assert ["before-the-walk.1", "before-the-walk.2"] == ids("T\n\nBefore the walk\n\n* Where to?\n\n* Why?\n")
    assert ["walks.1", "walks.2", "walks.3"] == ids("T\n\nWalks\n\n1. Where?\n* Which notes?\n* Who?\n")


def test_notes_at_the_end_ask_nothing() -> None:
    """Notes for the interviewer may stand behind the questions."""
    protocol = read("T\n\nWalks\n\n1. Where?\n\nNotes for the interviewer\n\n- Tell them the date.\n- Send the form.\n")

    assert ["walks.1"] == [q.id for q in protocol.questions]
    assert ((9, "- Tell them the date."), (10, "- Send the form.")) == protocol.notes
