"""What a script does about models (模型剧本): findings, answers, sign-off, putting live; all simulated.

A model is named as in the register, a finding by the entry of the script that raised it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from creditloop.kernel.errors import InputError
from creditloop.oversight import Model, ModelFinding, find_model_findings, find_models
from creditloop.service.overseeing.validating import (
    answer_model_finding,
    close_model_finding,
    put_model_live,
    raise_model_finding,
    sign_off,
)
from creditloop.service.playing.scene import Scene


def _model(scene: Scene, name: str, on: date) -> Model:
    models = [one for one in find_models(scene.work.connection, on=on) if one.name == name]
    if len(models) != 1:
        raise InputError(
            "not one model of this name in the register",
            got=name,
            expected=[one.name for one in find_models(scene.work.connection, on=on)],
            where={"on": on},
        )
    return models[0]


def _named(scene: Scene) -> Model:
    assert scene.entry.model is not None  # the verbs that need one are read with one
    return _model(scene, scene.entry.model, scene.entry.on)


def _finding(scene: Scene) -> ModelFinding:
    """Return the finding that an earlier entry raised."""
    entries = {one.id: one for one in scene.script.entries}
    raised = entries.get(scene.entry.about or "")
    if raised is None or raised.model is None:
        raise InputError("no entry raised this finding", got=scene.entry.about)
    model = _model(scene, raised.model, raised.on)
    found = find_model_findings(scene.work.connection, card_hash=model.card_hash)
    same = [one for one in found if (one.text, one.found_on) == (raised.note, raised.on)]
    if not same:
        raise InputError("the finding is not raised yet", got=scene.entry.about)
    return same[0]


def _raise(scene: Scene, _: Sequence[str]) -> dict[str, str]:
    entry = scene.entry
    assert entry.severity is not None  # the verb is read with both
    assert entry.due is not None
    raise_model_finding(
        scene.work,
        card_hash=_named(scene).card_hash,
        validator=scene.by.name,
        severity=entry.severity,
        text=entry.note,
        found_on=entry.on,
        due_on=entry.due,
        simulated=True,
    )
    return {}


def _step(scene: Scene, step: Callable[..., ModelFinding]) -> dict[str, str]:
    step(
        scene.work,
        finding_id=_finding(scene).batch_id,
        person=scene.by.name,
        text=scene.entry.note,
        done_on=scene.entry.on,
        simulated=True,
    )
    return {}


def _act(scene: Scene, step: Callable[..., object]) -> dict[str, str]:
    step(
        scene.work,
        card_hash=_named(scene).card_hash,
        person=scene.by.name,
        reason=scene.entry.note,
        on=scene.entry.on,
        simulated=True,
    )
    return {}


MODEL_DEEDS: Mapping[str, Callable[[Scene, Sequence[str]], dict[str, str]]] = {
    "raise_finding": _raise,
    "answer_finding": lambda scene, _: _step(scene, answer_model_finding),
    "close_finding": lambda scene, _: _step(scene, close_model_finding),
    "sign_off": lambda scene, _: _act(scene, sign_off),
    "put_live": lambda scene, _: _act(scene, put_model_live),
}
"""What is done about models; nobody is refused one by one."""
