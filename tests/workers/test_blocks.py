"""What a recipe may say of workers."""

import pytest
from pydantic import BaseModel, ValidationError

from molscape.workers import ClusterBlock, Workers


class Holder(BaseModel):
    workers: Workers = 1


def test_a_number_or_a_cluster():
    assert Holder(workers=4).workers == 4
    found = Holder.model_validate({"workers": {"system": "slurm", "jobs": 8}}).workers
    assert found == ClusterBlock(system="slurm", jobs=8)


@pytest.mark.parametrize("plain", [0, {"jobs": 2}, {"address": "tcp://a:1", "system": "slurm"}])
def test_what_makes_no_sense_is_refused(plain):
    with pytest.raises(ValidationError):
        Holder.model_validate({"workers": plain})
