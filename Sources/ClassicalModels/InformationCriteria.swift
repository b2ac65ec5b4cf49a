import Glibc

/// What a fit is worth after its parameters are paid for: larger is better.
public enum InformationCriteria {
  /// 2 log p(X) - p log n (Schwarz, Estimating the dimension of a model, 1978).
  public static func bayesian(_ logEvidence: Double, parameters: Int, count: Int) -> Double {
    2 * logEvidence - Double(parameters) * log(Double(count))
  }

  /// 2 log p(X) - 2 p (Akaike, A new look at the statistical model identification, 1974).
  public static func akaike(_ logEvidence: Double, parameters: Int) -> Double {
    2 * logEvidence - 2 * Double(parameters)
  }
}
