import Graphs

/// The gradients of a tensor with respect to others, in their shapes: ∂/∂v Σ output · seed.
///
/// The seed is 1 everywhere where none is given, so an output of several elements counts as their sum. A variable may be
/// any tensor, memory or computed; what it was computed from is not looked at, and one that the output does not depend
/// on has gradient 0. The gradients are tensors like any other: they can be differentiated again.
public func gradients(of output: Tensor, withRespectTo variables: [Tensor], seed: Tensor? = nil) -> [Tensor] {
  guard output.type.isFloatingPoint else { trap("gradients", "\(output.type) is not a floating-point type") }
  for (index, variable) in variables.enumerated() {
    guard variable.type.isFloatingPoint else {
      trap("gradients", "variable \(index) is \(variable.type), which is not a floating-point type")
    }
    // What used a constant was folded and shows no trace of it, so its gradient would come out as 0.
    if case .constant = variable.content {
      trap("gradients", "variable \(index) is a constant; make it a Variable or a tensor of numbers")
    }
  }
  if let seed, seed.shape != output.shape || seed.type != output.type {
    trap("gradients", "the seed is \(seed.type) of shape \(seed.shape), the output \(output.type) of \(output.shape)")
  }
  let tensors = [output] + variables + (seed.map { [$0] } ?? [])
  let trace = Trace.meeting(tensors)
  return trace.build(from: tensors) { graph, nodes in
    let gradients = graph.gradients(
      of: nodes[0], withRespectTo: Array(nodes[1...variables.count]), seed: seed == nil ? nil : nodes.last)
    return gradients.map { Tensor(known: $0, of: graph, in: trace) }
  }
}

/// The gradient of a tensor with respect to another, in its shape.
public func gradient(of output: Tensor, withRespectTo variable: Tensor, seed: Tensor? = nil) -> Tensor {
  gradients(of: output, withRespectTo: [variable], seed: seed)[0]
}
