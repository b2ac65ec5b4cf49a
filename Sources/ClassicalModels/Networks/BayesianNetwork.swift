import Basics
import Distributions
import Glibc
import LinearAlgebra

/// A joint distribution of discrete variables as a product over a graph without cycles:
///
/// ```
/// p(x) = Π p(xᵢ | parents of xᵢ)
/// ```
///
/// (Koller and Friedman, Probabilistic Graphical Models, 2009, chapter 3.)
public struct BayesianNetwork: Sendable {
  public struct Variable: Hashable, Sendable {
    public let name: String
    /// How many values it has: 0 up to one below.
    public let valueCount: Int
    /// Numbers of variables that come earlier.
    public let parents: [Int]

    public init(_ name: String, values valueCount: Int, parents: [Int] = []) {
      (self.name, self.valueCount, self.parents) = (name, valueCount, parents)
    }
  }

  /// Each after its parents.
  public let variables: [Variable]
  /// p(xᵢ | parents): a row for each value of the parents, the last of which runs fastest.
  public let tables: [Matrix]

  /// By tables; traps where one does not belong to its variable, or a row of it is no distribution.
  public init(_ variables: [Variable], tables: [Matrix]) {
    precondition(variables.count == tables.count, "[bayesian network] \(tables.count) tables")
    for (number, variable) in variables.enumerated() {
      let table = tables[number]
      precondition(
        variable.parents.allSatisfy { 0 <= $0 && $0 < number } && Set(variable.parents).count == variable.parents.count,
        "[bayesian network] \(variable.name) has a parent that does not come before it")
      precondition(
        table.columns == variable.valueCount && table.rows == Self.parentCount(variable, variables)
          && (0..<table.rows).allSatisfy { abs(table[row: $0].reduce(0, +) - 1) < 1e-9 },
        "[bayesian network] a table of \(table.rows) x \(table.columns) for \(variable.name)")
    }
    (self.variables, self.tables) = (variables, tables)
  }

  /// With tables drawn at random.
  public init(_ variables: [Variable], seed: UInt64) {
    var generator = SplitMix64(seed: seed, stream: 0x6E65_7477, index: 0)
    let tables = variables.map { variable in
      let rows = (0..<Self.parentCount(variable, variables)).map { _ in
        let weights = (0..<variable.valueCount).map { _ in -log(generator.uniform()) }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
      }
      return Matrix(rows)
    }
    self.init(variables, tables: tables)
  }

  /// The network in which every variable depends on all before it: the chain rule alone.
  public static func complete(_ variables: [Variable]) -> [Variable] {
    variables.enumerated().map { number, variable in
      Variable(variable.name, values: variable.valueCount, parents: Array(0..<number))
    }
  }

  private static func parentCount(_ variable: Variable, _ variables: [Variable]) -> Int {
    variable.parents.reduce(1) { $0 * variables[$1].valueCount }
  }

  /// Numbers in all tables.
  public static func tableEntryCount(_ variables: [Variable]) -> Int {
    variables.reduce(0) { $0 + parentCount($1, variables) * $1.valueCount }
  }

  /// Numbers that can be chosen: one of each row follows from the others.
  public static func parameterCount(_ variables: [Variable]) -> Int {
    variables.reduce(0) { $0 + parentCount($1, variables) * ($1.valueCount - 1) }
  }

  private func row(_ number: Int, _ x: [Int]) -> Int {
    variables[number].parents.reduce(0) { $0 * variables[$1].valueCount + x[$1] }
  }

  /// log p(x) of a value for every variable, nats.
  public func logProbability(of x: [Int]) -> Double {
    variables.indices.reduce(0) { $0 + log(tables[$1][row($1, x), x[$1]]) }
  }

  /// Draws every variable given its parents, a row for each draw.
  public func sample(_ count: Int, seed: UInt64) -> [[Int]] {
    var generator = SplitMix64(seed: seed, stream: 0x616E_6365, index: 0)
    return (0..<count).map { _ in
      var x: [Int] = []
      for number in variables.indices {
        x.append(generator.index(weights: Array(tables[number][row: row(number, x)])))
      }
      return x
    }
  }

  /// p(target | evidence) by a sum over all values of the others, and log p(evidence).
  ///
  /// - Parameter evidence: values by the variables' numbers.
  /// - Returns: the probabilities of the target's values, and nats.
  public func posterior(of target: Int, given evidence: [Int: Int]) -> (probabilities: [Double], logEvidence: Double) {
    var totals = [Double](repeating: 0, count: variables[target].valueCount)
    var x = [Int](repeating: 0, count: variables.count)
    func sum(_ number: Int, _ probability: Double) {
      guard number < variables.count else {
        totals[x[target]] += probability
        return
      }
      let table = tables[number]
      let row = row(number, x)
      for value in evidence[number].map({ $0..<$0 + 1 }) ?? 0..<variables[number].valueCount {
        x[number] = value
        sum(number + 1, probability * table[row, value])
      }
    }
    sum(0, 1)
    let evidence = totals.reduce(0, +)
    return (totals.map { $0 / evidence }, log(evidence))
  }
}
