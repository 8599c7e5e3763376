"""Templates (模板): a record becomes a page. Undefined names are errors, everything is escaped."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2

from creditloop.service.console import charts
from creditloop.service.console.figures import FILTERS, ratio

FOLDER = Path(__file__).with_name("templates")


@cache
def environment() -> jinja2.Environment:
    """Return the environment all templates are read in."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.filters.update(FILTERS)
    made.globals |= {"heat_step": charts.heat_step, "ratio": ratio}
    return made


def draw(template: str, record: Mapping[str, object]) -> str:
    """Put a record into a template."""
    return environment().get_template(template).render(record)
