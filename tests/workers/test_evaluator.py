"""Evaluations in this process and in a pool: any order, failures as results, retries, cancel."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from molscape.workers import Evaluator


def square(x):
    return x * x


def fail(x):
    raise ValueError(f"no square of {x}")


class Flaky:
    """Fails so many times before it gives its value."""

    def __init__(self, failures, error=OSError):
        self.left, self.error = failures, error

    def __call__(self):
        if self.left:
            self.left -= 1
            raise self.error("not yet")
        return "done"


@pytest.fixture(params=["here", "threads"])
def executor(request):
    if request.param == "here":
        yield None
    else:
        with ThreadPoolExecutor(2) as pool:
            yield pool


def test_every_evaluation_is_collected_once(executor):
    evaluator = Evaluator(executor)
    for k in range(5):
        evaluator.submit(f"n{k}", square, k)
    found = {outcome.key: outcome.result() for outcome in evaluator.collect()}
    assert found == {f"n{k}": k * k for k in range(5)}
    assert list(evaluator.collect()) == []


def test_a_failed_evaluation_is_a_result(executor):
    evaluator = Evaluator(executor)
    evaluator.submit("bad", fail, 3)
    evaluator.submit("good", square, x=3)
    found = {outcome.key: outcome for outcome in evaluator.collect()}
    assert found["good"].value == 9
    assert found["good"].seconds >= 0
    assert "no square of 3" in str(found["bad"].error)
    with pytest.raises(ValueError, match="no square"):
        found["bad"].result()


def test_outcomes_come_as_they_end():
    with ThreadPoolExecutor(2) as pool:
        evaluator = Evaluator(pool)
        evaluator.submit("slow", time.sleep, 0.5)
        evaluator.submit("fast", time.sleep, 0.0)
        assert [outcome.key for outcome in evaluator.collect()] == ["fast", "slow"]


def test_more_can_be_submitted_while_collecting(executor):
    evaluator = Evaluator(executor)
    evaluator.submit("first", square, 2)
    keys = []
    for outcome in evaluator.collect():
        keys.append(outcome.key)
        if outcome.key == "first":
            evaluator.submit("second", square, 3)
    assert keys == ["first", "second"]


def test_errors_that_may_pass_are_tried_again(executor):
    evaluator = Evaluator(executor, retries=2)
    evaluator.submit("flaky", Flaky(2))
    evaluator.submit("hopeless", Flaky(5))
    evaluator.submit("wrong", Flaky(1, ValueError))
    found = {outcome.key: outcome for outcome in evaluator.collect()}
    assert (found["flaky"].value, found["flaky"].attempts) == ("done", 3)
    assert (str(found["hopeless"].error), found["hopeless"].attempts) == ("not yet", 3)
    assert found["wrong"].attempts == 1


def test_a_key_is_under_way_once(executor):
    evaluator = Evaluator(executor)
    evaluator.submit("a", square, 1)
    with pytest.raises(ValueError, match="'a' is under way"):
        evaluator.submit("a", square, 1)
    list(evaluator.collect())
    evaluator.submit("a", square, 2)
    assert next(evaluator.collect()).value == 4


def test_what_is_cancelled_is_not_collected(executor):
    evaluator = Evaluator(executor)
    for k in range(3):
        evaluator.submit(f"n{k}", square, k)
    assert evaluator.cancel() == ["n0", "n1", "n2"]
    assert list(evaluator.collect()) == []
