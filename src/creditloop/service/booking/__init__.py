"""Book a migrated card book (记账): the old bank's statements, posted month by month, held against its bills.

`card_book` imports statements under a contract and posts each month's events in fen; `reconciling`
compares every balance of every month with the bill it was posted from. Nothing is posted twice: each
month is one piece of work. What follows from a posted month is answered by other stages (`wiring`); the
months of a plan are gone through by `posting`.
"""
