"""Results as one page in HTML that stands for itself: it needs no network, no script, and no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mocompile.results.analyse.coverage import Coverage
from mocompile.results.present.html.environment import environment_beside, nodes_beside
from mocompile.results.present.html.page import About, page
from mocompile.results.record import Record, Results

__all__ = ["About", "environment_beside", "nodes_beside", "report"]


def report(
    results: Results,
    about: Mapping[str, About] | None = None,
    environment: Sequence[Mapping[str, object]] = (),
    nodes: Sequence[Mapping[str, object]] = (),
    *,
    title: str = "",
    made: str = "",
    plots: bool = True,
    covered: Coverage | None = None,
    of_sets: Sequence[Record] = (),
) -> str:
    """The report of `results`: the text of an HTML file, the same for the same arguments.

    `about` is by metric what the catalog says of it; `environment` an entry for each container of what the cluster says
    (`containers` of what `results collect` leaves), `nodes` the same for each node. `made` is the time to show, if
    any; `covered` the coverage of the study (without it, of the parameters that the logs name); `of_sets` figures of
    whole sets, such as their phases. Raises `MissingExtraError` where it is to have plots and matplotlib is not
    installed.
    """
    import jinja2
    from markupsafe import Markup

    environment_of_template = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment_of_template.from_string(Path(__file__).with_name("report.html.j2").read_text("utf-8"))
    shown = page(
        results,
        about or {},
        environment,
        nodes,
        title=title,
        made=made,
        plots=plots,
        covered=covered,
        of_sets=of_sets,
    )
    return template.render(page=shown, markup=Markup)
