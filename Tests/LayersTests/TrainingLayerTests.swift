import Layers
import TensorTestSupport
import Tensors
import TestSupport
import Testing

/// Layers that do something else in training, against references written out in Double.
@Suite struct TrainingLayerTests {
  private let key = { RandomKey(seed: 5, domain: .training) }

  /// Sixteenths, which every type holds exactly.
  private static func pattern(_ count: Int, _ start: Int) -> [Double] {
    (0..<count).map { Double(($0 * 37 + start * 11) % 64 - 32) / 16 }
  }

  private static func tensor(_ values: [Double], _ shape: Shape) -> Tensor {
    Tensor(values.map(Float.init), shape: shape)
  }

  // MARK: Dropout

  @Test func dropoutLeavesEvaluationAlone() throws {
    let x = Self.tensor(Self.pattern(12, 1), [3, 4])
    #expect(try interpreted(Dropout(0.5)(x)) == Self.pattern(12, 1))
    #expect(try interpreted(Pass.training(key()) { Dropout(0)(x) }) == Self.pattern(12, 1))
  }

  /// Each kept element is x / (1 - p), and its gradient the output's over 1 - p; of the others both are 0.
  @Test func dropoutScalesWhatItKeepsAndItsGradient() throws {
    let values = Self.pattern(40, 3).map { $0 == 0 ? 1 : $0 }
    let (x, seed) = (Self.tensor(values, [5, 8]), Self.tensor(Self.pattern(40, 7), [5, 8]))
    let (y, slopes) = Pass.training(key()) {
      let y = Dropout(0.25)(x)
      return (y, gradient(of: (y * seed).sum(), withRespectTo: x))
    }
    let found = try interpreted([y, slopes])
    let kept = found[0].map { $0 != 0 }
    #expect(kept.contains(true) && kept.contains(false))
    for (place, isKept) in kept.enumerated() {
      let factor = isKept ? 1 / 0.75 : 0
      #expect(abs(found[0][place] - values[place] * factor) < 1e-6)
      #expect(abs(found[1][place] - Self.pattern(40, 7)[place] * factor) < 1e-6)
    }
  }

  /// The share of what is kept, and the mean of ones, lie within four standard errors in each of three steps, and the
  /// masks of the steps differ.
  @Test(arguments: [0.1, 0.5, 0.8]) func dropoutKeepsItsShareAndTheMean(probability: Double) throws {
    let layer = Dropout(probability)
    let source = BatchSource([Tensor([Float](repeating: 1, count: 2000), shape: [50, 40])])
    let mask = Variable(.zeros([50, 40]))
    let step = try Step(on: ReferenceBackend(), over: source, batchSize: 50, seed: 2, metrics: ["mean"]) { batch in
      Pass.training(batch.noise) {
        let y = layer(batch.fields[0])
        mask.assign(y)
        return [y.mean()]
      }
    }
    let count = 2000.0
    var masks: [[Double]] = []
    for _ in 0..<3 {
      let mean = Double(try step.run(times: 1)[0].values[0])
      masks.append(try mask.value().scalars())
      let share = Double(masks[masks.count - 1].count { $0 > 0 }) / count
      let error = (probability * (1 - probability) / count).squareRoot()
      #expect(abs(share - (1 - probability)) < 4 * error, "\(share)")
      #expect(abs(mean - 1) < 4 * error / (1 - probability), "\(mean)")
    }
    #expect(Set(masks).count == 3)
  }

  /// By datum, whatever the batch, and by nothing that the noise draws besides.
  @Test func draws() throws {
    let x = Tensor.ones([4, 30])
    func mask(_ layer: Dropout, rows: [Int32]) throws -> [Double] {
      let key = RandomKey(seed: 5, domain: .training, rows: Tensor(rows))
      return try interpreted(Pass.training(key) { layer(x.sliced(0..<rows.count)) })
    }
    let (one, other) = (Dropout(0.5), Dropout(0.5))
    let whole = try mask(one, rows: [3, 1, 0, 2])
    #expect(try mask(other, rows: [3, 1, 0, 2]) == whole)
    #expect(try mask(one, rows: [0, 2]) == Array(whole[60...]))
    #expect(Set([whole[..<30], whole[30..<60], whole[60..<90], whole[90...]].map(Array.init)).count == 4)

    // In one pass a layer gives the same of the same, and draws anew for what differs.
    let noise = key()
    let found = try interpreted(
      Pass.training(noise) { [one(x), one(x), one(x * 2), other(x), noise.normal([8])] })
    #expect(found[0] == found[1])
    #expect(found[0] != found[2].map { $0 / 2 } && found[0] != found[3])
    #expect(try found[4] == interpreted(key().normal([8])))
  }

  // MARK: Batch normalization

  /// What a batch (places of one channel, channels) becomes, written out.
  private struct Reference {
    var x, weight, bias, seed: [Double]
    let channels: Int
    /// The channel of an element.
    let channel: (Int) -> Int
    let epsilon = 0x1p-10
    /// Nil in training.
    var running: (mean: [Double], variance: [Double])?

