-- name: insert_model!
-- Add an entry to the register of models.
INSERT INTO oversight.model (
    batch_id, row_no, card_hash, name, product, purpose, materiality, owner, developer, validator, state,
    fitted_on, registered_on, next_review_due, recorded_at
) VALUES (
    :batch_id, 0, :card_hash, :name, :product, :purpose, :materiality, :owner, :developer, :validator, :state,
    :fitted_on, :registered_on, :next_review_due, :recorded_at
);

-- name: find_model^
-- One entry of the register.
SELECT card_hash, name, product, purpose, materiality, owner, developer, validator, state, fitted_on,
    registered_on, next_review_due
FROM oversight.model
WHERE batch_id = :batch_id;

-- name: find_models
-- Every model as it stood on a day: of a card's entries until then the last one.
SELECT card_hash, name, product, purpose, materiality, owner, developer, validator, state, fitted_on,
    registered_on, next_review_due
FROM (
    SELECT DISTINCT ON (card_hash) *
    FROM oversight.model
    WHERE registered_on <= :on
    ORDER BY card_hash, registered_on DESC, recorded_at DESC,
        array_position(ARRAY['draft', 'published', 'live', 'retired'], state) DESC
) AS latest
ORDER BY product, name, card_hash;

-- name: hold_model$
-- Keep others from acting on a model until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('oversight.model/' || :card_hash, 0));

-- name: insert_model_run!
-- Record a measurement of a model.
INSERT INTO oversight.model_run (
    batch_id, row_no, card_hash, kind, product, population, business_date, rules_as_of, rows, inputs_hash,
    outputs_hash, alarm_policy_hash, alarms, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :card_hash, :kind, :product, :population, :business_date, :rules_as_of, :rows, :inputs_hash,
    :outputs_hash, :alarm_policy_hash, :alarms, :content_hash, :recorded_at
);

-- name: find_model_runs
-- Every measurement, of one card or of all, by business date and kind; of the same the last recorded last.
SELECT batch_id, card_hash, kind, product, population, business_date, rules_as_of, rows, inputs_hash,
    outputs_hash, alarm_policy_hash, alarms, content_hash
FROM oversight.model_run
WHERE :card_hash::text IS NULL OR card_hash = :card_hash
ORDER BY business_date, kind, recorded_at, batch_id;

-- name: find_model_run^
-- One measurement.
SELECT batch_id, card_hash, kind, product, population, business_date, rules_as_of, rows, inputs_hash,
    outputs_hash, alarm_policy_hash, alarms, content_hash
FROM oversight.model_run
WHERE batch_id = :batch_id;

-- name: insert_scoring!
-- Record that a case was scored by itself, in the batch of its decision.
INSERT INTO oversight.scoring (
    batch_id, row_no, decision_id, card_hash, product, business_date, rules_as_of, inputs_hash, outputs_hash,
    alarm_policy_hash, alarms, raised, recorded_at
) VALUES (
    :batch_id, 0, :decision_id, :card_hash, :product, :business_date, :rules_as_of, :inputs_hash, :outputs_hash,
    :alarm_policy_hash, :alarms, :raised, :recorded_at
);

-- name: find_scoring^
-- What is on record about the scoring of one decision.
SELECT decision_id, card_hash, product, business_date, rules_as_of, inputs_hash, outputs_hash,
    alarm_policy_hash, alarms, raised
FROM oversight.scoring
WHERE decision_id = :decision_id;

-- name: count_scorings
-- Cases a card scored by themselves by business date, how many of them alarming, and how many alarms.
SELECT card_hash, business_date, count(*), count(*) FILTER (WHERE alarms > 0), sum(alarms)::bigint
FROM oversight.scoring
WHERE :card_hash::text IS NULL OR card_hash = :card_hash
GROUP BY card_hash, business_date
ORDER BY business_date, card_hash;

-- name: find_metrics
-- The figures of a measurement, in the order they were made.
SELECT name, segment, value_nano, numerator, denominator, level, rule
FROM oversight.metric
WHERE batch_id = :batch_id
ORDER BY row_no;

-- name: insert_comparison_run!
-- Record a comparison of strategies.
INSERT INTO oversight.comparison_run (
    batch_id, row_no, kind, product, population, business_date, rules_as_of, rows, strategy_hash, card_hash,
    plan_hash, draws, seed, inputs_hash, note, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :kind, :product, :population, :business_date, :rules_as_of, :rows, :strategy_hash, :card_hash,
    :plan_hash, :draws, :seed, :inputs_hash, :note, :content_hash, :recorded_at
);

