"""What a recipe says of workers: how many here, an address, or jobs of a batch system."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from molscape.core.block import Block


class ClusterBlock(Block):
    """Workers of dask elsewhere: a scheduler that runs already, or jobs of a batch system."""

    address: str | None = Field(
        default=None, description="of a dask scheduler that runs, such as tcp://node1:8786"
    )
    system: Literal["slurm", "pbs", "sge", "lsf", "htcondor"] | None = Field(
        default=None, description="batch system whose jobs are the workers"
    )
    jobs: int = Field(default=1, ge=1, description="number of jobs, each with one worker")
    cores: int = Field(default=1, ge=1, description="of each job")
    memory: str = Field(default="4GB", description="of each job")
    walltime: str = Field(default="24:00:00", description="of each job, hours:minutes:seconds")
    queue: str | None = Field(default=None, description="or partition that the jobs are sent to")

    @model_validator(mode="after")
    def _one(self) -> ClusterBlock:
        if (self.address is None) == (self.system is None):
            raise ValueError(
                "give either the `address` of a dask scheduler or the batch `system` that starts "
                "workers"
            )
        return self


Workers = Annotated[int, Field(ge=1)] | ClusterBlock
"""A number of processes on this machine, or a cluster."""
