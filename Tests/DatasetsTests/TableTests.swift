import Datasets
import Testing

@Suite("The tables that are built in")
struct TableTests {
  @Test("they are what R's datasets package has")
  func sums() throws {
    #expect(Table.geyser.count == 272 && Table.geyser.columns == ["duration", "waiting"])
    #expect(Table.iris.count == 150 && Table.iris.classNames == ["setosa", "versicolor", "virginica"])
    func mean(_ table: Table, _ column: String) throws -> Double {
      let values = try #require(table.column(column))
      return values.reduce(0, +) / Double(values.count)
    }
    // R: colMeans(faithful), colMeans(iris[, 1:4]).
    #expect(abs(try mean(.geyser, "duration") - 3.487_783) < 1e-6)
    #expect(abs(try mean(.geyser, "waiting") - 70.897_059) < 1e-6)
    let means = try Table.iris.columns.map { try mean(.iris, $0) }
    for (found, expected) in zip(means, [5.843_333, 3.057_333, 3.758, 1.199_333]) {
      #expect(abs(found - expected) < 1e-6)
    }
    #expect(Table.iris.labels?.filter { $0 == 2 }.count == 50 && Table.geyser.column("width") == nil)
  }

  @Test("they are data by their names", arguments: Table.all)
  func sources(table: Table) throws {
    let source = try DataSource.resolve(table.name, environment: [:])
    #expect(source.train.datumShape == [table.columns.count] && source.train.columns == table.columns)
    #expect(source.train.images.elements(as: Double.self) == table.values && source.test == nil)
    #expect(try source.fingerprints().map(\.byteCount) == [table.values.count * 8 + (table.labels?.count ?? 0) * 4])
    #expect(source.train[0..<3].classNames == table.classNames)
  }
}