-- name: find_comparison_runs
-- Every comparison, by business date; of the same date the last recorded comes last.
SELECT batch_id, kind, product, population, business_date, rules_as_of, rows, strategy_hash, card_hash,
    plan_hash, draws, seed, inputs_hash, note, content_hash
FROM oversight.comparison_run
ORDER BY business_date, recorded_at, batch_id;

-- name: find_comparisons
-- The lines of a comparison, in the order they were made.
SELECT baseline, baseline_hash, outcome, approvals_at, score_cutoff, rows, bads, baseline_approved,
    baseline_bads, strategy_approved, strategy_bads, swap_in, swap_in_bads, swap_out, swap_out_bads,
    approval_change_nano, approval_change_low_nano, approval_change_high_nano, bad_rate_change_nano,
    bad_rate_change_low_nano, bad_rate_change_high_nano, swap_change_nano, swap_change_low_nano,
    swap_change_high_nano
FROM oversight.comparison
WHERE batch_id = :batch_id
ORDER BY row_no;

-- name: insert_proposal!
-- Record a challenger somebody proposes.
INSERT INTO oversight.proposal (
    batch_id, row_no, product, policy, champion_hash, challenger_hash, effective_from, business_date,
    rules_as_of, proposer, chosen_by, figures, comparison_batch, simulated, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :product, :policy, :champion_hash, :challenger_hash, :effective_from, :business_date,
    :rules_as_of, :proposer, :chosen_by, :figures, :comparison_batch, :simulated, :content_hash, :recorded_at
);

-- name: find_proposals
-- Every proposal with the second person's word on it, if there is one; oldest first.
SELECT p.batch_id, p.product, p.policy, p.champion_hash, p.challenger_hash, p.effective_from, p.business_date,
    p.rules_as_of, p.proposer, p.chosen_by, p.figures, p.comparison_batch, p.simulated, p.content_hash,
    a.approver, a.role, a.decision, a.reason, a.decided_on, a.simulated
FROM oversight.proposal AS p
LEFT JOIN oversight.approval AS a ON a.proposal_id = p.batch_id
ORDER BY p.business_date, p.recorded_at, p.batch_id;

-- name: insert_approval!
-- Record the second person's word on a proposal; where one has spoken already, nothing is added.
INSERT INTO oversight.approval (
    batch_id, row_no, proposal_id, proposer, approver, role, decision, reason, decided_on, simulated, recorded_at
) VALUES (
    :batch_id, 0, :proposal_id, :proposer, :approver, :role, :decision, :reason, :decided_on, :simulated,
    :recorded_at
)
ON CONFLICT (proposal_id) DO NOTHING;

-- name: insert_proof!
-- Record a proof of a program.
INSERT INTO oversight.strategy_proof (
    batch_id, row_no, policy, program_hash, engines, targets, boundary_rows, random_rows, seed, differences,
    first_differences, seen, proof_hash, recorded_at
) VALUES (
    :batch_id, 0, :policy, :program_hash, :engines, :targets, :boundary_rows, :random_rows, :seed, :differences,
    :first_differences, :seen, :proof_hash, :recorded_at
);

-- name: find_proof^
-- One proof, by its batch.
SELECT batch_id, policy, program_hash, engines, targets, boundary_rows, random_rows, seed, differences,
    first_differences, seen, proof_hash
FROM oversight.strategy_proof WHERE batch_id = :batch_id;

-- name: insert_version!
-- Record a strategy as published.
INSERT INTO oversight.strategy_version (
    batch_id, row_no, product, stage, policy, document_hash, documents, program_hash, rules_as_of, effective_from,
    warnings, notes, cases, proof_batch, published_by, simulated, content_hash, recorded_at
) VALUES (
    :batch_id, 0, :product, :stage, :policy, :document_hash, :documents, :program_hash, :rules_as_of,
    :effective_from, :warnings, :notes, :cases, :proof_batch, :published_by, :simulated, :content_hash, :recorded_at
);

-- name: find_versions
-- Every strategy as published, one of them, or those of a product or stage; by strategy, the oldest first.
SELECT batch_id, product, stage, policy, document_hash, documents, program_hash, rules_as_of, effective_from,
    warnings, notes, cases, proof_batch, published_by, simulated, content_hash
FROM oversight.strategy_version
WHERE (:batch_id::uuid IS NULL OR batch_id = :batch_id)
  AND (:product::text IS NULL OR product = :product)
  AND (:stage::text IS NULL OR stage = :stage)
ORDER BY product, stage, policy, effective_from, recorded_at, batch_id;

