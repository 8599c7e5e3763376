"""Bins of a feature (分箱): where its values part, and what each part says.

`bins` are the parts themselves: intervals of a number, lists of words, special codes, the missing.
`merging` finds them: it counts goods and bads by value, cuts pre-bins, and merges neighbours by exact
dynamic programming so that the information value is the greatest there is under the limits asked for.
Counts can be added up, so rows may be counted where they lie; everything after the counts is whole
numbers, and the same counts give the same bins on every machine.
"""
