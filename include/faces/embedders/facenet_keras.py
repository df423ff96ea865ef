"""keras-facenet's network on TensorFlow, as the package runs it. Loading it takes ten seconds."""

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import tensorflow as tf
from keras_facenet.inception_resnet_v1 import InceptionResNetV1

from include.faces.embedders.one_file import NetEmbedder
from include.faces.face import Floats
from include.media.image import Image

EPSILON = 0.001  # what the network's batch normalisation adds to a variance


class FacenetKeras(NetEmbedder):
    """An embedder for weights as keras-facenet publishes them (.h5) or frozen in a TensorFlow graph (.pb).

    Crops, scaling and what follows are those of any other net, so that the runtimes can be compared.
    """

    def _load(self, path: Path) -> None:
        self._keras = InceptionResNetV1(input_shape=(self.model.size, self.model.size, 3), classes=self.dimensions)
        weights = from_graph(path) if path.suffix == ".pb" else from_keras(path)
        for layer in self._keras.layers:
            if layer.weights:
                layer.set_weights(weights[layer.name])
        crops = tf.TensorSpec([None, self.model.size, self.model.size, 3], tf.float32)
        self._run = tf.function(lambda pixels: self._keras(pixels, training=False), input_signature=[crops])

    def _raw(self, crops: Image) -> Floats:
        scaled = (crops.astype(np.float32) - self.model.mean) / self.model.deviation
        return np.asarray(self._run(tf.constant(scaled, tf.float32)))


def from_keras(path: Path) -> dict[str, list[Any]]:
    """Weights by layer, as Keras 2 wrote them."""
    with h5py.File(path) as file:
        return {name: [group[each][()] for each in group.attrs["weight_names"]] for name, group in file.items()}


def from_graph(path: Path) -> dict[str, list[Any]]:
    """Weights by layer, from a graph whose normalisations are folded into its convolutions (but for the last one)."""
    graph = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    arrays = {node.name: tf.make_ndarray(node.attr["value"].tensor) for node in graph.node if node.op == "Const"}
    weights: dict[str, list[Any]] = {}
    for name, array in arrays.items():
        layer, kind = name.rpartition("/")[::2]
        if kind == "weights":
            bias = f"{layer}/biases"
            weights[_keras_name(layer)] = [array, arrays[bias]] if bias in arrays else [array]
        elif kind == "Conv2D_bn_offset":
            weights[f"{_keras_name(layer)}_BatchNorm"] = [array, np.zeros_like(array), np.full_like(array, 1 - EPSILON)]
        elif kind == "moving_mean":
            weights[_keras_name(layer)] = [arrays[f"{layer}/{each}"] for each in ("beta", kind, "moving_variance")]
    return weights


def _keras_name(layer: str) -> str:
    """Repeat_1/block17_3/Branch_0/Conv2d_1x1 is Block17_3_Branch_0_Conv2d_1x1; the one lone block8 is its sixth."""
    name = re.sub(r"^InceptionResnetV1/(Repeat(_\d)?/)?", "", layer).replace("/", "_").replace("block", "Block")
    return re.sub(r"^Block8_(?!\d)", "Block8_6_", name)
