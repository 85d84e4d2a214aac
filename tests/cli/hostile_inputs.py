"""Hostile specs, each made on the spot: what it is, how it must end, and what must be said.

An input that ends in an error must name its line; `said` is a word that the message must have.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hostile(NamedTuple):
    """An input; `code` is how the command must end, `said` what the message or table must hold."""

    name: str
    content: bytes
    code: int = 2
    said: str = ""
    suffix: str = ".yaml"


def spec(layers: str, sizes: str = "{T: 10, n: 8}", shape: str = "[T, n]") -> bytes:
    """Return a spec with such layers, lines indented by two."""
    return f"dims: {sizes}\ninput: {shape}\nlayers:\n{layers}".encode()


def layer(text: str) -> bytes:
    return spec(f"  - {text}\n")


def size(text: str) -> bytes:
    """Return a spec where such a text stands for a size."""
    return spec("  - Dense: n\n", sizes=f"{{T: 10, n: {text}}}")


def wrapped(depth: int) -> bytes:
    return spec(f"  - {'TimeDistributed: {' * depth}Dense: 8{'}' * depth}\n")


def bomb(levels: int, width: int) -> bytes:
    lines = ["a0: &a0 [x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]")
    return ("\n".join(lines) + f"\ninput: [10, 8]\nlayers: *a{levels - 1}\n").encode()


def structure() -> Iterator[Hostile]:
    """Yield YAML that is large, deep, round or broken."""
    yield Hostile("empty", b"")
    yield Hostile("blank", b"\n \n\n")
    yield Hostile("comment only", b"# nothing\n")
    yield Hostile("alias bomb", bomb(20, 10), said="limit")
    yield Hostile("alias bomb, wide", bomb(4, 5000), said="limit")
    yield Hostile("aliases doubling 64 times", bomb(65, 2), said="limit")
    yield Hostile("alias of a mapping, a million times", b"a: &a {x: 1}\nlayers: ["
                  + b"*a, " * 400_000 + b"]\n", said="limit")  # fmt: skip
    yield Hostile("cycle", b"input: [10, 8]\nlayers: &a [*a]\n")
    yield Hostile("cycle of two", b"a: &a {b: &b {c: *a, d: *b}}\nlayers: []\n")
    yield Hostile("cycle through a key", b"&a ? *a\n: 1\n")
    yield Hostile("alias of nothing", layer("*nothing"))
    yield Hostile("anchor twice", b"a: &x 1\nb: &x 2\nlayers: [*x]\n")
    yield Hostile("merge key", layer("Dense: {<<: {units: 3}}"))
    yield Hostile("key twice", layer("Dense: {units: 3, units: 4}"))
    yield Hostile("top key twice", b"input: [1, 2]\ninput: [2, 3]\nlayers: [Flatten]\n")
    for opened, closed in (("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")):
        for depth in (101, 100_000):
            yield Hostile(
                f"depth {depth} of {opened.strip()}", (opened * depth + closed * depth).encode()
            )
    yield Hostile("depth 3,000 by indentation",
                  "\n".join(" " * at + "a:" for at in range(3000)).encode())  # fmt: skip
    yield Hostile("line of 10^7 characters", layer("Dense: " + "x" * 10**7), said="limit")
    yield Hostile("comment of 10^7 characters", b"#" * 10**7 + b"\n" + layer("Dense: 8"), 0)
    yield Hostile("10^7 spaces", layer("Dense:" + " " * 10**7 + "8"), 0)
    yield Hostile("key of 10^6 characters", layer("Dense: {" + "k" * 10**6 + ": 1}"))
    yield Hostile("quoted of 10^7 characters", layer('Dense: "' + "x" * 10**7 + '"'))
    yield Hostile("open quote of 10^7 characters", layer('Dense: "' + "x" * 10**7))
    yield Hostile("open bracket, 10^6 commas", layer("Dense: [" + "1," * 10**6))
    yield Hostile("10^6 empty lines", b"\n" * 10**6 + layer("Dense: 8"), 0)
    yield Hostile("10^5 documents", b"---\na: 1\n" * 10**5)
    yield Hostile("too large", b"#" * ((16 << 20) + 1), said="limit `size`")
    yield Hostile("700,000 layers written", b"input: [10, 8]\nlayers: ["
                  + b"Flatten," * 700_000 + b"]\n", said="limit")  # fmt: skip
    yield Hostile("10^6 layers written", b"input: [10, 8]\nlayers: ["
                  + b"Flatten," * 10**6 + b"]\n", said="limit `nodes`")  # fmt: skip
    yield Hostile("10^6 lines of layers", b"input: [10, 8]\nlayers:\n" + b"- a: 1\n" * 10**6,
                  said="limit `nodes`")  # fmt: skip
    yield Hostile("30,000 layers written", b"input: [10, 8]\nlayers: ["
                  + b"Dropout: 0.1," * 30_000 + b"]\n", said="limit `layers`")  # fmt: skip
    yield Hostile("5,000 calls of a layer", layer("Dense: {units: 8, name: a}")
                  + b"  - reuse: a\n" * 5_000, 0)  # fmt: skip
    names = ", ".join(["input", *(f"d{at}" for at in range(299))])
    rows = "".join(f"  - Dense: {{units: 8, name: d{at}}}\n" for at in range(299))
    block = f"  - repeat: 3000\n    layers:\n      - Add: {{}}\n        from: [{names}]\n"
    yield Hostile("900,000 tensors read", spec(rows + block), said="limit `layers`")
    given = "\n".join(f"  i{at}: [10, 8]" for at in range(1_200))
    sums = "".join(f"  - Add: {{name: a{at}}}\n    from: [a{at - 1}, i{at}]\n"
                   for at in range(1, 1_200)).replace("a0,", "i0,")  # fmt: skip
    yield Hostile("1,200 inputs one after the other", f"inputs:\n{given}\nlayers:\n{sums}".encode(),
                  0)  # fmt: skip
    windows = "".join(f"  - Conv1D: {{filters: 8, kernel_size: {at}, padding: same}}\n"
                      for at in range(1, 1_200))  # fmt: skip
    yield Hostile("1,199 windows", spec(windows), 0)
    named = ", ".join(f"k{at}: {at + 1}" for at in range(60))
    units = "+".join(f"k{at}" for at in range(60))
    yield Hostile("300 sums of 60 sizes as units", spec(
        "".join(f"  - Dense: {units}+{at}\n" for at in range(300)), f"{{T: 2, n: 3, {named}}}"
    ), said="formulas too large")  # fmt: skip
    named = ", ".join(f"a{at}: n + {at}" for at in range(30_000))
    yield Hostile("30,000 sizes", spec("  - Dense: 8\n", f"{{T: 10, n: 8, {named}}}"),
                  said="limit `sizes`")  # fmt: skip
    yield Hostile("20,000 cells", layer(f"RNN: {{cell: [{'{LSTMCell: 3},' * 20_000}]}}"),
                  said="limit `stack`")  # fmt: skip
    yield Hostile("500 cells", layer(f"RNN: {{cell: [{'{LSTMCell: 3},' * 500}]}}"), 0)
    for name, text in {
        "tag of Python": "!!python/object/apply:os.system ['true']",
        "tag of Python, name": "!!python/name:os.system",
        "tag of Python, module": "!!python/module:os",
        "tag of its own": "!include /etc/passwd",
        "tag set": "!!set {a, b}",
        "tag binary": "!!binary aGk=",
        "tag omap": "!!omap [a: 1]",
        "tag timestamp": "!!timestamp 2001-01-01",
        "tag verbatim": "!<tag:yaml.org,2002:python/object:os._exit> 1",
    }.items():
        yield Hostile(name, layer(f"Dense: {text}"))
    yield Hostile("directive", b"%YAML 9.9\n---\n" + layer("Dense: 8"))
    yield Hostile("directive tag", b"%TAG ! tag:yaml.org,2002:python/\n---\na: !object:os 1\n")


def encodings() -> Iterator[Hostile]:
    """Yield bytes that are no plain UTF-8 text."""
    good = layer("Dense: 8")
    yield Hostile("BOM", b"\xef\xbb\xbf" + good, 0)
    yield Hostile("BOM in the middle", good.replace(b"Dense", b"\xef\xbb\xbfDense"))
    yield Hostile("UTF-16 with BOM", good.decode().encode("utf-16"))
    yield Hostile("UTF-16 without BOM", good.decode().encode("utf-16-le"))
    yield Hostile("UTF-32", good.decode().encode("utf-32"))
    yield Hostile("NUL", good.replace(b"Dense", b"De\0nse"))
    yield Hostile("NUL escaped", layer('Dense: {units: 8, name: "a\\0b"}'))
    yield Hostile("all NUL", b"\0" * 10**6)
    for name, bad in {
        "invalid": b"\xff\xfe\xfd", "overlong": b"\xc0\xaf", "cut": b"\xe2\x82",
        "surrogate": b"\xed\xa0\x80", "beyond Unicode": b"\xf4\x90\x80\x80", "Latin-1": b"caf\xe9",
        "C1": b"\xc2\x9b31m", "ESC": b"\x1b[31m", "DEL": b"\x7f", "bell": b"\x07",
    }.items():  # fmt: skip
        yield Hostile(f"bytes: {name}", layer("Dense: {units: 8, name: X}").replace(b"X", bad))
    for name, text in {
        "lone surrogate": "\\ud800", "ESC": "\\e[31m", "OSC": "\\e]8;;x\\a", "newline": "a\\nb",
        "right to left": "\\u202e", "isolate": "\\u2066", "zero width": "\\u200b", "C1": "\\x9b",
        "line separator": "\\u2028", "private": "\\ue000", "not a character": "\\ufffe",
    }.items():  # fmt: skip
        yield Hostile(f"name with {name}", layer(f'Dense: {{units: 8, name: "a{text}b"}}'))
    yield Hostile("carriage returns", good.replace(b"\n", b"\r"), 0)
    yield Hostile("CRLF", good.replace(b"\n", b"\r\n"), 0)
    yield Hostile("tabs", good.replace(b"  - ", b"\t- "))


def scalars() -> Iterator[Hostile]:
    """Yield values that are no sizes: YAML 1.1's, floats, huge ones."""
    for text in (
        "010", "1:30", "no", "yes", "on", "0x10", "0o10", "0b1", "1_000", "8.0", "1e3",
        ".inf", "-.inf", ".nan", "1e400", "-1e400", "0", "-1", "true", "~", "2001-01-01", "''",
        "'8'", "[8]", "{a: 8}", "1e-400", "0.1", "=", "<<", "-", "٣", "８", "²", "½", "Ⅷ",
    ):  # fmt: skip
        if text not in ("~", "'8'", "0"):
            yield Hostile(f"size {text}", size(f"{text}"))
    yield Hostile("size 8 quoted", size("'8'"), 0)
    yield Hostile("10^4 digits", size("9" * 10**4), said="limit")
    yield Hostile("10^5 digits", size("9" * 10**5), said="limit")
    yield Hostile("10^5 digits, quoted", size(f"'{'9' * 10**5}'"), said="limit")
    yield Hostile("10^5 zeros", size("0" * 10**5))
    yield Hostile("minus and 10^5 digits", size("-" + "9" * 10**5))
    yield Hostile("float of 10^5 digits", size("0." + "9" * 10**5))
    yield Hostile("exponent of 10^5 digits", size("1e" + "9" * 10**5))
    yield Hostile("dropout .inf", layer("Dropout: .inf"))
    yield Hostile("dropout .nan", layer("Dropout: .nan"))
    yield Hostile("dropout 1e400", layer("Dropout: 1e400"))


