import numpy as np

from creditloop.risk.boosting.columns import matrix_of, tree_columns


def told(steps, ordered):
    columns = tree_columns([np.array(steps)], ordered=[ordered])
    return [(column.sense, column.values.tolist()) for column in columns]


def same(found, wanted):
    assert [sense for sense, _ in found] == [sense for sense, _ in wanted]
    np.testing.assert_array_equal([values for _, values in found], [values for _, values in wanted])


NAN = float("nan")


def test_a_feature_without_direction_is_the_numbers_of_its_bins():
    same(told([0, 0, 0, 0], 3), [(0, [0, 1, 2, 3, NAN])])


def test_codes_stand_outside_the_order():
    same(
        told([1, 1, 0, 0, 0], 3),
        [(1, [0, 1, 2, NAN, NAN, NAN]), (0, [0, 0, 0, 1, 2, NAN])],
    )


def test_a_peak_is_read_as_far_as_it_rises_and_as_far_as_it_falls():
    same(told([1, -1, -1, 0], 4), [(1, [0, 1, 1, 1, NAN]), (-1, [1, 1, 2, 3, NAN])])


def test_rows_are_read_by_the_column_of_their_feature():
    columns = tree_columns([np.zeros(2, dtype=int), np.array([-1, 0])], ordered=[2, 2])
    found = matrix_of(columns, np.array([[0, 1], [2, 0], [1, 2]]))
    np.testing.assert_array_equal(found, [[0, 1], [NAN, 0], [1, NAN]])
