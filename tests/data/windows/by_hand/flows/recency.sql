-- How long ago 距今天数：最近一次与最早一次
--
-- Each version of a flow stands from the day it was known until the day the next one was. What stands on the day
-- asked about is read. Days are counted from the flow's day to that day; a flow of the same day is 0 days ago.
-- Only the window is looked at: the last flow 40 days ago is no last flow of 30 days.
WITH standing AS (
    SELECT
        party_id, booked, direction, channel, known_on,
        lead(known_on) OVER (PARTITION BY party_id, flow_no ORDER BY known_on) AS told_again
    FROM told
),
flow AS (
    SELECT asked.party_id, standing.booked, standing.direction, standing.channel
    FROM asked
    JOIN standing ON standing.party_id = asked.party_id
        AND asked.as_of >= standing.known_on
        AND (standing.told_again IS NULL OR asked.as_of < standing.told_again)
    WHERE standing.booked <= asked.as_of
),
newest AS (  -- the newest flow of each party and direction, then of each party and channel
    SELECT party_id, direction, NULL AS channel, max(booked) AS booked FROM flow GROUP BY party_id, direction
    UNION ALL
    SELECT party_id, NULL, channel, max(booked) FROM flow GROUP BY party_id, channel
),
last_of_all AS (
    SELECT asked.party_id, CASE WHEN asked.as_of - flow.booked <= 29 THEN asked.as_of - flow.booked END AS days
    FROM asked
    ASOF LEFT JOIN flow ON flow.party_id = asked.party_id AND flow.booked <= asked.as_of
)
SELECT
    asked.party_id,
    last_of_all.days AS flow_days_since_last_30d,
    (SELECT date_diff('day', booked, asked.as_of) FROM newest WHERE newest.party_id = asked.party_id
        AND direction = 'in' AND booked > asked.as_of - 90) AS flow_days_since_last_in_90d,
    (SELECT date_diff('day', booked, asked.as_of) FROM newest WHERE newest.party_id = asked.party_id
        AND direction = 'out' AND booked > asked.as_of - 360) AS flow_days_since_last_out_360d,
    (SELECT asked.as_of - booked FROM newest WHERE newest.party_id = asked.party_id
        AND channel = 'pos' AND asked.as_of - booked < 180) AS flow_days_since_last_pos_180d,
    (SELECT min(asked.as_of - booked) FROM flow WHERE flow.party_id = asked.party_id AND direction = 'in'
        AND channel = 'web' AND asked.as_of - booked < 360) AS flow_days_since_last_in_web_360d,
    (SELECT max(asked.as_of - booked) FROM flow WHERE flow.party_id = asked.party_id
        AND booked > asked.as_of - 30) AS flow_days_since_first_30d,
    (SELECT asked.as_of - min(booked) FROM flow WHERE flow.party_id = asked.party_id AND direction = 'out'
        AND booked > asked.as_of - 90) AS flow_days_since_first_out_90d,
    (SELECT asked.as_of - booked FROM flow WHERE flow.party_id = asked.party_id AND channel = 'atm'
        AND booked > asked.as_of - 360 ORDER BY booked LIMIT 1) AS flow_days_since_first_atm_360d,
    (SELECT max(asked.as_of - booked) FROM flow WHERE flow.party_id = asked.party_id AND direction = 'in'
        AND channel = 'pos' AND asked.as_of - booked < 180) AS flow_days_since_first_in_pos_180d
FROM asked
JOIN last_of_all USING (party_id)
