"""Makes the models beside this file, and what TensorFlow itself says of a few rows.

TensorFlow is in no lock file of ours: it is larger than everything else together, and needed here
alone. In an environment that has it (2.21.0 made these): python tests/data/litert/make.py
"""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
ROWS = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0], [0.5, 3.0]], dtype=np.float32)


def main() -> None:
    """Writes all."""
    tf.keras.utils.set_random_seed(7)
    keras = tf.keras
    x = keras.Input((2,), name="x")
    hidden = keras.layers.Dense(4, activation="tanh")(x)
    width, height = (keras.Input((1,), name=name) for name in ("width", "height"))
    both = keras.layers.Concatenate()([width, height])
    models = {
        "two": keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(hidden)),
        "three": keras.Model(x, keras.layers.Dense(3, activation="softmax")(hidden)),
        "numbers": keras.Model(x, keras.layers.Dense(1)(hidden)),
        "named": keras.Model([width, height], keras.layers.Dense(1)(both)),
    }
    said = {}
    for name, model in models.items():
        converted = tf.lite.TFLiteConverter.from_keras_model(model).convert()
        (HERE / f"{name}.tflite").write_bytes(converted)
        given = [ROWS[:, :1], ROWS[:, 1:]] if name == "named" else ROWS
        said[name] = model.predict(given, verbose=0).tolist()
    (HERE / "said.json").write_text(json.dumps({"rows": ROWS.tolist(), **said}, indent=1) + "\n")


if __name__ == "__main__":
    main()
