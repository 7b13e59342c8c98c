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
# Costs of one unit of demand.
TBED1 = """4 2
4 5 6 7
10 20
100.5 200
0.25 0.65 1 2
0.5 0.8 1 3
"""
DELMAIRE = """ 4 2
  1.00  2.00
  3.25  4.00
  5.00  6.00
  8.00  9.00
  4 5
  6 7
  100.5 200
  10 20

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
        (ORLIB.replace("\n", "\r\n") + "\r\n  \r\n\x1a", "auto", "orlib"),
        (ORLIB.replace("\n", "\r"), "auto", "orlib"),
        (ORLIB.replace("100.5", "1.005e2").replace(" 200", " 200."), "auto", "orlib"),
        (ORLIB.replace(" 20 ", " 2.0E+01 ").replace("\n 4\n 1", "\n4.000\n 1."), "auto", "orlib"),
        (ORLIB.replace(" 1 2\n", " 1\n 2\n"), "auto", "orlib"),
        (DELMAIRE, "delmaire", "delmaire"),
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


@pytest.mark.parametrize("layout", ["auto", "tbed1"])
def test_costs_of_one_unit_are_multiplied_by_the_demand(layout):
    instance = parse(TBED1.encode(), layout=layout)
    assert instance.layout == "tbed1"
    assert instance.demand.tolist() == [4, 5, 6, 7]
    assert instance.capacity.tolist() == [10, 20]
    assert [float(instance.said(one)) for one in instance.fixed] == [100.5, 200]
    costs = [[float(instance.said(one)) for one in row] for row in instance.cost]
    assert costs == [[1, 2], [3.25, 4], [6, 6], [14, 21]]


def test_the_optimum_may_stand_last():
    assert parse((HOLMBERG + "1234.5\n").encode()).published == Decimal("1234.5")
    assert parse(HOLMBERG.encode()).published is None


@pytest.mark.parametrize("text", [ONE_A_LINE, " ".join(ORLIB.split()), EITHER])
def test_where_lines_do_not_tell_a_person_is_asked(text):
    with pytest.raises(UnclearLayout, match="--format"):
        parse(text.encode())
    assert parse(text.encode(), layout="orlib").layout == "orlib"


def test_layouts_that_count_customers_first_are_told_apart_or_asked_for():
    with pytest.raises(UnclearLayout, match=r"\(tbed1, delmaire\)"):
        parse(DELMAIRE.encode())
    wide = "2 3\n1 2 3\n4 5 6\n1 1\n9 9 9\n2 2 2\n"
    assert parse(wide.encode()).layout == "delmaire"
    assert parse(wide.encode()).facilities == 3


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
        ("", "the file is empty"),
        (" \r\n\r\n", "the file is empty"),
        ("<html>not found</html>", 'the number of facilities, found "<html>not"'),
        ("2", "expected the number of customers, but the file ends"),
        ("0 3", "line 1: expected the number of facilities, a whole number from 1"),
        ("2.5 3", "expected the number of facilities, a whole number"),
        ("99999 99999", "at most are read"),
        ("2 4\n1 2", "line 2: the file ends too early: 18 figures"),
        (ORLIB.replace("\n 4\n", "\n four\n"), "line 4: expected the demand of customer 1"),
        (ORLIB.replace("3.25", "nan"), "line 7: expected the cost of customer 2 at facility 1"),
        (ORLIB.replace("3.25", "1_0"), 'found "1_0", which is no number'),
        (ORLIB.replace("3.25", "-3"), "0 or more"),
        (ORLIB.replace("3.25", "1e99"), "too large"),
        (ORLIB.replace("3.25", "0.0123456789"), "the costs have 10 decimal places"),
        (ORLIB.replace("100.5", "9" * 400), "too large"),
        (ORLIB.replace(" 10 ", " -10 "), "the capacity of facility 1, 0 or more, found -10"),
        (HOLMBERG + "1\n2 3\n4\n", "line 9: there are too many figures: 18 belong to 2 facilities"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_what_was_expected(text, said):
    with pytest.raises(LayoutError) as refusal:
        parse(text.encode())
    assert said in str(refusal.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(b"2 4\n\xff\xfe\x00")
    with pytest.raises(LayoutError, match="line 2: this is no text file"):
        read(path)
    with pytest.raises(LayoutError, match="no such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(LayoutError, match="a folder"):
        read(tmp_path)
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(LayoutError, match="line 1: this is no text file"):
        read(path)


def test_costs_are_kept_as_customers_by_facilities():
    instance = parse(HOLMBERG.encode())
    assert instance.cost.shape == (4, 2)
    assert instance.cost.dtype == np.int64
