import Foundation
import Testing

@testable import Datasets

@Suite("Tables in text")
struct CSVTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func source(_ text: String, labelColumn: String? = nil, test: String? = nil) throws -> DataSource {
    try DataSource.resolve(
      scratch.file("a.csv", Array(text.utf8)), test: try test.map { try scratch.file("b.csv", Array($0.utf8)) },
      labelColumn: labelColumn, environment: [:])
  }

  private func rows(_ set: DataSet) -> [[Double]] {
    let values = set.images.elements(as: Double.self)
    return (0..<set.count).map { Array(values[$0 * set.datumSize..<($0 + 1) * set.datumSize]) }
  }

  private func refusal(_ text: String, labelColumn: String? = nil, test: String? = nil) -> String {
    message(scratch) { _ = try source(text, labelColumn: labelColumn, test: test) }
  }

  @Test("numbers stay, words become columns of 0 and 1, a column of labels becomes classes")
  func columns() throws {
    let text = "height,sex,species\n1.5,m,cat\n-2e1,f,\"big, \"\"old\"\" dog\"\n3,m,cat\n"
    let set = try source(text, labelColumn: "species").train
    #expect(set.columns == ["height", "sex=f", "sex=m"])
    #expect(rows(set) == [[1.5, 0, 1], [-20, 1, 0], [3, 0, 1]])
    #expect(set.classNames == ["big, \"old\" dog", "cat"] && set.labels == [1, 0, 1] && set.classCount == 2)
    #expect(set.valueRange == -20...3 && !set.isIncomplete)
    #expect(try source(text).train.columns == ["height", "sex=f", "sex=m", "species=big, \"old\" dog", "species=cat"])
  }

  @Test(
    "separators, line ends, spaces, a byte order mark and empty lines",
    arguments: [
      "x,y\n1,2\n3,4\n", "x;y\n1;2\n3;4", "x\ty\r\n1\t2\r\n3\t4\r\n", "\u{FEFF}x,y\n\n1 , 2\n\n \"3\", 4\n\n",
    ])
  func dialects(text: String) throws {
    let set = try source(text).train
    #expect(set.columns == ["x", "y"] && rows(set) == [[1, 2], [3, 4]])
  }

  @Test("a cell in quotation marks may hold line ends, and lines are counted")
  func quotedLines() throws {
    #expect(try source("x,name\n1,\"a\nb\"\n2,c\n").train.columns == ["x", "name=a\nb", "name=c"])
    #expect(refusal("x,name\n1,\"a\nb\"\n2\n") == "a.csv: 1 cells on line 4; expected 2 as in its first row")
  }

  @Test("what is missing is NaN in every column made of it", arguments: ["", "NA", "nan", "NaN", "?", "\"\""])
  func missing(text: String) throws {
    let set = try source("x,sex\n1,m\n\(text),f\n3,\(text)\n").train
    #expect(set.isIncomplete && set.valueRange == 0...3)
    let found = rows(set)
    #expect(found[1][0].isNaN && Array(found[1][1...]) == [1, 0])
    #expect(found[2][0] == 3 && found[2][1].isNaN && found[2][2].isNaN)
    #expect(set[0..<1].isIncomplete, "a part of the data is taken as the whole")
  }

  @Test("classes that are whole numbers are in their order, and one value alone has a range")
  func orders() throws {
    let set = try source("x,digit\n5,10\n5,9\n5,2\n", labelColumn: "digit").train
    #expect(set.classNames == ["2", "9", "10"] && set.labels == [2, 1, 0] && set.valueRange == 5...6)
  }

  @Test("data to test with have the columns, the classes and the range of those learned from")
  func test() throws {
    let train = "x,sex,kind\n1,m,a\n2,f,b\n"
    let set = try #require(try source(train, labelColumn: "kind", test: "x,sex,kind\n50,f,b\n").test)
    #expect(rows(set) == [[50, 1, 0]] && set.labels == [1] && set.valueRange == 0...2 && set.classCount == 2)
    func refused(_ test: String) -> String { refusal(train, labelColumn: "kind", test: test) }
    #expect(refused("x,kind\n1,a\n") == "b.csv: columns x, kind; a.csv has x, sex, kind")
    #expect(
      refused("x,sex,kind\n1,m,c\n") == "b.csv: 'c' in column kind on line 2; expected one of the classes of a.csv")
    #expect(refused("x,sex,kind\n1,d,a\n") == "b.csv: 'd' in column sex on line 2; expected one of the words of a.csv")
    #expect(refused("x,sex,kind\nm,m,a\n") == "b.csv: 'm' in column x on line 2; expected a finite number")
  }

  @Test("labels of other data come from a column of a file of their own")
  func labels() throws {
    let images = try scratch.file("images.npy")
    try NPY.write(DataArray([Float](repeating: 0.5, count: 6), shape: [3, 2]), to: images)
    func labels(_ text: String, _ column: String? = nil) throws -> DataSet {
      try DataSource.resolve(
        images, labels: scratch.file("l.csv", Array(text.utf8)), environment: [:]
      ).train
    }
    let set = try labels("kind\nb\na\nb\n")
    #expect(set.labels == [1, 0, 1] && set.classNames == ["a", "b"])
    #expect(
      message(scratch) { _ = try labels("x,kind\n1,a\n1,a\n1,a\n") }
        == "l.csv: columns x, kind; expected one column, or --label-column to name it")
    #expect(message(scratch) { _ = try labels("kind\nb\na\n") } == "l.csv: 2 labels; images.npy has 3 data")
    #expect(try labels("kind\nb\n?\na\n").labels == [1, -1, 0])
  }

  @Test("a label may be missing")
  func missingLabels() throws {
    let scratch = try Scratch()
    let path = try scratch.file("a.csv", Array("x,y\n1,b\n2,\n3,a\n4,NA\n".utf8))
    let set = try DataSource.resolve(path, labelColumn: "y", environment: [:]).train
    #expect(set.labels == [1, -1, 0, -1] && set.classNames == ["a", "b"] && set.unlabeledCount == 2)
    #expect(try set.labeled()?.images.numbers() == [1, 3])
  }

  @Test("what is no table is refused in one line that says where")
  func refusals() {
    #expect(refusal("x,y\n1\n") == "a.csv: 1 cells on line 2; expected 2 as in its first row")
    #expect(refusal("x,y\n1,2,3\n") == "a.csv: 3 cells on line 2; expected 2 as in its first row")
    #expect(refusal("x,x\n1,2\n") == "a.csv: two columns of the name x; expected each name once")
    #expect(refusal("x,\n1,2\n").hasPrefix("a.csv: column 2 without a name; expected "))
    #expect(refusal("1,2\n3,4\n").hasPrefix("a.csv: numbers in its first row; expected a CSV file: "))
    #expect(refusal("x,y\n") == "a.csv: empty; expected at least one row after the names of columns")
    #expect(
      refusal("x\n\"1\n")
        == "a.csv: a quotation mark on line 2 that nothing closes; expected another one at the cell's end")
    #expect(
      refusal("x\n\"1\"2\n")
        == "a.csv: text after a quotation mark that closes a cell on line 2; expected a separator or the line's end")
    #expect(
      refusal("x,y\n1,2\n2,two\n")
        == "a.csv: 'two' on line 3 of a column of numbers, y; expected numbers, and for those that are missing nothing, "
        + "NA, NaN or ?")
    #expect(refusal("x,y\n1,inf\n") == "a.csv: 'inf' in column y on line 2; expected a finite number")
    #expect(refusal("x,y\n1,\n") == "a.csv: column y without a value; expected numbers or words in each column")
    #expect(refusal("x,y\n1,2\n", labelColumn: "z") == "a.csv: no column z for labels; expected one of x, y")
    #expect(
      refusal("y\n1\n", labelColumn: "y") == "a.csv: no column but the labels; expected columns of data beside them")
    #expect(
      refusal("x;y\n1;0,5\n2;-1,25\n")
        == "a.csv: decimal commas in column y, such as '0,5' on line 2; expected decimal points")
    #expect(
      refusal("x,y\r1,2\r")
        == "a.csv: a carriage return without a line feed after it on line 1; expected lines that end with a line feed")
    let names = (0..<300).map { "n\($0)" }.joined(separator: "\n")
    #expect(
      refusal("name\n\(names)\n")
        == "a.csv: more than 256 different words in column name, such as 'n0'; expected numbers, or fewer words: each "
        + "becomes a column")
  }
}
