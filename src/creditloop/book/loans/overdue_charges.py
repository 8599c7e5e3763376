"""Overdue charges: a fixed one, once for each instalment that is overdue (逾期费用)."""

from datetime import date, timedelta

from creditloop.book.loans.rows import RowKind
from creditloop.book.loans.rules import LoanRules, Part
from creditloop.book.loans.state import LoanState
from creditloop.book.loans.terms import LoanTerms


def overdue_charges_of(
    *, state: LoanState, rules: LoanRules, terms: LoanTerms, day: date
) -> list[tuple[date, int]]:
    """Return the overdue charges to be made at the end of a day: due date of the instalment, units.

    Args:
        state: as of that day or later; instalments that bear one are left out.
    """
    rule = rules.overdue_charge
    if rule is None:
        return []
    above, below = rule.share.as_integer_ratio()
    found = []
    for row in state.rows:
        late = row.due + timedelta(days=rule.grace_days) < day
        if not late or row.open_units <= 0 or row.bears_overdue_charge or row.kind is RowKind.DOWN_PAYMENT:
            continue
        base = row.open_parts[Part.PRINCIPAL] + (row.open_parts[Part.INTEREST] if rule.with_interest else 0)
        units = terms.scale.divide(base * above, below)
        if units > 0:
            found.append((row.due, units))
    return found
