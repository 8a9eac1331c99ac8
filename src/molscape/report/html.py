"""`report.html`: one page that opens offline, with the numbers first and then the pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from pathlib import Path

from molscape.core.panels import Map, Plot, Scene, Section, Table
from molscape.core.record import Record
from molscape.core.store import write_text
from molscape.report.figures import Style, draw, has_band, legend_rows, styles_of
from molscape.report.format import format_seconds
from molscape.report.maps import draw_map
from molscape.report.scenes import draw_scene
from molscape.report.tables import (
    inputs_table,
    models_table,
    numbers_table,
    pairs_table,
    panel_table,
    stages_table,
)
from molscape.report.words import verdict_sentences

# the browser itself refuses to load anything from elsewhere
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
_BAND_CAPTION = "Bands: ± 2 standard errors."


@dataclass
class Report:
    """A record and the pictures that go with it, saved as one self-contained page.

    Attributes:
        record: the numbers; everything on the page that is not a picture comes from it.
        sections: the pictures, in order.
        summary: what was made of what, in a sentence; the verdicts are told behind it.
        citations: papers of the methods used, one each.
        recipe: the recipe as its user wrote it; the record's, as JSON, if left out.
        overview: what stands in front of the numbers, in place of the table of models.
    """

    record: Record
    sections: Sequence[Section] = ()
    summary: str = ""
    citations: Sequence[str] = field(default_factory=tuple)
    recipe: str = ""
    overview: Sequence[Section] = ()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page (whole or not at all) and return its path.

        Args:
            path: the file; its folder is made if it does not exist.
        """
        return write_text(Path(path), self.html())

    def html(self) -> str:
        """Return the page; plotly's script and every curve are inside it."""
        from plotly.offline import get_plotlyjs

        every = [*self.overview, *self.sections]
        plots = [plot for part in every for plot in part.figures if isinstance(plot, Plot)]
        figures: dict[str, object] = {}
        sections = _sections(every, styles_of(plots), figures)
        first, later = sections[: len(self.overview)], sections[len(self.overview) :]
        parts = [*first, *self._numbers(), *later, *self._account()]
        links = "".join(f'<a href="#{key}">{escape(title)}</a>' for key, title, _ in parts)
        body = "".join(
            f'<section id="{key}"><h2>{escape(title)}</h2>{content}</section>'
            for key, title, content in parts
        )
        script = (
            f"<script>{get_plotlyjs()}</script>"
            f'<script type="application/json" id="figures">{_safe_json(figures)}</script>'
            f"<script>{_asset('page.js')}</script>"
        )
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.record.title)}</title>"
            f'<link rel="icon" href="data:,"><style>{_asset("page.css")}</style></head>\n'
            f"<body><header><h1>{escape(self.record.title)}</h1>{self._summary()}"
            f"<nav>{links}</nav></header>\n<main>{body}</main>\n"
            f"<footer>Made by molscape {escape(self._version())}.</footer>\n"
            f"{script if figures else ''}</body></html>\n"
        )

    def _summary(self) -> str:
        told = [self.summary.strip(), verdict_sentences(self.record)]
        seconds = sum(float(stage.get("seconds") or 0.0) for stage in self.record.stages)
        if seconds > 0:
            told.append(f"The run took {format_seconds(seconds)}; its seed is {self.record.seed}.")
        return f'<p class="summary">{escape(" ".join(text for text in told if text))}</p>'

    def _numbers(self) -> list[tuple[str, str, str]]:
        """Return (anchor, title, content) of the parts in front of the pictures."""
        parts = []
        side_by_side = "" if self.overview else models_table(self.record)
        if side_by_side:
            parts.append(("models", "Models side by side", side_by_side))
        return [*parts, ("numbers", "Numbers", numbers_table(self.record))]

    def _account(self) -> list[tuple[str, str, str]]:
        """Return (anchor, title, content) of the parts behind the pictures."""
        record = self.record
        parts = []
        if record.notes:
            notes = "".join(f"<li>{escape(note)}</li>" for note in record.notes)
            parts.append(("notes", "Notes", f"<ul>{notes}</ul>"))
        parts.append(("inputs", "Inputs", inputs_table(record)))
        parts.append(("stages", "Stages", stages_table(record)))
        made = {**record.versions, **record.machine}
        if made:
            parts.append(("versions", "Versions and machine", pairs_table(made, "versions")))
        recipe = self.recipe
        if not recipe and record.recipe:
            recipe = json.dumps(record.to_dict()["recipe"], indent=2, ensure_ascii=False)
        if recipe:
            shown = (
                f"<details><summary>Show the recipe</summary><pre>{escape(recipe)}</pre></details>"
            )
            parts.append(("recipe", "Recipe", shown))
        return [*parts, ("cite", "How to cite", self._cite())]

    def _cite(self) -> str:
        papers = [
            f"The molscape developers. molscape, version {self._version()}. Software.",
            *self.citations,
        ]
        return f"<ul>{''.join(f'<li>{escape(paper)}</li>' for paper in papers)}</ul>"

    def _version(self) -> str:
        if "molscape" in self.record.versions:
            return self.record.versions["molscape"]
        from molscape import __version__

        return __version__


def _sections(
    sections: Sequence[Section], styles: dict[str, Style], figures: dict[str, object]
) -> list[tuple[str, str, str]]:
    """Return (anchor, title, content) of each section; what plotly draws goes into `figures`."""
    parts = []
    for index, section in enumerate(sections, 1):
        text = "".join(
            f"<p>{escape(paragraph.strip())}</p>"
            for paragraph in section.text.split("\n\n")
            if paragraph.strip()
        )
        shown = ""
        for figure in section.figures:
            if isinstance(figure, Table):
                kind = "told broad" if figure.broad else "told"
                shown += _framed(figure.title, panel_table(figure), figure.caption, kind)
                continue
            key = f"plot-{len(figures) + 1}"
            if isinstance(figure, Scene):
                figures[key] = draw_scene(figure)
                picture = (
                    f'<div class="plot scene" id="{key}" style="--rows:1" role="img" '
                    f'aria-label="{escape(figure.title)}"></div>'
                )
                shown += _framed(figure.title, picture, figure.caption, "drawn")
                continue
            if isinstance(figure, Map):
                figures[key] = draw_map(figure)
                shown += _framed(figure.title, _map(key, figure), figure.caption, "drawn")
                continue
            figures[key] = draw(figure, styles)
            shown += _framed(figure.title, _drawing(key, figure), _caption(figure), "drawn")
        grid = f'<div class="grid">{shown}</div>' if shown else ""
        parts.append((f"section-{index}", section.title, text + grid))
    return parts


def _drawing(key: str, plot: Plot) -> str:
    kind = "plot tall" if plot.lines and plot.bars is not None else "plot"
    return (
        f'<div class="{kind}" id="{key}" style="--rows:{legend_rows(plot)}" '
        f'role="img" aria-label="{escape(plot.title)}"></div>'
    )


def _map(key: str, figure: Map) -> str:
    label = escape(figure.title)
    return f'<div class="plot" id="{key}" style="--rows:1" role="img" aria-label="{label}"></div>'


def _caption(plot: Plot) -> str:
    bands = any(has_band(line) for line in plot.lines)
    return f"{plot.caption} {_BAND_CAPTION}".strip() if bands else plot.caption


def _framed(title: str, content: str, caption: str, kind: str = "told") -> str:
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure class='{kind}'><h3>{escape(title)}</h3>{content}{below}</figure>"


def _safe_json(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _asset(name: str) -> str:
    return resources.files("molscape.report").joinpath(name).read_text(encoding="utf-8")
