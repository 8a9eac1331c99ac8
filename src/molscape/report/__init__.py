"""The report room: the numbers of a run as a file, and the page that shows them.

A report is a `Record` and sections of plots: `Report(record, [Section(...)]).save(path)`.
Nothing here loads plotly before a page is written.
"""

from molscape.analysis.plots import (
    angle_plot,
    distribution_plot,
    force_plot,
    msd_plot,
    poorly_sampled,
    potential_plot,
    samples_plot,
    time_plot,
)
from molscape.core.panels import Line, Map, Plot, Scene, Section, Table
from molscape.report.compare import FileDifference, RunComparison, compare_runs
from molscape.report.format import format_number, format_value
from molscape.report.html import Report
from molscape.report.record_file import Difference, compare_records, read_record, write_record

__all__ = [
    "Difference",
    "FileDifference",
    "Line",
    "Map",
    "Plot",
    "Report",
    "RunComparison",
    "Scene",
    "Section",
    "Table",
    "angle_plot",
    "compare_records",
    "compare_runs",
    "distribution_plot",
    "force_plot",
    "format_number",
    "format_value",
    "msd_plot",
    "poorly_sampled",
    "potential_plot",
    "read_record",
    "samples_plot",
    "time_plot",
    "write_record",
]
