"""模型监测: the register of models with what is due, the measurements of each, comparisons and proposals."""

from creditloop.kernel.storage import list_documents
from creditloop.oversight import (
    ModelRun,
    by_materiality,
    find_comparison_runs,
    find_model_findings,
    find_model_runs,
    find_models,
    find_proposals,
    review_calendar,
    review_due,
)
from creditloop.service.console.model_life import done_things, life_day, open_findings
from creditloop.service.console.visit import Page, Visit


def show_models(visit: Visit) -> Page:
    """Show the register and everything measured."""
    with visit.reading() as connection:
        on = life_day(visit, connection)
        models = by_materiality(find_models(connection, on=on))
        runs = find_model_runs(connection)
        record = {
            "on": on,
            "models": models,
            "due": {model.card_hash for model in review_due(models, on=on)},
            "calendar": review_calendar(models, on=on),
            "open_findings": open_findings(find_model_findings(connection), models),
            "done_things": done_things(connection),
            "names": {model.card_hash: model.name for model in models},
            "runs": runs,
            "alarms": _alarms(runs),
            "comparisons": find_comparison_runs(connection),
            "proposals": find_proposals(connection),
            "cards": {archived.hash for archived in list_documents(connection, kind="card")},
        }
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.models"), None)]
    if not models and not runs and not record["comparisons"] and not record["proposals"]:
        return Page(template="empty.html", record={"why": "models.empty"}, trail=trail)
    return Page(template="models.html", record=record, trail=trail)


def _alarms(runs: list[ModelRun]) -> dict[str, int]:
    """Add up the alarms of each card's runs."""
    found: dict[str, int] = {}
    for run in runs:
        found[run.card_hash] = found.get(run.card_hash, 0) + run.alarms
    return found
