"""One process that builds each of the many models in Keras and counts its parameters."""

import sys

import keras
from keras import layers

for number in range(int(sys.argv[1])):
    units, steps = 4 + number % 40, 5 + number // 40
    model = keras.Sequential(
        [
            layers.Input((steps, units)),
            layers.LSTM(2 * units, return_sequences=True),
            layers.Dropout(0.1),
            layers.GRU(units, return_sequences=bool(number % 2)),
            layers.Dense(units, activation="relu"),
            layers.Dense(units),
        ]
    )
    print(number, model.output_shape, model.count_params())
    keras.backend.clear_session()
