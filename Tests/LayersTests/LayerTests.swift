import Layers
import TensorTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct LayerTests {
  private func placed(_ layer: some Layer) throws -> ParameterArena {
    let arena = ParameterArena(layer, seed: 3)
    _ = try arena.variable.tensor.evaluated(on: ReferenceBackend())
    return arena
  }

  @Test func linearIsAnAffineMapOfTheLastDimension() throws {
    let layer = Linear(3, 2)
    let arena = try placed(layer)
    try arena.load(["weight": [[1, 2, 3], [4, 5, 6]], "bias": [0.5, -1]])
    #expect(try interpreted(layer([[1, 0, 0], [1, 1, 1]])) == [1.5, 3, 6.5, 14])
    #expect(layer(Tensor.zeros([5, 4, 3])).shape == [5, 4, 2])
    #expect(try interpreted(layer([0, 0, 0])) == [0.5, -1])
  }

  @Test func withoutBiasThereIsNone() throws {
    let layer = Linear(3, 2, hasBias: false)
    #expect(layer.parameters.entries.map(\.path) == ["weight"])
    let arena = try placed(layer)
    try arena.load(["weight": [[1, 2, 3], [4, 5, 6]]])
    #expect(try interpreted(layer([[1, 1, 1]])) == [6, 15])
  }

  @Test func aPerceptronActivatesEveryLayer() throws {
    let network = MLP([2, 2, 1], activation: .relu)
    #expect(
      network.parameters.entries.map(\.path)
        == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"])
    #expect(network.outputs == 1)
    let arena = try placed(network)
    try arena.load([
      "layers.0.weight": [[1, 0], [0, -1]], "layers.0.bias": [0, 0], "layers.1.weight": [[1, 1]],
      "layers.1.bias": [-3],
    ])
    // relu((x, -y)) summed, less 3, and not below 0.
    #expect(try interpreted(network([[5, 7], [5, -7], [1, 1]])) == [2, 9, 0])
  }

  @Test func layersInARowAreNumbered() throws {
    let network = Sequential(Linear(2, 3), Activation.tanh, Linear(3, 1, hasBias: false))
    #expect(network.parameters.entries.map(\.path) == ["0.weight", "0.bias", "2.weight"])
    _ = try placed(network)
    #expect(network(Tensor.zeros([4, 2])).shape == [4, 1])
    let nested = Sequential(network, Linear(1, 1))
    #expect(nested.parameters.entries.last?.path == "1.bias")
  }

  @Test func widthsThatAreNoneTrap() async {
    await #expect(processExitsWith: .failure) { _ = MLP([], activation: .relu) }
    await #expect(processExitsWith: .failure) { _ = MLP([3, 0], activation: .relu) }
  }
}
