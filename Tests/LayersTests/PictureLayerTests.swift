import Layers
import TensorTestSupport
import Tensors
import TestSupport
import Testing

/// Layers of pictures against PyTorch 2.15, in float64: `Tests/Goldens/layers.py` prints the expected figures.
@Suite struct PictureLayerTests {
  /// Sixteenths, which every type holds exactly.
  private static func pattern(_ shape: Shape, _ start: Int) -> Tensor {
    let values = (0..<shape.elementCount).map { Float(($0 * 37 + start * 11) % 64 - 32) / 16 }
    return Tensor(values, shape: shape)
  }

  /// The output's product with the pattern, then those of its gradients with respect to the input and the parameters.
  private func figures(
    _ layer: some Layer, _ input: Shape, to output: Shape, isTraining: Bool
  ) throws -> [Double] {
    let entries = layer.parameters.entries
    if !entries.isEmpty {
      let arena = ParameterArena(layer, seed: 3)
      _ = try arena.variable.tensor.evaluated(on: ReferenceBackend())
      try arena.load(
        Dictionary(
          uniqueKeysWithValues: entries.enumerated().map { ($1.path, Self.pattern($1.parameter.shape, $0 + 2)) }))
    }
    let x = Self.pattern(input, 1)
    let y = isTraining ? Pass.training(RandomKey(seed: 0)) { layer(x) } : layer(x)
    #expect(y.shape == output)
    let loss = (y * Self.pattern(output, 7)).sum()
    let parameters = entries.map(\.parameter.tensor)
    let gradients = gradients(of: loss, withRespectTo: [x] + parameters)
    let products = gradients.enumerated().map { number, gradient in
      (gradient * Self.pattern(gradient.shape, number == 0 ? 8 : 9)).sum()
    }
    return try interpreted([loss] + products).map { $0[0] }
  }

  private func check(
    _ layer: some Layer, _ input: Shape, to output: Shape, isTraining: Bool = false, _ expected: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try figures(layer, input, to: output, isTraining: isTraining)
    let comparison = isClose(found, expected, .float64, ulps: 256, magnitude: expected.map { _ in 64 })
    #expect(comparison.isClose, "\(comparison)", sourceLocation: sourceLocation)
  }

  @Test func convolutions() throws {
    try check(
      Conv2D(3, 4, kernelSize: 3), [2, 3, 5, 6], to: [2, 4, 3, 4],
      [-23.783203125, -58.03515625, 64.837890625, 3.71875])
    try check(
      Conv2D(3, 4, kernelSize: 4, stride: 2, padding: 1), [2, 3, 8, 6], to: [2, 4, 4, 3],
      [-57.068359375, 33.03515625, 19.69921875, 3.71875])
    let window = ConvolutionWindow(stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2)
    try check(
      Conv2D(4, 6, kernelSize: [3, 2], window: window), [1, 4, 7, 5], to: [1, 6, 4, 7],
      [27.92431640625, 0.21630859375, -8.52587890625, 4.3359375])
    try check(
      Conv2D(2, 3, kernelSize: 1, hasBias: false), [2, 2, 3, 3], to: [2, 3, 3, 3],
      [-6.08740234375, -43.227783203125, -43.131591796875])
  }

  @Test func transposedConvolutions() throws {
    try check(
      ConvTranspose2D(4, 3, kernelSize: 3), [2, 4, 5, 4], to: [2, 3, 7, 6],
      [-96.701171875, 17.25390625, 73.818359375, 5.75])
    try check(
      ConvTranspose2D(4, 3, kernelSize: 4, stride: 2, padding: 1), [2, 4, 3, 5], to: [2, 3, 6, 10],
      [50.4609375, -37.84375, 17.349609375, 2.875])
    let window = ConvolutionWindow(stride: [3, 2], padding: [1, 0], dilation: [2, 1], groups: 2)
    try check(
      ConvTranspose2D(4, 6, kernelSize: [3, 2], window: window, outputPadding: [2, 1]), [1, 4, 4, 3],
      to: [1, 6, 14, 7], [-78.35546875, -4.7705078125, -43.4453125, 8.69921875])
  }

  @Test func normalizations() throws {
    try check(
      GroupNorm(groups: 2, channels: 6, epsilon: 0x1p-10), [2, 6, 3, 4], to: [2, 6, 3, 4],
      [-12.79857024185904, -2.8486166560235575, -8.157744295767547, -0.765625])
    try check(
      LayerNorm([4, 5], epsilon: 0x1p-10), [3, 2, 4, 5], to: [3, 2, 4, 5],
      [-12.162114127516551, -17.109187812892706, -13.128838537470456, -19.984375])
    try check(
      BatchNorm(3, axis: -3, epsilon: 0x1p-10), [2, 3, 3, 4], to: [2, 3, 3, 4], isTraining: true,
      [25.73143653550192, 4.44208858646264, -5.136344560107279, 3.125])
    try check(
      BatchNorm(3, epsilon: 0x1p-10), [5, 3], to: [5, 3],
      [0.40805422226427357, 2.00439262523908, -3.729624651102273, -5.7734375])
  }

