"""Which tests go first when several processes run them."""

from tests import turns


def test_the_dearest_files_go_first_and_each_test_stays_with_its_file():
    few = [
        "tests/lib/test_a.py::test_one",
        "tests/journeys/test_first_story.py::test_it",
        "tests/lib/test_a.py::test_two",
    ]
    many = [f"tests/lib/test_b.py::test_{number}" for number in range(9)]

    assert turns.in_turn([*few, *many]) == [
        "tests/journeys/test_first_story.py",
        "tests/lib/test_b.py",
        "tests/lib/test_a.py",
    ]


def test_a_file_whose_tests_share_nothing_is_taken_apart():
    start = ["tests/test_start.py::test_one", "tests/test_start.py::test_two"]

    assert turns.in_turn(start) == start


def test_every_file_that_is_said_to_be_dear_exists(request):
    for name in turns.SECONDS:
        assert (request.config.rootpath / name.split("::")[0]).exists(), name
