model = Sequential()
model.add(LSTM(number_of_features, batch_input_shape=(batch_size, time_steps, number_of_features), return_sequences=True))
model.add(Dense(number_of_features))