    func places(_ c: Int) -> [Double] { x.indices.filter { channel($0) == c }.map { x[$0] } }
    func mean(_ c: Int) -> Double { places(c).reduce(0, +) / Double(places(c).count) }
    func variance(_ c: Int, correction: Double = 0) -> Double {
      places(c).reduce(0) { $0 + ($1 - mean(c)) * ($1 - mean(c)) } / (Double(places(c).count) - correction)
    }

    var output: [Double] {
      let means = running?.mean ?? (0..<channels).map(mean)
      let variances = running?.variance ?? (0..<channels).map { variance($0) }
      return x.indices.map { i in
        let c = channel(i)
        return (x[i] - means[c]) / (variances[c] + epsilon).squareRoot() * weight[c] + bias[c]
      }
    }

    var loss: Double { zip(output, seed).reduce(0) { $0 + $1.0 * $1.1 } }

    /// By central differences.
    func slopes(_ property: WritableKeyPath<Reference, [Double]>) -> [Double] {
      self[keyPath: property].indices.map { i in
        var (above, below) = (self, self)
        above[keyPath: property][i] += 0x1p-16
        below[keyPath: property][i] -= 0x1p-16
        return (above.loss - below.loss) * 0x1p15
      }
    }
  }

  private static func placed(_ layer: BatchNorm) throws -> ParameterArena {
    let arena = ParameterArena(layer, seed: 0)
    _ = try arena.variable.tensor.evaluated(on: ReferenceBackend())
    let count = layer.weight.count
    try arena.load(["weight": tensor(pattern(count, 2), [count]), "bias": tensor(pattern(count, 3), [count])])
    try layer.runningMean.write(tensor(pattern(count, 4), [count]))
    try layer.runningVariance.write(tensor(pattern(count, 5).map { abs($0) + 0.5 }, [count]))
    return arena
  }

