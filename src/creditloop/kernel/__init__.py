"""What every room needs and no room owns: money, dates, ids, errors, facts, documents, storage.

Small on purpose; it imports nothing of ours and nothing here knows what a loan is.
`money` keeps fen as integers, `dates` keeps instants aware and dates plain, `ids` makes ids from content
so that a repeat can be recognised, `canonical` fixes the bytes that are hashed, `documents` reads the bank's
YAML with line numbers, effective dates and sources, `facts` says what happened, `storage` keeps it in
PostgreSQL. `errors` holds the one tree of things that can go wrong.

Data flows upward only: a document or a row comes in as text or bytes, leaves as a typed, immutable value.
"""