def expressions() -> Iterator[Hostile]:
    """Yield arithmetic that is too much, or none."""
    for text in (
        "9**9**9", "2**2**2**2**2**2", "n**999999999", "10**10**10", "n**-1", "n**0.5",
        "n.__class__", "().__class__.__bases__", "__import__('os')", "exec('1')", "open('a')",
        "max", "max()", "eval", "lambda: 1", "n if n else 1", "n[0]", "[n for n in n]", "n and 1",
        "n or 1", "not n", "n == 1", "n < 1", "n; n", "n := 1", "f'{n}'", "1 and __import__('os')",
        "n @ n", "~n", "n << 999999999", "1 << 10**9", "n | n", "n/0", "n//0", "n%0", "1//(n-8)",
        "0*n", "n-n", "n-100", "unknown", "n n", "n+", "*n*", "(n", "n)", "()", "n..n", "n,n",
        "`n`", "n\\n", "n?", "n$n", "${n}", "%(n)s", "{{n}}", "n!", "1e9*n", "n*inf", "nan",
        "True", "None", "n\u200bn", "n＋1",
    ):  # fmt: skip
        yield Hostile(f"expression {text}", layer("Dense: " + json.dumps(text, ensure_ascii=False)))
    yield Hostile("10^5 parentheses", layer(f"Dense: {'(' * 10**5}n{')' * 10**5}"))
    yield Hostile("400 parentheses", layer(f"Dense: {'(' * 400}n{')' * 400}"), said="limit")
    yield Hostile("10^5 minus", layer(f"Dense: '{'-' * 10**5}n'"))
    yield Hostile("900 minus", layer(f"Dense: '{'-' * 900}n'"), 0)
    yield Hostile("sum of 10^5", layer(f"Dense: {'+'.join(['n'] * 10**5)}"))
    yield Hostile("product of 140", layer(f"Dense: {'*'.join(['(n+T)'] * 140)}"), 0)
    yield Hostile("floors within floors", layer("Dense: " + "(" * 49 + "n" + "//2+T)" * 49), 0)
    sizes = ", ".join(f"a{at}: (a{at - 1}+1)*(a{at - 1}+2)" for at in range(1, 60))
    yield Hostile(
        "sizes that square 60 times", spec("  - Dense: a59\n", f"{{a0: 3, T: 2, n: 3, {sizes}}}")
    )
    sizes = ", ".join(f"a{at}: a{at - 1}+b{at}, b{at + 1}: 2" for at in range(1, 400))
    yield Hostile(
        "sums of 400 sizes", spec("  - Dense: a399\n", f"{{a0: 3, b1: 2, T: 2, n: 3, {sizes}}}"), 0
    )
    yield Hostile("size of itself", size("n"))
    yield Hostile("size of a later one", spec("  - Dense: n\n", "{n: T, T: 3}"))


