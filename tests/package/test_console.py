"""What is printed where a character can't be: a console of Windows, or a file that it writes."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import vaelab
from vaelab.console import plain, say

# Everything that prints, or that is printed by its repr. The answer is twice too large.
SCRIPT = """
import matplotlib.pyplot as plt
import torch
import vaelab as vl

@vl.exercise
def kl_to_standard_normal(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1)

kl_to_standard_normal.hint()
kl_to_standard_normal.solution()
vl.exercise(vl.kl_to_standard_normal)
vl.verdict("σ̂² is near ½", True)
print(vl.progress(), vl.predict("5a"), sep="\\n")
vl.explain("5a")
print(vl.KLPlayground(), vl.ELBOPlayground(vl.Toy(), torch.zeros(3).double()), vl.ReparameterizationPlayground())
vl.show(plt.figure(), alt="A curve of σ")
loss = lambda model, x, generator: {"‖x − x̂‖²": (x - model(x)).square().sum()}
vl.fit(torch.nn.Linear(2, 2), loss, torch.ones(4, 2), epochs=1)
"""


class Stream(io.TextIOWrapper):
    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


def test_what_a_stream_can_hold_stays_as_it_is():
    text = "✓ σ² ≤ ½ → x̂ é 漢"
    for stream in (Stream("utf-8"), io.StringIO()):  # the latter has no encoding: it holds anything
        assert plain(text, stream) == text
    assert plain("± ² ½ é", Stream("cp1252")) == "± ² ½ é"


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("cp1252", "+ sigma² <= ½ -> x^ é ?"),
        ("cp437", "+ σ² ≤ ½ -> x^ é ?"),
        ("ascii", "+ sigma^2 <= 1/2 -> x^ e ?"),
    ],
)
def test_a_plain_character_stands_for_what_it_can_not_hold(encoding, text, monkeypatch):
    stream = Stream(encoding)
    say("✓ σ² ≤ ½ → x̂ é 漢", stream)
    assert stream.text() == text + "\n"
    monkeypatch.setattr(sys, "stdout", stream := Stream(encoding))
    say("✓ σ² ≤ ½ → x̂ é 漢")
    assert stream.text() == text + "\n"


def test_every_character_that_the_package_uses_has_a_plain_one():
    paths = Path(vaelab.__file__).parent.rglob("*.py")
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    drawn = {"✕", "↓"}  # in figures
    characters = {character for text in texts for character in text if not character.isascii()} - drawn
    assert len(characters) > 10
    assert not [character for character in characters if "?" in plain(character, Stream("ascii"))]


def run(command, folder, encoding):
    """What a script prints and complains of, from an environment as Windows has it."""
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    settings = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "VAELAB_PROGRESS": str(folder / "progress.json")}
    options = {"capture_output": True, "encoding": encoding, "env": os.environ | settings}
    done = subprocess.run([sys.executable, *command, folder / "script.py"], **options)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_script_runs_to_its_end_on_a_narrow_console(encoding, tmp_path):
    out, err = run([], tmp_path, encoding)
    assert out.startswith("x Exercise 5.3, kl_to_standard_normal: not right yet.") and "\n  -> Twice" in out
    assert "+ Exercise 5.3 is right." in out and "+ right" in out and "KL(q||p)" in out
    assert out.endswith("A curve of sigma\n"), "and no bytes of a picture"
    assert "epoch 1/1: " in err and "\\u" not in err


def test_ipython_in_a_terminal_prints_what_a_figure_shows(tmp_path):
    out, _ = run(["-m", "IPython", "--no-banner"], tmp_path, "ascii")
    assert out.endswith("A curve of sigma\n") and "PNG" not in out
