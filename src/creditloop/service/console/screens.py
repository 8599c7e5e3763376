"""Every screen (页面): address, who may open it, who answers. Menu, routes and tests read this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditloop.kernel.errors import InputError
from creditloop.service.console.awaiting_payouts import (
    break_glass_here,
    show_awaiting_payout,
    show_awaiting_payouts,
)
from creditloop.service.console.book import show_account, show_trial_balance
from creditloop.service.console.case import act_on_case, show_case
from creditloop.service.console.cases import show_cases
from creditloop.service.console.cockpit import show_cockpit
from creditloop.service.console.customer import show_customer
from creditloop.service.console.customers import show_customers
from creditloop.service.console.day_ends import show_day_end, show_day_ends, show_day_postings
from creditloop.service.console.decision import show_decision
from creditloop.service.console.decisions import show_decisions
from creditloop.service.console.documents import show_document, show_documents
from creditloop.service.console.evidence import show_evidence, verify_evidence
from creditloop.service.console.evidence_package import export_evidence_package, show_evidence_package
from creditloop.service.console.experiments import show_experiment
from creditloop.service.console.features import show_feature, show_features
from creditloop.service.console.findings import show_findings
from creditloop.service.console.loan import show_loan
from creditloop.service.console.loan_class import show_loan_class
from creditloop.service.console.loan_evidence import show_loan_evidence
from creditloop.service.console.loan_portfolio import show_loan_portfolio
from creditloop.service.console.loan_rolls import show_loan_rolls, show_rolled_loans
from creditloop.service.console.loan_shares import show_loan_share
from creditloop.service.console.loan_statement import show_loan_statement
from creditloop.service.console.loan_vintages import show_loan_vintages
from creditloop.service.console.loan_working import show_loan_working
from creditloop.service.console.loans import show_loans
from creditloop.service.console.measurements import show_measurement, show_measurements
from creditloop.service.console.model import show_model
from creditloop.service.console.model_acts import act_on_model
from creditloop.service.console.network import show_network
from creditloop.service.console.network_log import show_network_log
from creditloop.service.console.network_proof import show_network_proof
from creditloop.service.console.network_round import show_network_round
from creditloop.service.console.portfolio_loans import show_portfolio_loans, show_vintage_loans
from creditloop.service.console.proofs import show_proof
from creditloop.service.console.proposals import act_on_proposal, show_comparison, show_proposal
from creditloop.service.console.records import show_records
from creditloop.service.console.register import show_models
from creditloop.service.console.reviews import act_on_review, show_review, show_reviews
from creditloop.service.console.rolled import show_rolled
from creditloop.service.console.rows import show_row
from creditloop.service.console.shares import show_share
from creditloop.service.console.strategies import show_strategies
from creditloop.service.console.strategy import show_strategy, show_strategy_decisions
from creditloop.service.console.strategy_difference import show_difference
from creditloop.service.console.traces import show_trace, show_values
from creditloop.service.console.visit import Answer, Visit
from creditloop.service.console.warnings import show_warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A screen.

    Attributes:
        name: its key in the catalogue's family "screen".
        path: its address below the console.
        action: what a person's roles must allow to open it; `doors.ACTIONS`.
        show: answers a GET.
        act: answers a POST, None if there is nothing to do; it checks its own action.
        icon: a character for the menu; screens without one are reached from others.
    """

    name: str
    path: str
    action: str
    show: Callable[[Visit], Answer]
    act: Callable[[Visit], Answer] | None = None
    icon: str = ""

    @property
    def methods(self) -> list[str]:
        """The HTTP methods it answers."""
        return ["GET"] if self.act is None else ["GET", "POST"]

    def post(self, visit: Visit) -> Answer:
        """Do what was posted."""
        if self.act is None:
            raise InputError("there is nothing to do on this screen", got=self.name)
        return self.act(visit)


