"""How interview schedules number, bullet and head their questions: one invented schedule for each way."""

from __future__ import annotations

import pytest

from anonymizer.protocol.checking import remarks
from anonymizer.protocol.document import parse_protocol
from anonymizer.protocol.markers import take_marker


def ids(text: str, name: str = "p.txt") -> list[str]:
    """Ids of a schedule's questions; nothing in it may be left over."""
    protocol = parse_protocol(text.encode(), name)
    assert () == protocol.unplaced
    return [q.id for q in protocol.questions]


WALKS = ["walks.1", "walks.1.a", "walks.1.b", "walks.2", "walks.2.a"]


@pytest.mark.parametrize("mark", ["{}{}.", "{}{})", "({}{})", "Q{}{}.", "{}.{})", "{}({})", "**{}{}.**"])
def test_number_and_letter_together_are_a_follow_up(mark: str) -> None:
    """1a. at the indent of 1. is 1.a, not more text of 1."""
    a, b, c = mark.format(1, "a"), mark.format(1, "b"), mark.format(2, "a")
    if mark == "{}({})":
        a, b, c = f"{a}.", f"{b}.", f"{c}."

    assert WALKS == ids(f"T\n\nWalks\n\n1. Where?\n{a} Why?\n{b} Who?\n2. When?\n{c} How?\n")


@pytest.mark.parametrize(
    "headings", [("A. Walks", "B. Runs"), ("Block A: Walks", "Block B: Runs"), ("[A] WALKS", "[B] RUNS")]
)
def test_section_letter_and_number(headings: tuple[str, str]) -> None:
    """A1. is question 1 of section A, A1a. its follow-up; a) under A1. as well."""
    text = (
        "T\n\n{}\n\nA1. Where?\nA1a. Why?\nA2. When?\n\n{}\n\n"
        "B1. How?\n  a) How far?\n  b) How fast?\nB2. Who?\n  a) Why?\n"
    )

    assert ["walks.1", "walks.1.a", "walks.2", "runs.1", "runs.1.a", "runs.1.b", "runs.2", "runs.2.a"] == ids(
        text.format(*headings)
    )


def test_section_letter_that_no_heading_prints() -> None:
    """One letter in a section is the section's; several in one section keep questions apart."""
    assert ["walks.1", "walks.2"] == ids("T\n\nWalks\n\nA1 - Where?\nA2 - When?\n")
    assert ["walks.1", "runs.1"] == ids("T\n\nWalks\n\nA1) Where?\n\nRuns\n\nB1) Why?\n")
    assert ["walks.a.1", "walks.b.1"] == ids("T\n\nWalks\n\nA1 Where?\nB1 Why?\n")


def test_roman_sections_with_roman_numbers() -> None:
    """I.1 is question 1 of section I, I.1.a its follow-up."""
    text = "T\n\nI. THE PLACE\n\nI.1 Where?\nI.1.a Why?\nI.2 Who?\n\nII. THE ROAD\n\nII.1 How?\n"

    assert ["the-place.1", "the-place.1.a", "the-place.2", "the-road.1"] == ids(text)


@pytest.mark.parametrize(
    "text", ["E.g., maps", "i.e. maps", "10th. of May", "3x faster", "U.S. roads", "1-2 maps", "a1. b"]
)
def test_what_only_looks_like_a_number(text: str) -> None:
    """A line that goes on with such a word is no question of its own."""
    assert not take_marker(text).found


@pytest.mark.parametrize("sign", ["•", "-", "–", "→", "↳", "->", "▪", "➢"])
def test_bullets_below_plain_questions_are_probes(sign: str) -> None:
    """Main questions in paragraphs of their own keep their place, with and without blank lines."""
    rows = ["Where do you walk?", f"{sign} Why there?", f"{sign} With whom?", "When do you walk?", f"{sign} In rain?"]

    assert WALKS == ids("T\n\nWalks\n\n" + "\n".join(rows) + "\n")
    assert WALKS == ids("T\n\nWalks\n\n" + "\n\n".join(rows) + "\n")


def test_probes_of_plain_questions_need_not_ask() -> None:
    """Probes may be single words, main questions may end in a full stop."""
    text = "T\n\nWalks\n\nTell me about your walks.\n- length\n- company\n\nWhen do you walk?\nProbe: season\n"

    assert WALKS == ids(text)


