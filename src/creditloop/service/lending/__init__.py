"""Carry out what was decided (放贷): limits, agreements, letters.

`limits` takes limits over with the opening balances, then keeps, offers and freezes them as decided by a
review, a person or the customer's answer; `letter_writing` writes to those who have a right to reasons,
in Chinese and English. Both are safe to repeat: a decision is carried out once.
"""