-- name: insert_state!
-- Record what became of a version; where it was in this state before, nothing is added.
INSERT INTO oversight.strategy_state (
    batch_id, row_no, version_id, published_by, state, person, reason, simulated, recorded_at
) VALUES (
    :batch_id, 0, :version_id, :published_by, :state, :person, :reason, :simulated, :recorded_at
)
ON CONFLICT (version_id, state) DO NOTHING;

-- name: find_states
-- What became of versions, of one or of all, oldest first.
SELECT version_id, state, person, reason, simulated, recorded_at
FROM oversight.strategy_state
WHERE :version_id::uuid IS NULL OR version_id = :version_id
ORDER BY version_id, array_position(ARRAY['published', 'live', 'retired'], state);

-- name: find_released_versions
-- Every version that was put live, with the path of its text, and whether it was retired since; of those that are
-- effective from the same day the one put live last comes last.
SELECT v.batch_id, v.product, v.stage, v.policy, v.document_hash, v.documents, v.rules_as_of, v.effective_from,
    d.path, retired.version_id IS NOT NULL
FROM oversight.strategy_version AS v
JOIN oversight.strategy_state AS live ON live.version_id = v.batch_id AND live.state = 'live'
LEFT JOIN kernel.document AS d ON d.document_hash = v.document_hash
LEFT JOIN oversight.strategy_state AS retired ON retired.version_id = v.batch_id AND retired.state = 'retired'
ORDER BY v.effective_from, live.recorded_at, v.batch_id;

-- name: find_assignments
-- Who was decided by which arm of an experiment, in the order of recording and of the batch.
SELECT experiment, experiment_hash, decision_id, party_id, arm, policy_hash
FROM oversight.strategy_assignment
WHERE experiment_hash = :experiment_hash
ORDER BY batch_id, row_no;

-- name: find_shadow_verdicts
-- What the shadows of an experiment said, in the order of the batch.
SELECT experiment_hash, decision_id, party_id, shadow, policy_hash, outcome, rule, limit_proposed_fen,
    rate_annual_nano, failure
FROM oversight.shadow_verdict
WHERE experiment_hash = :experiment_hash
ORDER BY batch_id, row_no;

-- name: insert_model_finding!
-- Record a finding of a model's validation.
INSERT INTO oversight.model_finding (
    batch_id, row_no, card_hash, validator, severity, text, found_on, due_on, simulated, recorded_at
) VALUES (
    :batch_id, 0, :card_hash, :validator, :severity, :text, :found_on, :due_on, :simulated, :recorded_at
);

-- name: find_model_findings
-- The findings on a model, or on all, the oldest first.
SELECT batch_id, card_hash, validator, severity, text, found_on, due_on, simulated
FROM oversight.model_finding
WHERE (:card_hash::text IS NULL OR card_hash = :card_hash)
  AND (:batch_id::uuid IS NULL OR batch_id = :batch_id)
ORDER BY found_on, recorded_at, batch_id;

-- name: insert_model_finding_step!
-- Record that a finding was answered or closed.
INSERT INTO oversight.model_finding_step (
    batch_id, row_no, finding_id, validator, step_no, step, person, text, done_on, simulated, recorded_at
) VALUES (
    :batch_id, 0, :finding_id, :validator, :step_no, :step, :person, :text, :done_on, :simulated, :recorded_at
);

-- name: find_model_finding_steps
-- What became of the findings on a model, or on all, in order.
SELECT s.finding_id, s.batch_id, s.step, s.person, s.text, s.done_on, s.simulated
FROM oversight.model_finding_step AS s
JOIN oversight.model_finding AS f ON f.batch_id = s.finding_id
WHERE (:card_hash::text IS NULL OR f.card_hash = :card_hash)
  AND (:batch_id::uuid IS NULL OR f.batch_id = :batch_id)
ORDER BY s.finding_id, s.step_no;

-- name: insert_model_act!
-- Record what a person did about a model.
INSERT INTO oversight.model_act (
    batch_id, row_no, card_hash, act, developer, person, reason, successor, done_on, simulated, recorded_at
) VALUES (
    :batch_id, 0, :card_hash, :act, :developer, :person, :reason, :successor, :done_on, :simulated, :recorded_at
);

-- name: find_model_acts
-- What persons did about a model, or about all, the oldest first.
SELECT batch_id, card_hash, act, developer, person, reason, successor, done_on, simulated
FROM oversight.model_act
WHERE :card_hash::text IS NULL OR card_hash = :card_hash
ORDER BY done_on, recorded_at, batch_id;