_GROUPS: Sequence[tuple[str, Sequence[Screen]]] = (
    (
        "overview",
        (
            Screen(name="cockpit", path="/", action="see_overview", show=show_cockpit, icon="◔"),
            Screen(name="customers", path="/customers", action="see_customer", show=show_customers, icon="◉"),
            Screen(name="share", path="/shares/{name}", action="see_overview", show=show_share),
            Screen(name="rolled", path="/rolled", action="see_customer", show=show_rolled),
            Screen(
                name="customer", path="/customers/{party_id:path}", action="see_customer", show=show_customer
            ),
        ),
    ),
    (
        "book",
        (
            Screen(name="book", path="/book", action="see_overview", show=show_trial_balance, icon="▦"),
            Screen(name="account", path="/book/{account}", action="see_overview", show=show_account),
            Screen(name="findings", path="/findings", action="see_overview", show=show_findings, icon="⚑"),
        ),
    ),
    (
        "loans",
        (
            Screen(
                name="loan_portfolio",
                path="/loan-portfolio",
                action="see_overview",
                show=show_loan_portfolio,
                icon="◫",
            ),
            Screen(
                name="loan_vintages",
                path="/loan-vintages",
                action="see_overview",
                show=show_loan_vintages,
                icon="◣",
            ),
            Screen(
                name="loan_rolls", path="/loan-rolls", action="see_overview", show=show_loan_rolls, icon="⇄"
            ),
            Screen(name="day_ends", path="/day-ends", action="see_overview", show=show_day_ends, icon="◷"),
            Screen(
                name="day_end", path="/day-ends/{business_date}", action="see_overview", show=show_day_end
            ),
            Screen(
                name="day_postings",
                path="/day-ends/{business_date}/postings",
                action="see_overview",
                show=show_day_postings,
            ),
            Screen(name="loans", path="/loans", action="see_customer", show=show_loans, icon="▥"),
            Screen(name="loan", path="/loans/{loan_id:path}", action="see_customer", show=show_loan),
            Screen(
                name="loan_working",
                path="/loan-working/{loan_id:path}",
                action="see_customer",
                show=show_loan_working,
            ),
            Screen(
                name="loan_statement",
                path="/loan-statements/{loan_id:path}",
                action="see_customer",
                show=show_loan_statement,
            ),
            Screen(
                name="loan_evidence",
                path="/loan-evidence/{loan_id:path}",
                action="see_customer",
                show=show_loan_evidence,
            ),
            Screen(
                name="evidence_package",
                path="/evidence-packages/{loan_id:path}",
                action="see_customer",
                show=show_evidence_package,
                act=export_evidence_package,
            ),
            Screen(
                name="awaiting_payouts",
                path="/awaiting-payouts",
                action="see_customer",
                show=show_awaiting_payouts,
                icon="◐",
            ),
            Screen(
                name="awaiting_payout",
                path="/awaiting-payouts/{loan_id:path}",
                action="see_customer",
                show=show_awaiting_payout,
                act=break_glass_here,
            ),
            Screen(
                name="portfolio_loans",
                path="/portfolio-loans",
                action="see_customer",
                show=show_portfolio_loans,
            ),
            Screen(
                name="loan_class",
                path="/loan-classes/{business_date}/{loan_id:path}",
                action="see_customer",
                show=show_loan_class,
            ),
            Screen(
                name="vintage_loans", path="/vintage-loans", action="see_customer", show=show_vintage_loans
            ),
            Screen(name="rolled_loans", path="/rolled-loans", action="see_customer", show=show_rolled_loans),
            Screen(
                name="loan_share", path="/loan-shares/{name}", action="see_overview", show=show_loan_share
            ),
        ),
    ),
    (
        "admit",
        (
            Screen(name="decisions", path="/decisions", action="see_decision", show=show_decisions, icon="◇"),
            Screen(
                name="decision", path="/decisions/{decision_id}", action="see_decision", show=show_decision
            ),
            Screen(name="reviews", path="/reviews", action="see_reviews", show=show_reviews, icon="✎"),
            Screen(
                name="review",
                path="/reviews/{case_id}",
                action="see_reviews",
                show=show_review,
                act=act_on_review,
            ),
        ),
    ),
    (
        "after",
        (
            Screen(name="warnings", path="/warnings", action="see_warnings", show=show_warnings, icon="△"),
            Screen(name="cases", path="/cases", action="see_cases", show=show_cases, icon="☏"),
            Screen(
                name="case",
                path="/cases/{party_id:path}",
                action="see_cases",
                show=show_case,
                act=act_on_case,
            ),
        ),
    ),
    (
        "oversight",
        (
            Screen(
                name="strategies", path="/strategies", action="see_models", show=show_strategies, icon="⌥"
            ),
            Screen(name="strategy", path="/strategies/{version_id}", action="see_models", show=show_strategy),
            Screen(
                name="strategy_decisions",
                path="/strategies/{version_id}/decisions",
                action="see_decision",
                show=show_strategy_decisions,
            ),
            Screen(
                name="difference",
                path="/strategies/{version_id}/difference",
                action="see_models",
                show=show_difference,
            ),
            Screen(name="proof", path="/proofs/{batch_id}", action="see_models", show=show_proof),
            Screen(
                name="experiment",
                path="/experiments/{document_hash}",
                action="see_models",
                show=show_experiment,
            ),
            Screen(name="models", path="/models", action="see_models", show=show_models, icon="∿"),
            Screen(
                name="model",
                path="/models/{card_hash}",
                action="see_models",
                show=show_model,
                act=act_on_model,
            ),
            Screen(name="measurements", path="/measurements", action="see_models", show=show_measurements),
            Screen(
                name="measurement",
                path="/measurements/{batch_id}/{row_no}",
                action="see_models",
                show=show_measurement,
            ),
            Screen(
                name="comparison", path="/comparisons/{batch_id}", action="see_models", show=show_comparison
            ),
            Screen(
                name="proposal",
                path="/proposals/{proposal_id}",
                action="see_models",
                show=show_proposal,
                act=act_on_proposal,
            ),
        ),
    ),
    (
        "records",
        (
            Screen(name="features", path="/features", action="see_overview", show=show_features, icon="ƒ"),
            Screen(name="feature", path="/features/{name}", action="see_overview", show=show_feature),
            Screen(
                name="values", path="/feature-values/{party_id:path}", action="see_customer", show=show_values
            ),
            Screen(name="trace", path="/traces/{name}", action="see_customer", show=show_trace),
            Screen(name="documents", path="/documents", action="see_overview", show=show_documents, icon="▤"),
            Screen(
                name="document", path="/documents/{document_hash}", action="see_overview", show=show_document
            ),
            Screen(
                name="evidence",
                path="/evidence",
                action="verify_evidence",
                show=show_evidence,
                act=verify_evidence,
                icon="◈",
            ),
            Screen(
                name="network",
                path="/evidence-network",
                action="see_evidence_network",
                show=show_network,
                icon="⬡",
            ),
            Screen(
                name="network_log",
                path="/evidence-network/logs/{origin:path}",
                action="see_evidence_network",
                show=show_network_log,
            ),
            Screen(
                name="network_round",
                path="/evidence-network/rounds/{first}/{origin:path}",
                action="see_evidence_network",
                show=show_network_round,
            ),
            Screen(
                name="network_proof",
                path="/evidence-network/proofs/{number}",
                action="see_evidence_network",
                show=show_network_proof,
            ),
            Screen(name="records", path="/records/{table}", action="see_overview", show=show_records),
            Screen(
                name="row", path="/rows/{table}/{batch_id}/{row_no}", action="see_overview", show=show_row
            ),
        ),
    ),
)

SCREENS: tuple[Screen, ...] = tuple(screen for _, screens in _GROUPS for screen in screens)
"""All of them, in the order of the menu."""
MENU: tuple[tuple[str, tuple[Screen, ...]], ...] = tuple(
    (group, tuple(screen for screen in screens if screen.icon)) for group, screens in _GROUPS
)
"""Those of the menu, by group."""
