-- How often, and with how many 次数与对手方个数
--
-- `told` holds what the bank was told of flows: a flow has a number, and is told again when it is corrected.
-- I take of each flow what was told last by the day I am asked about, drop what had not happened by then, and
-- count. Seven days are the day itself and the six before it. A direction or channel that nobody listed, or
-- none at all, is in no cut, but still a flow.
WITH told_by_then AS (
    SELECT asked.party_id, asked.as_of, told.flow_no, told.booked, told.direction, told.channel, told.counterparty
    FROM asked
    JOIN told ON told.party_id = asked.party_id AND told.known_on <= asked.as_of
    QUALIFY row_number() OVER (PARTITION BY asked.party_id, told.flow_no ORDER BY told.known_on DESC) = 1
),
flow AS (
    SELECT * FROM told_by_then WHERE booked <= as_of
)
SELECT
    asked.party_id,
    (SELECT count(*) FROM flow WHERE flow.party_id = asked.party_id
        AND booked BETWEEN asked.as_of - 6 AND asked.as_of) AS flow_count_7d,
    (SELECT count(*) FROM flow WHERE flow.party_id = asked.party_id
        AND booked > asked.as_of - 30) AS flow_count_30d,
    (SELECT count(*) FROM flow WHERE flow.party_id = asked.party_id
        AND booked > asked.as_of - 90 AND direction = 'in') AS flow_count_in_90d,
    (SELECT count(*) FROM flow WHERE flow.party_id = asked.party_id
        AND booked > asked.as_of - 180 AND direction = 'out') AS flow_count_out_180d,
    (SELECT coalesce(sum(CASE channel WHEN 'web' THEN 1 ELSE 0 END), 0) FROM flow
        WHERE flow.party_id = asked.party_id AND booked > asked.as_of - 360) AS flow_count_web_360d,
    (SELECT count(*) FROM flow WHERE flow.party_id = asked.party_id AND asked.as_of - booked < 30
        AND (direction, channel) = ('out', 'atm')) AS flow_count_out_atm_30d,
    (SELECT count(CASE WHEN direction = 'in' AND channel = 'pos' THEN flow_no END) FROM flow
        WHERE flow.party_id = asked.party_id AND asked.as_of - booked <= 179) AS flow_count_in_pos_180d,
    -- different counterparties; a flow whose counterparty is not told adds none
    (SELECT count(DISTINCT counterparty) FROM flow WHERE flow.party_id = asked.party_id
        AND booked > asked.as_of - 30) AS flow_distinct_counterparty_30d,
    (SELECT count(*) FROM (SELECT counterparty FROM flow WHERE flow.party_id = asked.party_id
        AND counterparty IS NOT NULL AND booked > asked.as_of - 360 GROUP BY counterparty) AS one_each
    ) AS flow_distinct_counterparty_360d,
    (SELECT count(DISTINCT counterparty) FILTER (WHERE direction = 'in') FROM flow
        WHERE flow.party_id = asked.party_id AND booked > asked.as_of - 90) AS flow_distinct_counterparty_in_90d,
    (SELECT coalesce(len(list_distinct(list(counterparty) FILTER (WHERE counterparty IS NOT NULL))), 0)
        FROM flow WHERE flow.party_id = asked.party_id
        AND booked > asked.as_of - 360 AND direction = 'out') AS flow_distinct_counterparty_out_360d
FROM asked
