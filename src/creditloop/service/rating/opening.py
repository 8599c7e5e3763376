"""Open a rating as it is in force in a bank (评级启用): every text that rates is kept in the archive."""

from datetime import date
from pathlib import Path

from creditloop.kernel.documents import Document
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.features import live_texts
from creditloop.service.portraying import PortraitDocuments
from creditloop.service.rating.documents import RatingDocuments, read_rating_documents
from creditloop.service.rating.plan import read_rating_plan
from creditloop.service.work import Work


def open_rating(work: Work, *, path: str | Path, rules_as_of: date) -> RatingDocuments:
    """Read a plan and what it names: window features and policies as put live, cards as the fusion pins them.

    Raises: PolicyError naming the document that does not fit; StateError as `deciding_policy` does.
    """
    plan = read_rating_plan(work.adopt(work.places.document(path), kind="plan"))
    portraits = PortraitDocuments(work.places, contract=work.contract, published=live_texts(work))
    portrait = portraits.portrait(plan.portrait)
    work.adopt(portrait.document, kind="portrait")

    def find(named: str) -> Document:
        return work.adopt(work.places.document(named), kind="fusion" if named == plan.fusion else "card")

    return read_rating_documents(
        plan,
        portrait=portrait,
        find=find,
        find_policy=lambda named: deciding_policy(work, path=named, rules_as_of=rules_as_of),
    )