  @Test func resampling() throws {
    try check(UpsampleNearest(scale: 3), [2, 3, 4, 2], to: [2, 3, 12, 6], [20.1875, 12.53125])
    try check(AveragePool2D(size: 2), [2, 3, 5, 6], to: [2, 3, 2, 3], [2.62109375, -2.08984375])
    try check(MaxPool2D(size: 3), [2, 3, 7, 6], to: [2, 3, 2, 2], [2.1328125, 8.3046875])
  }

  @Test func poolsMayOverlapOrLieApart() throws {
    try check(
      AveragePool2D(size: 3, stride: 2, padding: 1), [2, 3, 7, 6], to: [2, 3, 4, 3],
      [-0.08072916666666652, 0.24392361111111127])
    try check(MaxPool2D(size: 3, stride: 2, padding: 1), [2, 3, 7, 6], to: [2, 3, 4, 3], [-3.6953125, 3.3203125])
    try check(AveragePool2D(size: 2, stride: 3), [1, 2, 7, 9], to: [1, 2, 2, 3], [2.09765625, 1.71484375])
    try check(MaxPool2D(size: 2, stride: 3, padding: 1), [1, 2, 7, 9], to: [1, 2, 3, 4], [1.32421875, -0.50390625])
    #expect(try interpreted(MaxPool2D(size: 2, padding: 1)(Tensor([-7, -5] as [Float], shape: [1, 2]))) == [-7, -5])
  }

  @Test func residualBlocks() throws {
    try check(
      ResidualBlock(4, groups: 2, epsilon: 0x1p-10, activation: .relu), [2, 4, 5, 5], to: [2, 4, 5, 5],
      [
        426.52033073717354, 48.28110971746398, 190.37393968260284, -13.303211774682808, 86.92107782860512,
        -24.524763536173143, -160.2561808583003, -28.86474609375, -19.99987158554722, 0.796875,
      ])
  }

  /// No example's normalization sees another example.
  @Test func groupsAreOfOneExample() throws {
    let layer = GroupNorm(groups: 2, channels: 4)
    _ = try ParameterArena(layer, seed: 0).variable.tensor.evaluated(on: ReferenceBackend())
    let x = Self.pattern([2, 4, 3, 3], 1)
    let alone = x.sliced(0..<1)
    #expect(try interpreted(layer(x).sliced(0..<1)) == interpreted(layer(alone)))
  }

  @Test func picturesMayHaveAnyBatch() throws {
    let layer = Conv2D(2, 3, kernelSize: 3, stride: 2, padding: 1)
    _ = try ParameterArena(layer, seed: 0).variable.tensor.evaluated(on: ReferenceBackend())
    let x = Self.pattern([2, 5, 2, 6, 6], 1)
    #expect(layer(x).shape == [2, 5, 3, 3, 3])
    #expect(layer(x.sliced(0..<1).reshaped([5, 2, 6, 6])).shape == [5, 3, 3, 3])
    let one = layer(Self.pattern([2, 6, 6], 1))
    #expect(one.shape == [3, 3, 3])
    #expect(try interpreted(layer(x).sliced(0..<1).sliced(0..<1, axis: 1)) == interpreted(one))
  }

  /// The bounds of PyTorch's layers: one over the root of the weight's second extent times the window.
  @Test func layersBeginAsPyTorchs() throws {
    let layer = Sequential(Conv2D(8, 4, kernelSize: 3), ConvTranspose2D(4, 8, kernelSize: 3))
    let arena = ParameterArena(layer, seed: 5)
    _ = try arena.variable.tensor.evaluated(on: ReferenceBackend())
    for entry in layer.parameters.entries {
      let largest = try interpreted(entry.parameter.tensor).map(abs).max() ?? 0
      let bound = 1 / (8.0 * 9).squareRoot()
      #expect(largest <= bound && largest > 0.5 * bound, "\(entry.path)")
    }
  }

  @Test func shapesThatDoNotFitTrap() async {
    await #expect(processExitsWith: .failure) { _ = Conv2D(3, 4, kernelSize: 3, groups: 2) }
    await #expect(processExitsWith: .failure) { _ = ConvTranspose2D(3, 4, kernelSize: [3]) }
    await #expect(processExitsWith: .failure) { _ = GroupNorm(groups: 3, channels: 4) }
    await #expect(processExitsWith: .failure) { _ = MaxPool2D(size: 3)(Tensor.zeros([1, 2, 2])) }
    await #expect(processExitsWith: .failure) { _ = AveragePool2D(size: 3, padding: 2) }
    await #expect(processExitsWith: .failure) { _ = LayerNorm([4])(Tensor.zeros([4, 3])) }
  }
}
