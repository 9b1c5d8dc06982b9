"""Copied answers are found whatever was renamed; what everybody has is not held against anybody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.grading import fingerprints as fp
from course.grading.similarity import FEW, SIMILAR, Pair, pairs

REPORT = '''\
def report(orders, limit):
    """The cities that sold most."""
    sums = {}
    for order in orders:
        if order["state"] != "void":  # returned goods
            sums[order["city"]] = sums.get(order["city"], 0) + order["price"] * 1.08
    ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [city for city, total in ranked[:limit] if total > 250]
'''
RENAMED = """\
def report( o , n ):
    total_by_town = dict()
    total_by_town = {}
    for x in o:
        # skip
        if x['state'] != 'void':
            total_by_town[x['city']] = total_by_town.get(x['city'], 0) \\
                + x['price'] * 1.08

    best = sorted(total_by_town.items(),
                  key=lambda t: (-t[1], t[0]))
    return [a for a, b in best[:n] if b > 250]
"""
OTHER = """\
import pandas as pd

def report(orders, limit):
    frame = pd.DataFrame(orders)
    frame = frame[frame.state.ne("void")].assign(gross=lambda f: f.price.mul(1.08))
    found = frame.groupby("city").gross.sum().sort_values(ascending=False)
    return list(found[found.gt(250)].head(limit).index)
"""


def code(number: int, lines: int = 6) -> str:
    """A text like no other's."""
    return "".join(
        f"v{n} = f(a.x{number}_{n}[{n}], key='k{number}{n}') + {n}\n" for n in range(lines)
    )


def found(answers: dict[str, str], *released: str) -> list[tuple[str, str]]:
    given = {student: {"report": text} for student, text in answers.items()}
    return [(pair.one, pair.other) for pair in pairs(given, list(released))]


def test_new_names_comments_quotes_and_lines_do_not_hide_a_copy() -> None:
    assert found({"ann": REPORT, "bo": RENAMED, "cy": OTHER}) == [("ann", "bo")]


def test_the_matching_lines_and_shares_are_told() -> None:
    [pair] = pairs({"ann": {"report": REPORT}, "bo": {"report": code(1) + RENAMED}}, [])
    [alike] = pair.answers
    assert (pair.one, pair.other, alike.answer) == ("ann", "bo", "report")
    assert alike.one.share > SIMILAR > alike.other.share
    assert {4, 5, 6, 7, 8} <= alike.one.lines
    assert min(alike.other.lines) > 6, "code(1) is bo's own"
    assert alike.one.code == REPORT


def test_what_the_release_gives_is_nobodys() -> None:
    assert found({"ann": REPORT, "bo": REPORT}) == [("ann", "bo")]
    assert found({"ann": REPORT, "bo": REPORT}, REPORT) == []
    given = {"ann": code(1) + REPORT, "bo": code(1) + REPORT, "cy": REPORT + code(2)}
    assert found(given, REPORT) == [("ann", "bo")]


@pytest.mark.parametrize(("size", "having", "told"), [(20, 5, True), (20, 6, False), (5, 3, True)])
def test_what_many_have_is_left_out(size: int, having: int, told: bool) -> None:
    given = {f"s{n:02}": REPORT if n < having else code(n) for n in range(size)}
    assert len(found(given)) == (having * (having - 1) / 2 if told else 0)
    assert FEW == 3


def test_what_few_have_counts_for_more() -> None:
    everybody = {f"s{n:02}": code(n) for n in range(20)}
    for n in range(5):
        everybody[f"s{n:02}"] = REPORT
    everybody["t1"] = everybody["t2"] = code(99)
    given = {student: {"report": text} for student, text in everybody.items()}
    first, *others = pairs(given, [])
    assert (first.one, first.other) == ("t1", "t2")
    assert others
    assert all(other.evidence < first.evidence for other in others)


