"""YAML text → tree: the strict part of YAML that a spec may use, with YAML 1.2 core values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from yaml import events
from yaml.error import MarkedYAMLError
from yaml.loader import SafeLoader

from seqinspect.errors import Place, Problem, SpecError
from seqinspect.model.reasons import SourceNote
from seqinspect.model.tree import Document, Mapping, Scalar, Sequence, Source, Tree, Value
from seqinspect.readers.source.characters import decode, describe_character, first_forbidden
from seqinspect.readers.source.files import check_size
from seqinspect.readers.source.limits import LIMITS, Limits, truncate
from seqinspect.readers.source.names import as_yaml_list
from seqinspect.readers.source.problems import (
    ProblemCollector,
    is_open,
    split_parentheses,
    syntax_problem,
)

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was installed without libyaml: the same events, 15 times slower
    Parser: Callable[[str], Any] = SafeLoader
else:
    Parser = CParser

# The stubs say that an event may have no marks; one that was parsed always has.
Event: TypeAlias = Any

CORE: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
# A number with a leading 0 is octal in YAML 1.1 and decimal in 1.2, so it stays a text.
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
FLOAT = re.compile(
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+"
    r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)
PLAIN_TAGS = ("tag:yaml.org,2002:python/tuple", "tag:yaml.org,2002:python/unicode")
"""Tags of Keras's `to_yaml`: what stands behind them is the list or the text that it looks like."""

KERAS_CONFIG = re.compile(r"^(class_name|keras_version):", re.MULTILINE)
DUMP = re.compile(r"^class_name:", re.MULTILINE)
"""Once in what `to_yaml` writes; a file to which it was appended has it again."""

LISTS = ".data_structures.ListWrapper"
"""tf.keras wrote lists in lists under this tag; nothing is made of it."""
NUMERIC = frozenset("0123456789+-.")


def read_yaml(data: bytes, file: str, *, limits: Limits = LIMITS) -> Document:
    """Read the bytes of a YAML file; SpecError holds everything that is wrong, with places."""
    check_size(len(data), file, limits)
    source = Source(decode(data, file), file)
    builder = _Builder(source, limits)
    root = builder.build()
    return Document(root, source, (SourceNote.LAST_DUMP,) if builder.several_dumps else ())


class _Anchor:
    """What an alias repeats, and how large that is; no node while it is still being read."""

    __slots__ = ("characters", "height", "node", "nodes")

    def __init__(self) -> None:
        self.node: Tree | None = None
        self.nodes = 0
        self.characters = 0
        self.height = 0


class _Frame:
    """A mapping or a sequence that is being read."""

    __slots__ = ("anchor", "characters", "column", "entries", "height", "items", "key", "line",
                 "named", "nodes")  # fmt: skip

    def __init__(self, line: int, column: int, named: dict[str, Tree] | None) -> None:
        self.line = line
        self.column = column
        self.items: list[Tree] = []
        self.entries: list[tuple[Scalar, Tree]] = []
        self.named = named  # by name, in a mapping
        self.key: Scalar | None = None  # the name whose value comes next
        self.height = 0  # of the highest value in it
        self.anchor: _Anchor | None = None
        self.nodes = 0  # counted before it
        self.characters = 0


