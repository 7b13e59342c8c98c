"""Published layouts: each is read as it was published, told apart safely, refused clearly."""

from decimal import Decimal

import numpy as np
import pytest

from compounds.planning.core.cflp_layouts import LayoutError, UnclearLayout, parse, read

# Two facilities, four customers; costs of the whole demand.
ORLIB = """ 2 4
 10 100.5
 20 200
 4
 1 2
 5
 3.25 4
 6
 5 6
 7
 8 9
"""
HOLMBERG = """2 4
10 100.5
20 200
4 5 6 7
1 3.25 5 8
2 4 6 9
"""
# With one customer more than facilities both orders break their lines at the same places.
EITHER = """2 3
10 1
20 2
4 5 6
1 3 5
2 4 6
"""
ONE_A_LINE = "\n".join(ORLIB.split())


@pytest.mark.parametrize(
    ("text", "layout", "told"),
    [
        (ORLIB, "auto", "orlib"),
        (ORLIB, "orlib", "orlib"),
        (HOLMBERG, "auto", "holmberg"),
        (HOLMBERG, "yang", "yang"),
        (HOLMBERG.replace("4 5 6 7", "4 5\n6 7").replace("\n", "\r\n"), "auto", "holmberg"),
        ("\ufeff" + ORLIB, "auto", "orlib"),
    ],
)
def test_both_orders_mean_the_same_instance(text, layout, told):
    instance = parse(text.encode(), layout=layout)
    assert instance.layout == told
    assert instance.capacity.tolist() == [10, 20]
    assert instance.demand.tolist() == [4, 5, 6, 7]
    assert instance.money == 100
    assert instance.fixed.tolist() == [10050, 20000]
    assert instance.cost.tolist() == [[100, 200], [325, 400], [500, 600], [800, 900]]
    assert instance.said(10050) == Decimal("100.5")


def test_the_optimum_may_stand_last():
    assert parse((HOLMBERG + "1234.5\n").encode()).published == Decimal("1234.5")
    assert parse(HOLMBERG.encode()).published is None


@pytest.mark.parametrize("text", [ONE_A_LINE, " ".join(ORLIB.split()), EITHER])
def test_where_lines_do_not_tell_a_person_is_asked(text):
    with pytest.raises(UnclearLayout, match="--format"):
        parse(text.encode())
    assert parse(text.encode(), layout="orlib").layout == "orlib"


def test_the_word_capacity_stands_for_a_figure_to_be_given():
    text = ORLIB.replace(" 10 ", " capacity ").replace(" 20 ", " capacity ")
    with pytest.raises(LayoutError, match=r"line 2: .*--capacity"):
        parse(text.encode())
    assert parse(text.encode(), capacity="8000").capacity.tolist() == [8000, 8000]
    with pytest.raises(LayoutError, match="--capacity"):
        parse(text.encode(), capacity="-1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: expected the number of facilities, but the file ends"),
        ("2", "expected the number of customers, but the file ends"),
        ("0 3", "line 1: expected the number of facilities, a whole number from 1"),
        ("2.5 3", "expected the number of facilities, a whole number"),
        ("99999 99999", "at most are read"),
        ("2 4\n1 2", "line 2: expected 18 figures"),
        (ORLIB.replace("\n 4\n", "\n four\n"), "line 4: expected the demand of customer 1"),
        (ORLIB.replace("3.25", "nan"), "line 7: expected the cost of customer 2 at facility 1"),
        (ORLIB.replace("3.25", "1_0"), "found '1_0'"),
        (ORLIB.replace("3.25", "-3"), "0 or more"),
        (ORLIB.replace("3.25", "1e99"), "0 or more"),
        (ORLIB.replace("3.25", "0.12345678"), "8 decimal places"),
        (ORLIB.replace("100.5", "9" * 400), "0 or more"),
        (HOLMBERG + "1\n2\n", "expected 18 figures"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_what_was_expected(text, said):
    with pytest.raises(LayoutError) as refusal:
        parse(text.encode())
    assert said in str(refusal.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(b"2 4\n\xff\xfe\x00")
    with pytest.raises(LayoutError, match="line 2: expected figures in plain text"):
        read(path)
    with pytest.raises(LayoutError, match="cannot be read"):
        read(tmp_path / "nowhere")


def test_costs_are_kept_as_customers_by_facilities():
    instance = parse(HOLMBERG.encode())
    assert instance.cost.shape == (4, 2)
    assert instance.cost.dtype == np.int64
