import Datasets
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  // FIPS 180-2, appendix B, and the empty message of NIST's test vectors.
  @Test(
    "published vectors",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func vectors(text: String, expected: String) {
    #expect(SHA256.digits(of: Array(text.utf8)) == expected)
  }

  @Test("a message in parts has the hash of the whole, however it is parted")
  func parts() {
    let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let whole = SHA256.digits(of: message)
    for first in [0, 1, 55, 56, 63, 64, 65, 128, 200, 300] {
      for second in [first, min(first + 1, 300), min(first + 64, 300), 300] {
        var hash = SHA256()
        hash.update(Array(message[..<first]))
        hash.update(Array(message[first..<second]))
        hash.update(Array(message[second...]))
        #expect(hash.digits() == whole)
      }
    }
  }

  // Computed by Python's hashlib over bytes 0, 1, 2 ... of each length.
  @Test(
    "lengths around the end of a block",
    arguments: [
      (55, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"),
      (56, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"),
      (63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"),
      (64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"),
      (65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"),
    ])
  func lengths(count: Int, expected: String) {
    #expect(SHA256.digits(of: (0..<count).map { UInt8($0) }) == expected)
  }
}
