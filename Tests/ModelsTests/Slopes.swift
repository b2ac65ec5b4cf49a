import Graphs
import TensorTestSupport
import Tensors
import TestSupport
import Testing

/// Holds the gradient of a loss with respect to every parameter against central differences in Double.
func expectSlopes(
  of loss: Tensor, in arena: ParameterArena, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let gradient = try interpreted(arena.gradient(of: loss))
  #expect(gradient.count == arena.count)

  // Moved by a tensor that stands beside the arena, whose float32 could not hold a small step.
  let trace = Trace()
  let nodes = trace.nodes(of: [arena.variable.tensor, loss])
  let graph = trace.graph
  var interpreter = ReferenceInterpreter()
  var place: SourceID?
  for node in graph.nodes {
    guard case .source(let id) = node.op, let storage = trace.storage(of: id) else { continue }
    interpreter.sources[id] = try Tensor(storage, shape: node.shape, type: node.type).scalars()
    if id == arena.variable.storage.id { place = id }
  }
  let id = try #require(place)
  for (i, slope) in gradient.enumerated() {
    func value(_ step: Double) -> Double {
      var moved = interpreter
      moved.sources[id]![i] += step
      return moved.evaluate([nodes[1]], of: graph)[0].values[0]
    }
    let h = 1e-4
    let difference = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
    // Constants of a float32 graph are rounded to float32, in the gradient other ones than in the function.
    #expect(
      abs(slope - difference) < 0x1p-24 * max(1, abs(difference)), "element \(i)", sourceLocation: sourceLocation)
  }
}
