"""Read JSON as people write it: names without quotes, single quotes, a comma too many (of JSON5)."""

import re

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[{}\[\]:,])
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w$]))
      | (?P<name>[A-Za-z_$][\w$]*))""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class LooseJsonError(ValueError):
    """A text that cannot be read even so."""


def read_loose_json(text: str) -> object:
    r"""Read a value.

    Raises: LooseJsonError telling the character where it cannot go on.

    >>> read_loose_json("{a: 'x', \\"$\\": [1, -2.5e1,],}")
    {'a': 'x', '$': [1, -25.0]}
    """
    reader = _Reader(text)
    value = reader.value()
    if text[reader.at :].strip():
        raise LooseJsonError(f"more than one value, at character {reader.at + 1}")
    return value


class _Reader:
    """Walks over the text once; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def value(self) -> object:
        kind, token = self._take()
        if kind == "text":
            return _unquoted(token)
        if kind == "number":
            return float(token) if set(token) & set(".eE") else int(token)
        if token == "{":
            return dict(self._entries())
        if token == "[":
            return list(self._items())
        if token in _WORDS:
            return _WORDS[token]
        raise LooseJsonError(f"{token!r} before character {self.at + 1}")

    def _entries(self) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []
        while not self._ends("}"):
            kind, token = self._take()
            if kind not in {"text", "name"}:
                raise LooseJsonError(f"{token!r} is no key, before character {self.at + 1}")
            if self._take()[1] != ":":
                raise LooseJsonError(f"no `:` before character {self.at + 1}")
            found.append((_unquoted(token) if kind == "text" else token, self.value()))
            self._comma("}")
        return found

    def _items(self) -> list[object]:
        found: list[object] = []
        while not self._ends("]"):
            found.append(self.value())
            self._comma("]")
        return found

    def _comma(self, closing: str) -> None:
        match = _TOKEN.match(self._text, self.at)
        if match is not None and match["mark"] == ",":
            self.at = match.end()
        elif match is None or match["mark"] != closing:
            raise LooseJsonError(f"no `,` or `{closing}` at character {self.at + 1}")

    def _ends(self, closing: str) -> bool:
        match = _TOKEN.match(self._text, self.at)
        if match is None or match["mark"] != closing:
            return False
        self.at = match.end()
        return True

    def _take(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self.at)
        if match is None:
            raise LooseJsonError(f"nothing to read at character {self.at + 1}")
        self.at = match.end()
        kind = str(match.lastgroup)
        return kind, match[kind]


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token[1:-1])
