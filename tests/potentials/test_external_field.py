import pytest

from molscape import potentials
from molscape.core.terms import Opaque


@pytest.mark.parametrize("name", ["rippled_quartic", "harmonic_coordinate", "basis_sum"])
def test_fields_on_single_particles_have_no_symmetry_and_no_reach(instances, name):
    field = instances[name]()
    assert isinstance(field, potentials.class_of(name))
    assert (field.symmetries, field.reach) == (frozenset(), 0.0)
    (term,) = field.lower()
    assert isinstance(term, Opaque)
    assert "single particles" in term.why
