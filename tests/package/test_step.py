"""A step of a training, and the recorded one, with a stand-in for CUDA's graphs that every machine has."""

import contextlib
import copy

import pytest
import torch

import vaelab as vl
from vaelab import step
from vaelab.adam import Adam
from vaelab.step import ReplayedStep, Step


def small_vae():
    return vl.VAE(hidden=(8,), data_dim=9)


@pytest.fixture
def images():
    return torch.rand(20, 9, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def recordings(monkeypatch):
    """CUDA as ReplayedStep uses it: a step that is recorded computes nothing yet, and a replay does it again.

    Each recording that is begun is noted; `fails` makes them fail, as they do where a step looks at a value.
    """
    noted = type("Noted", (list,), {"fails": False})()

    class Graph:
        def register_generator_state(self, generator):
            self.generator = generator

        def replay(self):
            owner = self.owner
            terms = Step.__call__(owner, self.loss, owner.batch, owner.lr)
            owner.values.copy_(torch.stack(list(terms.values())))

    @contextlib.contextmanager
    def graph(graph):
        owner = noted.owner
        noted.append(graph)
        if noted.fails:
            raise RuntimeError("operation not permitted when stream is capturing")
        weights, moments = copy.deepcopy(owner.model.state_dict()), copy.deepcopy(list(owner.optimizer.state.values()))
        state = owner.generator.get_state()
        yield
        owner.model.load_state_dict(weights)
        for mine, before in zip(owner.optimizer.state.values(), moments, strict=True):
            for number, was in zip(mine, before, strict=True):
                number.copy_(was)
        owner.generator.set_state(state)
        graph.owner, graph.loss = owner, noted.loss

    stream = type("Stream", (), {"wait_stream": lambda self, other: None})
    monkeypatch.setattr(torch.cuda, "Stream", stream)
    monkeypatch.setattr(torch.cuda, "current_stream", stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    return noted


def trained(kind, images, recordings=None, epochs=2, loss=None):
    """The weights after some epochs of batches of 6, 6, 6 and 2, and the terms of each step."""
    model, loss = small_vae(), loss or vl.VAELoss()
    take = kind(model, images, Adam(model.parameters()), torch.Generator().manual_seed(1))
    if recordings is not None:
        recordings.owner, recordings.loss = take, loss
    terms = []
    for epoch in range(epochs):
        take.new_epoch()
        for i, batch in enumerate(torch.arange(20).roll(epoch).split(6)):
            terms.append(take(loss, batch, 0.01 * (1 + i)))
    return torch.cat([w.detach().flatten() for w in model.parameters()]), terms


def test_a_recorded_step_is_the_same_step(images, recordings):
    plain, told = trained(Step, images)
    replayed, retold = trained(ReplayedStep, images, recordings)
    torch.testing.assert_close(replayed, plain)
    assert len(recordings) == 1, "three steps to warm up, then the short batch, then one recording for the second epoch"
    for one, other in zip(told, retold, strict=True):
        assert list(one) == list(other)
        for name in one:
            torch.testing.assert_close(one[name], other[name])


def test_each_epoch_is_recorded_anew(images, recordings):
    plain, _ = trained(Step, images, epochs=5)
    replayed, _ = trained(ReplayedStep, images, recordings, epochs=5)
    torch.testing.assert_close(replayed, plain)
    assert len(recordings) == 4 and len({id(graph) for graph in recordings}) == 4
    assert all(isinstance(graph.generator, torch.Generator) for graph in recordings), "so that it draws anew each time"


def test_what_cannot_be_recorded_goes_on_as_ever_and_is_not_tried_again(images, recordings):
    recordings.fails = True
    plain, _ = trained(Step, images, epochs=4)
    replayed, _ = trained(ReplayedStep, images, recordings, epochs=4)
    assert torch.equal(replayed, plain) and len(recordings) == 1


def test_a_model_that_others_have_written_is_not_recorded(images, recordings):
    class OnAGPU:
        device = torch.device("cuda")

    class Own(vl.VAE):
        """It may count in Python."""

    kinds = [
        type(step.step_of(model, OnAGPU(), Adam(model.parameters()), torch.Generator(), vl.VAELoss()))
        for model in (small_vae(), Own(hidden=(8,), data_dim=9))
    ]
    assert kinds == [ReplayedStep, Step]


class Counting(vl.VAELoss):
    """A loss that might count."""


@pytest.mark.parametrize(
    "loss, replayable",
    [
        (vl.VAELoss(), True),
        (vl.VAELoss(kl=4), True),
        (vl.ReconstructionLoss(), True),
        (vl.VAELoss(kl=lambda t: t), False),
        (Counting(), False),
        (lambda model, x, generator: 0, False),
    ],
)
def test_only_losses_that_stay_the_same_are_recorded_and_only_on_a_gpu(loss, replayable, images, recordings):
    model = small_vae()
    generator = torch.Generator()
    assert type(step.step_of(model, images, Adam(model.parameters()), generator, loss)) is Step

    class OnAGPU:
        device = torch.device("cuda")

    kinds = [
        type(step.step_of(model, OnAGPU(), optimizer(model.parameters()), generator, loss))
        for optimizer in (Adam, torch.optim.Adam)
    ]
    assert kinds == [ReplayedStep if replayable else Step, Step]
