"""Durations as people say them."""


def duration_in_words(seconds: float) -> str:
    """Return a duration as people say it, such as 80 s, 10 min or 2.0 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
