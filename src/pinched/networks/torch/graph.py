"""A module of PyTorch as an equinox network: its layers, and how they and plain functions follow each other."""

import collections
import copy
import dataclasses
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.core import PinchedError
from pinched.networks.layers import Digital
from pinched.networks.torch.functions import FUNCTIONS
from pinched.networks.torch.modules import STATELESS, array, layer_of


@dataclasses.dataclass(frozen=True)
class Of:
    """The result of an earlier step, by name."""

    name: str


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """One call of the forward pass."""

    name: str
    does: str | Callable  # the layer of this name, or a function
    args: tuple
    kwargs: dict[str, Any]
    rank: int | None = None  # of the samples that the layer takes one by one
    replaces: str = ""  # the step whose result this one writes over


@dataclasses.dataclass(frozen=True, eq=False)  # compared by identity, as the static part of one network
class Program:
    """The forward pass, in order."""

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    output: Any


class Network(eqx.Module):
    """A network that was a module of PyTorch; called on one sample, without the axis of a batch.

    Inside, the sample is a batch of one, so that shapes are what the forward pass of the module expects.
    """

    layers: dict[str, Any]  # by their names in the module
    constants: dict[str, Digital]  # other parameters and buffers
    program: Program = eqx.field(static=True)
    batch_axis: int = eqx.field(static=True)

    def __call__(self, *inputs, key=None):
        """What the module gives for the sample, by JAX.

        Raises:
            PinchedError: where the outputs of a batch are not those of its samples.
        """
        outputs = self.batched(*(jax.numpy.expand_dims(x, self.batch_axis) for x in inputs))
        leaves, tree = jax.tree.flatten(outputs)
        axes = [[a for a, n in enumerate(leaf.shape) if n == 1] for leaf in leaves]
        if any(len(found) > 1 for found in axes):  # two samples tell which axis of size one is that of the batch
            two = [jax.ShapeDtypeStruct(np.insert(x.shape, self.batch_axis, 2), x.dtype) for x in inputs]
            twice = jax.tree.leaves(jax.eval_shape(self.batched, *two))
            axes = [[a for a in f if other.shape[a] == 2] for f, other in zip(axes, twice, strict=True)]
        if not all(axes):
            raise PinchedError("The outputs of this module have no axis of a batch: it cannot be run on one sample.")
        return jax.tree.unflatten(tree, [leaf.squeeze(a[0]) for leaf, a in zip(leaves, axes, strict=True)])

    def batched(self, *inputs):
        """What the module gives for a batch."""
        if len(inputs) != len(self.program.inputs):
            raise PinchedError(f"The network takes {len(self.program.inputs)} inputs, not {len(inputs)}.")
        values = dict(zip(self.program.inputs, inputs, strict=True))
        values |= {name: constant.value for name, constant in self.constants.items()}
        for step in self.program.steps:
            args, kwargs = _filled((step.args, step.kwargs), values)
            does = self.layers[step.does] if isinstance(step.does, str) else step.does
            value = does(*args, **kwargs) if step.rank is None else _each(does, step.rank, *args)
            values[step.name] = value
            if step.replaces:
                values[step.replaces] = value
        return _filled(self.program.output, values)


def from_torch(module, *, batch_axis: int | None = None) -> Network:
    """A trained module of PyTorch as an equinox network of the same outputs, to be programmed onto devices.

    The forward pass is followed with torch.fx, in evaluation mode: multilayer perceptrons, convolutional and residual
    networks, LSTM and GRU, transformer encoders, and what is made of such layers. A batch normalisation that directly
    follows a convolution is folded into it, any other is a digital scale and shift; dropout does nothing.

    Args:
        module: a torch.nn.Module; it is left as it is.
        batch_axis: where its inputs have the samples of a batch: 0, or 1 for sequences (time, n, …). By default what
            the module says where it is a single LSTM, GRU or transformer encoder, otherwise 0.

    Returns:
        The network, called on one sample without the axis of the batch. `.layers` are the converted layers by their
        names in the module.

    Raises:
        PinchedError: without PyTorch, or for a module, a function or an argument that is not supported.
    """
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        raise PinchedError('from_torch() needs PyTorch: pip install "pinched[torch]".') from None
    if not isinstance(module, torch.nn.Module):
        raise PinchedError(f"from_torch() takes a torch.nn.Module, not a {type(module).__name__}.")
    module = copy.deepcopy(module).eval()
    tracer = torch.fx.Tracer()
    tracer.proxy_buffer_attributes = True  # they may be indexed by sizes of the inputs
    alone = tracer.is_leaf_module(module, "")
    if batch_axis is None:
        told = (part.batch_first for part in module.modules() if hasattr(part, "batch_first"))
        batch_axis = int(alone and not next(told, True))
    if alone:
        module = torch.nn.Sequential(module)
    try:
        graph = tracer.trace(module)
    except (torch.fx.proxy.TraceError, TypeError) as error:
        raise PinchedError(
            f"from_torch() cannot follow the forward pass of {type(module).__name__}, as it depends on the numbers in "
            f"it ({error}); write it without such choices."
        ) from None
    _fold(graph, module, torch.nn.utils.fusion.fuse_conv_bn_eval)
    return _converted(graph, module, batch_axis)


