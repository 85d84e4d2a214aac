"""The work: models as specs, as Keras scripts, and as what other tools read."""

from __future__ import annotations

from pathlib import Path

from tests.cli.hostile_inputs import everything

PEERS = Path(__file__).parent / "peers"

QUESTION = """\
dims: {T: 10, n: 8}
input: [T, n]
layers:
  - LSTM: {units: n, return_sequences: true}
  - Dense: n
"""

AUTOENCODER = """\
dims: {T: 50, n: 16, u: 64, z: 8}
input: [T, n]
layers:
  - Conv1D: {filters: u, kernel_size: 3, padding: same}
  - LSTM: {units: u, return_sequences: true}
  - Dropout: 0.1
  - LSTM: z
  - RepeatVector: T
  - LSTM: {units: u, return_sequences: true}
  - Dropout: 0.1
  - LSTM: {units: u, return_sequences: true}
  - LayerNormalization
  - TimeDistributed: {Dense: n}
"""

GPT3 = """\
dims: {T: 2048, v: 50257, heads: 96, k: 128, d: heads*k}
input: {shape: [T], dtype: int32, name: tokens}
layers:
  - Embedding: {input_dim: v, output_dim: d}
  - repeat: 96
    name: block
    layers:
      - LayerNormalization: {name: norm_1}
      - MultiHeadAttention: {num_heads: heads, key_dim: k, name: attention}
        from: [norm_1, norm_1]
        call: {use_causal_mask: true}
      - Add: {name: add_1}
        from: [input, attention]
      - LayerNormalization: {name: norm_2}
      - Dense: {units: 4*d, activation: gelu, name: expand}
      - Dense: {units: d, name: contract}
      - Add: {name: add_2}
        from: [add_1, contract]
  - Dense: v
"""


def chain(layers: int) -> str:
    """Return a spec of so many different layers, one after another, each written out."""
    kinds = (
        "LSTM: {{units: {n}, return_sequences: true}}",
        "Dense: {n}",
        "Conv1D: {{filters: {n}, kernel_size: 3, padding: causal}}",
        "LayerNormalization",
        "TimeDistributed: {{Dense: {n}}}",
    )
    lines = (f"  - {kinds[at % 5].format(n=8 + at % 7)}\n" for at in range(layers))
    return "dims: {T: 10, n: 8}\ninput: [T, n]\nlayers:\n" + "".join(lines)


def different(number: int) -> str:
    """Return one of many small specs, no two of them equal."""
    units, steps = 4 + number % 40, 5 + number // 40
    return f"""\
dims: {{T: {steps}, n: {units}}}
input: [T, n]
layers:
  - LSTM: {{units: 2*n, return_sequences: true}}
  - Dropout: 0.1
  - GRU: {{units: n, return_sequences: {"true" if number % 2 else "false"}}}
  - Dense: {{units: n, activation: relu}}
  - Dense: n
"""


def write(folder: Path, files: int) -> None:
    """Write all specs below a folder."""
    for name, text in {"question": QUESTION, "autoencoder": AUTOENCODER, "gpt3": GPT3}.items():
        (folder / f"{name}.yaml").write_text(text)
    for layers in (1250, 2500, 5000, 10_000):
        (folder / f"chain_{layers}.yaml").write_text(chain(layers))
    many = folder / "many"
    many.mkdir()
    for number in range(files):
        (many / f"{number:04}.yaml").write_text(different(number))


def write_hostile(folder: Path) -> dict[str, Path]:
    """Write the hostile inputs of the tests below a folder; return their files by name."""
    files = {}
    for number, hostile in enumerate(everything()):
        files[hostile.name] = folder / f"hostile_{number}{hostile.suffix}"
        files[hostile.name].write_bytes(hostile.content)
    return files