def sizes() -> Iterator[Hostile]:
    """Yield models that are too large for anybody, or at an edge."""
    big = 10**18
    yield Hostile("units 10^18", layer(f"Dense: {big}"), 0, f"{8 * big + big:,}")
    yield Hostile("LSTM of 10^18", layer(f"LSTM: {big}"), 0, f"{4 * (big * (8 + big) + big):,}")
    yield Hostile("units 10^19", layer(f"Dense: {10**19}"), 0, f"{9 * 10**19:,}")
    yield Hostile("RepeatVector 10^9", spec("  - LSTM: n\n  - RepeatVector: 1000000000\n"), 0)
    yield Hostile("UpSampling 10^18", layer(f"UpSampling1D: {big}"), 0)
    yield Hostile("padding 10^18", layer(f"ZeroPadding1D: {big}"), 0)
    yield Hostile("cropping 10^18", layer(f"Cropping1D: {big}"))
    yield Hostile("cropping everything", layer("Cropping1D: [5, 5]"))
    for stride in (0, -1, big):
        yield Hostile(
            f"stride {stride}",
            layer(f"Conv1D: {{filters: 2, kernel_size: 3, strides: {stride}}}"),
            2 if stride < 1 else 0,
        )
    yield Hostile("kernel 0", layer("Conv1D: {filters: 2, kernel_size: 0}"))
    yield Hostile("kernel longer than the input", layer("Conv1D: {filters: 2, kernel_size: 11}"))
    yield Hostile(
        "dilation 10^18", layer(f"Conv1D: {{filters: 2, kernel_size: 3, dilation_rate: {big}}}")
    )
    yield Hostile(
        "causal dilation 10^18",
        layer(f"Conv1D: {{filters: 2, kernel_size: 3, padding: causal, dilation_rate: {big}}}"),
        0,
    )
    yield Hostile("pool 10^18", layer(f"MaxPooling1D: {big}"))
    yield Hostile(
        "pool 10^18, same", layer(f"MaxPooling1D: {{pool_size: {big}, padding: same}}"), 0
    )
    yield Hostile("empty time axis", spec("  - LSTM: n\n", "{T: 0, n: 8}"))
    yield Hostile("no features", spec("  - Dense: 2\n", "{T: 3, n: 0}"))
    yield Hostile("rank 1,000", spec("  - Dense: 2\n", shape=f"[{', '.join(['2'] * 1000)}]"))
    yield Hostile(
        "rank 50, flattened",
        spec("  - Flatten\n  - Dense: 2\n", shape=f"[{', '.join([str(big)] * 50)}]"),
        0,
    )
    yield Hostile("reshape with two unknown", layer("Reshape: [-1, -1]"))
    yield Hostile("reshape that does not fit", layer("Reshape: [7, 11]"))
    yield Hostile("permute of 10^5", layer(f"Permute: [{', '.join(map(str, range(1, 10**5)))}]"))
    yield Hostile(
        "repeat 10^6",
        spec("  - repeat: 1000000\n    layers:\n      - Dense: n\n"),
        said="limit `layers`",
    )
    yield Hostile(
        "repeat 10^18",
        spec(f"  - repeat: {big}\n    layers:\n      - Dense: n\n"),
        said="limit `layers`",
    )
    yield Hostile(
        "repeat of repeat",
        spec(
            "  - repeat: 1000\n    layers:\n      - repeat: 1000\n        layers:\n          - Dense: n\n"  # noqa: E501
        ),
        said="limit `layers`",
    )
    yield Hostile("repeat 10^18 of nothing", spec(f"  - repeat: {big}\n    layers: []\n"))
    yield Hostile("repeat -1", spec("  - repeat: -1\n    layers:\n      - Dense: n\n"))
    yield Hostile("wrappers 30 deep", wrapped(30))
    yield Hostile("wrappers 90 deep", wrapped(90))
    yield Hostile("wrappers 1,000 deep", wrapped(1000), said="limit `depth`")
    yield Hostile(
        "models 1,000 deep",
        spec("  - " + "Sequential: [" * 1000 + "Flatten" + "]" * 1000 + "\n"),
        said="limit `depth`",
    )
    yield Hostile(
        "models 30 deep", spec("  - " + "Sequential: [" * 30 + "Flatten" + "]" * 30 + "\n"), 0
    )
    doubling = "".join(
        f"  - Add: {{name: a{at}}}\n    from: [a{at - 1}, a{at - 1}]\n" for at in range(1, 300)
    )
    yield Hostile("2^300 paths", spec("  - Dense: {units: n, name: a0}\n" + doubling), 0)
    joined = "".join(
        f"  - Concatenate: {{name: a{at}}}\n    from: [a{at - 1}, a{at - 1}]\n"
        for at in range(1, 100)
    )
    yield Hostile("2^99 features", spec("  - Dense: {units: n, name: a0}\n" + joined), 0)
    yield Hostile("from itself", spec("  - Dense: {units: n, name: a}\n    from: a\n"))
    yield Hostile(
        "from a later one",
        spec("  - Dense: {units: n, name: a}\n    from: b\n  - Dense: {units: n, name: b}\n"),
    )
    yield Hostile(
        "output 10^18 of a layer",
        spec(f"  - Dense: {{units: n, name: a}}\n  - Dense: n\n    from: a.{big}\n"),
    )


