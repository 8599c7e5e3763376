"""Parties to screen, the bank's policies to screen them by, and a small card."""

from datetime import date
from pathlib import Path

import polars as pl

from creditloop.acquire import Policies, ScreeningKey
from creditloop.formula import Kind
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Source, parse_document, read_document
from creditloop.risk import (
    Card,
    CardFeature,
    FitSettings,
    Policy,
    card_text,
    fit_card,
    read_card,
    read_policy,
)

REPOSITORY = Path(__file__).parents[2]
RULES = date(2024, 6, 30)
JUNE, JULY, AUGUST, SEPTEMBER = (
    date(2005, month, day) for month, day in ((6, 30), (7, 31), (8, 31), (9, 30))
)
PRODUCT = "card_instalment"
GOOD: dict[str, object] = {
    "score": 580,
    "pd_nano": 100_000_000,
    "cause": "initial",
    "has_bill": True,
    "months_late_now": 0,
    "months_late_max": 0,
    "utilisation_now": 400_000_000,
    "utilisation_change": 0,
    "owed_0_fen": 5_000_00,
    "owed_1_fen": 5_000_00,
    "owed_2_fen": 5_000_00,
    "payment_ratio_both": 300_000_000,
    "limit_granted_fen": 20_000_00,
}
"""A party that meets every condition of an invitation."""
_TYPES: dict[str, pl.DataType] = {"cause": pl.String(), "has_bill": pl.Boolean()}


def policies(whitelist: Policy | None = None) -> Policies:
    """The credit card's policies, as in force on the rules date; or another whitelist."""
    own = whitelist or _policy("whitelist")
    return Policies(portrait=_policy("portrait"), whitelist=own, rescreen=_policy("rescreen"))


def _policy(name: str) -> Policy:
    file = REPOSITORY / "policies" / "credit_card" / "acquire" / f"{name}.yaml"
    return read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES)


def whitelist_with_a_limit() -> Policy:
    """The credit card's whitelist, which also says how much may be put into instalments."""
    file = REPOSITORY / "policies" / "credit_card" / "acquire" / "whitelist.yaml"
    text = file.read_text("utf-8")
    told = 'owed_1_fen: {kind: money, "null": refer}'
    text = text.replace("inputs:\n  segment", f"inputs:\n  {told}\n  segment", 1)
    limit = 'name: instalments_fen, kind: money, value: "owed_1_fen", meaning: {zh: 分期额, en: instalments}'
    text = text.replace("\ntables:\n", f"\nsteps:\n  - limit: {{{limit}}}\ntables:\n", 1)
    return read_policy(parse_document(text, path="whitelist.yaml"), rules_as_of=RULES)


def rows(*parties: dict[str, object]) -> pl.DataFrame:
    """Parties p0, p1, …: each as `GOOD`, but for what is given."""
    made = [{"party_id": f"p{number}", **GOOD, **changes} for number, changes in enumerate(parties)]
    schema = {"party_id": pl.String(), **{name: _TYPES.get(name, pl.Int64()) for name in GOOD}}
    return pl.DataFrame(made, schema=schema)


def key(*, trigger: str = "initial", on: date = JUNE, **changes: str) -> ScreeningKey:
    """What makes a screening; texts are told by any hash."""
    hashes = dict.fromkeys(
        [
            *("plan_hash", "contract_hash", "features_hash", "card_hash"),
            *("portrait_policy_hash", "whitelist_policy_hash", "rescreen_policy_hash"),
        ],
        "a" * 64,
    )
    dates = Dates(business_date=on, rules_as_of=RULES)
    return ScreeningKey(**{"product": PRODUCT, "trigger": trigger, "dates": dates, **hashes, **changes})  # type: ignore[arg-type]


def card(name: str = "small_card") -> Card:
    """A card of two features, fitted on four hundred made-up parties."""
    source = Source(title="the tests", reference=None, checked=date(2026, 11, 22))
    settings = FitSettings(
        prebins_max=16,
        bins_max=4,
        share_min_nano=50_000_000,
        iv_min_nano=1,
        ridge_nano=100_000,
        bands_max=4,
        score_at=600,
        odds_at=20,
        points_to_double_odds=20,
        source=source,
    )
    features = [
        CardFeature(
            name="months_late_max",
            kind=Kind.INTEGER,
            direction="up",
            zh="最大逾期月数",
            en="most months late",
        ),
        CardFeature(
            name="utilisation_now", kind=Kind.NANO, direction="up", zh="额度使用率", en="use of the limit"
        ),
    ]
    number = range(400)
    frame = pl.DataFrame(
        {
            "months_late_max": [2 if n % 10 == 0 else 0 for n in number],
            "utilisation_now": [(n % 20) * 50_000_000 for n in number],
        },
        schema=dict.fromkeys(["months_late_max", "utilisation_now"], pl.Int64()),
    )
    bad = pl.Series([n % 20 == 19 or n % 40 == 0 or n % 80 == 33 for n in number])
    fitted = fit_card(frame=frame, bad=bad, features=features, settings=settings)
    title = {"zh": "小卡", "en": "a small card"}
    text = card_text(fitted, card=name, product="credit_card", title=title, facts={"data": "made up"})
    return read_card(parse_document(text, path=f"{name}.yaml"))
