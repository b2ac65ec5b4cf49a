import Elbo
import Foundation
import Testing

@Suite("The library, as its users meet it")
struct LibraryTests {
  /// A folder with MNIST's four files, made small.
  private func folder() throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "elbo-library-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, count) in [("train", 300), ("t10k", 50)] {
      let sprites = Sprites.draw(count: count, split: name == "train" ? .train : .test)
      var pixels: [UInt8] = []
      for start in stride(from: 0, to: count * 1024, by: 32) where start % 1024 < 28 * 32 {
        pixels += sprites.images.bytes[start..<start + 28]
      }
      try IDX.write(DataArray(pixels, shape: [count, 28, 28]), to: "\(path)/\(name)-images-idx3-ubyte.gz")
      let labels = (sprites.labels ?? []).map { UInt8($0) }
      try IDX.write(DataArray(labels), to: "\(path)/\(name)-labels-idx1-ubyte.gz")
    }
    return path
  }

  @Test("the README's lines train a model")
  func sketch() throws {
    let path = try folder()
    defer { try? FileManager.default.removeItem(atPath: path) }

    let mnist = try MNIST(in: path)
    let vae = VAE(
      encoder: .mlp(784, 400, activation: .relu, head: .diagonalNormal(20)),
      decoder: .mlp(20, 400, activation: .relu, head: .bernoulli(784)))
    let trainer = try Trainer(vae, optimizer: Adam(learningRate: 1e-3), on: .cpu, seed: 0)
    let metrics = try trainer.fit(mnist.train, batchSize: 128, epochs: 2, validating: mnist.test)
    #expect(metrics.count == 4)
    #expect(metrics[3].elbo > metrics[1].elbo)

    let evaluation = try vae.evaluation(on: mnist.test, device: .cpu)
    #expect(abs(evaluation.elbo - metrics[3].elbo) < 1e-5 * abs(evaluation.elbo))
    // A device is the same whenever it is asked for: training goes on where the parameters are.
    #expect(throws: Never.self) { try trainer.fit(mnist.train, batchSize: 128, epochs: 1) }
  }

  @Test("a model of one's own is its mathematics")
  func ownModel() throws {
    struct Line: Parameterized {
      let slope = Parameter([1], initializer: .zeros)
      var parameters: ParameterList { ["slope": slope] }
    }
    let line = Line()
    let minimizer = Minimizer(SGD(learningRate: 0.1), of: ParameterArena(line, seed: 0))
    let device = try Device.cpu
    let x = Tensor([1, 2, 3, 4] as [Float], shape: [4, 1])
    let step = try Step(
      on: device.backend, over: BatchSource([x, x * 3].map { try $0.evaluated(on: device.backend) }), batchSize: 4,
      seed: 0, metrics: ["loss"]
    ) { batch in
      let loss = (batch.fields[0] * line.slope.tensor - batch.fields[1]).squared().mean()
      _ = minimizer.minimize(loss)
      return [loss]
    }
    let records = try step.run(times: 50)
    #expect(records[0].values[0] == 67.5)
    #expect(records[49].values[0] < 1e-6)
  }
}

@Suite("Devices")
struct DeviceTests {
  @Test("names", arguments: ["auto", "cpu", "opencl", "opencl:0", "opencl:12"])
  func names(text: String) { #expect(DeviceName(text)?.description == text) }

  @Test("what is no name", arguments: ["", "gpu", "opencl:", "opencl:-1", "opencl:x", "opencl:0 ", "CPU", "cuda:0"])
  func noNames(text: String) { #expect(DeviceName(text) == nil) }

  @Test("a device that is not there is a failure of its own kind")
  func absent() {
    let error = #expect(throws: RuntimeError.self) { try Device(.openCL(99)) }
    #expect(error.map { "\($0)" }?.contains("opencl:99") == true || Devices.missing().contains { $0.name == "opencl" })
  }

  @Test("the list begins with the CPU, and its names open what they name")
  func list() throws {
    let devices = Devices.available()
    #expect(devices.first?.id == "cpu")
    for description in devices {
      let device = try Device(#require(DeviceName(description.id)))
      #expect(device.description.id == description.id)
    }
  }

  @Test("auto is a GPU, or else the CPU with a word about it")
  func auto() throws {
    let device = try Device.best
    #expect(device.description.kind == .gpu || (device.description.id == "cpu" && device.notice != nil))
  }
}
