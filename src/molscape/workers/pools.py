"""Where evaluations run: in this process, in processes beside it, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from molscape.workers.blocks import ClusterBlock

JOB_CLUSTERS = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "htcondor": "HTCondorCluster",
}


@contextmanager
def open_pool(workers: int | ClusterBlock = 1) -> Iterator[Executor | None]:
    """Hold workers for as long as the block runs; None for one, which is this process.

    Args:
        workers: number of processes on this machine, or a cluster.

    Raises:
        ValueError: if dask, or what talks to the batch system, is not installed, or there are
            fewer than one worker.
    """
    if workers == 1:
        yield None
        return
    distributed = _load("dask.distributed", "several `workers` need dask")
    with _cluster(workers, distributed) as cluster, distributed.Client(cluster) as client:
        yield client.get_executor(pure=False)


@contextmanager
def _cluster(workers: int | ClusterBlock, distributed: Any) -> Iterator[Any]:
    """Start the workers, or name the scheduler that has them."""
    if isinstance(workers, int):
        if workers < 1:
            raise ValueError(f"workers {workers}: give at least one")
        with distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster:
            yield cluster
        return
    if workers.system is None:
        yield workers.address
        return
    jobqueue = _load("dask_jobqueue", "workers of a batch system need dask-jobqueue")
    options: dict[str, Any] = {
        "cores": workers.cores,
        "processes": 1,
        "memory": workers.memory,
        "walltime": workers.walltime,
    }
    if workers.queue is not None:
        options["queue"] = workers.queue
    with getattr(jobqueue, JOB_CLUSTERS[workers.system])(**options) as cluster:
        cluster.scale(jobs=workers.jobs)
        yield cluster


def _load(module: str, need: str) -> Any:
    """Import a module of the extra `distributed`.

    Raises:
        ValueError: if it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"{need}: pip install 'molscape[distributed]'") from error