def test_questions_without_a_question_mark_above_bullets() -> None:
    """Requests, optional questions and questions with a bracket behind keep their probes; what stays open is named."""
    text = (
        "T\n\nWalks\n\nWhere do you walk?\n\n• Why?\n\nTake one walk and describe it.\n\n• When?\n\n"
        "Do you get lost? (optional)\n\n• Why?\n\nIs it fun? (Wait for it.)\n\n"
        "These are places that you may want to ask about too:\n\n• woods\n"
    )
    protocol = parse_protocol(text.encode(), "p.txt")

    assert ["walks.1", "walks.1.a", "walks.2", "walks.2.a", "walks.3", "walks.3.a", "walks.4", "walks.4.a"] == [
        q.id for q in protocol.questions
    ]
    assert ["walks.3"] == [q.id for q in protocol.questions if q.optional]
    assert ((19, "These are places that you may want to ask about too:"),) == protocol.unplaced


def test_request_in_the_first_bullet_of_a_section_is_a_question() -> None:
    """Tell me is asked too, wherever in the sentence it stands."""
    assert ["walks.1", "walks.2"] == ids("T\n\nWalks\n\n- Take one walk and tell me about it.\n- Why that one?\n")


def test_long_title_of_a_lettered_section() -> None:
    """Where the other capitals are sections, a longer heading is one too."""
    text = (
        "T\n\nI. The house\n\n1. Age?\n\nII. Walks, runs and all the other ways\n\n1. What?\n\nIII. Ahead\n\n1. Why?\n"
    )

    assert ["the-house.1", "walks-runs-and-all-the-other-ways.1", "ahead.1"] == ids(text)


def test_broken_lines_are_no_headings() -> None:
    """The first line of a question in a narrow column looks short; (optional) may stand in a line of its own."""
    text = (
        "T\n\nI. Walks\n\n1. Which are the paths\nthat you know?\na) Why?\n2. Take one of them and\ntell me about it.\n"
        "a) Who?\n\nII. Runs\n\n1. How far do you run?\n(optional)\n2. Why?\n"
    )
    protocol = parse_protocol(text.encode(), "p.txt")

    assert ["walks.1", "walks.1.a", "walks.2", "walks.2.a", "runs.1", "runs.2"] == [q.id for q in protocol.questions]
    assert ["runs.1"] == [q.id for q in protocol.questions if q.optional]
    assert "How far do you run?" == protocol.questions[4].text


def test_broken_plain_questions() -> None:
    """(optional) at the end of a second line, a bracket at its beginning, an apostrophe at the end of the first."""
    text = (
        "T\n\nWalks\n\nWhich kinds of boots do you own\n(leather, rubber), and since when?\n\n"
        "What do you think of your neighbours'\ndogs? (optional)\n\nWhere do you walk when it\nrains? (optional)\n"
    )
    protocol = parse_protocol(text.encode(), "p.txt")

    assert [("walks.1", False), ("walks.2", True), ("walks.3", True)] == [
        (q.id, q.optional) for q in protocol.questions
    ]


def test_checklist_before_numbered_questions_asks_nothing() -> None:
    """What the interviewer checks beforehand stays a note where the questions have numbers."""
    text = "T\n\nBefore you begin\n\nIs it on?\n- battery\n\nDid they sign?\n- form\n\nWalks\n\n1. Where?\n2. Why?\n"

    assert ["walks.1", "walks.2"] == [q.id for q in parse_protocol(text.encode(), "p.txt").questions]


def test_one_sentence_before_bullets_is_what_the_interviewer_says() -> None:
    """A single question before bullets that are the questions does not turn them into probes."""
    text = "T\n\nWalks\n\nShall we talk about walks?\n\n• Where do you walk?\n• When?\n"

    assert ["walks.1", "walks.2"] == ids(text)


def test_second_line_of_a_bullet_is_no_question() -> None:
    """A bullet's second sentence in the next line stays with it where questions are numbered."""
    text = "T\n\nWalks\n\n1. Where?\n- Why there? Tell me more.\nWas it nice?\n- Who?\n"

    assert "Why there? Tell me more. Was it nice?" == parse_protocol(text.encode(), "p.txt").questions[1].text


@pytest.mark.parametrize("heading", ["1 WALKS, AND TODAY", "1 Walks, and today"])
def test_section_number_without_a_full_stop(heading: str) -> None:
    """1 WALKS above 1.1 is a section."""
    text = f"T\n\n{heading}\n\n1.1 Where?\n1.2 Why?\n1.2.1 Who?\n\n2 RUNS\n\nSay: Now to runs.\n\n2.1 How?\n"

    assert ["walks-and-today.1", "walks-and-today.2", "walks-and-today.2.1", "runs.1"] == ids(text)