def junk() -> Iterator[Hostile]:
    """Yield specs of the wrong kind altogether."""
    for text in ("1", "text", "[]", "{}", "null", "layers", "layers: 1", "layers: {}", "layers: [1]",  # noqa: E501
                 "layers: [[[]]]", "layers: [null]", "layers: [{}]", "layers: [{Dense: 1, LSTM: 2}]",  # noqa: E501
                 "input: [1, 2]", "input: x\nlayers: [Flatten]", "input: [[1]]\nlayers: [Flatten]",
                 "input: {}\nlayers: [Flatten]", "inputs: []\nlayers: [Flatten]",
                 "dims: []\ninput: [1, 2]\nlayers: [Flatten]", "dims: {1: 2}\nlayers: [Flatten]",
                 "input: [1, 2]\nlayers: [os.system]", "input: [1, 2]\nlayers: [__class__]",
                 "input: [1, 2]\nlayers: [{Lambda: 'print(1)'}]",
                 "input: [1, 2]\nlayers: [{Dense: {units: 2, activation: os.system}}]",
                 "input: [1, 2]\nlayers: [{Dense: {units: 2, __class__: 3}}]",
                 "custom: {A: 'os:system'}\ninput: [1, 2]\nlayers: [A]"):  # fmt: skip
        yield Hostile(f"junk {text}", text.encode())


