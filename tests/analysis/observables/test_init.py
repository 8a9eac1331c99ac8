import subprocess
import sys

import pytest

from molscape.analysis import observables


def test_every_file_holds_an_observable_of_its_name():
    assert {"rdf", "bonds", "maps", "regions", "temperature"} < set(observables.names())
    for name in observables.names():
        each = observables.observable(name)
        assert each.name == name
        assert each.words
        assert each.title or each.section in ("", "landscapes")


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ValueError, match=r"no observable 'colour': use one of angles, .*velocity"):
        observables.observable("colour")


def test_what_recipes_can_name_and_judge():
    asked = set(observables.recipe_names())
    assert {"rdf", "pressure", "density"} < asked
    assert not {"temperature", "energy_drift", "regions"} & asked
    assert {"rdf", "bonds", "bond_means", "gyration"} < set(observables.judged_names())
    assert "pressure" not in observables.judged_names()


def test_no_two_distributions_share_a_place():
    placed = [observables.observable(name) for name in observables.names()]
    orders = [each.order for each in placed if each.order != 50]
    assert len(set(orders)) == len(orders)


def test_names_are_listed_without_importing_them():
    code = (
        "import sys; from molscape.analysis import observables; assert observables.names(); "
        "print(sorted(m for m in sys.modules if m.startswith('molscape.analysis.observables.') "
        "and '._' not in m), 'jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"
