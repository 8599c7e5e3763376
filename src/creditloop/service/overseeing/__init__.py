"""The second line of defence (二道防线): is what decides still good, and what would be better.

`oversight_plan` says who answers for a card and what is measured when; `measuring` registers cards and
holds each month against thresholds. `comparing` holds a strategy against the plain rules written down
before it; `challenging` proposes other cut-offs on outcomes, which wait for a second person.
"""