def configs() -> Iterator[Hostile]:
    """Yield Keras JSON that is deep, broken, or wants something done."""
    yield Hostile("JSON empty", b"", suffix=".json")
    yield Hostile("JSON depth 10^5", b"[" * 10**5 + b"]" * 10**5, suffix=".json")
    yield Hostile(
        "JSON depth 10^5, objects", b'{"a":' * 10**5 + b"1" + b"}" * 10**5, suffix=".json"
    )
    yield Hostile("JSON cut", b'{"class_name": "Sequential", "config"', suffix=".json")
    yield Hostile("JSON 10^5 digits", b'{"class_name": ' + b"9" * 10**5 + b"}", suffix=".json")
    yield Hostile("JSON NaN", b'{"class_name": "Sequential", "config": NaN}', suffix=".json")
    yield Hostile("JSON twice", b'{"class_name": "A", "class_name": "B"}', suffix=".json")
    yield Hostile("JSON surrogate", b'{"class_name": "\\ud800", "config": {}}', suffix=".json")
    yield Hostile(
        "JSON 10^7 characters", b'{"class_name": "' + b"x" * 10**7 + b'"}', suffix=".json"
    )
    nested: object = {"class_name": "Dense", "config": {"units": 1}}
    for _ in range(300):
        nested = {"class_name": "TimeDistributed", "config": {"layer": nested}}
    whole = {"class_name": "Sequential", "config": {"name": "a", "layers": [nested]}}
    yield Hostile("JSON wrappers 300 deep", json.dumps(whole).encode(), suffix=".json")


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return stream.getvalue()


