import Optimizers
import Tensors
import TestSupport
import Testing

/// Optimizers and schedules against PyTorch 2.15, in float64: `Tests/Goldens/optimizers.py` prints the expected
/// parameters after 20 steps.
@Suite struct OptimizerTests {
  struct Golden: CustomTestStringConvertible, Sendable {
    let name: String
    let optimizer: any Optimizer
    var largestNorm: Double? = nil
    let expected: [Double]
    var testDescription: String { name }
  }

  static let goldens: [Golden] = [
    Golden(
      name: "sgd", optimizer: SGD(learningRate: 0.1),
      expected: [
        -0.20239731221620422, -0.8933859472206364, 0.2904492744161102, -0.7125238249057154, -1.0602770733436968,
      ]),
    Golden(
      name: "sgd, decay", optimizer: SGD(learningRate: 0.1, weightDecay: 0.2),
      expected: [
        -0.19155765361264526, -0.8370203616867197, 0.2731607281357675, -0.6842859108274545, -0.9283349819052829,
      ]),
    Golden(
      name: "sgd, clipped", optimizer: SGD(learningRate: 0.1), largestNorm: 0.5,
      expected: [
        0.3715945847841921, -1.1062783650296648, 1.19782254515725, -0.32427569416890434, -2.566140906674706,
      ]),
    Golden(
      name: "momentum", optimizer: Momentum(learningRate: 0.05),
      expected: [
        -0.3904230322413055, -0.8871561543950202, 0.026073866505890185, -0.9557329907734938, -1.0925346902618076,
      ]),
    Golden(
      name: "nesterov", optimizer: Momentum(learningRate: 0.05, isNesterov: true, weightDecay: 0.1),
      expected: [
        -0.2822674602148458, -0.8544247441413264, 0.2052715795241276, -0.7083633879514496, -1.1662977992076478,
      ]),
    Golden(
      name: "rmsprop", optimizer: RMSProp(learningRate: 0.02, smoothing: 0.95, epsilon: 1e-3),
      expected: [
        -0.08235280421506959, -0.8965683233568718, 1.326046608025979, -0.5785376113915756, -2.287301171106803,
      ]),
    Golden(
      name: "rmsprop, decay", optimizer: RMSProp(learningRate: 0.02, weightDecay: 0.1),
      expected: [
        -0.2572009650000319, -0.8640959154371929, 0.8015454303470834, -0.6962731757778385, -1.6653646521963792,
      ]),
    Golden(
      name: "adam", optimizer: Adam(learningRate: 0.1),
      expected: [
        -0.48990344735161917, -0.9808103785418871, 0.30215157939120485, -0.8067422947429604, -1.1740818280213545,
      ]),
    Golden(
      name: "adam, other betas", optimizer: Adam(learningRate: 0.1, beta1: 0.99, beta2: 0.999, epsilon: 1e-4),
      expected: [
        -0.744760373175894, -0.9937213784788279, 0.12905823426199406, -1.0700498683211253, -1.056765902909054,
      ]),
    Golden(
      name: "adam, decay", optimizer: Adam(learningRate: 0.1, weightDecay: 0.3),
      expected: [
        -0.37378099421722766, -0.897806025758517, 0.2944719827395496, -0.7210113645600692, -1.159282774962587,
      ]),
    Golden(
      name: "adam, clipped", optimizer: Adam(learningRate: 0.1, epsilon: 1e-2), largestNorm: 1,
      expected: [
        -0.26372459108207275, -0.8422905953891562, 0.11827601540925994, -0.6078347288192737, -0.9957909197391915,
      ]),
    Golden(
      name: "adamw", optimizer: AdamW(learningRate: 0.1, weightDecay: 0.3),
      expected: [
        -0.3893415398926298, -0.9346522537564137, 0.029076476789887312, -0.7219024209666336, -0.5663527450032776,
      ]),
    Golden(
      name: "step", optimizer: SGD(learningRate: .step(0.1, factor: 0.7, every: 3)),
      expected: [
        0.014050909031526112, -0.9110911421681795, 0.3430867720705922, -0.7060667822587764, -1.4470332640936194,
      ]),
    Golden(
      name: "exponential", optimizer: SGD(learningRate: .exponential(0.1, factor: 0.8)),
      expected: [
        0.18160074352117636, -0.9655546887641814, 0.5414551796537096, -0.6392289791778228, -1.9255867602097774,
      ]),
    Golden(
      name: "cosine", optimizer: SGD(learningRate: .cosine(0.1, to: 0.01, over: 20)),
      expected: [
        -0.05632253392567323, -0.9006586879517456, 0.3103230399274904, -0.7112570888428252, -1.2883910480638747,
      ]),
    Golden(
      name: "linear", optimizer: SGD(learningRate: .linear(0.1, to: 0.02, over: 12)),
      expected: [
        0.009766330817735758, -0.9104403182681065, 0.34124787101487897, -0.7064556940043633, -1.436546466895635,
      ]),
    Golden(
      name: "warm-up", optimizer: SGD(learningRate: .exponential(0.1, factor: 0.9).warmedUp(over: 8)),
      expected: [
        0.13938661934981456, -0.949810027321428, 0.48843745026862667, -0.6666280541253284, -1.7892583837195837,
      ]),
    Golden(
      name: "piecewise",
      optimizer: SGD(learningRate: .piecewise(0.1, [(step: 4, value: 0.05), (step: 9, value: 0.025)])),
      expected: [
        0.007909997953743555, -0.9099568566198323, 0.33931889210008337, -0.7067960656104525, -1.4325100359606655,
      ]),
  ]

  @Test(arguments: goldens) func twentySteps(_ golden: Golden) throws {
    let problem = Problem(golden.optimizer, type: .float64, options: .init(largestNorm: golden.largestNorm))
    _ = try problem.run(times: 20)
    let found = try problem.minimizer.arena.variable.value().scalars()
    for (found, expected) in zip(found, golden.expected) {
      #expect(abs(found - expected) <= 1e-13 * max(abs(expected), 1))
    }
  }

  /// The bias correction of the first steps cancels in float32 unless it is computed with care.
  @Test func adamInFloat32() throws {
    let problem = Problem(Adam(learningRate: 0.1), type: .float32)
    _ = try problem.run(times: 20)
    let found = try problem.minimizer.arena.variable.value().scalars()
    let golden = try #require(Self.goldens.first { $0.name == "adam" })
    for (found, expected) in zip(found, golden.expected) { #expect(abs(found - expected) <= 1e-6) }
  }
}
