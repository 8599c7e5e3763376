-- Trends and shares 趋势与占比
--
-- A trend divides what a short window says by what a longer one says, a share what a channel says by what all
-- flows say. I work out both sides as the features themselves are (a mean is a whole number of fen before it is
-- divided), put them one under the other, and divide all of them in one place: in billionths, half of one going
-- away from zero. There is no quotient where a side is missing, where the divisor is 0, or where the billionths
-- do not fit in 64 bits.
WITH flow AS (
    SELECT
        asked.party_id, asked.as_of - booked AS days_ago, direction, channel, amount_fen
    FROM asked
    JOIN LATERAL (
        SELECT flow_no, max(known_on) AS known_on FROM told
        WHERE told.party_id = asked.party_id AND told.known_on <= asked.as_of GROUP BY flow_no
    ) AS newest ON true
    JOIN told ON told.party_id = asked.party_id
        AND told.flow_no = newest.flow_no AND told.known_on = newest.known_on
    WHERE booked <= asked.as_of
),
month_in AS (
    SELECT party_id, sum(amount_fen) AS fen, count(amount_fen) AS n
    FROM flow WHERE days_ago < 30 AND direction = 'in' GROUP BY party_id
),
quarter_in AS (
    SELECT party_id, sum(amount_fen) AS fen, count(amount_fen) AS n
    FROM flow WHERE days_ago < 90 AND direction = 'in' GROUP BY party_id
),
sides AS (
    SELECT party_id, 'count' AS what,
        count(*) FILTER (WHERE days_ago < 30) AS above, count(*) FILTER (WHERE days_ago < 90) AS below
    FROM flow GROUP BY party_id
    UNION ALL
    SELECT party_id, 'count in', count(*) FILTER (WHERE days_ago < 90), count(*)
    FROM flow WHERE direction = 'in' AND days_ago < 360 GROUP BY party_id
    UNION ALL
    SELECT party_id, 'sum',
        CASE WHEN min(days_ago) >= 30 THEN 0 ELSE sum(amount_fen) FILTER (WHERE days_ago < 30) END, sum(amount_fen)
    FROM flow WHERE days_ago < 90 GROUP BY party_id
    UNION ALL
    SELECT party_id, 'sum out',
        CASE WHEN min(days_ago) >= 90 THEN 0 ELSE sum(amount_fen) FILTER (WHERE days_ago < 90) END, sum(amount_fen)
    FROM flow WHERE days_ago < 360 AND direction = 'out' GROUP BY party_id
    UNION ALL
    SELECT
        party_id, 'mean in',
        sign(month_in.fen) * ((2 * abs(month_in.fen) + month_in.n) // nullif(2 * month_in.n, 0)),
        sign(quarter_in.fen) * ((2 * abs(quarter_in.fen) + quarter_in.n) // nullif(2 * quarter_in.n, 0))
    FROM month_in JOIN quarter_in USING (party_id)
    UNION ALL
    SELECT party_id, 'max', max(amount_fen) FILTER (WHERE days_ago < 90), max(amount_fen)
    FROM flow WHERE days_ago < 360 GROUP BY party_id
    UNION ALL
    SELECT party_id, 'min web', min(amount_fen) FILTER (WHERE days_ago < 30), min(amount_fen)
    FROM flow WHERE days_ago < 90 AND channel = 'web' GROUP BY party_id
    UNION ALL
    SELECT party_id, 'last pos', min(days_ago) FILTER (WHERE days_ago < 30), min(days_ago)
    FROM flow WHERE days_ago < 90 AND channel = 'pos' GROUP BY party_id
    UNION ALL
    SELECT party_id, 'first', max(days_ago) FILTER (WHERE days_ago < 90), max(days_ago)
    FROM flow WHERE days_ago < 360 GROUP BY party_id
    UNION ALL
    SELECT party_id, 'pos of all', count(*) FILTER (WHERE channel = 'pos'), count(*)
    FROM flow WHERE days_ago < 30 GROUP BY party_id
    UNION ALL
    SELECT party_id, 'atm of in', count(*) FILTER (WHERE channel = 'atm'), count(*)
    FROM flow WHERE days_ago < 90 AND direction = 'in' GROUP BY party_id
    UNION ALL
    SELECT party_id, 'web fen of all',
        CASE WHEN bool_or(channel = 'web') THEN sum(amount_fen) FILTER (WHERE channel = 'web') ELSE 0 END,
        sum(amount_fen)
    FROM flow WHERE days_ago < 180 GROUP BY party_id
    UNION ALL
    SELECT party_id, 'largest pos of out', max(amount_fen) FILTER (WHERE channel = 'pos'), max(amount_fen)
    FROM flow WHERE days_ago < 360 AND direction = 'out' GROUP BY party_id
),
divided AS (
    SELECT
        party_id, what,
        CASE WHEN (above < 0) = (below < 0) THEN 1 ELSE -1 END
            * ((2 * 1000000000 * abs(above::HUGEINT) + abs(below)) // nullif(2 * abs(below::HUGEINT), 0)) AS nano
    FROM sides
),
quotient AS (
    SELECT * FROM divided WHERE nano BETWEEN -9223372036854775807 AND 9223372036854775807
)
SELECT
    asked.party_id,
    max(nano) FILTER (WHERE what = 'count') AS flow_count_30d_of_90d,
    max(nano) FILTER (WHERE what = 'count in') AS flow_count_in_90d_of_360d,
    max(nano) FILTER (WHERE what = 'sum') AS flow_sum_amount_30d_of_90d,
    max(nano) FILTER (WHERE what = 'sum out') AS flow_sum_amount_out_90d_of_360d,
    max(nano) FILTER (WHERE what = 'mean in') AS flow_mean_amount_in_30d_of_90d,
    max(nano) FILTER (WHERE what = 'max') AS flow_max_amount_90d_of_360d,
    max(nano) FILTER (WHERE what = 'min web') AS flow_min_amount_web_30d_of_90d,
    max(nano) FILTER (WHERE what = 'last pos') AS flow_days_since_last_pos_30d_of_90d,
    max(nano) FILTER (WHERE what = 'first') AS flow_days_since_first_90d_of_360d,
    max(nano) FILTER (WHERE what = 'pos of all') AS flow_count_pos_30d_by_channel,
    max(nano) FILTER (WHERE what = 'atm of in') AS flow_count_in_atm_90d_by_channel,
    max(nano) FILTER (WHERE what = 'web fen of all') AS flow_sum_amount_web_180d_by_channel,
    max(nano) FILTER (WHERE what = 'largest pos of out') AS flow_max_amount_out_pos_360d_by_channel
FROM asked
LEFT JOIN quotient USING (party_id)
GROUP BY asked.party_id