class _Builder:
    """Builds the tree from the parser's events, without recursion."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source: Final = source
        self.limits: Final = limits
        self.problems: Final = ProblemCollector(source, limits)
        self.root: Tree | None = None
        self.of_keras: Final = KERAS_CONFIG.search(source.text) is not None
        self.several_dumps: Final = len(DUMP.findall(source.text)) > 1
        self.documents = 0
        self.frame: _Frame | None = None
        self.stack: list[_Frame | None] = []
        self.anchors: dict[str, _Anchor] = {}
        self.values: dict[str, Value] = {}  # of plain scalars: a spec repeats a few words
        self.nodes = 0
        self.characters = 0

    def build(self) -> Tree:
        """Read all events; raise what is wrong."""
        handlers: dict[type[events.Event], Callable[[Event], None]] = {
            events.ScalarEvent: self.scalar,
            events.MappingStartEvent: self.start,
            events.MappingEndEvent: self.end_joined if "(" in self.source.text else self.end,
            events.SequenceStartEvent: self.start,
            events.SequenceEndEvent: self.end,
            events.AliasEvent: self.alias,
            events.DocumentStartEvent: self.document,
        }
        next_event = None
        while True:
            try:
                next_event = next_event or Parser(self.source.text).get_event
                event = next_event()
            except MarkedYAMLError as error:
                mark = error.problem_mark or error.context_mark
                if mark is not None and "nesting depth" in str(error):  # libyaml's own limit, 1,000
                    line, column = mark.line + 1, mark.column + 1
                    self.problems.exceed("depth", line, column, "values are nested too deeply")
                self.problems.stop(syntax_problem(error, self.source))
            except Exception as error:  # whatever else the parser raises, the file is at fault
                self.problems.stop(
                    Problem(
                        "the file cannot be read as YAML",
                        received=truncate(f"{type(error).__name__}: {error}"),
                        place=Place(self.source.file, 1, 1),
                        about="yaml syntax",
                    )
                )
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
            elif type(event) is events.StreamEndEvent:
                break
        return self.finish()

    def finish(self) -> Tree:
        """Return the root, if there is one and nothing is wrong."""
        root = self.root
        if root is None or (isinstance(root, Scalar) and not root.quoted and not root.text):
            empty = "holds nothing but comments" if self.source.text.strip() else "is empty"
            self.problems.report(
                1,
                1,
                f"the file {empty}",
                about="empty",
                expected="a spec: `input:` and `layers:`",
                remedy="`seqinspect layers` lists the layers",
            )
        elif isinstance(root, Scalar):
            glued = not root.quoted and re.search(r"[A-Za-z_]:\S", root.text)
            self.problems.report(
                root.line,
                root.column,
                "the file is a single string, not a spec",
                about="root",
                received=truncate(root.text),
                expected="names with values, such as `layers: [...]`",
                remedy="put a space after each colon: `name: value`" if glued else "",
            )
        if self.problems.found or root is None:
            raise SpecError(*self.problems.found)
        return root

    def document(self, event: Event) -> None:
        """Check that this is the only document, and its directives."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self.documents += 1
        if self.documents > 1:
            place = Place(self.source.file, line, column)
            self.problems.stop(
                Problem(
                    "a second YAML document starts here",
                    expected="one document a file",
                    remedy="remove the `---`, or write the second spec to its own file",
                    place=place,
                    line=self.source.excerpt(place),
                    about="second document",
                )
            )
        if event.version and tuple(event.version) not in {(1, 1), (1, 2)}:
            major, minor = event.version
            self.problems.report(
                line,
                column,
                "this version of YAML is not known",
                about="directive",
                received=f"%YAML {major}.{minor}",
                expected="%YAML 1.2, or no such line",
            )
        if event.tags:
            self.problems.report(
                line,
                column,
                "tags cannot be used in a spec",
                about="tag",
                received="%TAG",
                remedy="remove the %TAG line",
            )

    def scalar(self, event: Event) -> None:
        """Read a single value."""
        text = event.value
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        quoted = bool(event.style)
        value: Value
        if quoted:
            value = text
        elif text in self.values:
            value = self.values[text]
        else:
            value = self.values[text] = self.plain(text, line, column)
        node = Scalar(value, text, quoted, line, column)
        if quoted or len(text) > self.limits.scalar:
            self.check(event, line, column)
        self.count(1, len(text), line, column)
        if event.tag is not None:
            self.refuse_tag(event.tag, line, column)
        if event.anchor is not None:
            anchor = self.anchors[event.anchor] = _Anchor()
            anchor.node, anchor.nodes, anchor.characters = node, 1, len(text)
        self.attach(node)

    def plain(self, text: str, line: int, column: int) -> Value:
        """Return the YAML 1.2 core value of a text without quotes."""
        if text in CORE:
            return CORE[text]
        if text[0] not in NUMERIC:
            return text
        if INTEGER.fullmatch(text):
            if len(text) > self.limits.digits:
                self.problems.exceed("digits", line, column, f"a number has {len(text):,} digits")
            return int(text)
        if FLOAT.fullmatch(text):
            return float(text.replace(".", "", 1) if text[-1] in "fFnN" else text)
        return text

    def check(self, event: Event, line: int, column: int) -> None:
        """Check the length of a value, and what its escapes made."""
        text = event.value
        if len(text) > self.limits.scalar:
            self.problems.exceed("scalar", line, column, f"a value has {len(text):,} characters")
        match = first_forbidden(text)
        if match is not None:
            self.problems.report(
                line,
                column,
                "a spec cannot hold this character, also not by an escape",
                about="encoding",
                received=describe_character(match[0]),
                remedy="remove the escape",
            )

    def count(self, nodes: int, characters: int, line: int, column: int) -> None:
        """Count what was read, aliases expanded."""
        self.nodes += nodes
        self.characters += characters
        if self.nodes > self.limits.nodes:
            self.problems.exceed(
                "nodes", line, column, "the file has too many values, aliases expanded"
            )
        if self.characters > self.limits.text:
            self.problems.exceed(
                "text", line, column, "the file has too much text, aliases expanded"
            )

    def refuse_tag(self, tag: str, line: int, column: int) -> None:
        """Refuse a tag: it says which object to make, and a spec holds plain values only."""
        if self.of_keras and (tag in PLAIN_TAGS or tag.endswith(LISTS)):
            return
        self.problems.report(
            line,
            column,
            "tags cannot be used in a spec",
            about="tag",
            received=truncate(tag.replace("tag:yaml.org,2002:", "!!")),
            remedy="remove the tag (the word that starts with `!`), and write a plain value",
        )

    def start(self, event: Event) -> None:
        """Begin a mapping or a sequence."""
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        frame = _Frame(line, column, {} if type(event) is events.MappingStartEvent else None)
        frame.nodes, frame.characters = self.nodes, self.characters
        self.count(1, 0, line, column)
        if event.tag is not None:
            self.refuse_tag(event.tag, line, column)
        if event.anchor is not None:
            frame.anchor = self.anchors[event.anchor] = _Anchor()
        self.stack.append(self.frame)
        self.frame = frame
        if len(self.stack) > self.limits.depth:
            self.problems.exceed("depth", line, column, "values are nested too deeply")

    def end(self, _: Event) -> None:
        """Complete a mapping or a sequence."""
        frame = self.frame
        if frame is None:
            return
        node: Tree
        if frame.named is None:
            node = Sequence(tuple(frame.items), frame.line, frame.column)
        else:
            node = Mapping(tuple(frame.entries), frame.named, frame.line, frame.column)
        height = frame.height + 1
        anchor = frame.anchor
        if anchor is not None:
            anchor.node, anchor.height = node, height
            anchor.nodes = self.nodes - frame.nodes
            anchor.characters = self.characters - frame.characters
        outer = self.frame = self.stack.pop()
        if outer is not None and outer.height < height:
            outer.height = height
        self.attach(node)

    def end_joined(self, event: Event) -> None:
        """Complete a mapping; report parentheses that YAML split at their comma: {a: (1, 2)}."""
        for node, text in split_parentheses(self.frame.entries if self.frame is not None else []):
            self.problems.report(
                node.line,
                node.column,
                "inside braces, parentheses are split at their comma",
                about="parentheses",
                received=truncate(text),
                expected="a list in brackets, or a formula in quotes",
                remedy=f"write {as_yaml_list(text)}"
                if text[0] == "("
                else f'write "{truncate(text)}"',
            )
        self.end(event)

    def alias(self, event: Event) -> None:
        """Repeat what an anchor named, if it is not too large."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        name = truncate(event.anchor)
        anchor = self.anchors.get(event.anchor)
        node: Tree | None = None
        if anchor is None:
            self.problems.report(
                line,
                column,
                f"`*{name}` repeats a value that nothing names",
                about="alias",
                received=f"*{name}",
                expected=", ".join(f"*{truncate(known)}" for known in list(self.anchors)[:10])
                or f"a value named with &{name} before it",
                remedy="quote it if it is meant as text",
            )
        elif anchor.node is None:
            self.problems.report(
                line,
                column,
                f"`*{name}` stands inside the value that it repeats",
                about="alias",
                received=f"*{name}",
                remedy="write the value out",
            )
        else:
            self.count(anchor.nodes, anchor.characters, line, column)
            if len(self.stack) + anchor.height > self.limits.depth:
                self.problems.exceed(
                    "depth", line, column, "values are nested too deeply, aliases expanded"
                )
            if self.frame is not None and self.frame.height < anchor.height:
                self.frame.height = anchor.height
            node = anchor.node.at(line, column)
        self.attach(node or Scalar(None, "", False, line, column))

    def attach(self, node: Tree) -> None:
        """Put a value where it belongs."""
        frame = self.frame
        if frame is None:
            self.root = node
        elif frame.named is None:
            frame.items.append(node)
        elif frame.key is None:
            frame.key = self.name(node, frame)
        else:
            frame.entries.append((frame.key, node))
            frame.named[frame.key.text] = node
            frame.key = None

    def name(self, node: Tree, frame: _Frame) -> Scalar:
        """Check the name of a value in a mapping."""
        line, column = node.line, node.column
        if not isinstance(node, Scalar):
            kind = "list" if isinstance(node, Sequence) else "mapping"
            self.problems.report(
                line,
                column,
                f"a {kind} cannot be a name",
                about="key",
                received=f"a {kind} before a colon",
                expected="a string",
                remedy='an expression in braces must be quoted: "{n}"'
                if isinstance(node, Mapping)
                else "",
            )
            return Scalar("", "", True, line, column)
        if not isinstance(node.value, str):
            if node.text and is_open(frame.entries):
                return node  # the end of the mapping says what it is
            self.problems.report(
                line,
                column,
                "this is no name: YAML reads it as a value",
                about="key",
                received=truncate(node.text) or "nothing before the colon",
                expected="a string",
                remedy=f'quote it if it is meant as a name: "{truncate(node.text)}"'
                if node.text
                else "write a name before the colon",
            )
        elif node.value == "<<" and not node.quoted:
            self.problems.report(
                line,
                column,
                "merge keys cannot be used in a spec",
                about="merge key",
                received="<<",
                remedy="write the entries out; YAML 1.2 has no merge keys",
            )
        elif frame.named is not None and node.value in frame.named:
            if node.text.endswith(")") and is_open(frame.entries):
                return node  # likewise
            if self.several_dumps and len(self.stack) == 1:
                frame.entries = [entry for entry in frame.entries if entry[0].text != node.text]
                return node
            first = next(key for key, _ in frame.entries if key.text == node.value)
            self.problems.report(
                line,
                column,
                f"`{truncate(node.value)}` is there twice; "
                f"the first is on line {first.line}, column {first.column}",
                about="duplicate key",
                received=truncate(node.value),
                expected="every name once",
                remedy="remove one of the two",
            )
        return node
