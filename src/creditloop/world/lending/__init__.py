"""The lives of simulated loans (模拟借据的一生): who borrows what, pays how, and what goes wrong, by the day.

`read_behaviour` reads how borrowers behave; `Offers` are a bank's products. A `Book` has a seed, a number of
borrowers and a period. `days_of` gives it business day by business day as actions, `actions_of` one
borrower's alone: the same for the same seed, whoever else is there. An action says "pays half of what is
due", not how much: `LoanLife` turns it into the event of `book.loans` that it is for the loan as it stands,
or into none if it would not be lawful. The demo, the soak and the faults that are tried on a running system
are driven by it. Nothing here is read by judgement, and all of it is simulated.
"""

from creditloop.world.lending.actions import (
    Action,
    Bounce,
    ChargeFee,
    Extend,
    Habit,
    HowMuch,
    OpenLoan,
    Prepay,
    Reage,
    Recover,
    Redeliver,
    RefundCredit,
    Repay,
    ResetRate,
    Restructure,
    Waive,
    WriteOff,
)
from creditloop.world.lending.behaviour import BEHAVIOUR, Behaviour, Scenario, read_behaviour
from creditloop.world.lending.borrowing import (
    SIMULATED_PARTY,
    Book,
    actions_of,
    days_of,
    loan_id_of,
)
from creditloop.world.lending.draws import Draws
from creditloop.world.lending.living import WRITTEN_OFF_ABOVE_DPD, LoanLife
from creditloop.world.lending.offers import OWN, Agreement, Offers

__all__ = [
    "BEHAVIOUR",
    "OWN",
    "SIMULATED_PARTY",
    "WRITTEN_OFF_ABOVE_DPD",
    "Action",
    "Agreement",
    "Behaviour",
    "Book",
    "Bounce",
    "ChargeFee",
    "Draws",
    "Extend",
    "Habit",
    "HowMuch",
    "LoanLife",
    "Offers",
    "OpenLoan",
    "Prepay",
    "Reage",
    "Recover",
    "Redeliver",
    "RefundCredit",
    "Repay",
    "ResetRate",
    "Restructure",
    "Scenario",
    "Waive",
    "WriteOff",
    "actions_of",
    "days_of",
    "loan_id_of",
    "read_behaviour",
]