def test_line_that_begins_with_a_number_is_no_section_by_itself() -> None:
    """Without 3.1 below, "3 of them" is text."""
    protocol = parse_protocol(b"T\n\nWalks\n\n1. Which of your\n3 Alpine walks was it?\n2. Why?\n", "p.txt")

    assert ["Which of your 3 Alpine walks was it?", "Why?"] == [q.text for q in protocol.questions]


@pytest.mark.parametrize("between", ["Say: Let us talk.\n\n", "[Show the card]\n", "We come to the next part.\n\n"])
def test_note_between_a_numbered_heading_and_its_questions(between: str) -> None:
    """II. Runs stays a heading with an instruction or an introduction below it."""
    text = f"T\n\nI. The house\n\n1. How old?\n\nII. Runs\n{between}1. What?\n\nIII. Ahead\n\n1. What next?\n"

    assert ["the-house.1", "runs.1", "ahead.1"] == ids(text.replace("Runs\nW", "Runs\n\nW"))


@pytest.mark.parametrize(
    ("number", "below"),
    [
        *(
            (number, below)
            for number in ("{}.", "{})")
            for below in ("1.1 Where?", "a) Where?", "- Where?", "\nWhere?")
        ),
        ("{}.0", "1.1 Where?"),
    ],
)
def test_numbered_heading_above_anything_deeper(number: str, below: str) -> None:
    """Also with a colon, as 1.0, and above questions in plain paragraphs."""
    runs = below.replace("1.1", "2.1")
    text = f"T\n\n{number.format(1)} Walks\n{below}\n\n{number.format(2)} Runs\n{runs}\n"
    protocol = parse_protocol(text.encode(), "p.txt")

    assert ["Walks", "Runs"] == [q.section for q in protocol.questions]
    assert protocol.questions == parse_protocol(text.replace("alks\n", "alks:\n").encode(), "p.txt").questions


def test_request_in_a_section_of_its_own() -> None:
    """Tell me is a question where nothing is numbered; what the interviewer shall explain is none."""
    text = "T\n\nOpening\n\nTell me about your walks.\n\nConsent\n\nExplain the study.\n\nRuns\n\n1. Where?\n"

    assert ["opening.1", "runs.1"] == ids(text)


def test_list_of_short_questions_is_no_list_of_sections() -> None:
    """Topics under one another hold nothing."""
    assert ["t.1", "t.2", "t.3"] == ids("T\n\n1. Age\n2. Place of work\n3. Where do you walk?\n")


@pytest.mark.parametrize("sign", ["*", "+", "-", "◦"])
def test_bullets_between_numbers_are_follow_ups(sign: str) -> None:
    """A bullet flush left does not take the number that the next question is printed with; nor does the last one."""
    text = f"T\n\nWalks\n\n1. Where?\n{sign} Why?\n{sign} Who?\n2. When?\n{sign} How?\n"

    assert WALKS == ids(text)


@pytest.mark.parametrize("name", ["p.txt", "p.md"])
def test_plus_below_q(name: str) -> None:
    """+ under Q1: is a probe in text and in Markdown."""
    assert WALKS == ids("# T\n\n## Walks\n\nQ1: Where?\n+ Why?\n+ Who?\n\nQ2: When?\n+ How?\n", name)


def test_bullets_flush_left_under_numbers_that_run_on() -> None:
    """Where the next section begins with 2., the bullets below 1. did not take it; asterisks stay as they were."""
    text = "T\n\nWalks\n\n1. Where?\n{0} Why?\n{0} Who?\n\nRuns\n\n2. When?\n{0} How?\n"

    assert ["walks.1", "walks.1.a", "walks.1.b", "runs.2", "runs.2.a"] == ids(text.format("-"))
    assert ["walks.1", "walks.2", "walks.3", "runs.2", "runs.3"] == ids(text.format("*"))


def test_bullets_that_are_follow_ups_elsewhere() -> None:
    """In a section that numbers nothing the same bullets are the questions."""
    text = "T\n\nWalks\n\n1. Where?\n- Why?\n- Who?\n2. When?\n- How?\n\nRuns\n\n- A?\n- B?\n\nRest\n\n3. Where?\n"

    assert [*WALKS, "runs.1", "runs.2", "rest.3"] == ids(text)


