"""Evaluations that are submitted and collected as they end; one that fails is a result too."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, as_completed
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of an evaluation: a value, or the error that it ended with.

    `attempts` counts how often it was begun, `seconds` is what the last took on its worker, None
    where it did not end there.
    """

    key: str
    value: Any = None
    error: BaseException | None = None
    attempts: int = 1
    seconds: float | None = None

    def result(self) -> Any:
        """Return the value.

        Raises:
            BaseException: the error of an evaluation that failed.
        """
        if self.error is not None:
            raise self.error
        return self.value


@dataclass(frozen=True, eq=False)
class _Job:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]

    def __call__(self) -> tuple[Any, float]:
        begin = time.perf_counter()
        value = self.function(*self.arguments, **self.keywords)
        return value, time.perf_counter() - begin


class Evaluator:
    """Evaluates functions in a pool, or one after the other in this process without one.

    Args:
        executor: what `open_pool` gives, or any executor; None for this process.
        retries: how often an evaluation that failed is begun again; a worker that died is
            replaced by the pool.
        transient: errors after which another attempt can help.
    """

    def __init__(
        self,
        executor: Executor | None = None,
        retries: int = 0,
        transient: tuple[type[BaseException], ...] = (OSError, ConnectionError, TimeoutError),
    ) -> None:
        self.executor, self.retries, self.transient = executor, retries, transient
        self._waiting: dict[str, _Job] = {}
        self._running: dict[Future[tuple[Any, float]], str] = {}
        self._attempts: dict[str, int] = {}

    def submit(
        self, key: str, function: Callable[..., Any], *arguments: Any, **keywords: Any
    ) -> None:
        """Begin an evaluation; without a pool it begins when it is collected.

        Raises:
            ValueError: if an evaluation of that key has not been collected yet.
        """
        if key in self._waiting:
            raise ValueError(f"an evaluation {key!r} is under way: collect it first")
        self._waiting[key] = _Job(function, arguments, keywords)
        self._attempts[key] = 0
        self._begin(key)

    def collect(self) -> Iterator[Outcome]:
        """Yield each outcome as it comes, in any order; more may be submitted meanwhile."""
        while self._waiting:
            if self.executor is None:
                outcome = self._evaluate_here(next(iter(self._waiting)))
            else:
                outcome = self._await_next()
            if outcome is not None:
                del self._waiting[outcome.key]
                yield outcome

    def cancel(self) -> list[str]:
        """Drop what has not ended, and return its keys."""
        for future in self._running:
            future.cancel()
        dropped = list(self._waiting)
        self._waiting.clear()
        self._running.clear()
        return dropped

    def _begin(self, key: str) -> None:
        self._attempts[key] += 1
        if self.executor is not None:
            self._running[self.executor.submit(self._waiting[key])] = key

    def _evaluate_here(self, key: str) -> Outcome | None:
        if self._attempts[key] == 0:
            self._begin(key)
        try:
            value, seconds = self._waiting[key]()
        except Exception as error:
            return self._failed(key, error)
        return Outcome(key, value, attempts=self._attempts[key], seconds=seconds)

    def _await_next(self) -> Outcome | None:
        future = next(as_completed(self._running))
        key = self._running.pop(future)
        try:
            value, seconds = future.result()
        except (Exception, CancelledError) as error:
            return self._failed(key, error)
        return Outcome(key, value, attempts=self._attempts[key], seconds=seconds)

    def _failed(self, key: str, error: BaseException) -> Outcome | None:
        """Begin a failed evaluation again where that can help; else it is the outcome."""
        if isinstance(error, self.transient) and self._attempts[key] <= self.retries:
            log.warning("evaluation %s failed (%s) and is begun again", key, error)
            self._begin(key)
            return None
        return Outcome(key, error=error, attempts=self._attempts[key])
