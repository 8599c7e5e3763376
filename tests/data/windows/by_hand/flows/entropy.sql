-- How mixed the channels are 渠道熵
--
-- In bits, as a textbook has it 信息熵: minus the sum over the channels of p log p to base 2, p being a channel's share
-- of the flows; in billionths, rounded at the end and not before. All channels that are not listed, or not told, are
-- one: nobody knows them apart.
WITH flow AS (
    SELECT asked.party_id, asked.as_of - told.booked AS days_ago, told.direction,
        CASE WHEN told.channel IN ('atm', 'pos', 'web') THEN told.channel ELSE 'unknown' END AS way
    FROM asked
    JOIN told USING (party_id)
    WHERE told.known_on = (
            SELECT max(again.known_on) FROM told AS again
            WHERE again.flow_no = told.flow_no AND again.known_on <= asked.as_of)
      AND told.booked <= asked.as_of
),
counted AS (
    SELECT party_id, 'month' AS what, way, count(*) AS n FROM flow WHERE days_ago < 30 GROUP BY party_id, way
    UNION ALL
    SELECT party_id, 'year', way, count(*) FROM flow WHERE days_ago < 360 GROUP BY party_id, way
    UNION ALL
    SELECT party_id, 'quarter in', way, count(*) FROM flow
    WHERE days_ago < 90 AND direction = 'in' GROUP BY party_id, way
    UNION ALL
    SELECT party_id, 'year out', way, count(*) FROM flow
    WHERE days_ago < 360 AND direction = 'out' GROUP BY party_id, way
),
share AS (
    SELECT party_id, what, n / sum(n) OVER (PARTITION BY party_id, what) AS p FROM counted
),
mixed AS (
    SELECT party_id, what, CAST(round(-1e9 * sum(p * log2(p))) AS BIGINT) AS nano FROM share GROUP BY party_id, what
)
SELECT
    asked.party_id,
    max(nano) FILTER (WHERE what = 'month') AS flow_entropy_channel_30d,
    max(nano) FILTER (WHERE what = 'year') AS flow_entropy_channel_360d,
    max(nano) FILTER (WHERE what = 'quarter in') AS flow_entropy_channel_in_90d,
    max(nano) FILTER (WHERE what = 'year out') AS flow_entropy_channel_out_360d
FROM asked
LEFT JOIN mixed USING (party_id)
GROUP BY asked.party_id
