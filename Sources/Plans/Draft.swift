import Graphs

/// A kernel under way: all is known but which of its own results somebody reads.
struct Draft {
  var form: Kernel.Form
  var domain: [Int]
  var body: Expression
  var arguments: ArgumentTable
  /// Stores whose value is `node`'s; written if the plan needs that memory.
  var stores: [DraftStore] = []
  /// The stores of a reduction's results.
  var finishStores: [DraftStore] = []

  var allStores: [DraftStore] { stores + finishStores }
}

struct DraftStore {
  var node: NodeID
  var value: Expression.Value
  var type: ElementType
  var home: Home
  var at: Affine
}
