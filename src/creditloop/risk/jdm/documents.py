"""Write our document as YAML text, the way a person would (写出 YAML)."""

import re
from collections.abc import Mapping

import yaml

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WIDTH = 110


class Plain(str):
    """A text that YAML may show without quotes: a number or truth value of our language."""

    __slots__ = ()


def plain(text: str) -> object:
    """Return a cell's text so that a number or truth value is written without quotes."""
    return Plain(text) if _NUMBER.fullmatch(text) or text in {"true", "false"} else text


def document_text(document: Mapping[str, object]) -> str:
    """Write a document; keys in the order given."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


class _Dumper(yaml.SafeDumper):
    """Repeats equal values instead of naming them, since our documents have no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """No value is written as a reference to another."""
        return True


def _represent(dumper: yaml.SafeDumper, text: Plain) -> yaml.ScalarNode:
    word = str(text)
    tag = "bool" if word in {"true", "false"} else "float" if "." in word else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{tag}", word)


_Dumper.add_representer(Plain, _represent)
