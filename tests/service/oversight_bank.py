"""The second line of a bank under review: its plan, without a book."""

from tests.service.review_bank import PLAN as REVIEW
from tests.service.review_bank import write_plan as write_review
from tests.service.small_bank import REPOSITORY

from creditloop.service.bank import Bank
from creditloop.service.overseeing.oversight_plan import OversightPlan, read_oversight_plan
from creditloop.service.work import Work

FILE = "oversight.yaml"


def plan_text() -> str:
    """The example's plan, for a bank that has no book and no warnings."""
    text = (REPOSITORY / "examples" / "taiwan_cards" / "oversight.yaml").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("book:", "warning:"))]
    ours = "\n".join(kept).replace("examples/taiwan_cards/review.yaml", REVIEW, 1) + "\n"
    # few customers have few bands of probability: the next one lies further away
    return ours.replace("grade_d_pd_max, step: 0.02, reach: 0.10", "grade_d_pd_max, step: 0.1, reach: 0.2", 1)


def write_plan(bank: Bank, old: str = "plan:", new: str = "plan:", file: str = FILE) -> None:
    """Write the plan into the bank's folder, with one thing changed."""
    text = plan_text()
    assert old in text
    (bank.places.documents / file).write_text(text.replace(old, new, 1), "utf-8")


def turn_outcome(bank: Bank) -> None:
    """Write the plan with good and bad changed over: the card is then wrong, and a looser cut-off right.

    On these few customers nothing the plan may try beats the champion by the true outcome.
    """
    write_review(bank, "bad: true", "bad: false", file="turned.yaml")
    write_plan(bank, "review: review.yaml", "review: turned.yaml")


def plan_of(work: Work, file: str = FILE) -> OversightPlan:
    return read_oversight_plan(work.places.document(file), work=work)
