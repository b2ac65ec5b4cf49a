import Elbo
import Foundation
import Plans
import Testing

@testable import Harness

@Suite("Workloads")
struct WorkloadTests {
  /// The file of what plans are held to.
  private static let thresholds = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Benchmarks/Thresholds/plans.txt").standardized

  @Test("launches, kernels, memory and work of a step are those that are pinned")
  func plans() throws {
    let figures = try Workload.all.map { (name: $0.name, batch: $0.batchSize, figures: try $0.figures()) }
    let pinned = try String(contentsOf: Self.thresholds, encoding: .utf8).split(separator: "\n").map(String.init)
    let names = Workload.all.map(\.name).joined(separator: ",")
    #expect(
      PlanFigures.lines(figures) == pinned,
      "if the change is for the better: elbo bench --plans --workloads \(names) > Benchmarks/Thresholds/plans.txt")
  }

  @Test("a device's limits do not change what is computed")
  func limits() throws {
    let whole = try Workload.mlp.figures(batchSize: 16)
    let cut = try Workload.mlp.figures(batchSize: 16, limits: PlanLimits(largestSegmentByteCount: 4 << 20))
    #expect(cut.productOperations == whole.productOperations)
    let summing = PlanLimits(summedProducts: .init(leastRows: 1, mostColumns: 1000))
    let summed = try Workload.mlp.figures(batchSize: 16, limits: summing)
    #expect(summed.productOperations == whole.productOperations)
    // Two floating-point operations for each of a weight's uses: forward, for the weight, and for the layer below.
    let forward = 784 * 400 + 400 * 40 + 20 * 400 + 400 * 784
    #expect(whole.productOperations == 2 * 16 * (3 * forward - 784 * 400))
  }

  @Test("the steps are those of training: the same losses from the same seed")
  func likeTraining() throws {
    let backend = try Device(.cpu).backend
    let (count, size, batch) = (96, 64, 16)
    let pixels = SyntheticPixels.tensor(count: count, size: size)
    let prepared = try PreparedWorkload(.small, on: backend, batchSize: batch, data: pixels, seed: 7)
    let losses = try prepared.run(2 * count / batch)

    let data = DataSet(name: "made up", images: DataArray(try pixels.values(as: UInt8.self), shape: [count, 8, 8]))
    let trainer = try Trainer(Workload.small.model(), optimizer: Adam(), on: backend, seed: 7)
    let epochs = try trainer.fit(data, batchSize: batch, epochs: 2)
    for (number, epoch) in epochs.enumerated() {
      let own = losses[number * count / batch..<(number + 1) * count / batch]
      let mean = own.reduce(0) { $0 + Double($1) } / Double(own.count)
      #expect(abs(mean + epoch.elbo) < 1e-6 * abs(epoch.elbo), "epoch \(number + 1): \(mean) and \(epoch.elbo)")
    }
    #expect(epochs.count == 2)
  }

  @Test("the importance-weighted bound is the logarithm of the mean weight", arguments: [1, 3])
  func importanceWeights(samples: Int) throws {
    let backend = try Device(.cpu).backend
    let model = Workload.small.model()
    let workload = Workload(
      name: "", summary: "", batchSize: 5, objective: .importanceWeighted(samples: samples), checkedStepCount: 1,
      dataSize: 64, optimizer: Adam()
    ) { model }
    _ = ParameterArena(model, seed: 3)
    let x = SyntheticPixels.tensor(count: 5, size: 64).cast(to: .float32) / 255
    func key() -> RandomKey { RandomKey(seed: 1, domain: .training) }

    // log p(x|z) + log p(z) - log q(z|x) of each sample by itself; then the mean in Double.
    let posterior = model.encoder(x)
    let z = posterior.repeated(samples).draw(key())
    let weights = try (0..<samples).map { sample -> [Double] in
      let drawn = z.value.sliced(sample..<sample + 1, axis: 1).squeezed(axis: 1)
      let logWeight =
        model.likelihood(given: drawn).logProbability(of: x) + model.prior.logProbability(of: drawn)
        - posterior.logProbability(of: drawn)
      return try logWeight.scalars(on: backend)
    }
    let bounds = (0..<5).map { datum in
      let own = weights.map { $0[datum] }
      let largest = own.max() ?? 0
      return largest + log(own.reduce(0) { $0 + exp($1 - largest) } / Double(samples))
    }
    let expected = -bounds.reduce(0, +) / 5
    let found = try workload.loss(model, x, noise: key()).scalar(on: backend)
    #expect(abs(found - expected) < 1e-5 * abs(expected))
  }

  @Test("a process knows when it did its first step, and its memory")
  func firstStep() throws {
    let first = try FirstStep(.small, on: Device(.cpu).backend, batchSize: nil)
    #expect(first.at <= Clock.now() && first.residentBytes > 1 << 20)
    #expect(first.secondsSinceStart > 0 && first.secondsSinceStart <= Clock.now())
  }

  @Test("pixels are all bytes alike, and the same every time")
  func pixels() throws {
    let bytes = try SyntheticPixels.tensor(count: 1001, size: 101).values(as: UInt8.self)
    #expect(try bytes == SyntheticPixels.tensor(count: 1001, size: 101).values(as: UInt8.self))
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    let expected = Double(bytes.count) / 256
    // The statistic has 255 degrees of freedom: mean 255, standard deviation 22.6.
    let chiSquared = counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect((180...345).contains(chiSquared))
    #expect(SyntheticPixels.count(size: 784, batchSize: 128) == 468 * 128)
    #expect(SyntheticPixels.count(size: 12288, batchSize: 4096) == 2 * 4096)
  }
}
