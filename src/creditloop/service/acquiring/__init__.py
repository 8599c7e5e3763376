"""Before the loan (获客): who is on the whitelist, and when it is screened again.

`screening` screens a book once, and again when one of three triggers calls for it: an account changed,
the card was renewed, an interval passed. It reads statements and cards and writes what room `acquire`
owns; whoever has not accepted an invitation is screened again too. `scorings` puts what the card said of
them on record with the model.
"""
