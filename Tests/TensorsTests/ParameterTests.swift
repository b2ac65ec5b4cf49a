import Graphs
import TensorTestSupport
import TestSupport
import Testing

@testable import Tensors

@Suite struct ParameterTests {
  private let device = ReferenceBackend()

  private struct Pair: Parameterized {
    let weight = Parameter(
      [2, 3],
      initializer: Initializer("iota") { _, type, _ in
        Tensor.iota([6], type: type).reshaped(2, 3)
      })
    let bias: Parameter?
    var parameters: ParameterList { ["weight": weight, "bias": bias] }

    init(hasBias: Bool = true) {
      bias = hasBias ? Parameter([3], initializer: Initializer("draws") { $2.uniform($0, type: $1) }) : nil
    }
  }

  private struct Model: Parameterized {
    let layers = [Pair(), Pair(hasBias: false)]
    let scale = Parameter([], initializer: Initializer("seven") { .full(7, $0, type: $1) + $2.uniform($0) * 0 })
    var parameters: ParameterList { ["layers": ParameterList(numbering: layers), "scale": scale] }
  }

  @Test func pathsAreNamesFromTheOutsideIn() {
    let arena = ParameterArena(Model(), seed: 0)
    #expect(arena.parameters.map(\.path) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "scale"])
    #expect(arena.parameters.map(\.range) == [0..<6, 6..<9, 9..<15, 15..<16])
    #expect(arena.count == 16)
    #expect(arena.entry(at: "layers.1.weight")?.shape == [2, 3])
    #expect(arena.entry(at: "layers.1.bias") == nil)
  }

  @Test func aParameterIsAViewOfTheArena() throws {
    let model = Model()
    let arena = ParameterArena(model, seed: 0)
    #expect(try model.layers[1].weight.tensor.scalars(on: device) == [0, 1, 2, 3, 4, 5])
    try arena.variable.write(Tensor((0..<16).map { Float($0) }))
    #expect(try model.layers[1].weight.tensor.scalars(on: device) == [9, 10, 11, 12, 13, 14])
    #expect(try model.scale.tensor.scalar(on: device) == 15)
    #expect(model.scale.tensor.shape == [])
  }

  @Test func withinATraceItIsOneNode() throws {
    let model = Model()
    _ = ParameterArena(model, seed: 0)
    let trace = Trace()
    let nodes = Trace.$current.withValue(trace) {
      trace.nodes(of: (0..<2).map { _ in model.layers[0].weight.tensor })
    }
    #expect(nodes[0] == nodes[1])
    #expect(trace.graph[nodes[0]].op == .reshape([2, 3]))
  }

  @Test func drawsDependOnTheSeedAlone() throws {
    func bias(seed: UInt64) throws -> Tensor {
      let arena = ParameterArena(Model(), seed: seed)
      _ = try arena.variable.tensor.evaluated(on: device)
      return try #require(try arena.value(of: "layers.0.bias"))
    }
    #expect(try bias(seed: 1).scalars() == bias(seed: 1).scalars())
    #expect(try bias(seed: 1).scalars() != bias(seed: 2).scalars())
  }

  @Test func anArenaThatIsMadeWithinAStepDoesNotBelongToIt() throws {
    let recorder = StepRecorder()
    let arena = recorder.capture { ParameterArena(Model(), seed: 0) }
    #expect(recorder.trace.graph.nodes.isEmpty)
    #expect(try arena.variable.tensor.evaluated(on: device).scalars()[15] == 7)
  }

  @Test func theGradientHasTheArenasOrder() throws {
    let model = Model()
    let arena = ParameterArena(model, seed: 0)
    let x: Tensor = [1, 10]
    let loss = (x.matmul(model.layers[0].weight.tensor) * [1, 2, 3]).sum() * model.scale.tensor
    let gradient = arena.gradient(of: loss)
    #expect(gradient.shape == [16])
    // x (0 1 2; 3 4 5) = (30, 41, 52), whose weighted sum is 268.
    let expected: [Double] = [7, 14, 21, 70, 140, 210, 0, 0, 0, 0, 0, 0, 0, 0, 0, 268]
    #expect(try gradient.scalars(on: device) == expected)
  }

  @Test func sharedParametersArePlacedOnce() throws {
    let pair = Pair()
    let arena = ParameterArena(["encoder": pair, "decoder": pair] as ParameterList, seed: 0)
    #expect(arena.parameters.map(\.path) == ["encoder.weight", "encoder.bias"])
    #expect(arena.count == 9)
  }

  @Test func mistakesTrap() async {
    await #expect(processExitsWith: .failure) { _ = Model().scale.tensor }
    await #expect(processExitsWith: .failure) {
      let model = Model()
      _ = (ParameterArena(model, seed: 0), ParameterArena(model, seed: 0))
    }
    await #expect(processExitsWith: .failure) { _ = ParameterArena([:] as ParameterList, seed: 0) }
    await #expect(processExitsWith: .failure) {
      _ = ParameterArena(["a": Pair(), "a": Pair()] as ParameterList, seed: 0)
    }
    await #expect(processExitsWith: .failure) {
      let other = Parameter(
        [2], type: .float64, initializer: Initializer("0") { shape, type, _ in .zeros(shape, type: type) })
      _ = ParameterArena(["a": Pair(), "b": other] as ParameterList, seed: 0)
    }
    await #expect(processExitsWith: .failure) {
      let model = Model()
      _ = ParameterArena(model, seed: 0).gradient(of: model.layers[0].weight.tensor)
    }
  }
}

@Suite struct ParameterValueTests {
  private func arena() -> ParameterArena {
    let zeros = Initializer("zeros") { shape, type, _ in .zeros(shape, type: type) }
    let (a, b) = (Parameter([2], initializer: zeros), Parameter([2, 1], initializer: zeros))
    return ParameterArena(["a": a, "b": b] as ParameterList, seed: 0)
  }

  @Test func whatIsLoadedIsReadBack() throws {
    let arena = arena()
    #expect(throws: TensorError.notEvaluated([4], .float32)) { try arena.value(of: "a") }
    try arena.load(["b": [[3], [4]], "a": [1, 2]])
    #expect(try arena.variable.value().scalars() == [1, 2, 3, 4])
    #expect(try arena.value(of: "b")?.shape == [2, 1])
    #expect(try arena.value(of: "b")?.scalars() == [3, 4])
    #expect(try arena.value(of: "c") == nil)
    #expect(try arena.values().map(\.path) == ["a", "b"])
    try arena.load(["b": [[5], [6]]], partially: true)
    #expect(try arena.variable.value().scalars() == [1, 2, 5, 6])
  }

  @Test func valuesOfAnotherModelAreRefused() throws {
    let arena = arena()
    try arena.variable.write([1, 2, 3, 4])
    #expect(throws: ParameterError.missing(["b"])) { try arena.load(["a": [1, 2]]) }
    #expect(throws: ParameterError.unexpected(["c", "d"])) {
      try arena.load(["a": [1, 2], "b": [[3], [4]], "d": [0], "c": [0]])
    }
    #expect(throws: ParameterError.mismatch(path: "b", expected: "float32 (2, 1)", found: "float32 (2,)")) {
      try arena.load(["a": [9, 9], "b": [3, 4]])
    }
    #expect(try arena.variable.value().scalars() == [1, 2, 3, 4])
  }
}