def archives() -> Iterator[Hostile]:
    """Yield .keras and .h5 files that are damaged, or mean harm."""
    config = b'{"class_name": "Sequential", "config": {"name": "a", "layers": []}}'
    good = archive({"config.json": config, "metadata.json": b"{}"})
    yield Hostile("zip bomb", archive({"config.json": b" " * (50 << 20)}), suffix=".keras")
    yield Hostile("zip without a config", archive({"other": b""}), suffix=".keras")
    yield Hostile(
        "zip, path traversal alone", archive({"../../config.json": config}), suffix=".keras"
    )
    yield Hostile("zip, absolute path alone", archive({"/config.json": config}), suffix=".keras")
    yield Hostile("zip, folder", archive({"config.json/": b""}), suffix=".keras")
    yield Hostile("zip, no JSON", archive({"config.json": b"\x00\x01"}), suffix=".keras")
    yield Hostile("zip empty", archive({}), suffix=".keras")
    for cut in (1, 4, 22, 60, len(good) // 2, len(good) - 1):
        yield Hostile(f"zip cut at {cut}", good[:cut], suffix=".keras")
    encrypted = bytearray(good)
    encrypted[6] |= 1
    at = good.index(b"PK\1\2")
    encrypted[at + 8] |= 1
    yield Hostile("zip encrypted", bytes(encrypted), suffix=".keras")
    double = io.BytesIO(good)
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(double, "a") as file:
        warnings.simplefilter("ignore")
        file.writestr("config.json", b'{"class_name": "Evil"}')
    yield Hostile("zip, config twice", double.getvalue(), suffix=".keras")
    wrong = bytearray(good)
    wrong[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(b"other"))
    yield Hostile("zip, wrong sum", bytes(wrong), suffix=".keras")
    method = bytearray(good)
    method[at + 10] = 99
    yield Hostile("zip, unknown method", bytes(method), suffix=".keras")
    lying = bytearray(good)
    lying[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    yield Hostile("zip, lies on its size", bytes(lying), suffix=".keras")
    offset = bytearray(good)
    offset[at + 42 : at + 46] = struct.pack("<I", 0x7FFFFFFF)
    yield Hostile("zip, offset outside", bytes(offset), suffix=".keras")
    head = b"\x89HDF\r\n\x1a\n"
    yield Hostile("HDF5 head alone", head, suffix=".h5")
    yield Hostile("HDF5 zeros", head + b"\0" * 4096, suffix=".h5")
    yield Hostile("HDF5 ones", head + b"\xff" * 4096, suffix=".h5")
    for version in (0, 1, 2, 3, 9):
        yield Hostile(
            f"HDF5 version {version}", head + bytes([version]) + bytes(range(256)) * 8, suffix=".h5"
        )
    yield Hostile("HDF5 empty", b"", suffix=".h5")
    yield Hostile("HDF5 is text", b"not HDF5\n", suffix=".h5")
    yield Hostile(".keras is text", b"not a zip\n", suffix=".keras")


def branches(count: int) -> bytes:
    """Return a sum of causal convolutions, each wider than the one before."""
    lines = [
        f"  - Conv1D: {{name: c{at}, filters: 5, kernel_size: {at + 2}, padding: causal}}\n"
        "    from: input\n"
        for at in range(count)
    ]
    names = ", ".join(f"c{at}" for at in range(count))
    return spec(f"{''.join(lines)}  - Add: {{name: sum}}\n    from: [{names}]\n")


def dense_net(count: int, convolution: str) -> bytes:
    """Return convolutions, each of which reads the input and all before it."""
    lines = [f"  - Conv1D: {{name: c0, filters: 5, {convolution}}}\n"]
    for at in range(1, count):
        names = ", ".join(["input", *(f"c{before}" for before in range(at))])
        lines.append(f"  - Concatenate: {{name: j{at}}}\n    from: [{names}]\n")
        lines.append(f"  - Conv1D: {{name: c{at}, filters: 5, {convolution}}}\n")
    return spec("".join(lines))


def proofs() -> Iterator[Hostile]:
    """Yield models whose steps take long to reason about."""
    unknown = "{T: null, n: 2, m: 3}"
    yield Hostile("padding of n**450", layer("ZeroPadding1D: n**450"), 0)
    yield Hostile("padding of n**900", layer("ZeroPadding1D: n**900"), 0)
    many = "  - ZeroPadding1D: n**40*m**40\n" * 100
    yield Hostile("100 paddings of degree 80", spec(many, "{T: 10, n: 8, m: 2}"), 0)
    yield Hostile("30 pools of n steps", spec("  - MaxPooling1D: n\n" * 30, unknown), 0)
    crops = "".join(f"  - Cropping1D: [n//{at}, 0]\n" for at in range(2, 302))
    yield Hostile("300 crops", spec(crops, "{T: 1000000, n: 2}"), 0)
    mixed = "".join(
        f"  - Cropping1D: [n//{at}, 0]\n  - AveragePooling1D: {{pool_size: n, strides: 1}}\n"
        f"  - ZeroPadding1D: [n//{at}+1, 0]\n"
        for at in range(2, 42)
    )
    yield Hostile("40 crops, pools and pads", spec(mixed, "{T: 1000000, n: 2}"), 0)
    yield Hostile("500 branches", branches(500), 0)
    yield Hostile("dense net", dense_net(60, "kernel_size: 3, padding: causal"), 0)
    yield Hostile("dense net, both sides", dense_net(60, "kernel_size: 3, padding: same"), 0)


def everything() -> list[Hostile]:
    """Return all hostile inputs."""
    makers = (structure, encodings, scalars, expressions, sizes, junk, configs, archives, proofs)
    return [each for make in makers for each in make()]
