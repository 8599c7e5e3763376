-- recover: which customer is reached how about a debt, what was said, and when nothing may be said.
CREATE SCHEMA recover;

-- One month's routing: everybody judged, and how many cases came out.
CREATE TABLE recover.routing_batch (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    product text NOT NULL,
    business_date date NOT NULL,
    rules_as_of date NOT NULL,
    policy_hash text NOT NULL,
    warning_batch text NOT NULL,
    parties integer NOT NULL CHECK (parties >= 0),
    cases integer NOT NULL CHECK (cases >= 0),
    content_hash text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (batch_id, row_no),
    CHECK (row_no = 0)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recover.routing_batch
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- A case of a month: the route, what it was decided from, the rule and its reason.
CREATE TABLE recover.case (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    case_id uuid NOT NULL UNIQUE,
    party_id text NOT NULL,
    opened_on date NOT NULL,
    months_late integer,
    amount_fen bigint NOT NULL CHECK (amount_fen >= 0),
    value_at_risk_fen bigint CHECK (value_at_risk_fen >= 0),
    grade text NOT NULL,
    level text NOT NULL,
    route text NOT NULL CHECK (route IN ('message', 'call', 'agency', 'litigation', 'refer')),
    rule text NOT NULL,
    reason_code text NOT NULL,
    reason_zh text NOT NULL,
    reason_en text NOT NULL,
    PRIMARY KEY (party_id, batch_id),
    UNIQUE (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recover.case
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();

-- What happened between the bank and a customer: contacts, complaints and objections, and their resolution.
CREATE TABLE recover.contact_event (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    event_id uuid NOT NULL,
    party_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('message', 'call', 'complaint', 'objection', 'resolved')),
    at timestamptz NOT NULL,
    on_day date NOT NULL,
    case_id uuid,
    resolves uuid,
    person text NOT NULL,
    note text NOT NULL,
    rule text,
    policy_hash text,
    simulated boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (party_id, event_id),
    UNIQUE (batch_id, row_no),
    UNIQUE (party_id, resolves),
    FOREIGN KEY (party_id, resolves) REFERENCES recover.contact_event (party_id, event_id),
    CHECK ((kind = 'resolved') = (resolves IS NOT NULL)),
    CHECK ((kind IN ('message', 'call')) = (rule IS NOT NULL AND policy_hash IS NOT NULL AND case_id IS NOT NULL))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recover.contact_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
