import Distributions
import Tensors

/// A model of data x by latent variables z: p(x, z) = p(x|z) p(z).
///
/// A conditional model p(x|y) is such a model for each y.
public protocol LatentVariableModel: Sendable {
  /// p(z): events of the latent space, of no batch or of the data's.
  var prior: any Distribution { get }

  /// p(x|z): (batch..., latent) to a distribution of (batch..., data...).
  func likelihood(given z: Tensor) -> any Distribution
}
