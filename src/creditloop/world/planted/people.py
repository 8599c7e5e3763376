"""Who lives in the town (主体属性): kind, region, industry, size, age, income, ability and willingness."""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Flags, Floats, Ints
from creditloop.world.numbering import FIRM, PERSON, SOLE_TRADER, kind_of
from creditloop.world.planted.groups import GANGS, NO_GROUP, gang_day
from creditloop.world.planted.links import NOBODY, employer_of
from creditloop.world.setting import Setting

KINDS = ("person", "sole_trader", "firm")
REGIONS = tuple(f"r{number:02d}" for number in range(1, 9))
INDUSTRIES = (
    "farming",
    "manufacturing",
    "building",
    "wholesale",
    "retail",
    "transport",
    "catering",
    "software",
    "estate",
    "services",
    "science",
    "other",
)
SIZES = ("micro", "small", "medium", "large")
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Parties' lasting traits, one an entry of each array: (n,).

    Attributes:
        number: party number.
        industry: index into INDUSTRIES, of a person the employer's; -1 for a person without employer.
        size: index into SIZES; -1 for a person.
        income_fen: usual month's income, of a firm its sales; a float, because it is a mean and no amount.
        ability: true ability to pay (还款能力), standard normal, higher is better.
        willingness: true willingness to pay (还款意愿), standard normal, higher is better.
        since: day the party became a customer.
        employer: party number, or NOBODY.
        salaried: its salary comes into an account of the bank.
    """

    number: Ints
    kind: Ints
    region: Ints
    industry: Ints
    size: Ints
    income_fen: Floats
    ability: Floats
    willingness: Floats
    since: Ints
    birth_year: Ints
    female: Flags
    established: Ints
    employer: Ints
    employed: Flags
    salaried: Flags
    gang: Ints
    no_record: Flags
    multi_lender: Flags
    disciplined: Flags
    inflates: Flags

    def __len__(self) -> int:
        return len(self.number)

    @property
    def trades(self) -> Flags:
        """Firms and sole traders."""
        found: Flags = self.kind != PERSON
        return found

    @property
    def firm(self) -> Flags:
        """Firms."""
        found: Flags = self.kind == FIRM
        return found


def people_of(setting: Setting, numbers: Ints) -> People:
    """Return the traits of parties, of any shard."""
    kind = kind_of(numbers)
    person = kind == PERSON
    gang = GANGS.of(setting, numbers)
    region = setting.pick("people.regions", numbers)
    employer = employer_of(setting, numbers)
    industry, employed = _industry(setting, numbers, employer)
    size = _size(setting, numbers)
    no_record = person & (gang == NO_GROUP) & setting.chance("people.no_record", numbers)
    multi = ~no_record & (kind != FIRM) & setting.chance("people.multi_lender", numbers)
    willingness = setting.normal("people.willingness", numbers)
    willingness = np.where(
        gang == NO_GROUP, willingness, willingness - setting.plan["gangs.willingness_less"]
    )
    return People(
        number=numbers,
        kind=kind,
        region=region,
        industry=industry,
        size=size,
        gang=gang,
        income_fen=_income(setting, numbers, size=size, region=region),
        ability=setting.normal("people.ability", numbers),
        willingness=willingness,
        since=_customer_since(setting, numbers, gang),
        employer=employer,
        employed=employed,
        birth_year=setting.plan.first_year
        - setting.whole("people.age", numbers, least="people.age_least", most="people.age_most"),
        female=setting.chance("people.female", numbers),
        established=_established(setting, numbers),
        salaried=employed & setting.chance("people.salary_here", numbers),
        no_record=no_record,
        multi_lender=multi,
        disciplined=multi & setting.chance("people.disciplined", numbers),
        inflates=(kind == FIRM) & setting.chance("firms.inflate", numbers),
    )


def industry_of_firm(setting: Setting, numbers: Ints) -> Ints:
    """Return a firm's or sole trader's industry."""
    chosen = setting.pick("people.industries", numbers)
    return np.where(kind_of(numbers) == SOLE_TRADER, setting.pick("people.trades", numbers), chosen)


def _industry(setting: Setting, numbers: Ints, employer: Ints) -> tuple[Ints, Flags]:
    person = kind_of(numbers) == PERSON
    elsewhere = setting.chance("people.employed_elsewhere", numbers)
    employed = person & ((employer != NOBODY) | elsewhere)
    own = industry_of_firm(setting, numbers)
    works_in = np.where(employer != NOBODY, industry_of_firm(setting, np.maximum(employer, 0)), own)
    return np.where(~person, own, np.where(employed, works_in, -1)), employed


def _size(setting: Setting, numbers: Ints) -> Ints:
    kind = kind_of(numbers)
    return np.where(kind == PERSON, -1, np.where(kind == FIRM, setting.pick("firms.sizes", numbers), 0))


def _income(setting: Setting, numbers: Ints, *, size: Ints, region: Ints) -> Floats:
    plan, kind = setting.plan, kind_of(numbers)
    sales = np.array(plan.numbers("firms.sales_yuan"))[np.maximum(size, 0)]
    sales = np.where(kind == SOLE_TRADER, plan["people.sole_trader_sales_yuan"], sales)
    median = np.where(kind == PERSON, plan["people.income_yuan"], sales)
    spread = np.where(kind == PERSON, plan["people.income_spread"], plan["firms.sales_spread"])
    regional = np.array(plan.numbers("people.regional_income"))[region]
    found: Floats = 100.0 * median * regional * np.exp(spread * setting.normal("people.income", numbers))
    return found


def _customer_since(setting: Setting, numbers: Ints, gang: Ints) -> Ints:
    """Most were customers before the town's first day; a gang joins shortly before it borrows."""
    months = setting.months
    before = (
        months.first
        - 30
        - np.floor(
            setting.uniform("people.years_before", numbers)
            * setting.plan["people.years_before_most"]
            * YEAR_DAYS
        ).astype(np.int64)
    )
    within = months.first + np.floor(
        setting.uniform("people.joined_at", numbers) * 0.5 * (months.last - months.first)
    ).astype(np.int64)
    joined = np.where(setting.chance("people.joins", numbers), within, before)
    lead = setting.whole(
        "gangs.join", numbers, least="gangs.joins_before_least", most="gangs.joins_before_most"
    )
    ready = np.maximum(gang_day(setting, np.maximum(gang, 0)) - lead, months.first)
    return np.where(gang == NO_GROUP, joined, ready)


def _established(setting: Setting, numbers: Ints) -> Ints:
    years = 1.0 + setting.uniform("firms.years", numbers) ** 2 * setting.plan["firms.years_most"]
    return setting.months.first - np.floor(years * YEAR_DAYS).astype(np.int64)
