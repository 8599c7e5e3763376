"""A strategy document (策略文件) read, lowered to one program, executed and explained.

`document` reads what stands before the steps, `reading` the steps — `expression_step`, `table_step`,
`scorecard_step`, `switch_step`, `limit_step`, `sub_strategy` — and lowers them, each in its `space` of names,
to one program of the language; `steps` is what was read, each part with its name in the program. `plan`
executes it for one case: `working_source` writes straight code that reads from the flat answer (`places`)
what every rule says, what it read and how near it came (`misses`); `reasons` puts the reasons in order,
tracing a referral to its root (`graph`); `judgement` shows it all. `staging` asks paid sources only while the
case is undecided. `frames` executes the same program over a frame (`bulk`). Whatever cannot be evaluated
refers with a reason; nothing that reads an answer may ask whether it is null.
"""
