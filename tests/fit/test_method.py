"""Methods are found by the names of their files, and tell what studies ask of them."""

import subprocess
import sys
from typing import get_args

import pytest
from pydantic import ValidationError

from molscape.fit.methods import PREFERRED, kinds, kinds_for, method_named, method_of


@pytest.mark.parametrize("kind", PREFERRED)
def test_every_method_is_named_after_its_file_and_described(kind):
    method = method_of(kind)
    assert get_args(method.model_fields["kind"].annotation) == (kind,)
    assert next(iter(method.model_fields)) == "kind"
    assert kind in kinds_for(method.objectives[0])
    assert method_named(method.name) is method
    assert method.title[0].islower() or method.title.startswith("Boltzmann")
    assert method.citation.endswith(".")
    default = method.model_validate({"kind": kind})
    assert default.iterates == (default.sampling is not None)
    assert default.pool == 1


def test_methods_that_run_models_count_their_steps():
    plain = {"kind": "newton", "iterations": 3, "steps": 1000, "every": 100, "equilibration": 50}
    newton = method_of("newton").model_validate(plain)
    assert newton.sampling.all_steps == 3 * 1050
    assert not method_of("boltzmann")(kind="boltzmann").iterates
    with pytest.raises(ValidationError, match="must be a multiple of every"):
        method_of("newton").model_validate({**plain, "every": 300})


def test_unknown_methods_are_refused_with_what_there_is():
    with pytest.raises(ValueError, match="no fit method 'lnear': this molscape has linear, "):
        method_of("lnear")
    with pytest.raises(ValueError, match="no fit method writes 'annealing'"):
        method_named("annealing")


def test_listing_loads_no_method_and_blocks_load_no_jax():
    code = (
        "import sys\n"
        "from molscape.fit.methods import kinds, method_of\n"
        "names = kinds()\n"
        "assert not [m for m in sys.modules if m.startswith('molscape.fit.methods.')]\n"
        "[method_of(name) for name in names]\n"
        "sys.exit('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert kinds()[: len(PREFERRED)] == list(PREFERRED)
