import Elbo
import Foundation
import Testing

/// MNIST where `ELBO_DATA` holds it.
private let mnist: MNIST? = {
  guard let root = ProcessInfo.processInfo.environment["ELBO_DATA"] else { return nil }
  return (try? MNIST(in: root)) ?? (try? MNIST(in: root + "/mnist"))
}()

private let devices = Devices.available().map(\.id)

/// What training comes to, on every device that there is.
@Suite("The figures of training")
struct TrainingFigureTests {
  /// The model of pytorch/examples for pictures of some size.
  private static func model(_ size: Int) -> VAE {
    VAE(
      encoder: .mlp(size, 400, activation: .relu, head: .diagonalNormal(20)),
      decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(size)))
  }

  private func device(_ id: String) throws -> Device { try Device(#require(DeviceName(id))) }

  @Test("two epochs of sprites end at the same bound everywhere", arguments: devices)
  func sprites(id: String) throws {
    let trainer = try Trainer(Self.model(1024), on: device(id), seed: 0)
    let metrics = try trainer.fit(
      Sprites.draw(count: 2560), epochs: 2, validating: Sprites.draw(count: 500, split: .test))
    // Found on the CPU by this program; rounding of other devices moves it by less than a hundredth.
    #expect(abs(metrics[3].elbo - -204.846) < 0.02, "\(metrics[3].elbo)")
  }

  @Test("the losses of the first hundred steps agree across devices to a ten-thousandth")
  func devicesAgree() throws {
    let data = Sprites.draw(count: 1000)
    let losses = try devices.map { id in
      let loop = try TrainingLoop(Trainer(Self.model(1024), on: device(id), seed: 3), on: data, batchSize: 64)
      return try (1...100).map { step in
        _ = try loop.advance(to: step)
        return loop.finishLine().elbo
      }
    }
    for other in losses.dropFirst() {
      for (a, b) in zip(losses[0], other) { #expect(abs(a - b) <= 1e-4 * abs(a)) }
    }
  }

  @Test("batch normalization and dropout are the same across devices, in training and in evaluation")
  func hiddenLayers() throws {
    let (data, test) = (Sprites.draw(count: 48), Sprites.draw(count: 20, split: .test))
    let pictures = PictureShape(height: 32, width: 32)
    let lines = try devices.map { id in
      let model = VAE(
        encoder: .conv(
          pictures, channels: [4, 8], activation: .relu, head: .diagonalNormal(3), normalization: .batch, dropout: 0.2),
        decoder: .conv(
          3, pictures, channels: [4, 8], activation: .relu, head: .bernoulli(1024), normalization: .batch, dropout: 0.2)
      )
      let trainer = try Trainer(model, on: device(id), seed: 3)
      return try trainer.fit(data, batchSize: 16, epochs: 3, validating: test)
    }
    #expect(lines[0][5].elbo > lines[0][1].elbo)
    for other in lines.dropFirst() {
      for (a, b) in zip(lines[0], other) { #expect(abs(a.elbo - b.elbo) <= 1e-4 * abs(a.elbo)) }
    }
  }

  @Test(
    "one epoch of MNIST by the recipe of pytorch/examples", .enabled(if: mnist != nil, "ELBO_DATA does not hold MNIST"),
    arguments: devices)
  func handwriting(id: String) throws {
    let mnist = try #require(mnist)
    let trainer = try Trainer(Self.model(784), optimizer: Adam(learningRate: 1e-3), on: device(id), seed: 0)
    let metrics = try trainer.fit(mnist.train, batchSize: 128, epochs: 1, validating: mnist.test)
    // PyTorch: 128.2, over seeds.
    #expect(abs(metrics[1].elbo - -128.2) < 0.7, "\(metrics[1].elbo)")
  }
}
