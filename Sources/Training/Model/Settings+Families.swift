import Models

// Distributions by their words.
extension Settings {
  func makeLikelihood(_ size: Int, _ kind: LikelihoodKind) -> LikelihoodFamily {
    switch kind {
    case .bernoulli: .bernoulli(size)
    case .continuousBernoulli: .continuousBernoulli(size)
    case .gaussian: .gaussian(size, scale: scaleRule(or: .fixed))
    case .laplace: .laplace(size, scale: scaleRule(or: .learned))
    case .studentT: .studentT(size, scale: scaleRule(or: .learned))
    case .discretizedLogistic: .discretizedLogistic(size, scale: scaleRule(or: .predicted))
    case .categorical: .categorical(size)
    case .poisson: .poisson(size)
    case .negativeBinomial: .negativeBinomial(size)
    }
  }

  private func scaleRule(or usual: ScaleKind) -> ScaleRule {
    switch scale ?? usual {
    case .fixed: .fixed(standardDeviation)
    case .learned: .learned
    case .perDimension: .perDimension
    case .predicted: .predicted
    }
  }

  func makePosterior(_ latent: Int) -> PosteriorFamily {
    switch posterior {
    case .normal: width == .logDeviation ? .diagonalNormalByLogDeviation(latent) : .diagonalNormal(latent)
    case .fullCovariance: .fullCovarianceNormal(latent)
    case .laplace: .laplace(latent)
    case .logNormal: .logNormal(latent)
    case .exponential: .exponential(latent)
    }
  }

  func makePrior(_ latent: Int, conditionSize: Int) -> Prior {
    switch prior {
    case .normal: .standardNormal(latent)
    case .learned: .learnedNormal(latent)
    case .mixture: .mixture(latent, components: components)
    case .conditional: .conditionalNormal(latent, given: conditionSize)
    case .exponential: .exponential(latent)
    }
  }
}
