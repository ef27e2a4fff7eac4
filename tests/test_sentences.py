"""Sentences: where they end, where they do not, and that nothing is lost."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.sentences import segment

DOCUMENTS = Path(__file__).parents[1] / "corpus" / "documents"


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in segment(text)]


def assert_covers(text: str) -> None:
    position = 0
    for start, end in segment(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


PIECES = st.sampled_from(
    [
        "a" * 45 + " ",
        *[
            "Word",
            "word ",
            ". ",
            ".",
            "! ",
            "? ",
            '"',
            "“",
            "”",
            "(",
            ")",
            "\n",
            "\n\n",
            "\r\n",
            "3.7 ",
            "e.g. ",
            "Dr. ",
            "…",
            "。",
        ],
        *["「", "」", "[1]", "1. ", "- ", "\u2028", "\u200b", "é", "👍🏽", " ", "\t", "x.1 The "],
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
def test_every_character_but_white_space_lies_in_exactly_one_sentence(text: str) -> None:
    assert_covers(text)


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.txt")), ids=lambda path: path.name[:3])
def test_the_seed_documents_are_covered(path: Path) -> None:
    assert_covers(path.read_bytes().decode())


@pytest.mark.parametrize(
    "expected",
    [
        ["Claude 3.7 Sonnet could play for 45 minutes.", "Opus 4.1 plays longer."],
        ["He lives in the U.S. in a big house.", "He likes it."],
        ["See e.g. Fig. 3 for the details.", "Dr. Smith and Mr. White agree."],
        ["I met Dr. Who.", "She left."],
        ["The 99.9th percentile doubled.", "It grew by 17.5%."],
        ["It costs $3/$15 vs. $15/$75.", "That is a fifth."],
        ["She left... and came back.", "Well… That is all."],
        ["Read vol. 3 of it.", "Approx. 5 of them are left."],
        ["1. First thing.", "2. Second thing."],
        ["1.  Absolute complexity of the task.", "More."],
        ["Then torch.Tensor is called.", "See anthropic.com/research for more."],
        ["Foo is a bar.[1]", "Baz is not [2].", "Neither is this.[1][3]"],
        ["The median is short (about ~45 seconds).", "But the longest are not."],
        ["Research is verifiable (e.g., did the loss go down?), which is ideal.", "So be it."],
        ["Does it work?", "Yes!", "Really?!"],
    ],
    ids=lambda expected: expected[0][:24],
)
def test_sentences_joined_by_a_space_are_found_again(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他说：“你好。今天好吗？”然后走了。太好了！", ["他说：“你好。", "今天好吗？”", "然后走了。", "太好了！"]),
        ("「はい。」そうです。", ["「はい。」", "そうです。"]),
        ("Привет. Как дела?", ["Привет.", "Как дела?"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
    ],
)
def test_other_scripts_end_their_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_quotation_of_several_sentences_is_cut_and_its_marks_stay_with_their_words() -> None:
    text = "“We see it as an agent,” says Penn. “While you give feedback, it decides. It allows humans to judge.” Good."
    assert sentences(text) == [
        "“We see it as an agent,” says Penn.",
        "“While you give feedback, it decides.",
        "It allows humans to judge.”",
        "Good.",
    ]


def test_words_after_a_quoted_question_belong_to_it() -> None:
    assert sentences('"Is it so?" he asked. "Stop!" she said.') == ['"Is it so?" he asked.', '"Stop!" she said.']


def test_a_quotation_mark_that_is_never_closed_hides_no_full_stop() -> None:
    assert sentences("It is 5' 7\" tall. She is not. Never.") == ["It is 5' 7\" tall.", "She is not.", "Never."]


def test_a_missing_space_after_a_closing_mark_still_ends_the_sentence() -> None:
    assert sentences("It is going to be useful.”As an example, take this.") == [
        "It is going to be useful.”",
        "As an example, take this.",
    ]


def test_a_footnote_number_after_the_full_stop_ends_the_sentence_it_belongs_to() -> None:
    text = "It took seven hours throughout.1 Earlier models drift ($15/$75).2 Claude 3.7 Sonnet was strong.1,2 Done."
    assert sentences(text) == [
        "It took seven hours throughout.1",
        "Earlier models drift ($15/$75).2",
        "Claude 3.7 Sonnet was strong.1,2",
        "Done.",
    ]


def test_a_line_break_between_blocks_ends_a_sentence() -> None:
    text = "What the models do\nClaude Opus 4 is capable. It is fast.\n- one item\n- another item\r\n\r\nLast line"
    assert sentences(text) == [
        "What the models do",
        "Claude Opus 4 is capable.",
        "It is fast.",
        "- one item",
        "- another item",
        "Last line",
    ]


def test_a_hard_wrapped_paragraph_is_read_as_one() -> None:
    text = (
        "This paragraph is wrapped at a width of some sixty\ncharacters, as mail is. And it goes on for more\n"
        "than two lines, so that it is prose.\n\nAnother one."
    )
    assert sentences(text) == [
        "This paragraph is wrapped at a width of some sixty\ncharacters, as mail is.",
        "And it goes on for more\nthan two lines, so that it is prose.",
        "Another one.",
    ]


@pytest.mark.parametrize(
    "expected",
    [
        ["The shop is shut on Sundays.", "Ms Aoki is on duty on\nEaster Monday, Mr Bell on Whit Monday."],
        [
            "The windows of the hall are washed by Mr\nCrane on Mondays.",
            "The post leaves on\nFriday, the parcels on Saturday.",
        ],
        ["Two came late.", "Since 1 May we have sent a reminder\n24 hours before each visit.", "It is free."],
        ["1. Rota.", "The hall is kept by the family of\nNorth Street until May."],
    ],
    ids=lambda expected: expected[-1][:24],
)
def test_a_line_of_running_text_goes_on_whatever_the_next_begins_with(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["Report on the harbour of Saint Malo and its Tides", "The tide is high at noon."],
        ["Ms Ada Aoki, 14 St. Mary's Street, Old Harbour Town", "Norfolk NR1 4AB", "England."],
        ["The lights in the hall are always left on", "Heating stays off"],
        ["Paracetamol. Give two tablets every six hours with food", "Ibuprofen. Give one a day", "Aspirin. None."],
        ["Tell me not in mournful numbers, of what is and is to be", "Life is but", "An empty dream!"],
        ["Present were Ada Aoki and Ben Bell. Later came Mr", "Chair: Ada Aoki."],
        ["It has a hall. The hall is open to members of the", "- choir.", "- band."],
        ["Size of the boat. Berths in all and | price in", "Large boats | 20."],
        ["The hall is shut. It opens in the spring of next year.", "Later there is a feast."],
    ],
    ids=lambda lines: lines[0][:24],
)
def test_titles_addresses_verse_lists_and_rows_keep_their_lines_apart(lines: list[str]) -> None:
    text = "\n".join(lines)
    ends = {end for _, end in segment(text)}
    assert all(text.index("\n" + line) in ends for line in lines[1:])


def test_white_space_has_no_sentences() -> None:
    assert segment("") == []
    assert segment(" \n\t\r\n ") == []


def test_sentences_of_a_seed_read_whole() -> None:
    text = (DOCUMENTS / "001_35cbca41c196dc5c.txt").read_bytes().decode()
    found = sentences(text)
    assert "Opus 4 largely does not." in found
    assert "围绕这条内容继续补充观点或上下文。" in found
    assert "1 订阅 · 2 内容" in found
    assert any(sentence.endswith("throughout.1") for sentence in found)
    assert any(sentence.startswith("It scores 72.5%") and sentence.endswith("operation.1") for sentence in found)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "word ",
        "This is a sentence. ",
        '"',
        "(",
        '." "',
        "abc. (",
        "Foo.1 The ",
        "[1] ",
        "。",
        "1. ",
        "\n",
        "foo.) ",
    ],
)
def test_time_grows_with_the_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        began = time.perf_counter()
        segment(text)
        return time.perf_counter() - began

    seconds(100)
    assert min(seconds(200_000) for _ in range(2)) < 2.0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Die Pacht ist bis zum 31. März zu zahlen. Danach wird gemahnt.", 2),
        ("Am 3. Oktober ist Feiertag. Der 1. Vorsitzende heißt Karl.", 2),
        ("The answer is 42. Then we left.", 2),
        ("It was version 3. Der Hund schläft.", 2),
        ("Fällig am 31. Jan. 2024. Danach wird gemahnt.", 2),
        ("Due on 31. March 2024. It is paid on 30. september.", 2),
        ("The committee has 12. Decisions are taken by vote.", 2),
        ("There are 14. Separate rules apply to each.", 2),
        ("We sold 11. Marketing costs rose. The limit is 20. Junior staff may claim 10.", 4),
        ("It grew by 5. Novel products led. There are 9. Janitors clean. We met 3. Mars has 2.", 6),
        ("I am 30. He is 31.", 2),
    ],
)
def test_a_german_ordinal_does_not_end_a_sentence(text: str, count: int) -> None:
    assert len(segment(text)) == count


@pytest.mark.parametrize(
    "unit",
    [
        "漢。",
        "文章は長く続く、まだ終わらない。",
        "<?",
        "![a][",
        "<![CDATA[",
        "👨\u200d",
        "。「",
        "Ab. ",
        "abc.1,1",
        ".) ",
        "é. (",
    ],
)
def test_a_long_line_of_any_kind_takes_time_linear_to_its_length(unit: str) -> None:
    text = (unit * 200_000)[:200_000]
    began = time.process_time()
    assert_covers(text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("sentence", ["漢字の文章はここで終わる。", "Dr. Smith paid Mr. White $3.50 on Monday. "])
def test_a_long_line_is_cut_where_a_short_one_is(sentence: str) -> None:
    assert sentences(sentence * 1000) == [sentence.strip()] * 1000


def test_a_long_sentence_without_an_end_is_one() -> None:
    text = "word and word " * 2000 + "end."
    assert sentences(text + " The next one.") == [text, "The next one."]
    assert sentences("漢" * 9000 + "。") == ["漢" * 9000 + "。"]


def test_half_a_surrogate_pair_is_a_character_like_any_other() -> None:
    assert sentences("\ud800 One is here. Two \udfff is there.") == ["\ud800 One is here.", "Two \udfff is there."]


def test_rows_of_a_table_are_sentences_by_themselves() -> None:
    text = "Years of service of the member | Days of leave\nunder 2 | 22\nover 5 | 28"
    assert [text[start:end] for start, end in segment(text)] == text.split("\n")


@pytest.mark.parametrize(
    "row",
    [
        "Item: Grinder; Maker: Mahl; Price incl. VAT (£): 9.50; No. of bags: 4",
        "Item: Grinder; Approx. Cost: 9; e.g. Use: espresso",
        "Lamp no. 4. Hall | Approx. Weight 3 kg | Broken. To be replaced.",
        "Remark: Broken. To be replaced.; Who: Ida",
    ],
)
def test_no_full_stop_in_a_cell_or_in_the_name_of_a_column_ends_a_row(row: str) -> None:
    assert sentences(row) == [row]


def test_a_long_cell_of_a_row_holds_sentences_of_its_own() -> None:
    told = "The drum was cleaned by the fitter on Monday. "
    row = f"Item: Grinder; Price incl. VAT: 9; Report: {(told * 6).strip()}; Seen by: Ida. No one else."
    assert sentences(row)[0] == f"Item: Grinder; Price incl. VAT: 9; Report: {told.strip()}"
    assert sentences(row)[-1] == f"{told.strip()}; Seen by: Ida. No one else."


def test_a_row_of_small_letters_is_not_the_rest_of_the_row_before_it() -> None:
    rows = ["id: 4; name: Dockside Yoga; town: Hull; payment terms: 14 days", "id: 5"]
    assert sentences("\n".join(rows)) == rows


def test_a_line_still_to_come_is_cut_at_its_full_stops_whatever_follows() -> None:
    line = "Note: all is well. No more is said; second: the rest is well."
    assert len(segment(line)) == 1
    assert len(segment(line, whole_rows=False)) == 2
