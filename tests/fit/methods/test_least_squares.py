import pytest

from molscape.fit import Task
from molscape.fit.methods import method_of
from molscape.potentials import LennardJones


def test_the_block_changes_the_parameters_that_it_names(fluid):
    start = LennardJones(
        epsilon=[1.4], sigma=[0.34], pairs=(("A", "A"),), cutoff=0.78, smooth="force"
    )
    plain = {"kind": "least_squares", "parameters": ["epsilon[0]"], "blocks": 2}
    block = method_of("least_squares").model_validate(plain)
    found = block.fit(Task("lj", start, fluid))
    assert float(found.potential.epsilon[0]) == pytest.approx(1.0, rel=1e-6)
    assert float(found.potential.sigma[0]) == pytest.approx(0.34, rel=1e-12)
    assert found.method == block.name
    few = method_of("least_squares").model_validate({**plain, "iterations": 1})
    assert few.fit(Task("lj", start, fluid)).stopped == "1 iterations"
