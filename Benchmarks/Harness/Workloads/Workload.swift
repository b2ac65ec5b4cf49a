import Elbo

/// A model of one size with its objective and optimizer: what a bench times.
///
/// The data are made up, so that no file is needed and no reading is timed. Everything else of a step is as in training:
/// each gathers a fresh batch from data that lie on the device, draws fresh noise and updates the weights.
public struct Workload: Sendable {
  /// What a step maximizes.
  public enum Objective: Hashable, Sendable {
    /// The evidence lower bound with its divergence in closed form (Kingma and Welling, ICLR 2014).
    case elbo
    /// The bound from k importance weights (Burda et al., ICLR 2016).
    case importanceWeighted(samples: Int)
  }

  /// The word that commands take.
  public let name: String
  /// One line without a full stop.
  public let summary: String
  public let batchSize: Int
  public let objective: Objective
  /// Steps whose losses the devices must agree on before a speed is reported.
  public let checkedStepCount: Int

  /// Pixels of one datum.
  let dataSize: Int
  let optimizer: Adam
  let makeModel: @Sendable () -> VAE

  func model() -> VAE { makeModel() }
}

extension Workload {
  /// So small that a step is nearly all overhead: what starting a step costs.
  public static let small = Workload(
    name: "small", summary: "64-16-4, ReLU, Bernoulli", batchSize: 16, objective: .elbo, checkedStepCount: 20,
    dataSize: 64, optimizer: Adam()
  ) {
    VAE(
      encoder: .mlp(64, 16, activation: .relu, head: .diagonalNormal(4)),
      decoder: .mlp(4, 16, activation: .relu, head: .bernoulli(64)))
  }

  /// Every workload that reports are made of, in their order.
  public static let all: [Workload] = [mlp, iwae, iwae1, large, conv]

  /// The variational autoencoder of pytorch/examples.
  public static let mlp = Workload(
    name: "mlp", summary: "784-400-20, ReLU, Bernoulli", batchSize: 128, objective: .elbo, checkedStepCount: 20,
    dataSize: 784, optimizer: Adam()
  ) {
    VAE(
      encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
      decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))
  }

  /// The model of one stochastic layer of Burda et al., with their optimizer.
  public static let iwae = importanceWeighted("iwae", samples: 50)

  /// The same with one sample.
  public static let iwae1 = importanceWeighted("iwae1", samples: 1)

  private static func importanceWeighted(_ name: String, samples: Int) -> Workload {
    Workload(
      name: name, summary: "784-200-200-50, tanh, k = \(samples), Bernoulli", batchSize: 20,
      objective: .importanceWeighted(samples: samples), checkedStepCount: 20, dataSize: 784,
      optimizer: Adam(epsilon: 1e-4)
    ) {
      VAE(
        encoder: .mlp(784, 200, 200, activation: .tanh, head: .diagonalNormal(50)),
        decoder: .mlp(50, 200, 200, activation: .tanh, head: .bernoulli(784)))
    }
  }

  /// Pictures of 64 x 64 x 3 through wide layers: 140 million parameters.
  public static let large = Workload(
    name: "large", summary: "12288-4096-4096-512, ReLU, Gaussian", batchSize: 1024, objective: .elbo,
    checkedStepCount: 3, dataSize: 12288, optimizer: Adam()
  ) {
    VAE(
      encoder: .mlp(12288, 4096, 4096, activation: .relu, head: .diagonalNormal(512)),
      decoder: .mlp(512, 4096, 4096, activation: .relu, head: .gaussian(12288)))
  }

  /// Pictures of 64 x 64 x 3 through four convolutions that halve them: 2.3 million parameters, 42 GFLOP a step.
  public static let conv = Workload(
    name: "conv", summary: "3 x 64 x 64, convolutions 32-64-128-256, 128, ReLU, Gaussian", batchSize: 128,
    objective: .elbo, checkedStepCount: 3, dataSize: 12288, optimizer: Adam()
  ) {
    let pictures = PictureShape(channels: 3, height: 64, width: 64)
    let channels = [32, 64, 128, 256]
    return VAE(
      encoder: .conv(pictures, channels: channels, activation: .relu, head: .diagonalNormal(128)),
      decoder: .conv(128, pictures, channels: channels, activation: .relu, head: .gaussian(12288)))
  }
}
