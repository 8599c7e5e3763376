-- Calendar months 活跃月数、最长连续、最长静默、相对平均偏差
--
-- The day's own month is the first, even if it has just begun; twelve months are it and the eleven before it.
-- A month is active if something of what stands on the day happened in it, by the day. A run is of active months
-- one after the other, a silence of months without; whoever has no flow is silent in all of them.
WITH version AS (
    SELECT
        asked.party_id, asked.as_of, told.booked, told.direction, told.channel, told.amount_fen,
        told.known_on = max(told.known_on) OVER (PARTITION BY asked.party_id, told.flow_no) AS stands
    FROM asked
    JOIN told ON told.party_id = asked.party_id AND told.known_on <= asked.as_of
),
flow AS (
    SELECT party_id, date_trunc('month', booked) AS of_month, direction, channel, amount_fen
    FROM version WHERE stands AND booked <= as_of
),
calendar AS (  -- twelve months a party, 1 being the oldest and 12 the day's own
    SELECT
        asked.party_id, month_no,
        date_trunc('month', asked.as_of) - to_months(CAST(12 - month_no AS INTEGER)) AS of_month
    FROM asked CROSS JOIN generate_series(1, 12) AS numbers (month_no)
),
filled AS (  -- of each month: was there a flow, and how much was it
    SELECT
        calendar.party_id, month_no,
        count(flow.of_month) > 0 AS any_flow,
        count(*) FILTER (WHERE direction = 'in') > 0 AS any_in,
        count(*) FILTER (WHERE direction = 'out') > 0 AS any_out,
        bool_or(channel IS NOT DISTINCT FROM 'pos') AS any_pos,
        coalesce(bool_or(channel = 'atm'), false) AS any_atm,
        coalesce(bool_or(channel = 'web'), false) AS any_web,
        coalesce(sum(amount_fen), 0) AS fen,
        coalesce(sum(amount_fen) FILTER (WHERE direction = 'in'), 0) AS fen_in,
        coalesce(sum(amount_fen) FILTER (WHERE channel = 'pos'), 0) AS fen_pos
    FROM calendar LEFT JOIN flow USING (party_id, of_month)
    GROUP BY calendar.party_id, month_no
),
-- Runs: months one after the other have the same distance between their number and their place in the row.
island AS (
    SELECT party_id, count(*) AS months
    FROM (SELECT party_id, month_no - row_number() OVER (PARTITION BY party_id ORDER BY month_no) AS shore
          FROM filled WHERE any_flow) AS active
    GROUP BY party_id, shore
),
island_in_6m AS (
    SELECT party_id, count(*) AS months
    FROM (SELECT party_id, month_no - row_number() OVER (PARTITION BY party_id ORDER BY month_no) AS shore
          FROM filled WHERE any_in AND month_no > 6) AS active
    GROUP BY party_id, shore
),
-- The same told otherwise: the number of months without a flow so far does not change within a run.
island_pos AS (
    SELECT party_id, count(*) FILTER (WHERE any_pos) AS months
    FROM (SELECT *, sum(CASE WHEN any_pos THEN 0 ELSE 1 END)
              OVER (PARTITION BY party_id ORDER BY month_no ROWS UNBOUNDED PRECEDING) AS silent_so_far
          FROM filled) AS counted
    GROUP BY party_id, silent_so_far
),
-- Silences: what lies between an active month and the one before it; the ends of the window stand in as months
-- 0 and 13 that are no silence themselves.
silence AS (
    SELECT party_id, month_no - lag(month_no) OVER (PARTITION BY party_id ORDER BY month_no) - 1 AS months
    FROM (SELECT party_id, month_no FROM filled WHERE any_flow
          UNION ALL SELECT party_id, unnest([0, 13]) FROM asked) AS ends
),
silence_out_6m AS (
    SELECT party_id, month_no - lag(month_no) OVER (PARTITION BY party_id ORDER BY month_no) - 1 AS months
    FROM (SELECT party_id, month_no FROM filled WHERE any_out AND month_no >= 7
          UNION ALL SELECT party_id, unnest([6, 13]) FROM asked) AS ends
),
-- Deviation: how far a month is from the mean month, on average, measured by the size of the mean month. Both are
-- kept whole by multiplying with the number of months: |12 x - total| summed, divided by 12 |total|.
total AS (
    SELECT
        party_id,
        sum(fen) FILTER (WHERE month_no > 9) AS fen_3m, sum(fen) AS fen_12m,
        sum(fen_in) FILTER (WHERE month_no > 6) AS fen_in_6m, sum(fen_pos) AS fen_pos_12m
    FROM filled GROUP BY party_id
),
distance AS (
    SELECT
        party_id,
        sum(abs(3 * fen - fen_3m)) FILTER (WHERE month_no > 9) AS of_3m,
        sum(abs(12 * fen - fen_12m)) AS of_12m,
        sum(abs(6 * fen_in - fen_in_6m)) FILTER (WHERE month_no > 6) AS of_in_6m,
        sum(abs(12 * fen_pos - fen_pos_12m)) AS of_pos_12m
    FROM filled JOIN total USING (party_id) GROUP BY party_id
),
deviation AS (
    SELECT
        party_id,
        (2 * of_3m * 1000000000 + abs(3 * fen_3m)) // nullif(2 * abs(3 * fen_3m), 0) AS of_3m,
        (2 * of_12m * 1000000000 + abs(12 * fen_12m)) // nullif(2 * abs(12 * fen_12m), 0) AS of_12m,
        (2 * of_in_6m * 1000000000 + abs(6 * fen_in_6m)) // nullif(2 * abs(6 * fen_in_6m), 0) AS of_in_6m,
        (2 * of_pos_12m * 1000000000 + abs(12 * fen_pos_12m)) // nullif(2 * abs(12 * fen_pos_12m), 0) AS of_pos_12m
    FROM distance JOIN total USING (party_id)
)
SELECT
    asked.party_id,
    (SELECT count(*) FROM filled WHERE filled.party_id = asked.party_id
        AND any_flow AND month_no >= 10) AS flow_months_active_3m,
    (SELECT count(*) FROM filled WHERE filled.party_id = asked.party_id
        AND any_in AND month_no >= 7) AS flow_months_active_in_6m,
    (SELECT count(*) FROM filled WHERE filled.party_id = asked.party_id AND any_web) AS flow_months_active_web_12m,
    (SELECT count(DISTINCT of_month) FROM flow WHERE flow.party_id = asked.party_id AND channel = 'atm'
        AND date_diff('month', of_month, asked.as_of) < 6) AS flow_months_active_atm_6m,
    (SELECT coalesce(max(months), 0) FROM island WHERE island.party_id = asked.party_id) AS flow_longest_run_12m,
    (SELECT coalesce(max(months), 0) FROM island_in_6m AS island
        WHERE island.party_id = asked.party_id) AS flow_longest_run_in_6m,
    (SELECT max(months) FROM island_pos AS island WHERE island.party_id = asked.party_id) AS flow_longest_run_pos_12m,
    (SELECT max(months) FROM silence WHERE silence.party_id = asked.party_id) AS flow_longest_silence_12m,
    (SELECT max(months) FROM silence_out_6m AS silence
        WHERE silence.party_id = asked.party_id) AS flow_longest_silence_out_6m,
    -- three months are few enough to be written out
    (SELECT CASE
        WHEN NOT (oldest OR middle OR own) THEN 3
        WHEN NOT (oldest OR middle) OR NOT (middle OR own) THEN 2
        WHEN oldest AND middle AND own THEN 0
        ELSE 1 END
     FROM (SELECT
        bool_or(any_atm) FILTER (WHERE month_no = 10) AS oldest,
        bool_or(any_atm) FILTER (WHERE month_no = 11) AS middle,
        bool_or(any_atm) FILTER (WHERE month_no = 12) AS own
        FROM filled WHERE filled.party_id = asked.party_id) AS three) AS flow_longest_silence_atm_3m,
    CASE WHEN deviation.of_3m < 9223372036854775808 THEN deviation.of_3m END AS flow_deviation_amount_3m,
    CASE WHEN deviation.of_12m < 9223372036854775808 THEN deviation.of_12m END AS flow_deviation_amount_12m,
    CASE WHEN deviation.of_in_6m < 9223372036854775808 THEN deviation.of_in_6m END AS flow_deviation_amount_in_6m,
    CASE WHEN deviation.of_pos_12m < 9223372036854775808 THEN deviation.of_pos_12m END AS flow_deviation_amount_pos_12m
FROM asked
JOIN deviation USING (party_id)
