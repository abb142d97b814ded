"""Columns of strings against plain lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.engine.columns import Names, Strings

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=8)  # lone surrogates, too


def filled(column, values):
    for value in values:
        column.append(value)
    return column


@given(st.lists(ANY_TEXT | st.none()), st.data())
def test_strings_are_a_list_of_strings(values, data):
    column, twin = filled(Strings(), values), [value or "" for value in values]
    assert len(column) == len(twin)
    assert list(column) == twin
    assert [column[i] for i in range(len(twin))] == twin
    part = data.draw(st.slices(len(twin)))
    assert list(column[part]) == twin[part]
    assert ("no such" in column) == ("no such" in twin)


@given(st.lists(st.sampled_from(["a", "b", "", "ü"]) | st.none()), st.data())
def test_names_are_a_list_of_names_and_none_is_not_the_empty_one(values, data):
    column = filled(Names(), values)
    assert len(column) == len(values)
    assert list(column) == values
    assert [column[i - len(values)] for i in range(len(values))] == values
    part = data.draw(st.slices(len(values)))
    assert list(column[part]) == values[part]


@pytest.mark.parametrize("kind", [Strings, Names])
def test_there_is_nothing_behind_the_end(kind):
    column = filled(kind(), ["one", "two"])
    with pytest.raises(IndexError):
        column[2]
    with pytest.raises(IndexError):
        kind()[0]


def test_names_that_come_again_are_kept_once():
    column = filled(Names(), ["".join(["site", str(k % 3)]) for k in range(3000)])
    assert len({id(value) for value in column}) == 3
