"""The card (评分卡): the one artefact that every white-box model is written as, read from, and scored by.

`parts` are what it consists of: features with bins and their points, bands of the score with a pd, and the
`settings` it was fitted by, the bank's own numbers with their source.
`text` writes a fitted model as a document for people; `reading` reads it back, strictly; the document's
SHA-256 is the card's version. `card` scores one case with its working or a frame at once, by the program
that `programs` lowers it to; `working` tells what each feature did and what it cost.
A case that cannot be scored refers (转人工); it never gets a score by default.
"""
