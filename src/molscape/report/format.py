"""Numbers as people read them: `0.0123 ± 0.0004`, superscripts, true minus signs."""

from __future__ import annotations

import math

from molscape.core.panels import Real

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LARGEST_EXPONENT = 5
_SMALLEST_EXPONENT = -4
_UNGROUPED_DIGITS = 4
_GREEK = {"theta": "θ", "phi": "φ", "psi": "ψ"}
MISSING = "–"


def format_number(value: Real | None, digits: int = 4) -> str:
    """Return a number with at most a few significant digits; whole ones below 10^6 in full.

    Args:
        value: the number; None or not finite gives an en dash.
        digits: significant digits.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e6:
        return _grouped(f"{value:.0f}")
    exponent = _exponent(value, digits)
    if _SMALLEST_EXPONENT < exponent < _LARGEST_EXPONENT:
        return _grouped(_trimmed(f"{value:.{max(digits - 1 - exponent, 0)}f}"))
    mantissa = _trimmed(f"{value / 10.0**exponent:.{digits - 1}f}")
    shown = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    return shown if mantissa == "1" else f"{_signed(mantissa)} × {shown}"


def format_value(value: Real | None, error: Real | None = None, unit: str = "") -> str:
    """Return `value ± error unit`, rounded so that the error shows one digit, two after a 1.

    Args:
        value: the number; None or not finite gives an en dash.
        error: its standard error; None, zero or not finite leaves it out.
        unit: written behind, with superscripts for powers.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    behind = f" {format_unit(unit)}" if unit else ""
    if error is None or not math.isfinite(error) or error <= 0:
        return format_number(value) + behind
    last = _last_digit(error)
    exponent = max(_exponent(value, 4) if value else last, _exponent(error, 2))
    if _SMALLEST_EXPONENT < exponent < _LARGEST_EXPONENT and last <= 0:
        return f"{_grouped(f'{value:.{-last}f}')} ± {_grouped(f'{error:.{-last}f}')}{behind}"
    if last > 0 and exponent < _LARGEST_EXPONENT:
        rounded, uncertain = round(value, -last), round(error, -last)
        return f"{_grouped(f'{rounded:.0f}')} ± {_grouped(f'{uncertain:.0f}')}{behind}"
    scale = 10.0**exponent
    decimals = max(exponent - last, 0)
    pair = f"({value / scale:.{decimals}f} ± {error / scale:.{decimals}f})"
    return f"{_signed(pair)} × 10{str(exponent).translate(_SUPERSCRIPTS)}{behind}"


def format_unit(unit: str) -> str:
    """Return a unit with superscripts: `nm^2/ps` becomes `nm²/ps`, `deg` a degree sign."""
    pieces = unit.replace("deg", "°").split("^")
    text = pieces[0]
    for piece in pieces[1:]:
        power = piece[: len(piece) - len(piece.lstrip("-0123456789"))]
        text += power.translate(_SUPERSCRIPTS) + piece[len(power) :]
    return text


def format_label(label: str) -> str:
    """Return the name of a quantity as it is printed: `theta` becomes `θ`, `t x 2` `t × 2`."""
    symbol, *rest = label.split(" ")
    return " ".join([_GREEK.get(symbol, symbol), *rest]).replace(" x ", " × ")


def axis_title(label: str, unit: str) -> str:
    """Return the title of an axis as quantity over unit, e.g. `r / nm`, `U / (kJ/mol)`."""
    label = format_label(label)
    if unit in ("", "1"):
        return label
    pretty = format_unit(unit)
    return f"{label} / ({pretty})" if "/" in pretty or " " in pretty else f"{label} / {pretty}"


def format_tick(value: Real) -> str:
    """Return the label of a logarithmic axis: plain from 0.001 to 1000, else a power of ten."""
    if 0.99e-3 < value < 1.01e3:
        return format_number(value)
    mantissa, exponent = f"{value:.0e}".split("e")
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return power if mantissa == "1" else f"{mantissa} × {power}"


def format_seconds(seconds: Real | None) -> str:
    """Return a duration in the unit that suits it: `0.35 s`, `12 s`, `4 min 10 s`, `2 h 5 min`."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 10:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _exponent(value: float, digits: int) -> int:
    """Return the power of ten of a number once it is rounded to its digits."""
    return int(f"{abs(value):.{digits - 1}e}".split("e")[1])


def _last_digit(error: float) -> int:
    """Return the power of ten of the last digit that an error lets one write."""
    mantissa, exponent = f"{error:.1e}".split("e")
    return int(exponent) - (1 if mantissa[0] == "1" else 0)


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _grouped(text: str) -> str:
    """Part thousands by a thin space from 10 000 on, and sign with a true minus."""
    whole, point, decimals = text.partition(".")
    if len(whole.lstrip("-")) > _UNGROUPED_DIGITS:
        whole = f"{int(whole):,}".replace(",", "\u202f")
    return _signed(whole + point + decimals)


def _signed(text: str) -> str:
    return text.replace("-", "−")
