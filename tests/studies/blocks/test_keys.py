import pytest

from molscape.studies.blocks.keys import RecipeError, set_key


def test_dotted_keys_go_through_blocks_and_lists():
    plain = {"models": {"a": {"potential": [{"spacing": 1}, {"spacing": 2}], "list": [1, 2]}}}
    set_key(plain, "models.a.potential.1.spacing", 3)
    set_key(plain, "models.a.list.0", 9)
    set_key(plain, "simulate.thermostat.kind", "none")
    assert plain == {
        "models": {"a": {"potential": [{"spacing": 1}, {"spacing": 3}], "list": [9, 2]}},
        "simulate": {"thermostat": {"kind": "none"}},
    }


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("list.2", "'2' is not an entry of a list of 2: count from 0"),
        ("list.first", "'first' is not an entry of a list of 2"),
        ("list.-1", "'-1' is not an entry"),
        ("seed.more", "--set seed.more: 'seed' is a value, not a block"),
    ],
)
def test_keys_that_lead_nowhere_are_refused(key, told):
    plain = {"list": [1, 2], "seed": 4}
    with pytest.raises(RecipeError, match=told):
        set_key(plain, key, 0)
    assert plain == {"list": [1, 2], "seed": 4}