def test_bullet_between_letters_is_a_follow_up() -> None:
    """The same one level deeper: b) is printed later."""
    assert ["walks.1", "walks.1.a", "walks.1.a.i", "walks.1.b", "walks.2"] == ids(
        "T\n\nWalks\n\n1. Where?\n  a) Why?\n  - Really?\n  b) Who?\n2. When?\n"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("-- Walks --", "-- Long runs --"),
        ("== Walks ==", "== Long runs =="),
        ("*** Walks ***", "*** Long runs ***"),
        ("Walks\n-----", "Long runs\n---------"),
        ("=====\nWalks\n=====", "=========\nLong runs\n========="),
        ("## Walks", "## Long runs"),
        ("**Walks**", "**Long runs**"),
    ],
)
def test_headings_drawn_with_characters(first: str, second: str) -> None:
    """Rules and number signs around a heading, or below it, in a text file; they are no notes."""
    protocol = parse_protocol(f"T\n\n{first}\n\n1. Where?\n\n{second}\n\n1. Why?\n".encode(), "p.txt")

    assert ["walks.1", "long-runs.1"] == [q.id for q in protocol.questions]
    assert () == protocol.unplaced
    assert [] == [text for _, text in protocol.notes if "--" in text or "==" in text]


def test_ruler_below_a_paragraph_is_no_underline() -> None:
    """A ruler that ends a part of the page makes no heading of the sentence above it."""
    assert ["walks.1", "walks.2"] == ids("T\n\nWalks\n\n1. Where?\n\nThank you for that.\n-----\n\n2. Why?\n")


def test_headings_with_a_duration() -> None:
    """The minutes planned for a part do not keep it from being one."""
    assert ["walks-10-minutes.1", "runs-about-5-min.1"] == ids(
        "T\n\nWalks (10 minutes)\n\n1. Where?\n\nRuns [about 5 min]\n\n1. Why?\n"
    )


def test_nth_block() -> None:
    """2nd block: Runs is a heading like Block 2: Runs."""
    assert ["walks.1", "runs.1"] == ids("T\n\n1st block: Walks\n\n1. Where?\n\n2nd block: Runs\n\n1. Why?\n")


def test_guide_for_the_interviewer_asks_nothing() -> None:
    """Rules for the interviewer are notes even if numbered; one that asks is named."""
    text = (
        "T\n\nGuide for the interviewer\n\n1. Be on time.\n2. Is the recorder on?\n- Do not hurry.\n\n"
        "Walks\n\n1. Where?\n"
    )
    protocol = parse_protocol(text.encode(), "p.txt")

    assert ["walks.1"] == [q.id for q in protocol.questions]
    assert ((6, "2. Is the recorder on?"),) == protocol.unplaced
    assert [5, 7] == [line for line, _ in protocol.notes]


def test_numbers_with_a_hyphen() -> None:
    """1-1. and 1-2. are two questions."""
    text = "T\n\nPart 1: Walks\n\n1-1. Where?\n1-2. When?\n\nPart 2: Runs\n\n2-1. How?\n"

    assert ["walks.1", "walks.2", "runs.1"] == ids(text)


@pytest.mark.parametrize("word", ["Q.1", "Q.1:", "Q 1.", "No. 1:", "Item 1.", "Question 1:"])
def test_words_before_a_number(word: str) -> None:
    """However the word "question" is written."""
    assert ["walks.1", "walks.1.a", "walks.2"] == ids(
        f"T\n\nWalks\n\n{word} Where?\nfollow up: Why?\n{word.replace('1', '2')} When?\n"
    )


def test_letters_run_on_through_sections() -> None:
    """After H) an I) that begins a section is the ninth letter; after ix. an x. is ten."""
    assert ["walks.h", "runs.i", "runs.i.1", "runs.j"] == ids(
        "T\n\nWalks\n\nH) Where?\n\nRuns\n\nI) How?\n 1) Why?\nJ) Who?\n"
    )
    assert ["walks.ix", "runs.x", "runs.xi"] == ids("T\n\nWalks\n\nix. Where?\n\nRuns\n\nx. How?\nxi. Who?\n")


def test_plain_number_after_decimal_ones() -> None:
    """After 1.2.1 a 2. is question 2, not 1.2.2 or 1.3."""
    text = "T\n\nWalks\n\n1. Where?\n1.1. Why?\n1.2. Who?\n1.2.1. How?\n2. When?\n2.1. Since when?\n3. What else?\n"

    assert ["walks.1", "walks.1.1", "walks.1.2", "walks.1.2.1", "walks.2", "walks.2.1", "walks.3"] == ids(text)


