"""Taking whole files and folders into the bank (批量导入): many records of consent, a whole town.

`consent_files` takes a file of consents in one piece of work, sealed as one batch. `town_parts` takes a town
part by part, each in a piece of work of its own, so that a load that was broken off goes on where it was:
sources under their contracts, texts as events, consents. Nothing is taken that its contract or its own record
does not allow, and what was taken before gives its first result.
"""
