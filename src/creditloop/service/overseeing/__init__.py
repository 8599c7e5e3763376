"""The second line of defence (二道防线): is what decides still good, and what would be better.

`oversight_plan` says who answers for a card and what is measured when; `measuring` registers cards and
holds each month against thresholds, `monthly` all months and `scored` what decided against what came of it,
all kept by `recording`. `validating` is what persons do about a model: findings, sign-off, putting live,
retirement; `reviews` raises an alarm where a review is overdue. `comparing` holds a strategy against the
plain rules written down before it; `challenging` proposes other cut-offs on outcomes, `renewing` a renewed
card that was signed off, both for a second person.
"""
