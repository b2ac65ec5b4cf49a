/// What is made of pixels from 0 to 1 before they are learned.
public enum Binarization: String, Choice {
  /// They stay grey.
  case none
  /// 1 from a half on, else 0.
  case threshold
  /// 1 with the pixel as its probability, drawn anew in every step of training, and once for each datum in evaluation.
  case dynamic

  public var summary: String {
    switch self {
    case .none: "pixels stay grey"
    case .threshold: "1 from a half on, else 0"
    case .dynamic: "1 with the pixel as its probability, drawn anew in every step"
    }
  }
}

/// How the losses of a batch's data become one.
public enum Reduction: String, Choice {
  case mean, sum

  public var summary: String {
    switch self {
    case .mean: "their mean"
    case .sum: "their sum, so that epsilon and --clip are of the batch's gradient"
    }
  }
}

/// How a gradient becomes a step.
public enum OptimizerKind: String, Choice {
  case adam, adamw, sgd, momentum, rmsprop

  public var summary: String {
    switch self {
    case .adam: "Adam"
    case .adamw: "Adam with decoupled weight decay"
    case .sgd: "stochastic gradient descent"
    case .momentum: "the same with momentum"
    case .rmsprop: "RMSProp"
    }
  }
}

/// How the learning rate goes over a run.
public enum ScheduleKind: String, Choice {
  case constant, linear, cosine, step, plateau, stages

  public var summary: String {
    switch self {
    case .constant: "the same in every step"
    case .linear: "down to 0 in a straight line"
    case .cosine: "down to 0 along half a cosine"
    case .step: "times scheduleFactor after every scheduleSteps updates"
    case .plateau: "times scheduleFactor after plateauTests tests without a better one"
    case .stages: "times --stage-factors, each over as many epochs as --stage-epochs says"
    }
  }
}

/// What happens where the objective or its gradient is no finite number.
public enum NonFiniteResponse: String, Choice {
  case stop, rollback

  public var summary: String {
    switch self {
    case .stop: "ends the run; its last checkpoint stays"
    case .rollback: "goes back to the last checkpoint, and on with half of the learning rate"
    }
  }
}
