import Foundation

// The kernel tells the label of a chip, and who holds a line, by its character device alone.
extension Probe {
    /// Every GPIO chip, with its lines where this user may ask.
    func chips() -> [Machine.GPIOChipFacts] {
        tree.names("/dev").filter { $0.hasPrefix("gpiochip") }.map { name in
            var chip = Machine.GPIOChipFacts()
            chip.name = name
            chip.node = node("/dev/\(name)")
            let number = open(tree.root + "/dev/\(name)", O_RDONLY | O_CLOEXEC)
            guard number >= 0 else { return chip }
            defer { close(number) }
            guard let info = Self.ask(number, Self.chipInfo, size: 68, { _ in }) else {
                return chip
            }
            chip.label = Self.text(info[32..<64])
            chip.lines = Int(Self.word(info, at: 64))
            for line in 0..<UInt32(clamping: min(chip.lines, 1_024)) {
                let answer = Self.ask(number, Self.lineInfo, size: 256) {
                    $0.storeBytes(of: line, toByteOffset: 64, as: UInt32.self)
                }
                // Bit 0 of the flags: somebody has requested the line.
                guard let answer, answer[72] & 1 != 0 else { continue }
                chip.holders[line] = Self.text(answer[32..<64])
            }
            return chip
        }
    }

    /// `GPIO_GET_CHIPINFO_IOCTL`: 68 bytes, name, label, count of lines (linux/gpio.h).
    private static let chipInfo: UInt = 0x8044_B401
    /// `GPIO_V2_GET_LINEINFO_IOCTL`: 256 bytes, name, consumer, number, flags at 72 (linux/gpio.h).
    private static let lineInfo: UInt = 0xC100_B405

    private static func ask(
        _ number: Int32, _ request: UInt, size: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            fill(buffer)
            guard let address = buffer.baseAddress else { return nil }
            return ioctl(number, request, address) == 0 ? Array(buffer) : nil
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
}
