import pytest

from molscape.fit import Task
from molscape.potentials import HarmonicBonds


def test_a_task_says_what_it_lacks():
    bonds = HarmonicBonds(types=("A-B",), stiffness=[1.0], length=[0.1])
    task = Task("rigid", bonds, [])
    with pytest.raises(ValueError, match="rigid: this method minimises a loss on frames"):
        task.need_objective()
    with pytest.raises(ValueError, match="rigid: this method runs models: give a sampler"):
        task.need_sampler()
