import Tensors

/// The learning rate, as a function of the number of finished steps. A plain number is a constant rate.
public typealias LearningRate = Schedule
