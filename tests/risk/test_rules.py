import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import ReasonCode, rule_from_node

RULE = "id: late\nwhen: days > 90\nreason: {code: LATE, zh: 逾期, en: late}"


def test_a_rule_is_read_with_its_place() -> None:
    rule = rule_from_node(parse_document(RULE, path="policies/r.yaml").root)
    assert (rule.id, rule.when, rule.reason) == (
        "late",
        "days > 90",
        ReasonCode(code="LATE", zh="逾期", en="late"),
    )
    assert rule.where == {"file": "policies/r.yaml", "line": 2, "field": "when"}
    assert (rule.step().name, rule.step().kind) == ("when_late", "boolean")


@pytest.mark.parametrize("written", ["true", "false"])
def test_a_condition_may_be_a_plain_truth(written: str) -> None:
    rule = rule_from_node(parse_document(RULE.replace("days > 90", written), path="r.yaml").root)
    assert rule.when == written


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: late", "id: 迟", "not a name for rule"),
        ("id: late", "id: is", "not a name for rule"),
        ("when: days > 90", "when: 5", "expected text"),
        ("code: LATE, ", "", "the key 'code' is missing"),
        ("en: late", "en: late, fr: tard", "unknown key 'fr'"),
    ],
)
def test_a_bad_rule_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        rule_from_node(parse_document(RULE.replace(old, new), path="r.yaml").root)
