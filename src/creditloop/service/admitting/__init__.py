"""Decide about customers (评审): a plan says whom, by which facts, card and policy, as of which day.

`review_plan` reads the plan, `plan_rules` what it decides by, `outcomes` what came of customers.
`fitting` fits the card on one half, `reviewing` decides the other, or one party at once; `experimenting`
asks a challenger or a shadow besides, and `arms` decides a book under an experiment. `recording` keeps a run
and opens its cases. `review_desk` is where persons sign referred cases, `limit_order` refuses a decision that
a later one has overtaken, and `replaying` makes every past decision again from what was kept.
"""