  @Test(
    arguments: [
      ([6, 3], -1, false), ([6, 3], -1, true), ([2, 4, 3], -1, true), ([3, 2, 2, 3], -3, false),
      ([3, 2, 2, 3], -3, true), ([2, 2, 3, 2, 2], -3, true),
    ])
  func batchNormalization(extents: [Int], axis: Int, isTraining: Bool) throws {
    let shape = Shape(extents)
    let channels = shape[shape.rank + axis]
    let layer = BatchNorm(channels, axis: axis, epsilon: 0x1p-10)
    _ = try Self.placed(layer)
    let inner = shape.dimensions.suffix(-axis - 1).reduce(1, *)
    var reference = Reference(
      x: Self.pattern(shape.elementCount, 1), weight: Self.pattern(channels, 2), bias: Self.pattern(channels, 3),
      seed: Self.pattern(shape.elementCount, 7), channels: channels, channel: { $0 / inner % channels })
    if !isTraining {
      reference.running = (Self.pattern(channels, 4), Self.pattern(channels, 5).map { abs($0) + 0.5 })
    }

    let x = Self.tensor(reference.x, shape)
    func figures() -> [Tensor] {
      let y = layer(x)
      let loss = (y * Self.tensor(reference.seed, shape)).sum()
      return [y] + gradients(of: loss, withRespectTo: [x, layer.weight.tensor, layer.bias.tensor])
    }
    let found = try interpreted(isTraining ? Pass.training(key(), figures) : figures())
    #expect(agree(found[0], reference.output, ulps: 256).isClose)
    for (slopes, property) in zip(found.dropFirst(), [\Reference.x, \.weight, \.bias]) {
      for (a, b) in zip(slopes, reference.slopes(property)) { #expect(abs(a - b) < 1e-7 * max(1, abs(b)), "\(a) \(b)") }
    }
  }

  /// Five data in batches of two: the last batch has one, which has no variance and leaves the statistics alone.
  @Test func runningStatisticsFollowTheBatches() throws {
    let layer = BatchNorm(3)
    _ = try Self.placed(layer)
    let data = Self.pattern(15, 6)
    let source = BatchSource([Self.tensor(data, [5, 3])], order: .sequential)
    let output = Variable(.zeros([1, 3]))
    let step = try Step(on: ReferenceBackend(), over: source, batchSize: 2, seed: 0, metrics: []) { batch in
      Pass.training(batch.noise) {
        // Twice of the same is one application.
        let y = layer(batch.fields[0]) + layer(batch.fields[0])
        output.assign(y.mean(axis: 0, keepingDimensions: true) / 2)
        return []
      }
    }
    var (mean, variance) = (Self.pattern(3, 4), Self.pattern(3, 5).map { abs($0) + 0.5 })
    for run in 0..<2 {
      _ = try step.run(times: 1)
      for c in 0..<3 {
        let (a, b) = (data[run * 6 + c], data[run * 6 + 3 + c])
        mean[c] = 0.9 * mean[c] + 0.1 * (a + b) / 2
        variance[c] = 0.9 * variance[c] + 0.1 * (a - b) * (a - b) / 2
      }
      for (a, b) in zip(try layer.runningMean.value().scalars(), mean) { #expect(abs(a - b) < 2e-6) }
      for (a, b) in zip(try layer.runningVariance.value().scalars(), variance) { #expect(abs(a - b) < 2e-6) }
    }
    let before = try layer.runningVariance.value().scalars()
    _ = try step.run(times: 1)
    #expect(try layer.runningVariance.value().scalars() == before)
    for (c, y) in try output.value().scalars().enumerated() {
      let x = (data[12 + c] - mean[c]) / (variance[c] + 1e-5).squareRoot()
      #expect(abs(y - (x * Self.pattern(3, 2)[c] + Self.pattern(3, 3)[c])) < 1e-5)
    }
  }

  /// Two applications in one step count one after the other, as they do in PyTorch.
  @Test func twoApplicationsInOneStepAreFollowedInTurn() throws {
    let layer = BatchNorm(1, momentum: 0.5)
    _ = try Self.placed(layer)
    try layer.runningMean.write(Self.tensor([1], [1]))
    let step = try Step(
      on: ReferenceBackend(), over: BatchSource([Self.tensor([1, 3], [2, 1])]), batchSize: 2, seed: 0, metrics: ["y"]
    ) { batch in
      Pass.training(batch.noise) { [(layer(batch.fields[0]) + layer(batch.fields[0] * 4)).sum()] }
    }
    _ = try step.run(times: 1)
    // 1 by 2 becomes 1.5, and that by 8 becomes 4.75.
    #expect(try layer.runningMean.value().scalars() == [4.75])
  }

  @Test func statisticsAreKeptAndNotLearned() throws {
    let network = Sequential(Linear(2, 3), BatchNorm(3))
    #expect(network.parameters.entries.map(\.path) == ["0.weight", "0.bias", "1.weight", "1.bias"])
    #expect(network.parameters.state.map(\.path) == ["1.running_mean", "1.running_var"])
    let entries = MLP([2, 3], activation: .relu, normalization: .batch).parameters.entries
    #expect(entries.map(\.path) == ["layers.0.weight", "norms.0.weight", "norms.0.bias"])
    #expect(
      MLP([2, 3], activation: .relu, normalization: .batch).parameters.state.map(\.path) == [
        "norms.0.running_mean", "norms.0.running_var",
      ])
    let joined: ParameterList = ["a": network, "b": Linear(1, 1)]
    #expect(
      (joined + network.parameters).state.map(\.path).suffix(3) == [
        "a.1.running_var", "1.running_mean", "1.running_var",
      ])
  }

  // MARK: Embedding

  @Test func embeddingsAreRowsAndTheirGradientsAddUp() throws {
    let layer = Embedding(4, 3)
    let arena = ParameterArena(layer, seed: 1)
    _ = try arena.variable.tensor.evaluated(on: ReferenceBackend())
    let table = Self.pattern(12, 2)
    try arena.load(["weight": Self.tensor(table, [4, 3])])
    // Numbers outside are taken for the nearest one, and have no gradient.
    let (numbers, rows) = ([2, 0, 2, -5, 9, 2] as [Int32], [2, 0, 2, 0, 3, 2])
    let seed = Self.pattern(18, 7)
    let y = layer(Tensor(numbers, shape: [2, 3]))
    #expect(y.shape == [2, 3, 3])
    let slopes = gradient(
      of: (y * Self.tensor(seed, [2, 3, 3])).sum(), withRespectTo: layer.weight.tensor)
    var sums = [Double](repeating: 0, count: 12)
    for (place, row) in rows.enumerated() where Int(numbers[place]) == row {
      for k in 0..<3 { sums[row * 3 + k] += seed[place * 3 + k] }
    }
    let found = try interpreted([y, slopes])
    #expect(found[0] == rows.flatMap { table[$0 * 3..<$0 * 3 + 3] })
    #expect(found[1] == sums)
  }

  @Test func whatCannotBeTraps() async {
    await #expect(processExitsWith: .failure) { _ = Dropout(1) }
    await #expect(processExitsWith: .failure) { _ = BatchNorm(3)(Tensor.zeros([3, 4])) }
    await #expect(processExitsWith: .failure) { _ = MLP([3, 4], activation: .relu, normalization: .group) }
    await #expect(processExitsWith: .failure) { _ = Embedding(3, 0) }
    await #expect(processExitsWith: .failure) {
      let key = RandomKey(seed: 0)
      Pass.training(key) { Pass.training(key) {} }
    }
    await #expect(processExitsWith: .failure) {
      StepRecorder().capture { for _ in 0..<2 { Pass.training(RandomKey(seed: 0)) {} } }
    }
  }
}
