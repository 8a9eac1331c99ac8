"""Pools: this process, processes of dask, a scheduler's address, jobs of a batch system."""

import os
import sys
from types import SimpleNamespace

import pytest

from molscape.workers import ClusterBlock, Evaluator, open_pool


def test_one_worker_is_this_process():
    with open_pool(1) as pool:
        assert pool is None


def test_processes_of_dask_evaluate_side_by_side():
    pytest.importorskip("distributed")
    with open_pool(2) as pool:
        evaluator = Evaluator(pool)
        for k in range(4):
            evaluator.submit(f"n{k}", os.getpid)
        processes = {outcome.result() for outcome in evaluator.collect()}
    assert os.getpid() not in processes


def test_an_address_is_a_scheduler_that_runs():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        open_pool(ClusterBlock(address=cluster.scheduler_address)) as pool,
    ):
        assert pool.submit(sum, [1, 2]).result() == 3


def test_jobs_of_a_batch_system_are_asked_for(monkeypatch):
    distributed = pytest.importorskip("distributed")
    asked = {}

    class Cluster(distributed.LocalCluster):
        def __init__(self, **options):
            asked.update(options)
            super().__init__(n_workers=0, processes=False, dashboard_address=None)

        def scale(self, jobs):
            asked["jobs"] = max(jobs, asked.get("jobs", 0))
            super().scale(jobs)

    monkeypatch.setitem(sys.modules, "dask_jobqueue", SimpleNamespace(SLURMCluster=Cluster))
    block = ClusterBlock(system="slurm", jobs=2, cores=4, memory="8GB", queue="short")
    with open_pool(block) as pool:
        assert pool.submit(sum, [1, 2]).result() == 3
    assert asked == {
        "cores": 4,
        "processes": 1,
        "memory": "8GB",
        "walltime": "24:00:00",
        "queue": "short",
        "jobs": 2,
    }


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'molscape\[distributed\]'"), open_pool(2):
        pass


def test_fewer_than_one_worker_is_refused():
    pytest.importorskip("distributed")
    with pytest.raises(ValueError, match="at least one"), open_pool(0):
        pass
