"""Iterative fits stop within the noise, or where nothing improves, and the best one is chosen."""

from molscape.fit.convergence import choose_best, reason_to_stop
from molscape.fit.result import Distance, Step


def step(number, value, error=0.1, floor=1.0):
    return Step(number, {"rdf.A-A": Distance(value, error, floor, "nm")}, {}, 1.0, 0.1)


def test_it_stops_within_noise_only_when_that_happens_twice():
    assert reason_to_stop([step(1, 3.0), step(2, 0.4)]) == ""
    assert "within noise" in reason_to_stop([step(1, 3.0), step(2, 0.4), step(3, 0.45)])
    assert reason_to_stop([step(1, 0.4), step(2, 0.6)]) == ""
    assert "within noise" in reason_to_stop([step(1, 0.9, error=0.5), step(2, 0.9, error=0.5)])


def test_it_stops_when_nothing_improves_beyond_the_errors():
    falling = [step(k + 1, 9.0 - k) for k in range(8)]
    assert reason_to_stop(falling) == ""
    level = [step(1, 5.0), *(step(k, 4.95) for k in range(2, 7))]
    assert "no improvement" in reason_to_stop(level)
    assert reason_to_stop(level[:5]) == ""


def test_the_latest_potential_within_the_errors_of_the_best_is_returned():
    assert choose_best([step(1, 5.0), step(2, 1.0), step(3, 1.1), step(4, 2.0)]) == 2
    broken = Step(3, {}, {"broken": 1.0}, 1.0, 0.1)
    assert choose_best([step(1, 5.0), step(2, 1.0), broken]) == 1
