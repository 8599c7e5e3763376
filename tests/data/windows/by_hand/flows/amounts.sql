-- How much 金额：合计、均值、最大、最小
--
-- A version of a flow is the one to read if no later version of it was known by the day. An amount that is not
-- told adds nothing to a sum and is in no mean, maximum or minimum; where none is told, all of these are null. The
-- sum of no flow at all is 0: nothing went in or out. A mean is a whole number of fen, half a fen going away from
-- zero: the whole part of the division of the amounts without their sign, one more if what remains is half the
-- divisor or more, and the sign again.
WITH flow AS (
    SELECT asked.party_id, asked.as_of - told.booked AS days_ago, told.direction, told.channel, told.amount_fen
    FROM asked
    JOIN told USING (party_id)
    WHERE told.known_on <= asked.as_of
      AND told.booked <= asked.as_of
      AND NOT EXISTS (
          SELECT 1 FROM told AS later
          WHERE later.party_id = told.party_id AND later.flow_no = told.flow_no
            AND later.known_on > told.known_on AND later.known_on <= asked.as_of
      )
),
summed AS (
    SELECT
        party_id,
        sum(amount_fen) FILTER (WHERE days_ago < 90) AS quarter,
        count(amount_fen) FILTER (WHERE days_ago < 90) AS quarter_told,
        sum(amount_fen) FILTER (WHERE days_ago < 360 AND direction = 'in') AS year_in,
        count(amount_fen) FILTER (WHERE days_ago < 360 AND direction = 'in') AS year_in_told,
        sum(amount_fen) FILTER (WHERE days_ago < 30 AND channel = 'pos') AS month_pos,
        count(amount_fen) FILTER (WHERE days_ago < 30 AND channel = 'pos') AS month_pos_told,
        sum(amount_fen) FILTER (WHERE days_ago < 360 AND direction = 'out' AND channel = 'web') AS year_out_web,
        count(amount_fen) FILTER (WHERE days_ago < 360 AND direction = 'out' AND channel = 'web') AS year_out_web_told
    FROM flow
    GROUP BY party_id
),
ranked_by_size AS (  -- the largest and the smallest told amounts of a quarter stand first
    SELECT
        party_id, days_ago, direction, channel, amount_fen,
        row_number() OVER (PARTITION BY party_id ORDER BY amount_fen DESC) AS from_the_top
    FROM flow
    WHERE days_ago < 90 AND amount_fen IS NOT NULL
)
SELECT
    asked.party_id,
    (SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(amount_fen) END FROM flow
        WHERE flow.party_id = asked.party_id AND days_ago < 7) AS flow_sum_amount_7d,
    (SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(amount_fen) END FROM flow
        WHERE flow.party_id = asked.party_id AND days_ago < 30 AND direction = 'in') AS flow_sum_amount_in_30d,
    CASE WHEN EXISTS (SELECT 1 FROM flow WHERE flow.party_id = asked.party_id
            AND days_ago < 360 AND direction = 'out')
        THEN (SELECT sum(amount_fen) FROM flow WHERE flow.party_id = asked.party_id
            AND days_ago < 360 AND direction = 'out')
        ELSE 0 END AS flow_sum_amount_out_360d,
    (SELECT sum(amount_fen) FROM
        (SELECT amount_fen FROM flow WHERE flow.party_id = asked.party_id
            AND days_ago < 180 AND direction = 'in' AND channel = 'atm'
         UNION ALL SELECT 0 WHERE asked.party_id NOT IN (SELECT party_id FROM flow
            WHERE days_ago < 180 AND direction = 'in' AND channel = 'atm')) AS flow_or_nothing
    ) AS flow_sum_amount_in_atm_180d,
    sign(quarter) * (abs(quarter) // nullif(quarter_told, 0)
        + CASE WHEN 2 * (abs(quarter) % nullif(quarter_told, 0)) >= quarter_told THEN 1 ELSE 0 END
    ) AS flow_mean_amount_90d,
    sign(year_in) * (abs(year_in) // nullif(year_in_told, 0)
        + CASE WHEN 2 * (abs(year_in) % nullif(year_in_told, 0)) >= year_in_told THEN 1 ELSE 0 END
    ) AS flow_mean_amount_in_360d,
    sign(month_pos) * (abs(month_pos) // nullif(month_pos_told, 0)
        + CASE WHEN 2 * (abs(month_pos) % nullif(month_pos_told, 0)) >= month_pos_told THEN 1 ELSE 0 END
    ) AS flow_mean_amount_pos_30d,
    sign(year_out_web) * (abs(year_out_web) // nullif(year_out_web_told, 0)
        + CASE WHEN 2 * (abs(year_out_web) % nullif(year_out_web_told, 0)) >= year_out_web_told THEN 1 ELSE 0 END
    ) AS flow_mean_amount_out_web_360d,
    (SELECT amount_fen FROM ranked_by_size AS own
        WHERE own.party_id = asked.party_id AND from_the_top = 1) AS flow_max_amount_90d,
    (SELECT max(amount_fen) FROM flow WHERE flow.party_id = asked.party_id
        AND days_ago < 30 AND direction = 'out') AS flow_max_amount_out_30d,
    (SELECT -min(-amount_fen) FROM flow WHERE flow.party_id = asked.party_id
        AND days_ago < 360 AND direction = 'in' AND channel = 'pos') AS flow_max_amount_in_pos_360d,
    (SELECT min(amount_fen) FROM flow WHERE flow.party_id = asked.party_id
        AND days_ago < 180) AS flow_min_amount_180d,
    (SELECT list_sort(list(amount_fen))[1] FROM flow WHERE flow.party_id = asked.party_id
        AND days_ago < 90 AND channel = 'web' AND amount_fen IS NOT NULL) AS flow_min_amount_web_90d,
    (SELECT min(amount_fen) FROM flow WHERE flow.party_id = asked.party_id
        AND days_ago < 360 AND direction = 'out' AND channel = 'atm') AS flow_min_amount_out_atm_360d
FROM asked
LEFT JOIN summed USING (party_id)
