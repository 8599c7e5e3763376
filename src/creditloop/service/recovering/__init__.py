"""Collections (清收): who is contacted, by whom, and who must not be.

`routing` puts together what each customer owes, how late they are and what was warned of, and routes them
by policy to message, call, agency or litigation. A contact is recorded only if the rules of contact allow
it; a complaint or an objection stops it.
"""
