"""The town's sources (数据源): from what is planted for a shard to the rows a bank would receive.

`money` has flows, `loans` our cards and instalments, `bureau` the credit bureau, `government` tax, insurance,
fund and power, `market` what shows of firms, `courts` cases, texts and lists, `devices` who acted from where,
`notes` visits, `registers` parties and relations, `asking` when each source was asked and what it answered.
`events` makes events of monthly rates, `words` the words of texts. `catalogue` lists the sources with their
day, what corrections change and how soon each becomes known.
"""

from creditloop.world.sources.catalogue import SOURCES, Source

__all__ = ["SOURCES", "Source"]
