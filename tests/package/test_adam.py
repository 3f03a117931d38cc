import torch

from vaelab.adam import Adam


def test_adam_is_the_equation_and_what_torch_computes():
    torch.manual_seed(0)
    start = [torch.randn(3, 4, dtype=torch.float64), torch.randn(5, dtype=torch.float64), torch.ones(2).double()]
    ours, theirs, plain = ([w.clone().requires_grad_() for w in start] for _ in range(3))
    optimizer, reference = Adam(ours), torch.optim.Adam(theirs, betas=(0.9, 0.95), fused=True)
    m, v, t = [0, 0], [0, 0], [0, 0]
    for step in range(20):
        lr = reference.param_groups[0]["lr"] = 0.1 / (1 + step)
        for weights in (ours, theirs, plain):
            for w in weights:
                w.grad = None
            # the second has a gradient at every other step, the third never
            (weights[0].sin().sum() + (weights[1] ** 2).sum() * (step % 2)).backward()
            if step % 2 == 0:
                weights[1].grad = None
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step(), reference.step()
        for i, w in enumerate(plain[:2]):
            if (g := w.grad) is not None:
                t[i] += 1
                m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.95 * v[i] + 0.05 * g**2
                m_hat, v_hat = m[i] / (1 - 0.9 ** t[i]), v[i] / (1 - 0.95 ** t[i])
                w.data -= lr * m_hat / (v_hat.sqrt() + 1e-8)
    for w, theirs_w, plain_w in zip(ours, theirs, plain, strict=True):
        assert torch.equal(w, theirs_w)
        torch.testing.assert_close(w, plain_w)
    assert torch.equal(ours[2], start[2]) and not torch.equal(ours[1], start[1])


def test_zero_grad_drops_every_gradient_of_the_step_before():
    weights = [torch.ones(3, requires_grad=True), torch.ones((), requires_grad=True)]
    optimizer = Adam(weights)
    sum(w.sum() for w in weights).backward()
    optimizer.zero_grad()
    assert [w.grad for w in weights] == [None, None]


def test_what_adam_remembers_lies_where_the_weight_lies():
    w = torch.ones(3, device="meta", requires_grad=True)
    assert [numbers.device.type for numbers in Adam([w]).state[w]] == ["meta"] * 3


def test_adam_is_torchs_fused_update_in_single_precision_too():
    """The update of one tensor after another differs from it in the last digit."""
    start = torch.randn(3000, generator=torch.Generator().manual_seed(0))
    ours, theirs = (start.clone().requires_grad_() for _ in range(2))
    optimizer, reference = Adam([ours]), torch.optim.Adam([theirs], lr=0.1, betas=(0.9, 0.95), fused=True)
    optimizer.param_groups[0]["lr"] = 0.1
    for _ in range(20):
        for w in (ours, theirs):
            w.grad = None
            w.sin().sum().backward()
        optimizer.step(), reference.step()
    assert torch.equal(ours, theirs)
