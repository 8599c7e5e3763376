"""Learning a card from a sample (建模).

`scorecard` fits the classic one: bins, weights of evidence, logistic regression (`logistic`), points.
What comes out is a `FittedCard`, which `card.text` writes as the document that is the card.
Fits are pure and deterministic: the same rows and settings give the same card to the byte.
"""
