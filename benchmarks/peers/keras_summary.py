"""What people write today: build the model in Keras and print its summary."""

import sys

import keras
from keras import layers

if sys.argv[1] == "question":
    model = keras.Sequential(
        [layers.Input((10, 8)), layers.LSTM(8, return_sequences=True), layers.Dense(8)]
    )
else:
    model = keras.Sequential(
        [
            layers.Input((50, 16)),
            layers.Conv1D(64, 3, padding="same"),
            layers.LSTM(64, return_sequences=True),
            layers.Dropout(0.1),
            layers.LSTM(8),
            layers.RepeatVector(50),
            layers.LSTM(64, return_sequences=True),
            layers.Dropout(0.1),
            layers.LSTM(64, return_sequences=True),
            layers.LayerNormalization(),
            layers.TimeDistributed(layers.Dense(16)),
        ]
    )
model.summary()
