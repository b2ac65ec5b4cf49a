import CPURuntime
import Layers
import Models
import Optimizers
import TensorTestSupport
import Tensors
import TestSupport
import Testing

/// Encoders and decoders of pictures by convolutions.
@Suite struct PictureNetworkTests {
  private func vae(_ pictures: PictureShape, _ channels: [Int], blockCount: Int = 0, head: LikelihoodFamily? = nil)
    -> VAE
  {
    VAE(
      encoder: .resnet(
        pictures, channels: channels, blockCount: blockCount, activation: .relu, head: .diagonalNormal(2)),
      decoder: .resnet(
        2, pictures, channels: channels, blockCount: blockCount, activation: .relu,
        head: head ?? .gaussian(pictures.size, standardDeviation: 0.5)))
  }

  private func placed(_ vae: VAE) throws -> ParameterArena {
    let arena = ParameterArena(vae, seed: 7)
    _ = try arena.variable.tensor.evaluated(on: ReferenceBackend())
    return arena
  }

  @Test func pathsAreThoseOfCheckpoints() {
    let plain = vae(PictureShape(channels: 3, height: 8, width: 8), [4, 6])
    #expect(
      plain.parameters.entries.map(\.path).filter { $0.hasSuffix("weight") } == [
        "encoder.layers.0.weight", "encoder.layers.1.weight", "encoder.mean.weight", "encoder.logVariance.weight",
        "decoder.input.weight", "decoder.layers.0.weight", "decoder.mean.weight",
      ])
    #expect(plain.parameters.entries.first?.parameter.shape == [4, 3, 4, 4])
    #expect(plain.parameters.entries.suffix(2).map(\.parameter.shape) == [[4, 3, 4, 4], [3]])
    let residual = vae(PictureShape(height: 4, width: 4), [4], blockCount: 2)
    #expect(residual.parameters.entries.contains { $0.path == "encoder.blocks.0.1.norm2.bias" })
  }

  /// Odd sides are halved to the smaller half, and found again.
  @Test(arguments: [
    (PictureShape(channels: 3, height: 8, width: 8), [2, 3, 4]), (PictureShape(height: 7, width: 9), [2, 3]),
    (PictureShape(channels: 2, height: 2, width: 5), [3]), (PictureShape(height: 13, width: 4), [2, 2]),
  ])
  func picturesOfAnySizeComeBack(pictures: PictureShape, channels: [Int]) throws {
    let vae = vae(pictures, channels)
    _ = try placed(vae)
    let x = numbers(3, pictures.size).cast(to: .float32)
    let y = vae.reconstruct(x)
    #expect(y.shape == [3, pictures.size])
    // Latent values of two draws for each datum.
    #expect(vae.decode(numbers(3, 2, 2).cast(to: .float32)).shape == [3, 2, pictures.size])
    #expect(try interpreted(y).allSatisfy(\.isFinite))
  }

  /// A head with several numbers for each element has them side by side.
  @Test func numbersOfAnElementLieSideBySide() throws {
    let pictures = PictureShape(channels: 2, height: 2, width: 2)
    let vae = vae(pictures, [3], head: .categorical(8, levelCount: 5))
    let arena = try placed(vae)
    // Without weights the logits are the biases, (channel, level), at every place.
    let biases = (0..<10).map { Float($0) }
    try arena.load(
      ["decoder.logits.weight": Tensor.zeros([3, 10, 4, 4]), "decoder.logits.bias": Tensor(biases, shape: [10])],
      partially: true)
    let logits = (0..<40).map { Float($0 / 20 * 5 + $0 % 5) }
    let fixed = Readout { _ in Fixed(values: Tensor(logits, shape: [1, 40])) }
    let head = LikelihoodFamily.categorical(8, levelCount: 5).head(by: fixed)
    let expected = try interpreted(head(Tensor.zeros([1, 1])).mean)
    #expect(try interpreted(vae.decode(Tensor.zeros([1, 2]))) == expected)
  }

  private struct Fixed: Layer {
    let values: Tensor
    func callAsFunction(_ x: Tensor) -> Tensor { values }
    var parameters: ParameterList { [:] }
  }

  /// A residual block begins as the identity, so that the networks begin as those without.
  @Test func residualNetworksBeginAsPlainOnes() throws {
    let pictures = PictureShape(height: 4, width: 4)
    let (plain, residual) = (vae(pictures, [4, 4]), vae(pictures, [4, 4], blockCount: 1))
    let arena = try placed(plain)
    let other = try placed(residual)
    try other.load(Dictionary(uniqueKeysWithValues: arena.values().map { ($0.path, $0.value) }), partially: true)
    let x = numbers(2, 16).cast(to: .float32)
    #expect(try interpreted(residual.reconstruct(x)) == interpreted(plain.reconstruct(x)))
  }

  @Test(arguments: [0, 1])
  func theyLearn(blockCount: Int) throws {
    let pictures = PictureShape(height: 8, width: 8)
    let vae = vae(pictures, [4, 8], blockCount: blockCount, head: .bernoulli(64))
    let minimizer = Minimizer(Adam(learningRate: 0.01), of: ParameterArena(vae, seed: 0))
    // Squares of 4 x 4 at one of 25 places.
    var data = [UInt8](repeating: 0, count: 25 * 64)
    for place in 0..<25 {
      for pixel in 0..<16 {
        let (row, column) = (place / 5 + pixel / 4, place % 5 + pixel % 4)
        data[place * 64 + row * 8 + column] = 1
      }
    }
    let source = BatchSource([Tensor(bytes: data, shape: [25, 64], type: .uint8)])
    let step = try Step(on: try CPUBackend(threads: 2), over: source, batchSize: 25, seed: 0, metrics: ["loss"]) {
      [minimizer.minimize(vae.elbo($0.fields[0].cast(to: .float32), noise: $0.noise).loss).loss]
    }
    let losses = try step.run(times: 300).map { Double($0.values[0]) }
    #expect(losses[0] > 40)
    #expect(losses.suffix(20).reduce(0, +) / 20 < 12)
  }

  @Test func picturesThatAreTooSmallTrap() async {
    #expect(PictureShape(height: 9, width: 31).halvings == 3)
    await #expect(processExitsWith: .failure) {
      _ = PictureEncoder(PictureShape(height: 3, width: 8), channels: [2, 2], activation: .relu)
    }
    await #expect(processExitsWith: .failure) {
      _ = Decoder.conv(
        2, PictureShape(height: 4, width: 4), channels: [2], activation: .relu, head: .bernoulli(15))
    }
  }
}
