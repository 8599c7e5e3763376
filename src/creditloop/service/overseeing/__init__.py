"""The second line of defence (二道防线): is what decides still good, and what would be better.

`oversight_plan` says who answers for a card and what is measured when; `measuring` registers cards and
holds each month against thresholds, `monthly` all months against what came of them, `scorings` puts what a
card said of a book on record; `recording` judges and keeps each of these. `validating` is what persons do
about a model: findings, sign-off, putting live, retirement. `comparing` holds a strategy against the plain
rules written down before it; `challenging` proposes other cut-offs on outcomes, for a second person.
"""
