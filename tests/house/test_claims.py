"""`make claims`: the seeds are raised, and a claim that comes near its bound is found."""

import nbformat
import pytest
import torch

from tools import claims

NOTEBOOK = """
import torch, vaelab as vl
vl.verdict("any seed", torch.rand(100, generator=torch.Generator().manual_seed(3)).mean(), above=0.3)
torch.manual_seed(0)
vl.verdict("the seed alone decides", torch.rand(()), above=0.49, below=0.5)
vl.verdict("weights too", float(vl.VAE(hidden=(4,), seed=1).encoder[0].weight[0, 0]), above=-1)
vl.verdict("true is true", True)
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("claims")
    path = folder / "00_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)]), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "KEPT", folder / "kept")
        made = claims.runs_of(path, [0, 1000], 1)
        patch.setattr(claims.notebooks, "run", None)  # now a run can't be made
        assert claims.runs_of(path, [0, 1000], 1) == made, "what was measured is kept"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK + "# changed")]), path)
        with pytest.raises(TypeError):
            claims.run(path, 0, 1)
        patch.undo()
        patch.setattr(claims, "KEPT", folder / "failed")
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK + "1 / 0")]), path)
        assert claims.run(path, 0, 1).numbers.keys() == made[0].numbers.keys()
        assert not (folder / "failed").exists(), "a run that failed is made again"
    return made


def test_a_raised_seed_gives_other_numbers(runs):
    own, raised = ({claim.words: numbers for claim, numbers in each.numbers.items()} for each in runs)
    torch.manual_seed(0)
    assert own["the seed alone decides"] == [torch.rand(()).item()] and len(own) == 3
    assert all(own[words] != raised[words] for words in own)
    assert [list(each.held.values()) for each in runs] == 2 * [[True]]


def test_a_claim_without_room_is_marked(runs):
    rows, bad = claims.table(runs)
    assert len(rows) == 4
    assert [row.split(" (")[0] for row in rows if "**!**" in row] == ["| the seed alone decides"]
    assert bad == 1


def test_room_is_what_the_worst_run_leaves_of_the_way():
    claim = claims.Claim("a", 1.0, None)
    assert claims.room(claim, [claims.Run({claim: [x]}, {}) for x in (2.0, 2.0, 1.5)]) == 0.5
    assert claims.room(claim, [claims.Run({claim: [x]}, {}) for x in (2.0, 2.0, 0.5)]) < 0


def test_what_is_no_number_is_no_success():
    claim = claims.Claim("a", 1.0, None)
    for last in ([2.0, float("nan")], [float("nan")]):
        rows, bad = claims.table([claims.Run({claim: numbers}, {}) for numbers in ([2.0, 2.0], last)])
        assert bad == 1 and "**!**" in rows[0]