def test_a_short_answer_is_no_evidence() -> None:
    assert found({"ann": "x = orders[-1]['price'] * 3", "bo": "y = orders[-1]['price'] * 3"}) == []


def test_one_copied_answer_among_many_is_found() -> None:
    given = {
        student: {"own cells": code(n), "report": REPORT, "last": code(n + 50)}
        for n, student in enumerate(("ann", "bo"))
    }
    [pair] = pairs(given, [])
    assert [alike.answer for alike in pair.answers] == ["report"]


def test_a_copy_that_was_moved_to_another_cell_is_found() -> None:
    given = {"ann": {"report": REPORT, "own cells": ""}, "bo": {"own cells": REPORT, "report": ""}}
    [pair] = pairs(given, [])
    assert {alike.answer: (alike.one.share, alike.other.share) for alike in pair.answers} == {
        "report": (1, 0),
        "own cells": (0, 1),
    }


QUERY = '''"""
fields @timestamp, @message
| filter level = "ERROR" and orderId like /^k-1/
| stats count(*) as declines by bin(5m), paymentProvider
| sort declines desc | limit 25
"""'''


def test_a_query_in_quotes_is_compared_word_for_word() -> None:
    same = {"ann": f"my_query = {QUERY}", "bo": f"text = r{QUERY}"}
    assert found(same) == [("ann", "bo")]
    other = QUERY.replace("declines", "lost").replace("paymentProvider", "shop")
    other = other.replace("level", "severity").replace("orderId", "cart")
    assert found({"ann": f"my_query = {QUERY}", "bo": f"text = {other}"}) == []


def test_what_is_no_python_is_compared_too() -> None:
    text = "!aws logs tail /aws/lambda/checkout --since 1h --filter 'ERROR payment' (\n" * 2
    assert found({"ann": text, "bo": text}) == [("ann", "bo")]


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(alphabet="()[]'\"\\\n #abc=.1", max_size=200))
def test_any_text_has_fingerprints_or_none(one: str, other: str) -> None:
    lines = (one + other).count("\n") + 1
    for print_ in fp.fingerprints(one + other):
        assert 1 <= print_.first <= print_.last <= lines + 1


WORDS = st.sampled_from([f".w{n}" for n in range(40)])
PASSAGE = (fp.RUN + fp.WINDOW) // 2  # ".w1" is two tokens
words = st.lists(WORDS, max_size=60)


@settings(max_examples=100, deadline=None)
@given(words, words, words, words, st.lists(WORDS, min_size=PASSAGE, max_size=PASSAGE))
def test_a_shared_passage_gives_a_shared_fingerprint(
    a: list[str], b: list[str], c: list[str], d: list[str], passage: list[str]
) -> None:
    """The guarantee of the paper."""
    texts = ["x" + "".join([*a, *passage, *b]), "x" + "".join([*c, *passage, *d])]
    one, other = ({each.code for each in fp.fingerprints(text)} for text in texts)
    assert one & other


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([REPORT, OTHER, code(1), code(2), ""]), min_size=2, max_size=6))
def test_pairs_do_not_depend_on_the_order(texts: list[str]) -> None:
    given = {f"s{n}": {"report": text} for n, text in enumerate(texts)}
    backwards = dict(reversed(given.items()))

    def names(pairs: list[Pair]) -> set[frozenset[str]]:
        return {frozenset((pair.one, pair.other)) for pair in pairs}

    assert names(pairs(given, [])) == names(pairs(backwards, []))


@pytest.mark.slow
def test_three_hundred_submissions_take_less_than_ten_seconds() -> None:
    """Of processor time; each some 1,500 tokens."""
    given = {
        f"s{n:03}": {f"answer {k}": code(1000 * n + k if n % 3 else k, 14) for k in range(6)}
        for n in range(300)
    }
    began = time.process_time()
    assert pairs({**given, "copy": given["s001"]}, [code(7)])[0].other == "s001"
    assert time.process_time() - began < 10