def _fold(graph, module, fused) -> None:
    """Fold every batch normalisation into the convolution that it alone follows."""
    calls = [node.target for node in graph.nodes if node.op == "call_module"]
    for node in list(graph.nodes):
        before: Any = node.args[0] if node.op == "call_module" and node.args else None
        if getattr(before, "op", "") != "call_module" or len(before.users) > 1:
            continue
        conv, norm = module.get_submodule(before.target), module.get_submodule(node.target)
        if not (
            _kind(conv).startswith("Conv") and _kind(norm).startswith("BatchNorm") and norm.running_var is not None
        ):
            continue
        if calls.count(before.target) == calls.count(node.target) == 1:
            module.set_submodule(before.target, fused(conv, norm))
            node.replace_all_uses_with(before)
            graph.erase_node(node)


def _converted(graph, module, batch_axis: int) -> Network:
    layers, constants, steps, inputs, output = {}, {}, [], [], None
    for node in graph.nodes:
        args, kwargs = _references((tuple(node.args), dict(node.kwargs)))
        if node.op == "placeholder":
            inputs.append(node.name)
        elif node.op == "output":
            output = args[0]
        elif node.op == "get_attr":
            constants[node.name] = Digital(array(_attribute(module, node.target)))
        elif node.op == "call_module":
            steps.append(_module_step(node, module.get_submodule(node.target), args, kwargs, layers))
        else:
            steps.append(_function_step(node, args, kwargs))
    layers = collections.OrderedDict((name, layer) for name, (layer, _) in layers.items())  # JAX sorts a plain dict
    return Network(layers, constants, Program(tuple(inputs), tuple(steps), output), batch_axis)


def _module_step(node, module, args, kwargs, layers) -> Step:
    kind = _kind(module)
    if kind in STATELESS:
        function = FUNCTIONS[STATELESS[kind]]
        known = [*list(inspect.signature(function).parameters)[1:], "inplace"]
        options = {name: getattr(module, name) for name in known if hasattr(module, name)}
        return _step(node, function, args, kwargs | options, kind)
    layer, rank = layers.get(node.target) or layer_of(module)
    layers[node.target] = layer, rank
    if kind == "MultiheadAttention" and any(user.args[1:] == (1,) and user.users for user in node.users):
        raise PinchedError("from_torch() gives the outputs of MultiheadAttention, not its attention weights.")
    called = _step(node, layer.__call__ if rank is None else lambda input: input, args, kwargs, kind)
    return dataclasses.replace(called, does=node.target, rank=rank)


def _function_step(node, args, kwargs) -> Step:
    name = node.target if isinstance(node.target, str) else node.target.__name__
    function = FUNCTIONS.get(name) or FUNCTIONS.get(name.rstrip("_"))
    if function is None:
        raise PinchedError(f"from_torch() does not know the function {name}; it knows {', '.join(sorted(FUNCTIONS))}.")
    in_place = isinstance(node.target, str) and name.endswith("_")
    return _step(node, function, args, kwargs | ({"inplace": True} if in_place else {}), name)


def _step(node, function, args, kwargs, name: str) -> Step:
    """The step, if the function takes these arguments; unknown ones that are not set are left out."""
    for first in ("input", "src"):
        args = (*args, kwargs.pop(first)) if first in kwargs else args
    in_place = kwargs.pop("inplace", False)
    known = inspect.signature(function).parameters
    kwargs = {k: v for k, v in kwargs.items() if k in known or not (v is None or v is False or k == "_stacklevel")}
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise PinchedError(f"from_torch() does not know these arguments of {name}: {error}.") from None
    if kwargs.get("return_indices"):
        raise PinchedError(f"from_torch(): {name} cannot return the indices of its maxima.")
    return Step(node.name, function, args, kwargs, replaces=node.args[0].name if in_place else "")


def _attribute(module, target: str):
    for name in target.split("."):
        module = getattr(module, name)
    return module


def _kind(module) -> str:
    return type(module).__name__ if type(module).__module__.startswith("torch.nn") else ""


def _each(layer, rank: int, x):
    """`layer` on every sample of an array (…, *sample), which has `rank` axes, or all but the first for -1."""
    held = x.shape[: 1 if rank < 0 else x.ndim - rank]
    y = jax.vmap(layer)(x.reshape(-1, *x.shape[len(held) :]))
    return y.reshape(*held, *y.shape[1:])


def _references(value) -> Any:
    """`value` with the nodes of a graph in it replaced by their names."""
    return _mapped(value, lambda x: Of(x.name) if hasattr(x, "op") and hasattr(x, "users") else x)


def _filled(value, values) -> Any:
    """`value` with the names in it replaced by their values."""
    return _mapped(value, lambda x: values[x.name] if isinstance(x, Of) else x)


def _mapped(value, change) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_mapped(x, change) for x in value)
    if isinstance(value, dict):
        return {k: _mapped(x, change) for k, x in value.items()}
    if isinstance(value, slice):
        return slice(*(_mapped(x, change) for x in (value.start, value.stop, value.step)))
    return change(value)
