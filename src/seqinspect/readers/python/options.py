"""What a script takes from its command line and environment: the defaults that the source has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqinspect.readers.python.values import External, Namespace, Options, Unknown

if TYPE_CHECKING:
    from seqinspect.readers.python.run import Arguments, Run

FLAGS = "FLAGS"
"""The object of `absl` and of TensorFlow 1 whose attributes are the flags."""

STORED = {"store_true": False, "store_false": True}
"""What an option is that nobody passes, by its action."""

SAME_PARSER = frozenset(
    "add_argument_group add_mutually_exclusive_group add_parser add_subparsers".split()
)
"""Methods of a parser that return a part of it."""

MAKERS = frozenset(
    "argparse.ArgumentParser configargparse.ArgParser configargparse.ArgumentParser".split()
)
NAMESPACES = frozenset({"argparse.Namespace", "types.SimpleNamespace"})


def call_option(run: Run, path: str, given: Arguments) -> object | None:
    """Return what a function of `argparse`, `absl.flags` or `os` returns; None for others."""
    values = [argument.value for argument in given.positional]
    name = path.rpartition(".")[2]
    if path in MAKERS:
        return Options()
    if path in NAMESPACES and not (values or given.open):
        return Namespace({key: argument.value for key, argument in given.named.items()})
    if name.startswith("DEFINE_"):
        default = given.named["default"].value if "default" in given.named else None
        default = values[1] if len(values) > 1 else default
        if values and isinstance(values[0], str):
            unset = default is None or name == "DEFINE_enum"
            run.flags[values[0]] = Unknown(f"{FLAGS}.{values[0]}") if unset else default
        return Unknown(path)
    if path in ("os.environ.get", "os.getenv") and len(values) > 1:
        return values[1]
    return None


def call_parser(run: Run, parser: Options, name: str, given: Arguments) -> object | None:
    """Call a method of a parser; None for those that are not read."""
    if name in SAME_PARSER:
        return parser
    if name == "add_argument":
        _add(run, parser, given)
        return Unknown("an option")
    if name == "set_defaults":
        values = {key: argument.value for key, argument in given.named.items()}
        parser.values |= {key: _size(run, key, value) for key, value in values.items()}
        return Unknown("an option")
    if name == "parse_args":
        return Namespace(dict(parser.values))
    if name == "parse_known_args":
        return (Namespace(dict(parser.values)), Unknown("the rest of the command line"))
    return None


def _add(run: Run, parser: Options, given: Arguments) -> None:
    """Add an option to a parser under the name of its attribute."""
    words = [argument.value for argument in given.positional]
    texts = [word for word in words if isinstance(word, str)]
    named = {key: argument.value for key, argument in given.named.items()}
    long = [text for text in texts if text.startswith("--")] or texts
    dest = named.get("dest") or (long[0].lstrip("-").replace("-", "_") if long else None)
    if not isinstance(dest, str):
        return
    value = named.get("default", STORED.get(str(named.get("action"))))
    kind = named.get("type")
    if isinstance(value, str) and isinstance(kind, External):
        value = _converted(value, kind.path.rpartition(".")[2])
    known = value is not None and named.get("required") is not True
    parser.values[dest] = _size(run, dest, value) if known else Unknown(dest)


def _size(run: Run, name: str, value: object) -> object:
    """Return a default that may be a size under the name of its option."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return run.symbol(name, value)
    return value


def _converted(text: str, kind: str) -> object:
    """Return a default that is a string as the type of its option makes it."""
    try:
        return int(text) if kind == "int" else float(text) if kind == "float" else text
    except ValueError:
        return text
