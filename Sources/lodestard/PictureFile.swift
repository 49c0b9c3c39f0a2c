import Foundation
import PayloadHAL

/// Pictures of a camera as portable grey maps (PGM of Netpbm, 8 or 16 bits).
enum PictureFile {
    /// A name by the time of day that nothing has yet.
    static func freePath(in folder: String) -> String {
        let time = Date().formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
        for number in 1...1_000 {
            let path = "\(folder)/camera-\(time)\(number == 1 ? "" : "-\(number)").pgm"
            if !FileManager.default.fileExists(atPath: path) { return path }
        }
        return "\(folder)/camera-\(time)-\(UUID()).pgm"
    }

    /// Writes a picture; returns what went wrong.
    static func write(
        _ pixels: UnsafeBufferPointer<UInt16>, _ format: FrameFormat, to path: String
    ) -> String? {
        var data = Data("P5\n\(format.width) \(format.height)\n\(format.fullScale)\n".utf8)
        for level in pixels.prefix(format.pixelCount) {
            // Two bytes, the larger first, above 255.
            if format.fullScale > 255 { data.append(UInt8(level >> 8)) }
            data.append(UInt8(truncatingIfNeeded: level))
        }
        do {
            let folder = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try data.write(to: URL(filePath: path), options: .atomic)
            return nil
        } catch {
            return error.localizedDescription
        }
    }
}
