"""What `make bench` compares does the same work, and its table goes where it belongs."""

import re

import pytest
import torch

import vaelab as vl
from benchmarks import alternatives, classroom, report
from tools.student import Run


@pytest.fixture
def few():
    images = (torch.rand(256, 784, generator=torch.Generator().manual_seed(0)) * 255).round() / 255
    return vl.data.Split(images, torch.zeros(256, dtype=torch.int64))


def test_the_usual_loop_sees_the_same_images(few):
    data = alternatives.PILImages(*few)
    pixels = torch.stack([data[i][0].flatten() for i in range(len(data))])
    torch.testing.assert_close(pixels, few.images)


def test_the_usual_loop_has_the_same_network_and_loss(few):
    loop, ours = alternatives.UsualLoop(few), vl.VAE(latent_dim=20, hidden=(400,))
    usual = loop.model
    assert sum(p.numel() for p in usual.parameters()) == sum(p.numel() for p in ours.parameters())
    with torch.no_grad():
        ours.encoder[0].load_state_dict(usual.fc1.state_dict())
        ours.encoder[2].weight.copy_(torch.cat([usual.fc21.weight, usual.fc22.weight]))
        ours.encoder[2].bias.copy_(torch.cat([usual.fc21.bias, usual.fc22.bias]))
        ours.decoder[0].load_state_dict(usual.fc3.state_dict())
        ours.decoder[2].load_state_dict(usual.fc4.state_dict())
        torch.manual_seed(1)
        theirs = loop.held_out(few.images)
        torch.manual_seed(1)
        total = vl.VAELoss()(ours, few.images)["total"].item()
    assert total == pytest.approx(theirs, rel=1e-5)


def test_an_epoch_of_the_usual_loop_learns(few):
    loop = alternatives.UsualLoop(few)
    before = loop.held_out(few.images)
    assert loop.epoch() > 0
    assert loop.held_out(few.images) < before - 1


def test_the_products_are_those_of_a_step(few, monkeypatch):
    """Of the two layers of either network: forward, to the weights, and to all activations but the images."""
    shapes = []
    original = torch.Tensor.__matmul__
    monkeypatch.setattr(
        torch.Tensor, "__matmul__", lambda a, b: shapes.append((*a.shape, b.shape[1])) or original(a, b)
    )
    alternatives.matrix_products(few.images[:128])
    flops = sum(2 * rows * inner * columns for rows, inner, columns in shapes)
    parameters = 784 * 400 + 400 * 40 + 20 * 400 + 400 * 784
    assert flops == 2 * 128 * (3 * parameters - 784 * 400)


def test_the_table_replaces_the_one_before_and_nothing_else(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text(f"Above.\n\n{report.START}\nold\n{report.END}\n\nBelow.\n")
    monkeypatch.setattr(report, "README", readme)
    monkeypatch.setattr(report, "machine", lambda: "a machine")
    report.write([report.Row("a thing", "1 s", "another: 2 s", "1 : 2", "≤ 1 : 1.5")])
    text = readme.read_text()
    assert text.startswith("Above.\n\n") and text.endswith("\n\nBelow.\n")
    assert "old" not in text and "| a thing | 1 s | another: 2 s | 1 : 2 | ≤ 1 : 1.5 |" in text


def test_the_committed_readme_has_the_place_for_the_table():
    text = report.README.read_text()
    assert text.count(report.START) == text.count(report.END) == 1


def test_the_loss_in_bfloat16_trains_as_the_other_does(mnist):
    """The README's own lines; on any processor, though only some are faster with it."""
    (code,) = re.findall(r"```python\n(.*?)```", report.README.read_text(encoding="utf-8"), re.DOTALL)
    images, held_out, loss = mnist.train.images[:2000], mnist.test.images[:500], vl.VAELoss()
    alone, vae = vl.VAE(hidden=(64,)), vl.VAE(hidden=(64,))
    vl.fit(alone, loss, images)
    exec(code, {"torch": torch, "vl": vl, "vae": vae, "images": images})
    assert not torch.equal(alone.decoder[0].weight, vae.decoder[0].weight)
    assert all(weight.dtype == torch.float32 for weight in vae.parameters())
    totals = [vl.evaluate(model, loss, held_out)["total"] for model in (alone, vae)]
    assert totals[1] == pytest.approx(totals[0], rel=0.02)


def test_a_class_is_held_against_the_sum_of_its_work(monkeypatch):
    """Four students on two cores, each with 10 and 20 seconds of work, take 20 and 40 s at best."""
    monkeypatch.setattr(classroom.psutil, "cpu_count", lambda: 2)

    def desk(slow):
        runs = [Run(seconds=15 + slow), Run(seconds=30 + slow, failures=["DOES NOT HOLD: x"] if slow == 3 else [])]
        held = {"server": [100.0, 101.0], "private": [300.0, 310.0], "share": [400.0, 410.0]}
        return classroom.Desk(arrival=5 + slow, runs=runs, work=[10.0, 20.0], drags=[0.01 * slow], **held)

    alone = classroom.Lesson([desk(0)], [11.0, 21.0], 900, 1.2)
    four = classroom.Lesson([desk(slow) for slow in range(4)], [22.0, 50.0], 2600, 5.0)
    line = dict(zip(classroom.HEAD, classroom.row(four), strict=True))
    assert line["students"] == "4" and line["went wrong"] == "1"
    assert line["00, 10: to the sum of the work"] == "1.10, 1.25"
    assert line["00: median, slowest"] == "16, 18 s" and line["kernel after 00, 10"] == "300 MB, 310 MB"
    line_of_one = dict(zip(classroom.HEAD, classroom.row(alone), strict=True))
    assert line_of_one["00, 10: to the sum of the work"] == "1.10, 1.05"
    assert line["work of one: 00, 10"] == line_of_one["work of one: 00, 10"] == "10 s, 20 s"

    lost = classroom.Lesson([classroom.Desk(failures=["the server did not start"])] * 2, [], 0, 0)
    line = dict(zip(classroom.HEAD, classroom.row(lost), strict=True))
    assert (line["students"], line["went wrong"], line["server"]) == ("2", "2", "")
