"""Read a card from its document, strictly (读取评分卡).

`whole` reads the document and what stands at its top; `bins` the bins of a feature, with what was seen in
them or as an axis; `pairs` the tables of two features; `directions` proves that points never go against a
direction stated. What does not add up is refused by file, line and field: a card that was read scores every
case or says why it refers it.
"""

from creditloop.risk.card.reading.whole import read_card

__all__ = ["read_card"]
