"""How fast `fit` trains, beside the usual loop, pythae, and the matrix products alone."""

import json
import tempfile
import time
from pathlib import Path

import vaelab as vl
from benchmarks import alternatives
from benchmarks.report import ROUNDS, Row, ratio, seconds

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "09_three_losses.ipynb"
GOAL_2D = 146.95  # nats: what Keras' published example reaches after 30 epochs, training on the test set too


def one_epoch(mnist: vl.data.Dataset) -> float:
    """The seconds of one epoch of the example's work."""
    model = vl.VAE(latent_dim=20, hidden=(400,))
    return vl.fit(model, vl.VAELoss(), mnist.train.images, epochs=1, batch_size=128, lr=1e-3).seconds[0]


def to_the_same_loss(mnist: vl.data.Dataset) -> tuple[float, float]:
    """The example's model to where ten epochs of the usual loop bring it: seconds, and the held-out loss."""
    return trained(vl.VAE(latent_dim=20, hidden=(400,)), mnist, epochs=4)


def to_the_2d_goal(mnist: vl.data.Dataset) -> tuple[float, float]:
    """The course's 2-D VAE to GOAL_2D: seconds, and the held-out total."""
    return trained(vl.VAE(latent_dim=2), mnist, epochs=4)


def trained(model: vl.VAE, mnist: vl.data.Dataset, **settings) -> tuple[float, float]:
    """The seconds that `fit` takes from its call to its end, and the held-out total then."""
    began = time.perf_counter()
    vl.fit(model, vl.VAELoss(), mnist.train.images, **settings)
    took = time.perf_counter() - began
    return took, vl.evaluate(model, vl.VAELoss(), mnist.test.images)["total"]


def three_losses() -> float:
    """The seconds of notebook 09's experiment: its own cells, the trainings timed."""
    cells = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]]
    setup = next(cell for cell in cells if "vl.LossComparison(" in cell)
    experiment = next(cell for cell in cells if "comparison.follow(" in cell)
    names: dict = {}
    exec(setup, names)
    began = time.perf_counter()
    exec(experiment, names)
    return time.perf_counter() - began


def measure() -> list[Row]:
    """In each round: everything once. The usual loop's epochs go on from round to round, until it has had its ten."""
    mnist = vl.load_mnist()
    with tempfile.TemporaryDirectory() as folder:
        usual, library = alternatives.UsualLoop(mnist.train), alternatives.Pythae(mnist.train.images, folder)
        few = vl.data.Split(mnist.train.images[:6400], mnist.train.labels[:6400])
        alternatives.UsualLoop(few).epoch(), alternatives.Pythae(few.images, folder).epoch()
        alternatives.matrix_products(few.images), one_epoch(vl.data.Dataset(few, few))
        rounds = [
            {
                "usual": usual.epoch(),
                "pythae": library.epoch(),
                "ours": one_epoch(mnist),
                "products": alternatives.matrix_products(mnist.train.images),
                "same loss": to_the_same_loss(mnist),
                "2-D": to_the_2d_goal(mnist),
                "three": three_losses(),
            }
            for _ in range(ROUNDS)
        ]
    for _ in range(10 - ROUNDS):
        usual.epoch()
    usual_loss = usual.held_out(mnist.test.images)
    epoch, ours, products, pythae = ([r[name] for r in rounds] for name in ("usual", "ours", "products", "pythae"))
    (same, same_loss), (two, two_loss) = (zip(*(r[name] for r in rounds), strict=True) for name in ("same loss", "2-D"))
    three = [r["three"] for r in rounds]
    two_epochs, ten = [2 * t for t in epoch], [10 * t for t in epoch]
    return [
        Row(
            "an epoch of PyTorch's VAE example (784-400-20, batch 128): `fit`",
            seconds(ours),
            f"the usual loop: {seconds(epoch)}",
            f"1 : {ratio(epoch, ours):.1f}",
            "≤ 1 : 4.5",
        ),
        Row("", "", f"pythae: {seconds(pythae)}", f"1 : {ratio(pythae, ours):.1f}", "≤ 1 : 2"),
        Row("", "", f"its matrix products alone: {seconds(products)}", f"{ratio(ours, products):.2f} : 1", "≤ 1.6 : 1"),
        Row(
            f"to the held-out loss of ten usual epochs: {max(same_loss):.1f} nats, 4 epochs",
            seconds(same),
            f"the usual loop: {usual_loss:.1f} nats in {seconds(ten)}",
            f"1 : {ratio(ten, same):.1f}",
            "≤ 1 : 6",
        ),
        Row(
            f"the course's 2-D VAE to {GOAL_2D} nats held out: {max(two_loss):.1f}, 4 epochs",
            seconds(two),
            f"two epochs of the usual loop: {seconds(two_epochs)}",
            f"{ratio(two, two_epochs):.2f} : 1",
            "≤ 1 : 1",
        ),
        Row(
            "the three trainings of notebook 09, with their held-out terms and snapshots",
            seconds(three),
            f"the usual loop's epoch: {seconds(epoch)}",
            f"{ratio(three, epoch):.1f} : 1",
            "≤ 3.5 : 1",
        ),
    ]
