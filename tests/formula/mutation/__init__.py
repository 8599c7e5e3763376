"""How the compiler is broken on purpose and who must notice (变异测试): the parts of `tests.formula.mutants`.

`changes` knows what can be changed in a module. `copies` gives each worker a package of its own, with one
mutant in it or with every statement of a function recording that it was reached (`reached`). `baseline` runs
the suite once on such copies (`recording` is its pytest plugin) and says which tests reach a statement.
`trials` runs these on a mutant, the most promising first, until one fails (`choosing` is its plugin).
`fairness` is what both plugins ask of Hypothesis and of the process.
"""
