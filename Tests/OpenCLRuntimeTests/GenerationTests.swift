import Graphs
import Plans
import Testing

@testable import OpenCLRuntime

@Suite("Generation")
struct GenerationTests {
  @Test("Dimensions that lie behind one another become one")
  func collapse() {
    let whole = Affine(strides: [60, 12, 3, 1])
    let space = IterationSpace(domain: [2, 5, 4, 3], accesses: [whole])
    #expect(space.extents(ofGroup: 0) == [120])
    #expect(space.text(whole) == "c0")

    // The first two stay apart where one access transposes them.
    let swapped = Affine(offset: 7, strides: [12, 24, 3, 1])
    let both = IterationSpace(domain: [2, 5, 4, 3], accesses: [whole, swapped])
    #expect(both.extents(ofGroup: 0) == [2, 5, 12])
    #expect(both.text(swapped) == "c0 * 12 + c1 * 24 + c2 + 7")
    #expect(both.range(swapped) == 7...(7 + 12 + 4 * 24 + 11))
    #expect(
      both.coordinates(ofGroup: 0, from: "place", .int) == [
        "const int c0 = place / 60;", "const int c1 = place / 12 % 5;", "const int c2 = place % 12;",
      ])

    // Extents of 1 vanish, and what is broadcast does not keep others apart.
    let row = Affine(strides: [0, 0, 0, 0])
    #expect(IterationSpace(domain: [2, 1, 4, 1], accesses: [row]).extents(ofGroup: 0) == [8])
  }

  @Test("Groups split dimensions at their boundaries")
  func groups() throws {
    let access = Affine(strides: [1])
    let space = try #require(IterationSpace(domain: [240], groups: [2, 12, 10], accesses: [access]))
    #expect((0..<3).map { space.extents(ofGroup: $0) } == [[2], [12], [10]])
    #expect(space.text(access) == "c0 * 120 + c1 * 10 + c2")
    #expect(IterationSpace(domain: [3, 8], groups: [1, 4, 6], accesses: []) == nil)
  }

  @Test("Templates replace names, lines and lists")
  func template() {
    let template = Template(
      """
      // What the file is.

      void KERNEL_NAME(int N_ROWS) {
        KERNEL_NAME_load(ROWS);
        BODY;
        float total_I = FIRST_I + 0x1f;
      }
      """)
    let filled = template.filled(
      name: "map_3", values: ["ROWS": "7"], blocks: ["BODY": ["a;", "b;"]],
      items: [["FIRST_I": "1"], ["FIRST_I": "2"]])
    #expect(
      filled == """
        void map_3(int N_ROWS) {
          map_3_load(7);
          a;
          b;
          float total_0 = 1 + 0x1f;
          float total_1 = 2 + 0x1f;
        }
        """)
  }

  @Test("Constants keep every bit")
  func literals() {
    #expect(ScalarCode.literal(1, .float32) == "1.0f")
    #expect(ScalarCode.literal(-0.0, .float32) == "-0.0f")
    #expect(ScalarCode.literal(Double(Float(0.1)), .float32) == "0x1.99999a0000000p-4f")
    #expect(ScalarCode.literal(0x1p-1074, .float64) == "0x1.0000000000000p-1074")
    #expect(ScalarCode.literal(4_294_967_295, .uint32) == "4294967295u")
    #expect(ScalarCode.literal(-.infinity, .float64) == "-(double)INFINITY")
  }
}
