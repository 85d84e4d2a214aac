"""What commands cost, in things that do not depend on the machine: modules imported, lines run.

`python -m benchmarks` measures seconds. A bound here is a tenth above what was counted when it was
set; whoever passes it has made every run dearer, and raises it only for a reason.
"""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from benchmarks.work import GPT3, different
from benchmarks.work import chain as long_chain
from seqinspect.analysis.walk import analyse
from seqinspect.cli.failures import defect_message
from seqinspect.cli.run import run
from seqinspect.lint.parallel import Job
from seqinspect.lint.parallel import run as run_checks
from seqinspect.lint.run import Plan, check_data
from seqinspect.output.page.html import page
from seqinspect.output.page.view import Shown, view
from seqinspect.output.report import json
from seqinspect.readers import spec as spec_reader
from seqinspect.readers.source.files import read_bytes
from seqinspect.readers.spec import read_spec
from seqinspect.writers.conversion import convert_graph
from tests.cli.process import python
from tests.effort import growth, lines
from tests.rendered import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from seqinspect.readers.source.limits import Limits

QUESTION = b"""\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""

HEAVY = {
    "keras", "tensorflow", "numpy", "rich.console", "rich.table", "rich.style", "pyfive", "tomllib",
    "asyncio", "concurrent", "difflib", "email", "hashlib", "logging", "multiprocessing", "random",
    "pathlib", "shutil", "subprocess", "tempfile", "zipfile",
}  # fmt: skip
"""What describing a spec statically has no use for."""

MODULES = "\
import sys; from seqinspect.cli.run import run; run(sys.argv[1:]);\
print('MODULES', *sys.modules)"


def imported(*arguments: str | Path) -> set[str]:
    """Return the modules that are there after a command."""
    done = python(["-c", MODULES, *arguments])
    assert done.code == 0, done.err
    return set(done.out.rpartition("MODULES ")[2].split())


def table(spec: bytes) -> str:
    return described(analyse(read_spec(spec, name="model.yaml")))


def checked(files: int) -> None:
    for number in range(files):
        outcome = check_data(f"{number}.yaml", QUESTION + b"# %d\n" % number, Plan(static=True))
        assert outcome.usable


def chain(layers: int) -> bytes:
    kinds = ("LSTM: {units: n, return_sequences: true}", "Dense: %d", "LayerNormalization",
             "TimeDistributed: {Dense: n}")  # fmt: skip
    return _spec(f"  - {kinds[at % 4].replace('%d', str(8 + at % 3))}" for at in range(layers))


def residual(layers: int) -> bytes:
    return _spec(
        f"  - Dense: {{units: n, name: d{at}}}\n  - Add: {{name: a{at}}}\n"
        f"    from: [{f'a{at - 1}' if at else 'input'}, d{at}]"
        for at in range(layers // 2)
    )


def repeated(layers: int) -> bytes:
    return _spec([f"  - repeat: {layers // 2}\n    layers: [{{GRU: n, name: g}}, RepeatVector: T]"])


def masked(layers: int) -> bytes:
    return _spec(["  - Masking", *(f"  - Dropout: 0.{1 + at % 9}" for at in range(layers))])


def dilated(blocks: int) -> bytes:
    """Residual blocks whose windows leave out steps at both ends of a long input."""
    return _spec(
        f"  - Conv1D: {{filters: 8, kernel_size: 2, dilation_rate: {2 ** (2 + at % 7)}, "
        f"padding: same, name: c{at}}}\n    from: {f'a{at - 1}' if at else 'input'}\n"
        f"  - Add: {{name: a{at}}}\n    from: [{f'a{at - 1}' if at else 'input'}, c{at}]"
        for at in range(blocks)
    ).replace(b"T: 10", b"T: 2048")


def _spec(entries: Iterable[str]) -> bytes:
    return "\n".join(["dims: {T: 10, n: 8}", "input: [T, n]", "layers:", *entries]).encode()


def test_describing_statically_imports_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "question.yaml"
    path.write_bytes(QUESTION)
    modules = imported("describe", "--static", path)
    assert modules & (HEAVY | {"dataclasses"}) == set()
    assert len([name for name in modules if name.split(".")[0] == "seqinspect"]) <= 117
    assert len(modules) <= 238


def test_lines_of_one_small_spec() -> None:
    assert lines(lambda: table(QUESTION)) <= 9500


def test_lines_of_a_long_chain_of_a_few_kinds_of_layers() -> None:
    """Equal layers on tensors of one kind are analysed once."""
    spec = long_chain(500).encode()
    assert lines(lambda: table(spec)) <= 500 * 1140


def test_lines_of_checking_one_small_spec() -> None:
    assert lines(lambda: checked(1)) <= 8000


def test_lines_of_checking_specs_that_differ_in_sizes(tmp_path: Path) -> None:
    """As many of `python -m benchmarks`: two structures, 16 numbers of steps, 20 of features."""
    for number in range(640):
        (tmp_path / f"{number}.yaml").write_text(different(number))
    files = [str(path) for path in tmp_path.iterdir()]
    job = Job(Plan(static=True), None, "", defect_message)
    assert lines(lambda: [*run_checks(files, job)]) <= 640 * 1150


@pytest.mark.parametrize("spec", [chain, residual, repeated, masked], ids=lambda f: f.__name__)
def test_cost_is_linear_in_layers(spec: Callable[[int], bytes]) -> None:
    assert growth(lambda layers: lines(lambda: table(spec(layers))), 60) < 1.02


def outputs(layers: int) -> bytes:
    """Return a spec all of whose layers are outputs, and look ahead."""
    entries = (f"  - Conv1D: {{filters: 8, kernel_size: 3, padding: same, name: c{at}}}"
               for at in range(layers))  # fmt: skip
    names = ", ".join(f"c{at}" for at in range(layers))
    return _spec([*entries, f"outputs: [{names}]"])


def inputs(layers: int) -> bytes:
    """Return a spec of as many inputs as layers, each added to the sum of those before."""
    entries = (f"  - Add: {{name: x{at}_}}\n    from: [{f'x{at - 1}_' if at > 1 else 'x0'}, x{at}]"
               for at in range(1, layers + 1))  # fmt: skip
    named = ", ".join(f"x{at}: [T, n]" for at in range(layers + 1))
    return _spec(entries).replace(b"input: [T, n]", f"inputs: {{{named}}}".encode())


@pytest.mark.long
def test_cost_of_many_outputs() -> None:
    """What is found out of the layers before an output serves all outputs."""
    assert lines(lambda: analyse(read_spec(outputs(400)))) <= 400 * 12_500


def test_cost_of_many_inputs() -> None:
    """Each sum depends on all inputs before it: on one as on another."""
    assert lines(lambda: analyse(read_spec(inputs(200)))) <= 200 * 100 * 75


@pytest.mark.long
def test_cost_of_many_outputs_that_depend_on_many_inputs() -> None:
    """Each pair of the two is a few lines: the inputs are alike, and so are the outputs."""
    code = (
        b"from keras import Input, Model\nfrom keras.layers import Add\n"
        b"xs = [Input((10, 8)) for _ in range(120)]\n"
        b"model = Model(xs, [Add()(xs) for _ in range(120)])\n"
    )
    assert lines(lambda: analyse(read_spec(code, name="model.py"))) <= 120 * 120 * 150


def test_relations_of_many_pieces_are_given_up_in_time() -> None:
    """What a row depends on is not known from some number of pieces on: no row costs more."""
    spec = dilated(40)
    assert lines(lambda: table(spec)) < 10_000_000


def test_cost_is_linear_in_files() -> None:
    assert growth(lambda files: lines(lambda: checked(files)), 10) == pytest.approx(1, abs=0.01)


def long(layers: int) -> bytes:
    """A chain of layers that differ, so that none are folded."""
    entries = "".join(f"  - Dense: {units}\n" for units in range(1, layers + 1))
    return f"input: [10, 3]\nlayers:\n{entries}".encode()


def test_cost_of_a_table_is_linear_in_layers() -> None:
    assert growth(lambda layers: lines(lambda: table(long(layers))), 50) < 1.1


def test_cost_of_a_page_is_linear_in_layers() -> None:
    def cost(layers: int) -> int:
        graph = read_spec(long(layers))
        report = analyse(graph)
        return lines(lambda: page([view(Shown(graph, report))]))

    assert growth(cost, 20) < 1.2


@pytest.mark.long
def test_converting_a_spec_costs_little_more_than_describing_it() -> None:
    """What it writes is read again; where that is the same graph, it is analysed once.

    To describe it takes half of the lines since equal calls are analysed once.
    """
    spec = GPT3.encode()
    cost = lines(lambda: convert_graph(read_spec(spec, name="model.yaml"), "yaml"))
    assert cost <= 770_000
    assert cost <= 1.9 * lines(lambda: table(spec))


CODE = """\
from keras import Input, Sequential
from keras.layers import Dense, LSTM

