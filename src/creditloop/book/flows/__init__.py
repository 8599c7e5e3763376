"""Flows (现金流): one engine for every loan, of composable parts.

`Terms` say what is lent and what comes due when; `Market` holds observed series; `Unscheduled` is what came
in. `flows` turns them into dated `Flow`s with the state after each: `dates` gives the dates of steps and the
end of the loan, `planning` the events, `amounts` what accrues and the payment that repays, `transitions` what
each kind of event does. `standing` is what a loan stands at on a day, `regular` makes the terms of the usual
products, `cover` works out guarantees and collateral on top.

Amounts are whole units of the terms' `Scale`, rates and accruals exact ratios: products round to the fen, the
outside cases of `conformance` do not round, and the code is the same.
"""

from creditloop.book.flows.cover import Asset, Cover, Covered, CoverFlow, Default, Exposure, cover_flows
from creditloop.book.flows.engine import flows, standing
from creditloop.book.flows.events import Flow, FlowKind, State, Unscheduled
from creditloop.book.flows.market import NO_MARKET, Market
from creditloop.book.flows.regular import (
    Regular,
    bullet_terms,
    equal_instalment_terms,
    equal_principal_terms,
    interest_first_terms,
)
from creditloop.book.flows.terms import (
    Fee,
    InterestBase,
    Notice,
    Penalty,
    PenaltyKind,
    PrincipalStep,
    RateStep,
    Repayment,
    Reset,
    Scaling,
    Side,
    Step,
    Terms,
    Trade,
)

__all__ = [
    "NO_MARKET",
    "Asset",
    "Cover",
    "CoverFlow",
    "Covered",
    "Default",
    "Exposure",
    "Fee",
    "Flow",
    "FlowKind",
    "InterestBase",
    "Market",
    "Notice",
    "Penalty",
    "PenaltyKind",
    "PrincipalStep",
    "RateStep",
    "Regular",
    "Repayment",
    "Reset",
    "Scaling",
    "Side",
    "State",
    "Step",
    "Terms",
    "Trade",
    "Unscheduled",
    "bullet_terms",
    "cover_flows",
    "equal_instalment_terms",
    "equal_principal_terms",
    "flows",
    "interest_first_terms",
    "standing",
]