def test_bracketed_sentence_at_the_end_is_a_note() -> None:
    """The words stay, the interviewer sees them as a note; a choice in brackets is none."""
    text = "T\n\nWalks\n\n(1) Were you lost? [They may decline. Do not press.]\n(2) Why [rain, fog]?\n"
    protocol = parse_protocol(text.encode(), "p.txt")

    assert [("They may decline. Do not press.",), ()] == [q.notes for q in protocol.questions]


def test_markdown_bullets_and_bold_questions() -> None:
    """In Markdown an asterisk is a bullet, and bold questions keep their number."""
    text = (
        "# T\n\n## Walks\n\n1. **Where?**\n   * Why?\n   * Who?\n2. **When?**\n   * How?\n\n"
        "## Runs\n\n**Q1.** How?\n\n**2. Why?**\n"
    )
    protocol = parse_protocol(text.encode(), "p.md")

    assert [*WALKS, "runs.1", "runs.2"] == [q.id for q in protocol.questions]
    assert ["How?", "Why?"] == [q.text for q in protocol.questions[-2:]]
    assert not any(q.optional for q in protocol.questions)


def test_what_looks_like_a_number_inside_a_question_is_named() -> None:
    """Questions that stand in one paragraph are not separated, but the researcher is told."""
    text = "T\n\nWalks\n\n1. Where do you walk? b) Why there?\n\n2. When do you\nNr 4 - What is it?\n"

    assert ["line 5: not placed: b) Why there?", "line 8: not placed: Nr 4 - What is it?"] == remarks(
        parse_protocol(text.encode(), "p.txt")
    )


@pytest.mark.parametrize("mark", ["{}:", "{}/", "{} -", "Q{} \u2013", "{}", "{}\t"])
def test_numbers_without_a_full_stop(mark: str) -> None:
    """1: 1/ 1 - and a bare 1 count questions too, if they count on."""
    protocol = parse_protocol(
        f"T\n\nWalks\n\n{mark.format(1)} Where?\n{mark.format(2)} Why?\n\nRuns\n\n{mark.format(3)} Who?\n".encode(),
        "p.txt",
    )

    assert [("walks.1", "Where?"), ("walks.2", "Why?"), ("runs.3", "Who?")] == [
        (q.id, q.text) for q in protocol.questions
    ]


@pytest.mark.parametrize("heading", ["1 - Walks", "1: Walks", "1 Walks"])
def test_short_line_with_a_loose_number_is_a_heading(heading: str) -> None:
    """The slug keeps such a number, as that of a heading marked in Markdown always has."""
    runs = heading.replace("1", "2").replace("Walks", "Runs")

    assert ["1-walks.1", "1-walks.2", "2-runs.1"] == ids(f"T\n\n{heading}\n\nWhere?\n\nWhen?\n\n{runs}\n\nWhy?\n")


def test_heading_above_roman_sections_is_a_subtitle() -> None:
    """A line between the title and I. is no section; above 1. it is."""
    text = "T\n\nGuide\n\n{}. The house\n\n{}. How old?\n\n{}. Runs\n\n{}. Where?\n"

    assert ["the-house.1", "runs.1"] == ids(text.format("I", 1, "II", 1))
    assert ["guide.1", "guide.1.a", "guide.2", "guide.2.a"] == ids(text.format(1, "a", 2, "a"))


def test_label_above_probes_takes_no_number() -> None:
    """Probes: above a list of them is a note."""
    text = "T\n\nWalks\n\n1. Where?\n   Probes:\n   - Why?\n   - Who?\n2. When?\n   Probes: in rain?\n"

    assert WALKS == ids(text)


def test_heading_without_blank_lines_is_named() -> None:
    """It cannot be told from the end of the question above, but it is not swallowed in silence."""
    protocol = parse_protocol(b"T\n\nWalks\n\n1. Where?\nLong runs:\n2. How?\n", "p.txt")

    assert ((6, "Long runs:"),) == protocol.unplaced


def test_title_is_not_printed_again() -> None:
    """A title with a line right below it leaves that line only among the notes."""
    protocol = parse_protocol(b"WALKS AND RUNS\nA study of feet\n\nWalks\n\n1. Where?\n", "p.txt")

    assert ("WALKS AND RUNS", ((1, "A study of feet"),)) == (protocol.title, protocol.notes)
