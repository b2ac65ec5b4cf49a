import Datasets
import Inference
import Layers
import Models
import Tensors

extension TrainingLoop {
  /// What is wrong with the next step, whose objective or gradient is not finite.
  struct Fault {
    /// The op at which numbers stop being finite, with the parameters behind it; nil where all are finite.
    let finding: String?
    /// The batch: `images` as the model sees them, `rows` in the training data, and `labels`.
    let batch: [String: DataArray]
  }

  /// Computes the next step op by op, outside of the captured step, and changes nothing.
  func examine() throws -> Fault {
    let minimizer = trainer.minimizer
    let batch = try nextBatch()
    let inputs = inputs(batch.fields, batch.binarization)
    let finished = minimizer.stepCount.tensor.cast(to: .float32)
    let estimate = Pass.training(batch.noise) {
      inputs.estimate(
        objective, of: trainer.model.learning(from: batch.rows), noise: batch.noise, finishedSteps: finished)
    }
    let loss = minimizer.options.sumsOverData ? estimate.loss * Double(batch.count) : estimate.loss
    let gradients = trainer.minimizers.map { $0.arena.gradient(of: loss) }

    let labels = self.inputs.condition.needsLabels ? [batch.fields[1]] : []
    let seen = try Tensors.evaluate([inputs.x, batch.rows] + labels, on: trainer.backend)
    var arrays = [
      "images": DataArray(try seen[0].values(as: Float.self), shape: seen[0].shape.dimensions),
      "rows": DataArray(try seen[1].values(as: Int32.self)),
    ]
    if seen.count > 2 { arrays["labels"] = DataArray(try seen[2].values(as: Int32.self)) }

    let tensors = [estimate.bound.reconstruction, estimate.bound.kl, estimate.objective, loss] + gradients
    let found = try firstNonFinite(onTheWayTo: tensors, on: trainer.backend)
    return Fault(finding: try found.map(describe) ?? overflow(gradients[0]), batch: arrays)
  }

  private func describe(_ found: NonFinite) throws -> String {
    let arenas = Dictionary(
      uniqueKeysWithValues: trainer.minimizers.map { ($0.arena.variable.storage.id, $0.arena) })
    let share = "\(found.count) of its \(found.shape.elementCount) numbers"
    if let source = found.source {
      guard let arena = arenas[source] else { return "in the data, of shape \(found.shape): \(share)" }
      let values = try arena.variable.value().values(as: Float.self)
      let first = arena.parameters.first { entry in values[entry.range].contains { !$0.isFinite } }
      return "in the parameter \(first?.path ?? "?"), as the step before left it"
    }
    let parameter = found.origins.lazy.compactMap { origin in
      origin.elements.flatMap { elements in
        arenas[origin.source]?.parameters.first { $0.range.overlaps(elements) }
      }
    }.first
    let place = parameter.map { ", computed from \($0.path)" } ?? ""
    return "in the op \(found.op) of shape \(found.shape)\(place): \(share)"
  }

  /// All numbers of a gradient may be finite and the sum of their squares not.
  private func overflow(_ gradient: Tensor) throws -> String? {
    let norm = try gradient.squared().sum().scalar(on: trainer.backend)
    return norm.isFinite ? nil : "in the gradient's length, though all its numbers are finite"
  }
}
