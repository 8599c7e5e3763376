"""Collections (清收): who is reached about a debt and how, and when nobody may be.

Each month everybody is routed by policy (`routing`): months late, amount, grade and warning level lead to a
message, a call, an agency, litigation, or nothing; `cases` keeps the month's cases, and the queue sorts
them by value at risk. Before every contact the rules of `contact` are asked: hours, contacts a day, only the
customer himself; a complaint or objection stops all contact until it is resolved. `contacts` records what
happened with the rule that allowed it. Rows are handed in; nothing here reads a source or the book, and
nobody is looked for by web footprint or through relatives.
"""

from creditloop.recover.cases import (
    Case,
    RoutingRun,
    find_case,
    find_cases,
    find_routing_run,
    find_routing_runs,
    queue,
    record_routing,
    routing_counts,
)
from creditloop.recover.contact import (
    CHANNELS,
    RECIPIENTS,
    STOPPING,
    ContactEvent,
    ContactFacts,
    ContactKind,
    Occasion,
    Permission,
    facts_of,
    local_time,
    may_contact,
)
from creditloop.recover.contacts import (
    ask_permission,
    contact_counts,
    contact_facts,
    find_contact_events,
    record_complaint,
    record_contact,
    record_resolution,
    record_resolutions,
)
from creditloop.recover.replaying import case_frame, route_again
from creditloop.recover.routing import NO_ROUTE, ROWS, route_cases
from creditloop.recover.tables import TABLES

__all__ = [
    "CHANNELS",
    "NO_ROUTE",
    "RECIPIENTS",
    "ROWS",
    "STOPPING",
    "TABLES",
    "Case",
    "ContactEvent",
    "ContactFacts",
    "ContactKind",
    "Occasion",
    "Permission",
    "RoutingRun",
    "ask_permission",
    "case_frame",
    "contact_counts",
    "contact_facts",
    "facts_of",
    "find_case",
    "find_cases",
    "find_contact_events",
    "find_routing_run",
    "find_routing_runs",
    "local_time",
    "may_contact",
    "queue",
    "record_complaint",
    "record_contact",
    "record_resolution",
    "record_resolutions",
    "record_routing",
    "route_again",
    "route_cases",
    "routing_counts",
]
