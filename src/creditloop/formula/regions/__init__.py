"""Which cases a condition can meet (条件区域), told without running it.

The boolean operations of a program become unions of `boxes` over its operands (`conditions`), each operand
cut into `cells` at the constants it is compared with, its null a cell of its own. `search` looks for a box
outside others within a counted budget, `cases` gives it a row that lies in it, `text` says it for people.
`rows` asks of the rows of a table: which can never decide, and which the earlier ones cover. What is called
empty or covered is proven; where the budget ends the answer is "not known", never a guess.
"""