model = Sequential()
model.add(Input((10, 8)))
model.add(LSTM(8, return_sequences=True))
model.add(Dense(8))
"""
AROUND = """

def load_{at}(path, rows=100):
    data = pd.read_csv(path)
    frame = data[data["x"] > {at}].dropna()
    for row in range(3):
        frame = frame.append(frame.iloc[row])
        print("row", row, frame.shape)
    x_{at} = np.array(frame).reshape(-1, 10, 8)
    plt.plot(x_{at}[:, 0], label=f"part {at}")
    return (x_{at} if rows > {at} else None), frame
"""
"""What a script has beside its model, eleven lines at a time."""


def script(parts: int) -> bytes:
    return (CODE + "".join(AROUND.format(at=at) for at in range(parts))).encode()


def test_the_json_of_a_layer_is_held_as_text_alone() -> None:
    """Beside the text, which takes two bytes a character, there are its pieces."""
    report = analyse(read_spec(chain(500), name="model.yaml"))
    json.render([report], "1")
    tracemalloc.start()
    try:
        text = json.render([report], "1")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * len(text)


@pytest.mark.long
def test_the_json_of_layers_is_written_as_it_is_made() -> None:
    """What is held of the text is one part."""
    report = analyse(read_spec(chain(2000), name="model.yaml"))
    length = len(json.render([report], "1"))
    tracemalloc.start()
    try:
        parts = json.parts([report], "1")
        assert sum(map(len, parts)) == length
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length > 1_500_000
    assert peak < length / 2


def test_a_script_of_2000_lines_costs_little_more_than_its_yaml() -> None:
    """Each of its lines costs at most 355 that are run: 0.06 s where 0.35 s are allowed."""
    code = script(181)
    assert code.count(b"\n") == 1998
    assert analyse(read_spec(code, name="model.py")).params == 616
    cost = lines(lambda: read_spec(code, name="model.py"))
    assert cost - lines(lambda: read_spec(QUESTION, name="model.yaml")) < 710_000


def test_a_script_costs_in_proportion_to_its_lines() -> None:
    def cost(parts: int) -> int:
        code = script(parts)
        return lines(lambda: read_spec(code, name="model.py"))

    assert growth(cost, 20) < 1.2


def test_describe_reads_a_spec_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "question.yaml"
    path.write_bytes(QUESTION)
    names: list[object] = []

    def counted(name: str, limits: Limits) -> tuple[bytes, str]:
        names.append(name)
        return read_bytes(name, limits)

    monkeypatch.setattr(spec_reader, "read_bytes", counted)
    assert run(["describe", "--static", str(path)]) == 0
    assert "616" in capsys.readouterr().out
    assert names == [str(path)]
